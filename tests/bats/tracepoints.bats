#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Tracepoints, and what dynamic debug shows.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

tracing=/sys/kernel/tracing
# A buffer of the tests' own.
instance=$tracing/instances/kmsgpipe-test

# trace_on: from now on, until the test ends, the events go into the instance.
trace_on() {
	mount_tracefs
	[ ! -d "$instance" ] || rmdir "$instance"
	mkdir "$instance"
	at_end trace_off
	echo 1 >"$instance/events/kmsgpipe/enable"
}

trace_off() {
	# There are none without the module.
	[ ! -d "$instance/events/kmsgpipe" ] ||
		echo 0 >"$instance/events/kmsgpipe/enable"
	rmdir "$instance"
}

# events: what was traced, without what differs from run to run.
events() {
	sed -nE 's/^.*: (kmsgpipe_.*)$/\1/; T
		s/sender=[1-9][0-9]*/sender=PID/
		s/pipe='"${node#/dev/kmsgpipe}"' /pipe=N /; p' "$instance/trace"
}

do_things() {
	timeout -k 5 60 "$SELFTESTS/debuglog" "$node" "$1"
}

@test "tracepoints: a pipe and its messages, from create to remove" {
	trace_on
	node=$(ctl create name=traced)
	printf hello >"$node"
	printf you >"$node"
	receive "$node" >/dev/null
	printf hello >"$node"
	printf hello >"$node"
	expect 0 '' do_things drop
	printf last >"$node"
	ctl remove "$node"
	same 'events' "$(events)" \
'kmsgpipe_create: pipe=N name=traced mode=message messages=0 bytes=0
kmsgpipe_send: pipe=N seq=0 len=5 prio=0 sender=PID messages=1 bytes=5
kmsgpipe_send: pipe=N seq=1 len=3 prio=0 sender=PID messages=2 bytes=8
kmsgpipe_recv: pipe=N seq=0 len=5 prio=0 sender=PID messages=1 bytes=3
kmsgpipe_send: pipe=N seq=2 len=5 prio=0 sender=PID messages=2 bytes=8
kmsgpipe_send: pipe=N seq=3 len=5 prio=0 sender=PID messages=3 bytes=13
kmsgpipe_drop: pipe=N seq=3 len=5 prio=0 sender=PID messages=2 bytes=8 by=truncate
kmsgpipe_drop: pipe=N seq=1 len=3 prio=0 sender=PID messages=1 bytes=5 by=clear
kmsgpipe_drop: pipe=N seq=2 len=5 prio=0 sender=PID messages=0 bytes=0 by=clear
kmsgpipe_send: pipe=N seq=4 len=5 prio=7 sender=PID messages=1 bytes=5
kmsgpipe_expire: pipe=N seq=4 len=5 prio=7 sender=PID messages=0 bytes=0
kmsgpipe_send: pipe=N seq=5 len=4 prio=0 sender=PID messages=1 bytes=4
kmsgpipe_remove: pipe=N name=traced mode=message messages=1 bytes=4'
}

@test "tracepoints: small, large and by ioctl are traced once each" {
	trace_on
	node=$(ctl create)
	expect 0 '' do_things fault
	expect 0 '' do_things calls
	timeout 30 dd if=/dev/zero of="$node" bs=4000 count=1 status=none
	receive "$node" >/dev/null
	same 'events' "$(events | sed 1d)" \
'kmsgpipe_send: pipe=N seq=0 len=64 prio=0 sender=PID messages=1 bytes=64
kmsgpipe_recv: pipe=N seq=0 len=64 prio=0 sender=PID messages=0 bytes=0
kmsgpipe_send: pipe=N seq=1 len=64 prio=0 sender=PID messages=1 bytes=64
kmsgpipe_recv: pipe=N seq=1 len=64 prio=0 sender=PID messages=0 bytes=0
kmsgpipe_send: pipe=N seq=2 len=5 prio=0 sender=PID messages=1 bytes=5
kmsgpipe_recv: pipe=N seq=2 len=5 prio=0 sender=PID messages=0 bytes=0
kmsgpipe_send: pipe=N seq=3 len=4000 prio=0 sender=PID messages=1 bytes=4000
kmsgpipe_recv: pipe=N seq=3 len=4000 prio=0 sender=PID messages=0 bytes=0'
	ctl remove "$node"
}

