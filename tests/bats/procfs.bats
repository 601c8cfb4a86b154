#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# /proc/kmsgpipe, the table of pipes; and pipe 0 as a text queue in /proc.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

table=/proc/kmsgpipe
queue=/proc/msg_queue

header='index name mode eof bytes max_bytes messages max_msgs msg_size'
header+=' readers writers files last_cleanup sent bytes_sent received'
header+=' bytes_received'

# table_is [LINE...]: the table has its header and these lines.
table_is() {
	same "$table" "$(<"$table")" "$(printf '%s\n' "$header" "$@")"
}

# with_queue [PARAMETER=VALUE...]: load the module with the text queue.
with_queue() {
	reload_module proc_queue=msg_queue "$@"
}

#
# The table
#

@test "/proc/kmsgpipe: a header and a line for each pipe" {
	reload_module devices=3
	same 'file' "$(stat -c '%F %U:%G %a' "$table")" \
		'regular empty file root:root 444'
	table_is \
'0 - message never 0 1048576 0 1024 4096 0 0 0 0.000000000 0 0 0 0' \
'1 - message never 0 1048576 0 1024 4096 0 0 0 0.000000000 0 0 0 0' \
'2 - message never 0 1048576 0 1024 4096 0 0 0 0.000000000 0 0 0 0'
	expect 0 "$(<"$table")" as_user --clear-groups cat "$table"
}

@test "/proc/kmsgpipe: each field tells what it says" {
	local first='0 - message never 0 1048576 0 1024 4096 0 0 0 0.000000000'
	local node

	reload_module
	node=$(ctl create name=some.Name_1 mode=stream eof=empty max_bytes=5000 \
		max_msgs=77 msg_size=88)
	table_is "$first 0 0 0 0" \
'1 some.Name_1 stream empty 0 5000 0 77 88 0 0 0 0.000000000 0 0 0 0'

	# Bytes and messages, written and read.
	printf 'five!' >"$dev"
	printf 'sixsix' >"$dev"
	printf 'eight888' >"$node"
	table_is '0 - message never 11 1048576 2 1024 4096 0 0 0 0.000000000 2 11 0 0' \
'1 some.Name_1 stream empty 8 5000 0 77 88 0 0 0 0.000000000 1 8 0 0'
	expect 0 'five!' receive
	dd if="$node" bs=3 count=1 status=none >/dev/null
	table_is '0 - message never 6 1048576 1 1024 4096 0 0 0 0.000000000 2 11 1 5' \
'1 some.Name_1 stream empty 5 5000 0 77 88 0 0 0 0.000000000 1 8 1 3'
	expect 0 'sixsix' receive
	ctl remove "$node"
	table_is "$first 2 11 2 11"

	# Settings change.
	ctl set "$dev" eof=empty max_msgs=3 msg_size=4 max_bytes=5 mode=stream
	table_is '0 - stream empty 0 5 0 3 4 0 0 0 0.000000000 2 11 2 11'
}

# counts: of pipe 0's open files.
counts() {
	awk 'NR == 2 { print $10, $11, $12 }' "$table"
}

@test "/proc/kmsgpipe: open files, for reading, for writing and in all" {
	reload_module
	same 'none' "$(counts)" '0 0 0'
	exec 6<"$dev"
	same 'one reads' "$(counts)" '1 0 1'
	exec 7>"$dev"
	same 'one reads, one writes' "$(counts)" '1 1 2'
	exec 8<>"$dev"
	same 'and one does both' "$(counts)" '2 2 3'
	exec 6<&-
	same 'one is closed' "$(counts)" '1 2 2'
	exec 8<&-
	same 'another' "$(counts)" '0 1 1'
	exec 7<&-
	same 'all' "$(counts)" '0 0 0'
}

@test "/proc/kmsgpipe: the time of the last cleanup" {
	local ns told deadline=$((SECONDS + 60))

	reload_module ttl_ms=1 cleanup_interval_ms=10
	echo gone >"$dev"
	until ns=$(ctl get "$dev" last_cleanup_ns) && ((ns)); do
		((SECONDS < deadline))
	done
	told=$(awk 'NR == 2 { print $13 }' "$table")
	same 'last_cleanup' "$told" \
		"$((ns / 1000000000)).$(printf '%09d' $((ns % 1000000000)))"
}

@test "/proc/kmsgpipe: 256 pipes, in reads of any size" {
	local n lines=()

	reload_module devices=256
	for ((n = 0; n < 256; n++)); do
		lines+=("$n - message never 0 1048576 0 1024 4096 0 0 0 0.000000000 0 0 0 0")
	done
	table_is "${lines[@]}"
	selftest proctable positions
}

@test "/proc/kmsgpipe: read while pipes come and go" {
	selftest proctable churn
}

@test "/proc/kmsgpipe: open, it does not keep the module" {
	# The message is there to tell of a pipe that is not freed.
	echo left >"$dev"
	exec 9<"$table"
	cat "$table" >/dev/null
	expect 0 '' rmmod kmsgpipe
	# shellcheck disable=SC2016 # expands in the other shell
	expect 1 'cat: -: Input/output error' cat <&9
	[ ! -e "$table" ]
	reload_module
	expect 1 'cat: -: Input/output error' cat <&9
	exec 9<&-
}

#
# The text queue
#

@test "the queue in /proc: there is none unless it is asked for" {
	local before after

	before=$(cd /proc && echo [a-z]*)
	unload_module
	after=$(cd /proc && echo [a-z]*)
	same 'what the module has in /proc' "$before" \
		"$(tr ' ' '\n' <<<"$after kmsgpipe" | sort | paste -sd ' ')"
}

