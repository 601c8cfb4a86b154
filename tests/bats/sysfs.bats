#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Settings and state as files, of a pipe and of all.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

abi="$BATS_TEST_DIRNAME/../../docs/abi/sysfs-class-kmsgpipe"

# make_pipe [SETTING=VALUE...]: a pipe of the test's own: its $node, and its
# directory $sys.
make_pipe() {
	node=$(ctl create "$@")
	sys=$class/${node#/dev/}
}

# put VALUE FILE: write a line; prints the error, if there is one.
put() {
	tee "$2" <<<"$1" 2>&1 >/dev/null | sed 's/.*: //'
}

# takes FILE VALUE...: each of them can be written.
takes() {
	local file=$1 value

	shift
	for value; do
		same "$value to $file" "$(put "$value" "$file")" ''
	done
}

# refuses FILE VALUE...: none of them can.
refuses() {
	local file=$1 value

	shift
	for value; do
		same "'$value' to $file" "$(put "$value" "$file")" \
			'Invalid argument'
	done
}

# has DIRECTORY FILE=LINE...
has() {
	local directory=$1 each

	shift
	for each; do
		same "$directory/${each%%=*}" "$(<"$directory/${each%%=*}")" \
			"${each#*=}"
	done
}

# settings_of DIRECTORY: all that can be read and written.
settings_of() {
	local each

	for each in "${settings[@]%=*}"; do
		echo "$each=$(<"$1/$each")"
	done
}

# What is no number at all.
no_numbers=('' ' ' many -1 -0 + 1x '1 2' 0x10 1.5 4294967296
	18446744073709551617 99999999999999999999999999)

# without_admin COMMAND...: as root, but without CAP_SYS_ADMIN.
without_admin() {
	setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$@"
}

# attributes DIRECTORY: all files but the kernel's own, with their permissions.
attributes() {
	(cd "$1" && find . \( -name power -o -name subsystem \) -prune -o \
		-type f ! -name dev ! -name uevent ! -name waiting_for_supplier \
		-printf '%m %P\n' | sort -k 2)
}

@test "sysfs: a pipe's attributes are there as CREATE returns" {
	make_pipe
	same 'attributes' "$(attributes "$sys")" \
'444 bytes
644 cleanup_enabled
644 cleanup_interval_ms
200 clear
644 eof
444 files
444 last_cleanup_ns
644 max_bytes
644 max_msgs
444 messages
644 mode
644 msg_size
444 name
444 readers
444 statistics/bytes_received
444 statistics/bytes_sent
444 statistics/cleared
444 statistics/expired
444 statistics/faults
444 statistics/max_bytes
444 statistics/max_messages
444 statistics/reader_wakeups
444 statistics/received
444 statistics/sent
444 statistics/truncated
444 statistics/writer_wakeups
200 trigger_cleanup
644 ttl_ms
444 waiting_readers
444 waiting_writers
444 writers'
	ctl remove "$node"
	[ ! -e "$sys" ]
}

@test "sysfs: the class has attributes for all pipes" {
	same 'attributes' "$(attributes "$class/")" \
'644 cleanup_enabled
644 cleanup_interval_ms
644 max_buf_size
200 trigger_cleanup'
}

@test "sysfs: each attribute is documented, and no other" {
	same 'documented' "$(sed -n 's|^What:[[:space:]]*/sys/class/kmsgpipe/||p' \
		"$abi" | grep -v '/uevent$' | sort)" \
		"$({
			attributes "$class/"
			attributes "$class/kmsgpipe0" |
				sed 's|^[0-9]* |&kmsgpipe<N>/|'
		} | cut -d ' ' -f 2 | sort)"
}