@test "tracepoints: a stream" {
	trace_on
	node=$(ctl create mode=stream)
	printf hello >"$node"
	printf you >"$node"
	timeout 30 dd if="$node" of=/dev/null bs=6 count=1 status=none
	timeout 30 dd if=/dev/zero of="$node" bs=6000 count=1 status=none
	timeout 30 dd if="$node" of=/dev/null bs=6001 count=1 status=none
	"$SELFTESTS/ctl" set "$node" max_msgs=1
	ctl remove "$node"
	same 'events' "$(events)" \
'kmsgpipe_create: pipe=N name= mode=stream messages=0 bytes=0
kmsgpipe_send: pipe=N seq=0 len=5 prio=0 sender=PID messages=0 bytes=5
kmsgpipe_send: pipe=N seq=5 len=3 prio=0 sender=PID messages=0 bytes=8
kmsgpipe_recv: pipe=N seq=0 len=6 prio=0 sender=0 messages=0 bytes=2
kmsgpipe_send: pipe=N seq=8 len=4096 prio=0 sender=PID messages=0 bytes=4098
kmsgpipe_send: pipe=N seq=4104 len=1904 prio=0 sender=PID messages=0 bytes=6002
kmsgpipe_recv: pipe=N seq=6 len=6001 prio=0 sender=0 messages=0 bytes=1
kmsgpipe_remove: pipe=N name= mode=stream messages=0 bytes=1'
}

@test "tracepoints: the sender is who sent it" {
	local sender

	trace_on
	node=$(ctl create)
	start bash -c "printf hello >$node"
	timeout 30 dd if="$node" of=/dev/null bs=64 count=1 status=none
	sender="sender=$pid "
	same 'events' "$(grep -c "kmsgpipe_[sr].*$sender" "$instance/trace")" 2
	ctl remove "$node"
}

@test "tracepoints: off, nothing is traced, and each can be on by itself" {
	trace_on
	echo 0 >"$instance/events/kmsgpipe/enable"
	node=$(ctl create)
	expect 0 '' do_things fault
	same 'events' "$(events)" ''
	echo 1 >"$instance/events/kmsgpipe/kmsgpipe_recv/enable"
	expect 0 '' do_things fault
	same 'events' "$(events)" \
'kmsgpipe_recv: pipe=N seq=2 len=64 prio=0 sender=PID messages=0 bytes=0
kmsgpipe_recv: pipe=N seq=3 len=64 prio=0 sender=PID messages=0 bytes=0'
	ctl remove "$node"
}

@test "tracepoints: tools find the fields of each event" {
	trace_on
	same 'fields' "$(cd "$instance/events/kmsgpipe" &&
		awk '$1 ~ /^field:/ && !/common_/ {
			sub(/;.*/, "")
			sub(/.*field:/, "")
			print FILENAME ": " $0
		}' kmsgpipe_*/format)" \
		"$(for event in create drop expire recv remove send; do
			case $event in
			create | remove)
				fields='u32 pipe,u32 mode,u32 messages'
				fields+=',u32 bytes,char name[32]' ;;
			*)
				fields='u64 seq,u32 pipe,u32 len,u32 prio'
				fields+=',u32 sender,u32 messages,u32 bytes' ;;
			esac
			[ "$event" != drop ] || fields+=',bool truncated'
			printf '%s\n' "$fields" | tr , '\n' |
				sed "s|^|kmsgpipe_$event/format: |"
		done)"
}

@test "tracepoints: the module unloads while they are on" {
	trace_on
	expect 0 '' rmmod kmsgpipe
	[ ! -e "$instance/events/kmsgpipe" ]
}

# What a program does while it is traced.
# shellcheck disable=SC2016 # expands in another shell
some_messages='
	printf hello >"$1"
	printf you >"$1"
	timeout 30 dd if="$1" of=/dev/null bs=64 count=1 status=none
	timeout 30 dd if="$1" of=/dev/null bs=64 count=1 status=none'

# without_times PIPE: perf's lines without what differs from run to run.
without_times() {
	sed -E 's/^ *([^ ]+) +[0-9]+ \[[0-9]+\] +[0-9]+\.[0-9]+: +/\1 /
		s/sender=[1-9][0-9]*/sender=PID/; s/ pipe='"$1"' / pipe=N /'
}

