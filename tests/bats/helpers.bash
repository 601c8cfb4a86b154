# shellcheck shell=bats
# SPDX-License-Identifier: GPL-2.0
#
# What the tests share. They run as root on a machine where the package is
# installed, with SELFTESTS naming the directory of the compiled programs and,
# in it, of the modules that use the installed one:
#
#	make -C tests/selftests OUT=/tmp/selftests
#	make -C tests/modules OUT="/tmp/selftests/modules/$(uname -r)"
#	SELFTESTS=/tmp/selftests bats tests/bats
#
# A test finds the module loaded with its default parameters and the pipe
# empty, and leaves it so (teardown sees to that, and to the kernel log). No
# test waits for a length of time: it waits for an event, within a deadline.
#
# All that runs kmsgpipectl by its name gets $KMSGPIPECTL instead if that is set,
# and under the command $KMSGPIPECTL_UNDER: see CONTRIBUTING.md.
#
# Written for bats 1.2 (Debian 11): no run flags, no BATS_TEST_TMPDIR.

export LC_ALL=C

# The pipe that the tests are about.
dev=/dev/kmsgpipe0

# Parameters of the module and their defaults, in the order of their names.
parameters=/sys/module/kmsgpipe/parameters
defaults=(cleanup_interval_ms=1000 devices=1 max_bytes=1048576 max_devices=256
	max_msgs=1024 mode=message msg_size=4096 proc_queue= proc_queue_mode=0660
	total_bytes=67108864 ttl_ms=0)

# Settings of the pipe, and what they are then.
class=/sys/class/kmsgpipe
settings=(mode=message eof=never max_msgs=1024 msg_size=4096 max_bytes=1048576
	ttl_ms=0 cleanup_enabled=1 cleanup_interval_ms=1000)

# What no healthy kernel says, at the beginning of a line or anywhere in it.
trouble='^WARNING:|^INFO: (possible|inconsistent|suspicious|trying)'
trouble+='|Kernel panic|\bBUG\b|\bOops\b|general protection fault|soft lockup'
trouble+='|hard LOCKUP|blocked for more than|detected stall|self-detected'
trouble+='|suspicious RCU|refcount_t:|list_(add|del) corruption|KASAN:|KCSAN:'
trouble+='|UBSAN:|ODEBUG:|DEBUG_LOCKS_WARN|kmemleak: [0-9]+ new|page allocation failure|log has lost'

setup() {
	get_ready
}

get_ready() {
	: "${SELFTESTS:?is not set: it names the directory of the compiled tests/selftests}"
	children=()
	at_end=()
	workdir=
	tool_under
	log_mark
	module_is_default || reload_module "${defaults[@]}"
}

# undo: what a test left open, running or set, above all if it failed.
undo() {
	local failed=0 pid i

	exec 9<&-
	for pid in "${children[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	for ((i = ${#at_end[@]} - 1; i >= 0; i--)); do
		eval "${at_end[i]}" || failed=1
	done
	[ -z "$workdir" ] || rm -rf "$workdir"
	return "$failed"
}

teardown() {
	local failed=0 user

	undo || failed=1
	for user in /sys/module/kmsgpipe/holders/*; do
		[ ! -e "$user" ] || rmmod "${user##*/}" || failed=1
	done
	pipes_are_default && module_is_default ||
		reload_module "${defaults[@]}" || failed=1
	timeout 30 "$SELFTESTS/drain" "$dev" || failed=1
	log_is_clean || failed=1
	return "$failed"
}

#
# Comparing
#

# same WHAT GOT EXPECTED: the two texts are equal.
same() {
	[ "$2" = "$3" ] || {
		printf '%s\n-- got:\n%s\n-- expected:\n%s\n--\n' "$1" "$2" "$3"
		return 1
	}
}

# expect STATUS OUTPUT COMMAND...: the command ends with this status after
# printing exactly this, on both channels together.
expect() {
	local want_status=$1 want_output=$2

	shift 2
	run "$@"
	same "$*" "$output"$'\n'"(status $status)" \
		"$want_output"$'\n'"(status $want_status)"
}

# selftest PROGRAM [ARGUMENT...]: it finds nothing wrong, and says nothing.
selftest() {
	local program=$1

	shift
	expect 0 '' timeout -k 5 120 "$SELFTESTS/$program" "$dev" "$@"
}

# ctl create|remove|set|get ...: see selftests/ctl.c.
ctl() {
	timeout -k 5 60 "$SELFTESTS/ctl" "$@"
}

# at_end COMMAND [ARGUMENT...]: to be run by teardown, the last one first.
at_end() {
	at_end+=("$(printf '%q ' "$@")")
}

# mount_debugfs, mount_tracefs: unless that is done.
mount_debugfs() {
	mountpoint -q /sys/kernel/debug ||
		mount -t debugfs none /sys/kernel/debug
}

mount_tracefs() {
	mountpoint -q /sys/kernel/tracing ||
		mount -t tracefs none /sys/kernel/tracing
}

# dynamic_debug WHAT: tell operations in the kernel log until the test ends, or
# quiet_debug is called. WHAT: 'module kmsgpipe', or less of it.
dynamic_debug() {
	mount_debugfs
	[ -e /sys/kernel/debug/dynamic_debug/control ] ||
		skip 'the kernel has no dynamic debug'
	at_end quiet_debug
	echo "$1 +p" >/sys/kernel/debug/dynamic_debug/control
}