@test "sysfs: settings can be set and are the ones that ioctls show" {
	local each

	make_pipe
	same 'a new pipe' "$(settings_of "$sys")" \
		"$(printf '%s\n' "${settings[@]}")"
	for each in max_msgs=1 max_msgs=65536 msg_size=1 msg_size=1048576 \
		max_bytes=1 max_bytes=268435456 ttl_ms=0 ttl_ms=4294967294 \
		cleanup_enabled=0 cleanup_enabled=1 \
		cleanup_interval_ms=10 cleanup_interval_ms=3600000; do
		takes "$sys/${each%=*}" "${each#*=}"
		has "$sys" "$each"
		same "$each" "$(ctl get "$node" "${each%=*}")" "${each#*=}"
	done
	# KMSGPIPE_TTL_NEVER
	takes "$sys/ttl_ms" 4294967295
	has "$sys" ttl_ms=0
	ctl set "$node" max_msgs=7 msg_size=77 max_bytes=777 ttl_ms=7777
	has "$sys" max_msgs=7 msg_size=77 max_bytes=777 ttl_ms=7777
	# Without a newline too.
	printf 8 >"$sys/max_msgs"
	has "$sys" max_msgs=8
	ctl remove "$node"
}

@test "sysfs: mode and eof are words" {
	make_pipe
	takes "$sys/mode" stream
	same 'mode' "$(<"$sys/mode") $(ctl get "$node" mode)" 'stream 1'
	takes "$sys/mode" message
	same 'mode' "$(<"$sys/mode") $(ctl get "$node" mode)" 'message 0'
	takes "$sys/eof" empty
	same 'eof' "$(<"$sys/eof") $(ctl get "$node" eof)" 'empty 1'
	takes "$sys/eof" hangup
	same 'eof' "$(<"$sys/eof") $(ctl get "$node" eof)" 'hangup 2'
	takes "$sys/eof" never
	same 'eof' "$(<"$sys/eof") $(ctl get "$node" eof)" 'never 0'

	echo one >"$node"
	same 'mode, not empty' "$(put stream "$sys/mode")" \
		'Device or resource busy'
	has "$sys" mode=message
	takes "$sys/mode" message
	ctl remove "$node"
}

@test "sysfs: a bad value is EINVAL and leaves all as it was" {
	local before

	make_pipe
	takes "$sys/max_msgs" 7
	takes "$sys/cleanup_enabled" 0
	before=$(settings_of "$sys")
	refuses "$sys/mode" '' packet Message streams 0 1 'stream x'
	refuses "$sys/eof" '' always Never 0 1
	refuses "$sys/max_msgs" "${no_numbers[@]}" 0 65537
	refuses "$sys/msg_size" "${no_numbers[@]}" 0 1048577
	refuses "$sys/max_bytes" "${no_numbers[@]}" 0 268435457
	refuses "$sys/ttl_ms" "${no_numbers[@]}"
	refuses "$sys/cleanup_enabled" "${no_numbers[@]}" 2 y
	refuses "$sys/cleanup_interval_ms" "${no_numbers[@]}" 0 9 3600001
	same 'settings' "$(settings_of "$sys")" "$before"
	ctl remove "$node"
}

@test "sysfs: enabling cleanup and its interval do not touch each other" {
	make_pipe
	takes "$sys/cleanup_interval_ms" 5000
	takes "$sys/cleanup_enabled" 0
	has "$sys" cleanup_interval_ms=5000 cleanup_enabled=0
	takes "$sys/cleanup_interval_ms" 6000
	has "$sys" cleanup_interval_ms=6000 cleanup_enabled=0
	takes "$sys/cleanup_enabled" 1
	has "$sys" cleanup_interval_ms=6000 cleanup_enabled=1
	ctl remove "$node"
}

@test "sysfs: state is shown as it is, and by name" {
	make_pipe name=its-name
	has "$sys" name=its-name messages=0 bytes=0 readers=0 writers=0 \
		files=0 last_cleanup_ns=0
	printf one >"$node"
	printf four >"$node"
	exec 9<>"$node"
	has "$sys" messages=2 bytes=7 readers=1 writers=1 files=1
	exec 9<&-
	exec 9<"$node"
	has "$sys" readers=1 writers=0 files=1
	exec 9<&-
	takes "$sys/clear" 1
	start cat "$node" >/dev/null
	asleep "$pid" read
	has "$sys" waiting_readers=1 waiting_writers=0
	kill "$pid"
	ends "$pid" 143
	has "$sys" waiting_readers=0 waiting_writers=0
	has "$class/kmsgpipe0" name=
	ctl remove "$node"
}