@test "tracepoints: perf records each message" {
	node=$(ctl create)
	make_workdir
	mount_tracefs
	expect 0 '' timeout -k 5 120 perf record -q -a -e 'kmsgpipe:*' \
		-o "$workdir/data" -- bash -c "$some_messages" - "$node"
	same 'perf script' "$(timeout -k 5 120 perf script -i "$workdir/data" |
		without_times "${node#/dev/kmsgpipe}")" \
'bash kmsgpipe:kmsgpipe_send: pipe=N seq=0 len=5 prio=0 sender=PID messages=1 bytes=5
bash kmsgpipe:kmsgpipe_send: pipe=N seq=1 len=3 prio=0 sender=PID messages=2 bytes=8
dd kmsgpipe:kmsgpipe_recv: pipe=N seq=0 len=5 prio=0 sender=PID messages=1 bytes=3
dd kmsgpipe:kmsgpipe_recv: pipe=N seq=1 len=3 prio=0 sender=PID messages=0 bytes=0'
	ctl remove "$node"
}

@test "tracepoints: bpftrace counts messages by pipe" {
	local program='tracepoint:kmsgpipe:kmsgpipe_send {
		@sent[args->pipe] = count();
		@bytes[args->pipe] = sum(args->len);
	}'

	# It is in one image only, see tests/vm/lib/suites.sh.
	grep -q '^VERSION_CODENAME=bookworm$' /etc/os-release ||
		command -v bpftrace >/dev/null ||
		skip 'this system has no bpftrace'
	[[ $(uname -r) != *-debug ]] ||
		skip 'the debug kernel runs no BPF programs for tracepoints'
	mount_tracefs
	node=$(ctl create)
	same 'bpftrace' "$(timeout -k 5 300 bpftrace -e "$program" -c \
		"$SELFTESTS/send $node 3 5" | sed '/^$/d')" \
		"Attaching 1 probe...
@bytes[${node#/dev/kmsgpipe}]: 15
@sent[${node#/dev/kmsgpipe}]: 3"
	ctl remove "$node"
}

@test "dynamic debug: operations and what came of them" {
	node=$(ctl create)
	log_mark
	dynamic_debug 'module kmsgpipe'
	expect 0 '' do_things calls
	printf hello >"$node"
	receive "$node" >/dev/null
	# Into memory that is there, which a new process' is not at first.
	printf one >"$node"
	printf two >"$node"
	"$SELFTESTS/drain" "$node"
	quiet_debug
	printf hello >"$node"
	same 'kernel log' "$(driver_log | sed -E 's/ by [0-9]+ / by PID /;
		s/^kmsgpipe: '"${node#/dev/}"'/PIPE/')" \
'PIPE: open by PID (debuglog): 0
PIPE: GET_INFO by PID (debuglog): 0
PIPE: send by PID (debuglog): 5
PIPE: SEND by PID (debuglog): 0
PIPE: peek by PID (debuglog): 5
PIPE: RECV by PID (debuglog): 0
PIPE: recv by PID (debuglog): 5
PIPE: RECV by PID (debuglog): 0
PIPE: recv by PID (debuglog): -11
PIPE: RECV by PID (debuglog): -11
PIPE: RECV by PID (debuglog): -22
PIPE: SET_LIMITS by PID (debuglog): -22
PIPE: FIONREAD by PID (debuglog): 0
PIPE: ioctl by PID (debuglog): -25
PIPE: close by PID (debuglog): 0
PIPE: open by PID (bash): 0
PIPE: send by PID (bash): 5
PIPE: close by PID (bash): 0
PIPE: open by PID (dd): 0
PIPE: recv by PID (dd): 5
PIPE: close by PID (dd): 0
PIPE: open by PID (bash): 0
PIPE: send by PID (bash): 3
PIPE: close by PID (bash): 0
PIPE: open by PID (bash): 0
PIPE: send by PID (bash): 3
PIPE: close by PID (bash): 0
PIPE: open by PID (drain): 0
PIPE: recv by PID (drain): 3
PIPE: recv by PID (drain): 3
PIPE: recv by PID (drain): -11
PIPE: close by PID (drain): 0'
	ctl remove "$node"
}

@test "dynamic debug: each ioctl by name" {
	node=$(ctl create)
	log_mark
	dynamic_debug 'module kmsgpipe'
	expect 0 '' do_things every
	same 'names' "$(driver_log |
		sed -nE 's/^kmsgpipe: .*: ([A-Z_]+) by [0-9]+ .*: -14$/\1/p' |
		paste -s -d ' ')" \
		"CREATE REMOVE GET_VERSION GET_INFO GET_STATS CLEAR_QUEUE \
SET_LIMITS SET_TTL SET_CLEANUP TRIGGER_CLEANUP SET_EOF SET_MODE SET_NODE SEND RECV \
SEND_BATCH RECV_BATCH FIONREAD"
	ctl remove "$node"
}