@test "the queue in /proc: echo, cat, and cat again" {
	with_queue
	echo hello >"$queue"
	expect 0 hello timeout 30 cat "$queue"
	expect 0 '' timeout 30 cat "$queue"

	# One each, in order, as they were written.
	printf 'no newline' >"$queue"
	# One write: the shell's own printf writes line by line.
	env printf 'a\nb\n\n' >>"$queue"
	echo last >"$queue"
	same 'first' "$(timeout 30 cat "$queue"; echo .)" 'no newline.'
	same 'second' "$(timeout 30 cat "$queue"; echo .)" $'a\nb\n\n.'
	expect 0 last timeout 30 cat "$queue"
	expect 0 '' timeout 30 cat "$queue"

	# It is pipe 0.
	echo 'to the device' >"$queue"
	expect 0 'to the device' receive
	echo 'from the device' >"$dev"
	expect 0 'from the device' timeout 30 cat "$queue"
	expect 0 "$(printf 'x\ny')" timeout 30 bash -c \
		"echo x >$queue; echo y >$queue; cat $queue $queue $queue"
}

@test "the queue in /proc: messages of every size, one for each open file" {
	with_queue
	selftest procfs text
}

@test "the queue in /proc: a message in several reads is one file's" {
	with_queue
	selftest procfs pieces
}

@test "the queue in /proc: readers of one open file share its message" {
	with_queue
	selftest procfs share
}

@test "the queue in /proc: bad memory costs no message" {
	with_queue
	selftest procfs memory
}

@test "the queue in /proc: full, it is EAGAIN or a writer waits" {
	with_queue max_msgs=20
	selftest procfs full
}

@test "the queue in /proc: no eof policy makes a reader wait" {
	with_queue
	selftest procfs policies
}

@test "the queue in /proc: pipe 0 is removed" {
	with_queue
	selftest procfs removed
	selftest procfs removed-empty
}

@test "the queue in /proc: in stream mode a file reads until it is empty" {
	with_queue mode=stream
	selftest procfs stream
	printf one >"$queue"
	printf two >"$queue"
	expect 0 onetwo timeout 30 cat "$queue"
	expect 0 '' timeout 30 cat "$queue"
}

@test "the queue in /proc: 20 writers and 100 readers" {
	with_queue max_msgs=16
	selftest procfs crowd
}

@test "the queue in /proc: name and permissions" {
	local group

	group=$(getent group kmsgpipe | cut -d : -f 3)
	with_queue
	same 'default' "$(stat -c '%F %U:%G %a' "$queue")" \
		'regular empty file root:root 660'
	expect 1 "cat: $queue: Permission denied" as_user --clear-groups \
		cat "$queue"
	# chgrp is how the group comes to it.
	chgrp kmsgpipe "$queue"
	echo 'for the group' >"$queue"
	expect 0 'for the group' as_user "--groups=$group" cat "$queue"

	reload_module proc_queue=Other.name-1_ proc_queue_mode=0604
	[ ! -e "$queue" ]
	same '0604' "$(stat -c '%F %U:%G %a' /proc/Other.name-1_)" \
		'regular empty file root:root 604'
	echo 'for all' >/proc/Other.name-1_
	expect 0 'for all' as_user --clear-groups cat /proc/Other.name-1_
	expect 1 "dd: failed to open '/proc/Other.name-1_': Permission denied" \
		as_user --clear-groups dd of=/proc/Other.name-1_ if=/dev/null
}

# refuses PARAMETER=VALUE LINE: modprobe fails, and the log has this.
refuses() {
	log_mark
	expect 1 "modprobe: ERROR: could not insert 'kmsgpipe': Invalid argument" \
		modprobe kmsgpipe proc_queue=msg_queue "$1"
	same "kernel log after $1" "$(driver_log)" "kmsgpipe: $2"
	[ ! -e "$table" ]
	[ ! -e "$queue" ]
}

@test "the queue in /proc: a name that cannot be refuses to load" {
	unload_module
	refuses proc_queue=meminfo 'proc_queue=meminfo is taken in /proc'
	refuses proc_queue=kmsgpipe 'proc_queue=kmsgpipe is taken in /proc'
	refuses proc_queue=self 'proc_queue=self is taken in /proc'
	same 'meminfo' "$(wc -l </proc/meminfo | grep -c '[1-9]')" 1
}

@test "the module cannot be unloaded while the queue in /proc is open" {
	local in_use='rmmod: ERROR: Module kmsgpipe is in use'

	with_queue
	exec 9<"$queue"
	expect 1 "$in_use" rmmod kmsgpipe
	echo 'still there' >"$queue"
	expect 0 'still there' cat <&9
	exec 9<&-
	expect 0 '' rmmod kmsgpipe
	[ ! -e "$queue" ]
}

@test "the module cannot be unloaded while a writer waits in /proc" {
	with_queue max_msgs=1
	echo first >"$queue"
	start dd if=/proc/version of="$queue" count=1 status=none
	asleep "$pid" write
	expect 1 'rmmod: ERROR: Module kmsgpipe is in use' rmmod kmsgpipe
	expect 0 first cat "$queue"
	ends "$pid" 0
	expect 0 "$(</proc/version)" cat "$queue"
	expect 0 '' rmmod kmsgpipe
}

@test "the queue in /proc: opened all the time while the module goes" {
	# shellcheck disable=SC2016 # expands in the other shell
	start bash -c 'while :; do cat "$@" && echo x >"$2"; done 2>/dev/null' \
		- "$table" "$queue" >/dev/null
	for _ in 1 2 3 4 5; do
		with_queue
	done
	kill -KILL "$pid"
	ends "$pid" 137
}