@test "sysfs: clear drops what is queued, and takes 1 and nothing else" {
	make_pipe
	printf one >"$node"
	printf two >"$node"
	refuses "$sys/clear" "${no_numbers[@]}" 0 2 y
	has "$sys" messages=2
	takes "$sys/clear" 1
	has "$sys" messages=0 bytes=0 statistics/cleared=2
	expect 1 "cat: $sys/clear: Permission denied" cat "$sys/clear"
	ctl remove "$node"
}

@test "sysfs: trigger_cleanup drops what has expired, and takes 1 and nothing else" {
	local before after

	make_pipe ttl_ms=1
	takes "$sys/cleanup_enabled" 0
	printf one >"$node"
	refuses "$sys/trigger_cleanup" "${no_numbers[@]}" 0 2 y
	# Who looks at the pipe before would drop it himself.
	before=$(date +%s%N)
	log_mark
	takes "$sys/trigger_cleanup" 1
	same 'who dropped it' "$(driver_log)" \
		"kmsgpipe: ${node#/dev/}: dropped 1 expired message"
	after=$(date +%s%N)
	(($(<"$sys/last_cleanup_ns") >= before))
	(($(<"$sys/last_cleanup_ns") <= after))
	has "$sys" statistics/expired=1 messages=0
	expect 1 "cat: $sys/trigger_cleanup: Permission denied" \
		cat "$sys/trigger_cleanup"
	ctl remove "$node"
}

@test "sysfs: statistics are those of GET_STATS" {
	local each

	make_pipe
	printf one >"$node"
	printf three >"$node"
	receive "$node" >/dev/null
	has "$sys/statistics" sent=2 received=1 bytes_sent=8 bytes_received=3 \
		expired=0 truncated=0 cleared=0 max_messages=2 max_bytes=8
	for each in sent received expired; do
		same "$each" "$(<"$sys/statistics/$each")" \
			"$(ctl get "$node" "$each")"
	done
	ctl remove "$node"
}

@test "sysfs: max_buf_size sets every pipe and those to come" {
	local other

	make_pipe max_bytes=5000
	# As everybody types it.
	echo 4096 > /sys/class/kmsgpipe/max_buf_size
	has "$class" max_buf_size=4096
	has "$sys" max_bytes=4096
	has "$class/kmsgpipe0" max_bytes=4096
	has "$parameters" max_bytes=4096
	other=$(ctl create)
	has "$class/${other#/dev/}" max_bytes=4096
	ctl remove "$other"

	refuses "$class/max_buf_size" "${no_numbers[@]}" 0 268435457
	has "$class" max_buf_size=4096
	has "$sys" max_bytes=4096
	has "$class/kmsgpipe0" max_bytes=4096
	ctl remove "$node"
}

@test "sysfs: cleanup of all pipes is set at once, and for those to come" {
	local other

	make_pipe
	takes "$class/cleanup_enabled" 0
	takes "$class/cleanup_interval_ms" 60000
	other=$(ctl create)
	has "$class" cleanup_enabled=0 cleanup_interval_ms=60000
	for each in "$sys" "$class/kmsgpipe0" "$class/${other#/dev/}"; do
		has "$each" cleanup_enabled=0 cleanup_interval_ms=60000
	done
	has "$parameters" cleanup_interval_ms=60000
	refuses "$class/cleanup_enabled" "${no_numbers[@]}" 2 y
	refuses "$class/cleanup_interval_ms" "${no_numbers[@]}" 0 9 3600001
	for each in "$class" "$sys" "$class/kmsgpipe0"; do
		has "$each" cleanup_enabled=0 cleanup_interval_ms=60000
	done
	ctl remove "$other"
	ctl remove "$node"
}