quiet_debug() {
	echo 'module kmsgpipe -p' >/sys/kernel/debug/dynamic_debug/control
}

# needs_headers: of the kernel that runs.
needs_headers() {
	[[ $(uname -r) != *-debug ]] ||
		skip 'the headers of the debug kernel are not in the guest'
}

# tool_under: put another kmsgpipectl before the one that is installed, if that is
# wanted.
tool_under() {
	local bin=${TMPDIR:-/tmp}/kmsgpipe-under

	[ -n "${KMSGPIPECTL:-}${KMSGPIPECTL_UNDER:-}" ] || return 0
	mkdir -p "$bin"
	printf '#!/bin/sh\nexec %s %s "$@"\n' "${KMSGPIPECTL_UNDER:-}" \
		"${KMSGPIPECTL:-/usr/bin/kmsgpipectl}" >"$bin/kmsgpipectl"
	chmod 755 "$bin" "$bin/kmsgpipectl"
	PATH=$bin:$PATH
}

# not_under: where it would take too long for what the test expects.
not_under() {
	[ -z "${KMSGPIPECTL_UNDER:-}" ] || skip "not under $KMSGPIPECTL_UNDER"
}

# k ARGUMENT...: kmsgpipectl.
k() {
	timeout -k 5 60 kmsgpipectl "$@"
}

# compact: JSON without the blanks that libsmartcols puts between the words,
# which differ from version to version.
compact() {
	tr -d ' \n'
}

# make_workdir: a directory of this test's own, named by $workdir.
make_workdir() {
	workdir=$(mktemp -d "${TMPDIR:-/tmp}/kmsgpipe.XXXXXX")
}

#
# Messages
#

# receive [DEVICE]: print the next message; fails at once if there is none.
receive() {
	timeout 30 dd if="${1:-$dev}" bs=1M count=1 iflag=nonblock status=none
}

# What receive says of an empty pipe.
nothing_in() { # DEVICE
	echo "dd: error reading '$1': Resource temporarily unavailable"
}

#
# Processes
#

# start COMMAND...: run it in the background, with SIGINT as in a terminal;
# $pid is its process. Teardown ends it.
start() {
	# 3: bats waits until nobody holds it any more.
	env --default-signal=INT "$@" 3>&- &
	pid=$!
	children+=("$pid")
}

# asleep PID open|read|write|ioctl|flock|nap: wait until the process sleeps in that
# system call.
asleep() {
	timeout -k 5 120 "$SELFTESTS/asleep" "$1" "$2"
}

# ends PID STATUS: wait for a process of start(), which ends with this status.
ends() {
	local status=0

	wait "$1" || status=$?
	same "status of process $1" "$status" "$2"
}

# as_user GROUPS COMMAND...: as a user who is nobody but for these groups.
as_user() {
	local groups=$1

	shift
	setpriv --reuid=65534 --regid=65534 "$groups" "$@"
}

#
# The module
#

module_is_default() {
	[ -d "$parameters" ] && [ -d "$class/kmsgpipe0" ] &&
		files_have "$parameters" "${defaults[@]}" &&
		files_have "$class" cleanup_enabled=1 &&
		files_have "$class/kmsgpipe0" "${settings[@]}"
}

# files_have DIRECTORY FILE=LINE...: each file is this line.
files_have() {
	local directory=$1 each value

	shift
	for each; do
		read -r value <"$directory/${each%%=*}" || return 1
		[ "$value" = "${each#*=}" ] || return 1
	done
}

# pipes_are_default: a test that made others has removed them.
pipes_are_default() {
	local nodes=(/dev/kmsgpipe[0-9]*)

	[ "${nodes[*]}" = "$dev" ]
}

# unload_module: or say who keeps it. What a test that failed has started may
# need a moment to end.
unload_module() {
	local deadline=$((SECONDS + 10))

	until rmmod kmsgpipe 2>/dev/null; do
		((SECONDS < deadline)) || break
	done
	[ -d /sys/module/kmsgpipe ] || return 0
	rmmod kmsgpipe && return
	echo 'Files open on pipes:'
	find /proc/[0-9]*/fd -lname '/dev/kmsgpipe*' 2>/dev/null
	return 1
}

# reload_module [PARAMETER=VALUE...]
reload_module() {
	[ ! -d /sys/module/kmsgpipe ] || unload_module || return
	modprobe kmsgpipe "$@"
}

#
# The kernel log
#

marks=0

# log_mark: what comes from now on is this test's.
log_mark() {
	marks=$((marks + 1))
	mark="test $$.$BATS_TEST_NUMBER.$marks: $BATS_TEST_DESCRIPTION"
	echo "<6>$mark" >/dev/kmsg
}

# kernel_log: what the kernel has said since the mark.
kernel_log() {
	dmesg --notime | awk -v mark="$mark" '
		found
		$0 == mark { found = 1 }
		END {
			if (!found)
				print "the log has lost its mark"
		}'
}

# driver_log: the part of it that is the module's.
driver_log() {
	kernel_log | grep '^kmsgpipe: ' || true
}

log_is_clean() {
	local found

	found=$(kernel_log | grep -E "$trouble") || return 0
	printf 'The kernel log has:\n%s\n' "$found"
	return 1
}
