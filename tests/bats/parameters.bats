#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Parameters of the module that are written while it is loaded. What they may
# be at load is in module.bats.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

quote=$'\x60'
table="$BATS_TEST_DIRNAME/../../docs/abi/parameters.md"

# A pipe with all the defaults that there are.
create_default() {
	ctl create mode=4294967295
}

# put VALUE PARAMETER: write a line; prints the error, if there is one.
put() {
	tee "$parameters/$2" <<<"$1" 2>&1 >/dev/null | sed 's/.*: //'
}

# refuses PARAMETER VALUE LINE: EINVAL, the log says exactly this, and the
# parameter is what it was.
refuses() {
	local before

	before=$(<"$parameters/$1")
	log_mark
	same "'$2' to $1" "$(put "$2" "$1")" 'Invalid argument'
	same "kernel log after $1=$2" "$(driver_log)" "kmsgpipe: $3"
	same "$1" "$(<"$parameters/$1")" "$before"
}

@test "parameters: each is documented with its default, and no other" {
	same 'documented' \
		"$(tr -d "$quote" <"$table" | sed -n \
			's/^| \([a-z_]*\) | .* | \([^|]*\) | [^|]* |$/\1=\2/p' |
			sed -e 1d -e 's/=none$/=/' | sort)" \
		"$(printf '%s\n' "${defaults[@]}" | sort)"
}

@test "parameters: one that is written is the default of pipes to come" {
	local each node

	for each in max_msgs=7 msg_size=77 max_bytes=7777 ttl_ms=777777 \
		cleanup_interval_ms=77777 mode=stream; do
		same "$each" "$(put "${each#*=}" "${each%=*}")" ''
		same "$each" "$(<"$parameters/${each%=*}")" "${each#*=}"
	done
	node=$(create_default)
	for each in max_msgs=7 msg_size=77 max_bytes=7777 ttl_ms=777777 \
		cleanup_interval_ms=77777 mode=stream eof=never; do
		same "$each" "$(<"$class/${node#/dev/}/${each%=*}")" \
			"${each#*=}"
	done
	ctl remove "$node"
	# Those that are there keep what they have.
	files_have "$class/kmsgpipe0" "${settings[@]}"
	# And who says what he wants gets that.
	node=$(ctl create mode=message ttl_ms=4294967295 max_msgs=8)
	files_have "$class/${node#/dev/}" mode=message ttl_ms=0 max_msgs=8
	ctl remove "$node"
}

@test "parameters: a bad value is EINVAL with one line, and nothing is changed" {
	refuses max_msgs 0 'max_msgs=0 is out of range (1..65536)'
	refuses max_msgs 65537 'max_msgs=65537 is out of range (1..65536)'
	refuses max_msgs many 'max_msgs=many is out of range (1..65536)'
	refuses max_msgs '' 'max_msgs= is out of range (1..65536)'
	refuses max_msgs -1 'max_msgs=-1 is out of range (1..65536)'
	refuses max_msgs 4294967297 \
		'max_msgs=4294967297 is out of range (1..65536)'
	refuses msg_size 1048577 'msg_size=1048577 is out of range (1..1048576)'
	refuses max_bytes 268435457 \
		'max_bytes=268435457 is out of range (1..268435456)'
	refuses total_bytes 65535 \
		'total_bytes=65535 is out of range (65536..1073741824)'
	refuses max_devices 257 'max_devices=257 is out of range (1..256)'
	refuses max_devices 0 'max_devices=0 is out of range (1..256)'
	refuses ttl_ms 4294967296 \
		'ttl_ms=4294967296 is out of range (0..4294967295)'
	refuses cleanup_interval_ms 9 \
		'cleanup_interval_ms=9 is out of range (10..3600000)'
	refuses mode packet 'mode=packet is neither message nor stream'
	refuses mode '' 'mode= is neither message nor stream'
}

@test "parameters: max_devices counts from now on, and those over it stay" {
	local first second full='ctl: create: No space left on device'

	first=$(ctl create)
	second=$(ctl create)
	same 'max_devices' "$(put 2 max_devices)" ''
	expect 1 "$full" ctl create
	ctl remove "$first"
	expect 1 "$full" ctl create
	echo still here >"$second"
	expect 0 'still here' receive "$second"
	ctl remove "$second"
	first=$(ctl create)
	same 'the lowest number' "$first" /dev/kmsgpipe1
	expect 1 "$full" ctl create
	ctl remove "$first"
}

@test "parameters: pipes over max_devices are gone after unloading" {
	ctl create >/dev/null
	ctl create >/dev/null
	same 'max_devices' "$(put 1 max_devices)" ''
	unload_module
	same 'what is left' "$(ls -d /sys/class/kmsgpipe /dev/kmsgpipe* \
		2>/dev/null)" ''
}

@test "parameters: total_bytes counts at once" {
	same 'total_bytes' "$(put 65536 total_bytes)" ''
	run timeout 60 "$SELFTESTS/send" "$dev" 1000 64
	same 'send' "${output##*: }" 'No space left on device'
	same 'total_bytes' "$(put 67108864 total_bytes)" ''
	expect 0 '' timeout 60 "$SELFTESTS/send" "$dev" 500 64
}

@test "parameters: nobody writes them but root with CAP_SYS_ADMIN" {
	local each

	for each in "${defaults[@]%=*}"; do
		same "$each" "$(as_user --clear-groups \
			tee "$parameters/$each" <<<100000 2>&1 >/dev/null)" \
			"tee: $parameters/$each: Permission denied"
		[ -w "$parameters/$each" ] || continue
		[ "$(stat -c %a "$parameters/$each")" = 644 ] || continue
		same "$each" "$(setpriv --bounding-set -sys_admin \
			--inh-caps -sys_admin \
			tee "$parameters/$each" <<<100000 2>&1 >/dev/null)" \
			"tee: $parameters/$each: Operation not permitted"
	done
	module_is_default
}

@test "parameters: those of the text queue and devices are read-only" {
	local each

	for each in devices proc_queue proc_queue_mode; do
		same "$each" "$(put 1 "$each")" 'Permission denied'
	done
}