@test "sysfs: trigger_cleanup of the class trims every pipe" {
	local other each

	make_pipe ttl_ms=1
	other=$(ctl create ttl_ms=3600000)
	printf one >"$node"
	printf two >"$other"
	takes "$class/cleanup_enabled" 0
	log_mark
	echo 1 > /sys/class/kmsgpipe/trigger_cleanup
	same 'who dropped it' "$(driver_log)" \
		"kmsgpipe: ${node#/dev/}: dropped 1 expired message"
	has "$sys" messages=0 statistics/expired=1
	has "$class/${other#/dev/}" messages=1 statistics/expired=0
	for each in "$sys" "$class/${other#/dev/}" "$class/kmsgpipe0"; do
		[ "$(<"$each/last_cleanup_ns")" -gt 0 ]
	done
	refuses "$class/trigger_cleanup" "${no_numbers[@]}" 0 2
	expect 1 "cat: $class/trigger_cleanup: Permission denied" \
		cat "$class/trigger_cleanup"
	ctl remove "$other"
	ctl remove "$node"
}

@test "sysfs: everybody may read, only root may write" {
	local each file before

	make_pipe
	printf one >"$node"
	before=$(settings_of "$sys")
	for each in "$sys" "$class"; do
		while read -r _ file; do
			same "$file" "$(as_user --clear-groups \
				tee "$each/$file" <<<1 2>&1 >/dev/null)" \
				"tee: $each/$file: Permission denied"
		done < <(attributes "$each/")
	done
	while read -r mode file; do
		[ "$mode" = 200 ] ||
			as_user --clear-groups cat "$sys/$file" >/dev/null
	done < <(attributes "$sys")
	same 'settings' "$(settings_of "$sys")" "$before"
	has "$sys" messages=1
	ctl remove "$node"
}

@test "sysfs: root without CAP_SYS_ADMIN is EPERM, whatever he writes" {
	local each file before value

	make_pipe
	printf one >"$node"
	before=$(settings_of "$sys")
	for each in "$sys" "$class"; do
		while read -r mode file; do
			[ "$mode" != 444 ] || continue
			for value in 1 stream never bad; do
				same "$file" "$(without_admin \
					tee "$each/$file" <<<"$value" \
					2>&1 >/dev/null)" \
				"tee: $each/$file: Operation not permitted"
			done
		done < <(attributes "$each/")
	done
	same 'settings' "$(settings_of "$sys")" "$before"
	has "$sys" messages=1
	ctl remove "$node"
}

@test "sysfs: the uevent tells name, mode, permissions and owner" {
	make_pipe name=its-name mode=stream uid=65534 gid=1 perm=0604
	same 'uevent' "$(grep -v '^M[AI][JN]OR=' "$sys/uevent")" \
"DEVNAME=${node#/dev/}
DEVMODE=0604
DEVUID=65534
DEVGID=1
DEVTYPE=kmsgpipe
KMSGPIPE_MODE=stream
KMSGPIPE_PERM=0604
KMSGPIPE_UID=65534
KMSGPIPE_NAME=its-name
KMSGPIPE_GID=1
KMSGPIPE_GROUP_SET=1"
	ctl remove "$node"
	same 'uevent of a plain one' \
		"$(grep -v '^M[AI][JN]OR=' "$class/kmsgpipe0/uevent")" \
'DEVNAME=kmsgpipe0
DEVMODE=0660
DEVTYPE=kmsgpipe
KMSGPIPE_MODE=message
KMSGPIPE_PERM=0660
KMSGPIPE_UID=0'
}

rules=/run/udev/rules.d/59-kmsgpipe-test.rules

# rule TEXT: give udev a rule until the test ends.
rule() {
	mkdir -p "${rules%/*}"
	at_end no_rule
	echo "$1" >"$rules"
	udevadm control --reload
}

no_rule() {
	rm -f "$rules"
	udevadm control --reload
}

