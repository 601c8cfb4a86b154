#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Many pipes: made, removed, and what they may take together.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "CREATE makes a pipe with the settings asked for, or the defaults" {
	selftest control create
}

@test "CREATE refuses what is not valid" {
	selftest control bad
}

@test "a name is taken until its pipe is removed" {
	selftest control names
}

@test "there are max_devices pipes at most, and numbers are used again" {
	reload_module max_devices=3
	selftest control too-many
}

@test "only an administrator makes, removes and changes pipes" {
	selftest control privilege
}

@test "the control node has its two commands and nothing else" {
	selftest control node
}

@test "a new pipe's node belongs to whom CREATE says, also after udev" {
	local own default

	own=$(ctl create uid=65534 gid=1 perm=0604)
	default=$(ctl create)
	same 'at once' "$(stat -c '%u:%g %a' "$own")" '65534:1 604'
	udevadm settle --timeout=60
	same 'after udev' "$(stat -c '%u:%g %a' "$own")
$(stat -c '%U:%G %a' "$default")" '65534:1 604
root:kmsgpipe 660'
	ctl remove "$own"
	ctl remove "$default"
	[ ! -e "$own" ]
}

@test "a node belongs to whom SET_NODE says, which udev makes so" {
	local node

	node=$(ctl create)
	udevadm settle --timeout=60
	# uevent PROPERTY...: what udev is told.
	uevent() {
		grep -E '^KMSGPIPE_(PERM|UID|GID)=' "$class/${node#/dev/}/uevent"
	}
	same 'before' "$(uevent)" $'KMSGPIPE_PERM=0660\nKMSGPIPE_UID=0'
	ctl set "$node" uid=65534 gid=1 perm=0604
	udevadm settle --timeout=60
	same 'all' "$(stat -c '%u:%g %a' "$node")" '65534:1 604'
	ctl set "$node" perm=0640
	udevadm trigger --settle --subsystem-match=kmsgpipe
	same 'permissions alone' "$(stat -c '%u:%g %a' "$node")" '65534:1 640'
	same 'after' "$(uevent)" \
		$'KMSGPIPE_PERM=0640\nKMSGPIPE_UID=65534\nKMSGPIPE_GID=1'
	expect 1 'ctl: node: Invalid argument' ctl set "$node" perm=01000
	same 'refused' "$(uevent)" \
		$'KMSGPIPE_PERM=0640\nKMSGPIPE_UID=65534\nKMSGPIPE_GID=1'
	# Root's is nothing that udev is told by the kernel itself.
	ctl set "$node" uid=0 gid=0
	udevadm settle --timeout=60
	same 'of root' "$(stat -c '%u:%g %a' "$node")" '0:0 640'
	ctl remove "$node"
	node=$(ctl create uid=65534 gid=1 perm=0604)
	ctl set "$node" uid=0 gid=0 perm=0600
	udevadm settle --timeout=60
	same 'at once' "$(stat -c '%u:%g %a' "$node")" '0:0 600'
	ctl remove "$node"
}

@test "the kernel log tells of pipes that come and go" {
	local node

	node=$(ctl create)
	ctl remove "$node"
	same 'kernel log' "$(driver_log)" "kmsgpipe: ${node#/dev/}: created
kmsgpipe: ${node#/dev/}: removed"
}

@test "removed: what is queued can be read, then ENODEV" {
	selftest removal drain
}

@test "removed: everybody asleep in the pipe is woken" {
	selftest removal asleep
}

@test "removed: who waits in open is told" {
	selftest removal opening
}

@test "removed: the number may be used again while old files are open" {
	selftest removal reuse
}

@test "removed: pipes come and go while others open and use them" {
	selftest removal churn
}

@test "the module cannot be unloaded while a removed pipe is open" {
	local node

	node=$(ctl create)
	exec 9<"$node"
	ctl remove "$node"
	expect 1 'rmmod: ERROR: Module kmsgpipe is in use' rmmod kmsgpipe
	exec 9<&-
	expect 0 '' rmmod kmsgpipe
}

# flood NODE SIZE: as a member of the group, until no more is taken; prints why.
flood() {
	as_user "--groups=$(getent group kmsgpipe | cut -d : -f 3)" \
		timeout 60 "$SELFTESTS/send" "$1" 1000000 "$2" 2>&1 |
		sed 's/.*: //'
}

# empty NODE: take out all that is there.
empty() {
	timeout 60 dd if="$1" of=/dev/null bs=64k iflag=nonblock \
		status=none 2>/dev/null || true
	same 'messages left' "$(ctl get "$1" messages)" 0
}

@test "a flood ends at max_bytes with EAGAIN" {
	udevadm settle --timeout=60
	same 'flood' "$(flood "$dev" 4000)" 'Resource temporarily unavailable'
	same 'bytes' "$(ctl get "$dev" bytes)" $((1048576 / 4000 * 4000))
}

@test "a flood ends at total_bytes with ENOSPC, and then all is well" {
	local size

	reload_module devices=2 max_msgs=65536 max_bytes=268435456 \
		total_bytes=2097152
	udevadm settle --timeout=60
	for size in 4000 64; do
		same 'flood' "$(flood "$dev" "$size")" 'No space left on device'
		same 'another pipe' "$(flood /dev/kmsgpipe1 4000)" \
			'No space left on device'
		# Those who wait for messages get them all the same.
		empty "$dev"
		empty /dev/kmsgpipe1
		expect 0 '' timeout 60 "$SELFTESTS/send" /dev/kmsgpipe1 100 4000
		empty /dev/kmsgpipe1
	done
}

@test "memory that is kept for reuse keeps nobody out" {
	reload_module devices=2 total_bytes=65536
	expect 0 '' timeout 60 "$SELFTESTS/send" "$dev" 128 64
	empty "$dev"
	# Another size, and another pipe.
	expect 0 '' timeout 60 "$SELFTESTS/send" "$dev" 10 4000
	empty "$dev"
	expect 0 '' timeout 60 "$SELFTESTS/send" /dev/kmsgpipe1 128 64
	empty /dev/kmsgpipe1
}

@test "a stream can be read in any piece when memory is used up" {
	reload_module mode=stream total_bytes=65536
	run timeout 60 dd if=/dev/zero of="$dev" bs=4096 oflag=nonblock
	same 'dd' "${lines[0]}" \
		"dd: error writing '$dev': No space left on device"
	same 'bytes' "$(timeout 60 dd if="$dev" bs=1000 count=5 iflag=nonblock \
		status=none | wc -c)" 5000
}
