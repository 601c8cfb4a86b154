#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The state in which installing the package leaves the machine.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

# modinfo_is FIELD VALUE...: the module says exactly this of itself.
modinfo_is() {
	expect 0 "$2" modinfo -F "$1" kmsgpipe
}

# package_version: as upstream counts, without what Debian adds.
package_version() {
	local version

	version=$(dpkg-query -W -f '${Version}' kmsgpipe-dkms) || return
	echo "${version%-*}"
}

@test "dkms says that the module is installed for the running kernel" {
	run dkms status -m kmsgpipe -k "$(uname -r)"
	# dkms 2 puts a comma where dkms 3 puts a slash.
	same 'dkms status' "${output/#kmsgpipe, /kmsgpipe/}" \
		"kmsgpipe/$(package_version), $(uname -r), $(uname -m): installed"
}

@test "the module file lies where dkms puts it" {
	local file

	file=$(modinfo -n kmsgpipe)
	# Some suites compress modules.
	file=${file%.ko*}
	same 'file' "${file#/usr}" \
		"/lib/modules/$(uname -r)/updates/dkms/kmsgpipe"
}

@test "the module's version is that of the package" {
	modinfo_is version "$(package_version)"
}

@test "modinfo tells licence, description and author" {
	modinfo_is license GPL
	modinfo_is description 'Message queues behind character devices'
	modinfo_is author 'The kmsgpipe maintainers'
}

@test "modinfo tells each parameter with its unit, range and default" {
	run bash -c 'modinfo -F parm kmsgpipe | sort'
	same 'parameters' "$output" \
'cleanup_interval_ms:how often a new pipe is rid of expired messages, in milliseconds, 10 to 3600000 (default 1000) (uint)
devices:pipes made at load, 1 to 256 (default 1) (uint)
max_bytes:bytes a new pipe holds, 1 to 268435456 (default 1048576) (uint)
max_devices:pipes there may be at a time, 1 to 256 (default 256) (uint)
max_msgs:messages a new pipe holds, 1 to 65536 (default 1024) (uint)
mode:what new pipes carry, message or stream (default message) (charp)
msg_size:bytes in one message of a new pipe, 1 to 1048576 (default 4096) (uint)
proc_queue:name in /proc of pipe 0 as a text queue, up to 31 letters, digits, '\''.'\'', '\''_'\'' and '\''-'\'' (default: none) (charp)
proc_queue_mode:permissions of proc_queue, in octal, 1 to 0777 (default 0660) (octal)
total_bytes:bytes of memory all pipes may use, 65536 to 1073741824 (default 67108864) (uint)
ttl_ms:life of a message of a new pipe in milliseconds, 0: for ever, 0 to 4294967295 (default 0) (uint)'
}

@test "the loaded module is the installed one" {
	same 'version' "$(cat /sys/module/kmsgpipe/version)" \
		"$(modinfo -F version kmsgpipe)"
	same 'srcversion' "$(cat /sys/module/kmsgpipe/srcversion)" \
		"$(modinfo -F srcversion kmsgpipe)"
}

@test "the parameters have their defaults, and some may be written" {
	same 'values' \
		"$(cd "$parameters" && grep '' -- * | tr ':' '=')" \
		"$(printf '%s\n' "${defaults[@]}")"
	same 'modes' "$(cd "$parameters" && stat -c '%a %n' -- *)" \
'644 cleanup_interval_ms
444 devices
644 max_bytes
644 max_devices
644 max_msgs
644 mode
644 msg_size
444 proc_queue
444 proc_queue_mode
644 total_bytes
644 ttl_ms'
}

@test "there is one node, a character device of root:kmsgpipe with mode 0660" {
	udevadm settle --timeout=60
	same 'nodes' "$(stat -c '%n: %F, %U:%G %a' /dev/kmsgpipe[0-9]*)" \
		'/dev/kmsgpipe0: character special file, root:kmsgpipe 660'
}

@test "the control node is root's alone" {
	udevadm settle --timeout=60
	same 'node' "$(stat -c '%n: %F, %U:%G %a' /dev/kmsgpipe-control)" \
		'/dev/kmsgpipe-control: character special file, root:root 600'
}

@test "sysfs and the node name the same device" {
	local major minor

	IFS=: read -r major minor </sys/class/kmsgpipe/kmsgpipe0/dev
	same 'device number' "$(stat -c '%t:%T' "$dev")" \
		"$(printf '%x:%x' "$major" "$minor")"
}

@test "the unit is enabled and active" {
	expect 0 enabled systemctl is-enabled kmsgpipe.service
	expect 0 active systemctl is-active kmsgpipe.service
}

@test "the settings in /etc/modprobe.d are a conffile" {
	same 'conffiles' \
		"$(dpkg-query -W -f '${Conffiles}\n' kmsgpipe-dkms |
			awk '/modprobe/ { print $1 }')" \
		/etc/modprobe.d/kmsgpipe.conf
	[ -e /etc/modprobe.d/kmsgpipe.conf ]
}

@test "a user outside the group may not open the pipe" {
	local refused="dd: failed to open '$dev': Permission denied"

	udevadm settle --timeout=60
	echo secret >"$dev"
	expect 1 "$refused" as_user --clear-groups \
		timeout 30 dd if="$dev" bs=4096 count=1 status=none
	expect 1 "$refused" as_user --clear-groups \
		timeout 30 dd if=/dev/null of="$dev" status=none
	expect 0 secret receive
}

@test "a user in the group may write and read" {
	local gid

	udevadm settle --timeout=60
	gid=$(getent group kmsgpipe | cut -d : -f 3)
	expect 0 '' as_user "--groups=$gid" \
		timeout 30 sh -c "echo hello >$dev"
	expect 0 hello as_user "--groups=$gid" \
		timeout 30 dd if="$dev" bs=4096 count=1 status=none
}

@test "the kernel log has nothing bad to say since the machine started" {
	run bash -c 'dmesg --notime | grep -E "$1"' - "$trouble"
	same 'kernel log' "$output" ''
}