@test "sysfs: udev finds the attributes when it hears of the pipe" {
	local i linked=0

	rule 'SUBSYSTEM=="kmsgpipe", ACTION=="add", ATTR{msg_size}=="77", ATTR{statistics/sent}=="0", SYMLINK+="kmsgpipe-test-%k"'
	for i in 1 2 3 4 5; do
		make_pipe msg_size=77
		udevadm settle --timeout=60
		[ ! -e "/dev/kmsgpipe-test-${node#/dev/}" ] ||
			linked=$((linked + 1))
		ctl remove "$node"
	done
	same 'links' "$linked" 5
}

@test "sysfs: changes are told to dynamic debug" {
	make_pipe
	dynamic_debug 'file sysfs.c module kmsgpipe'
	log_mark
	takes "$sys/max_msgs" 7
	takes "$sys/eof" empty
	takes "$class/cleanup_interval_ms" 5000
	refuses "$sys/max_msgs" 0
	same 'log' "$(driver_log)" \
"kmsgpipe: ${node#/dev/}: sysfs: max_msgs=7: 0
kmsgpipe: ${node#/dev/}: sysfs: eof=empty: 0
kmsgpipe: sysfs: cleanup_interval_ms=5000"
	ctl remove "$node"
}

@test "sysfs: an attribute that is open when its pipe goes is ENODEV" {
	make_pipe
	exec 9<>"$sys/max_msgs"
	ctl remove "$node"
	expect 1 'cat: -: No such device' cat <&9
	# shellcheck disable=SC2016 # expands in the other shell
	same 'write' "$(bash -c 'echo 5 >&9' 2>&1 | sed 's/.*: //')" \
		'No such device'
	unload_module
	expect 1 'cat: -: No such device' cat <&9
	exec 9<&-
}

@test "sysfs: an attribute of the class may be open while the module goes" {
	exec 9<>"$class/max_buf_size"
	unload_module
	expect 1 'cat: -: No such device' cat <&9
	exec 9<&-
}

# come_and_go: pipes, until $1 is there.
come_and_go() {
	while [ ! -e "$1" ]; do
		node=$("$SELFTESTS/ctl" create) || exit
		"$SELFTESTS/ctl" remove "$node" || exit
	done
}

@test "sysfs: pipes come and go while all is read and written" {
	local i each

	make_workdir
	export -f come_and_go
	for i in 1 2; do
		# shellcheck disable=SC2016 # expands in the other shell
		start bash -c 'come_and_go "$1"' - "$workdir/stop"
	done
	for ((i = 0; i < 10; i++)); do
		for each in "$class"/kmsgpipe{1,2}; do
			# There or not, as it happens.
			timeout 60 cat "$each"/{mode,messages,uevent} \
				"$each/statistics/sent" >/dev/null 2>&1 || true
			put 5 "$each/max_msgs" >/dev/null
			put 1 "$each/clear" >/dev/null
		done
		takes "$class/cleanup_interval_ms" $((1000 + i))
		takes "$class/trigger_cleanup" 1
	done
	touch "$workdir/stop"
	for each in "${children[@]}"; do
		ends "$each" 0
	done
	pipes_are_default
}

# come: up to 60 pipes.
come() {
	local i

	for ((i = 0; i < 60; i++)); do
		"$SELFTESTS/ctl" create >/dev/null || exit
	done
}

@test "sysfs: no pipe that is made meanwhile is left out by max_buf_size" {
	local each i=0

	export -f come
	start bash -c come
	while kill -0 "$pid" 2>/dev/null; do
		i=$((i + 1))
		takes "$class/max_buf_size" $((4096 + i))
		for each in "$class"/kmsgpipe[0-9]*; do
			# Its name is there a moment before its attributes.
			[ ! -e "$each/max_bytes" ] ||
				has "$each" max_bytes=$((4096 + i))
		done
	done
	ends "$pid" 0
	[ "$i" -gt 0 ]
	for each in "$class"/kmsgpipe[1-9]*; do
		has "$each" max_bytes=$(($(<"$class/max_buf_size")))
		ctl remove "/dev/${each##*/}"
	done
}
