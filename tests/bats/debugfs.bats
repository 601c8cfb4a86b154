#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Statistics and logs in debugfs.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

debug=/sys/kernel/debug/kmsgpipe

# fresh_pipe [SETTING=VALUE...]: $node is a new pipe, $dir its files in debugfs.
fresh_pipe() {
	mount_debugfs
	node=$(ctl create "$@")
	dir=$debug/${node#/dev/}
}

# do_things PART: see selftests/debuglog.c.
do_things() {
	timeout -k 5 60 "$SELFTESTS/debuglog" "$node" "$1"
}

# log_lines FILE: its lines without what differs from run to run: the time, and
# the process but for its name.
log_lines() {
	sed -E 's/^[0-9]+\.[0-9]{3} //; s/^(kmsgpipe[0-9]+ |- )?[0-9]+ /\1/' "$1"
}

# stat_of FILE NAME...: these numbers of it.
stat_of() {
	local file=$1 name

	shift
	for name; do
		awk -v name="$name" '$1 == name { print $2 }' "$file"
	done | paste -s -d ' '
}

@test "debugfs: the log tells who did what, and what came of it" {
	fresh_pipe msg_size=100
	printf hello >"$node"
	timeout 30 dd if="$node" of=/dev/null bs=50 count=1 status=none
	expect 1 "$(nothing_in "$node")" receive "$node"
	same 'log' "$(log_lines "$dir/log")" 'bash open 0 0
bash send 5 5
bash close 0 0
dd open 0 0
dd recv 50 5
dd close 0 0
dd open 0 0
dd recv 1048576 -11
dd close 0 0'
	ctl remove "$node"
}

@test "debugfs: the log has the process and the time of day" {
	local before after time process rest told=

	fresh_pipe
	before=$(date +%s)
	start "$SELFTESTS/send" "$node" 1 5
	ends "$pid" 0
	after=$(date +%s)
	while read -r time process rest; do
		same "process of $rest" "$process" "$pid"
		# A tick before what the clock says.
		((${time%.*} >= before - 1 && ${time%.*} <= after))
		told+="$rest"$'\n'
	done <"$dir/log"
	same 'log' "${told%?}" 'send open 0 0
send send 5 5
send close 0 0'
	ctl remove "$node"
}

@test "debugfs: the log has SEND, RECV and PEEK once, ioctls by name" {
	fresh_pipe
	expect 0 '' do_things calls
	same 'log' "$(log_lines "$dir/log")" 'debuglog GET_INFO 0 0
debuglog send 5 5
debuglog peek 64 5
debuglog recv 64 5
debuglog recv 64 -11
debuglog RECV 0 -22
debuglog SET_LIMITS 0 -22
debuglog FIONREAD 0 0
debuglog ioctl 0 -25
debuglog close 0 0'
	ctl remove "$node"
}

@test "debugfs: the log has what was dropped" {
	local i

	fresh_pipe
	for i in 1 2 3; do
		printf hello >"$node"
	done
	expect 0 '' do_things drop
	same 'log' "$(log_lines "$dir/log")" 'debuglog open 0 0
debuglog SET_CLEANUP 0 0
debuglog truncate 5 1
debuglog SET_LIMITS 0 0
debuglog clear 10 2
debuglog CLEAR_QUEUE 0 0
debuglog send 5 5
debuglog expire 5 1
debuglog TRIGGER_CLEANUP 0 0
debuglog close 0 0'
	ctl remove "$node"
}

@test "debugfs: the log has the last ten operations" {
	local i expected=

	fresh_pipe
	exec 9<>"$node"
	for i in {1..40}; do
		printf '%*s' "$i" '' >&9
		((i <= 30)) || expected+="bash send $i $i"$'\n'
		same "log after $i" "$(wc -l <"$dir/log")" \
			$((i < 9 ? i + 1 : 10))
	done
	same 'log' "$(log_lines "$dir/log")" "${expected%?}"
	exec 9<&-
	ctl remove "$node"
}

@test "debugfs: a small write and a small read that fault are logged once" {
	fresh_pipe
	expect 0 '' do_things fault
	same 'log' "$(log_lines "$dir/log")" 'debuglog open 0 0
debuglog send 64 64
debuglog recv 64 64
debuglog send 64 64
debuglog recv 64 64
debuglog send 64 -14
debuglog recv 64 -11
debuglog close 0 0'
	ctl remove "$node"
}

@test "debugfs: the log of a stream has a line for each call" {
	fresh_pipe mode=stream
	dd if=/dev/zero of="$node" bs=20000 count=1 status=none
	dd if="$node" of=/dev/null bs=15000 count=1 status=none
	same 'log' "$(log_lines "$dir/log")" 'dd open 0 0
dd send 20000 20000
dd close 0 0
dd open 0 0
dd recv 15000 15000
dd close 0 0'
	ctl remove "$node"
}

@test "debugfs: the log of all has all pipes, and pipes that came and went" {
	local first

	fresh_pipe
	first=$node
	printf 1 >"$node"
	ctl remove "$node"
	expect 1 'ctl: create: Invalid argument' ctl create name=.
	fresh_pipe
	same 'log' "$(log_lines "$debug/log" | tail -n 4)" \
		"${first#/dev/} ctl create 0 0
${first#/dev/} ctl remove 0 0
- ctl CREATE 0 -22
${node#/dev/} ctl create 0 0"
	printf hello >"$node"
	same 'log' "$(log_lines "$debug/log" | tail -n 5)" \
		"- ctl CREATE 0 -22
${node#/dev/} ctl create 0 0
${node#/dev/} bash open 0 0
${node#/dev/} bash send 5 5
${node#/dev/} bash close 0 0"
	same 'lines' "$(wc -l <"$debug/log")" 10
	ctl remove "$node"
}

@test "debugfs: a process cannot make up lines of the log" {
	fresh_pipe
	(
		printf 'a b\\\033c\n' >"/proc/$BASHPID/comm"
		printf x >"$node"
	)
	same 'log' "$(log_lines "$dir/log")" 'a\040b\134\033c\012 open 0 0
a\040b\134\033c\012 send 1 1
a\040b\134\033c\012 close 0 0'
	ctl remove "$node"
}

@test "debugfs: stats count what was done" {
	fresh_pipe msg_size=100
	printf hello >"$node"
	printf '%s' you >"$node"
	timeout 30 dd if="$node" of=/dev/null bs=50 count=1 status=none
	run dd if=/dev/zero of="$node" bs=101 count=1 status=none
	# dd may have read into a page that was not there yet.
	same 'stats' "$(grep -v faults "$dir/stats")" 'writes 2
reads 1
bytes_written 8
bytes_read 5
ioctls 0
polls 0
failures 1
reader_wakeups 0
writer_wakeups 0
expired 0
truncated 0
cleared 0
messages 1
bytes 3
readers 0
writers 0
free_nodes 1
free_bytes 416'
	expect 0 '' do_things drop
	exec 9<>"$node"
	same 'some' "$(stat_of "$dir/stats" writes ioctls polls truncated \
		cleared expired messages readers writers)" \
		'3 5 1 0 1 1 0 1 1'
	exec 9<&-
	ctl remove "$node"
}

@test "debugfs: stats of all are the sum of all pipes" {
	local other

	fresh_pipe
	other=$node
	fresh_pipe
	printf hello >"$node"
	printf you >"$other"
	same 'names' "$(sed 's/ .*//' "$debug/stats")" "$(printf 'pipes\nmemory\n'
		sed 's/ .*//' "$dir/stats")"
	same 'pipes' "$(stat_of "$debug/stats" pipes messages bytes)" '3 2 8'
	# Two nodes, and what the tests before left free in the first pipe.
	(($(stat_of "$debug/stats" memory) >= 1024))
	ctl remove "$other"
	same 'pipes' "$(stat_of "$debug/stats" pipes messages bytes)" '2 1 5'
	ctl remove "$node"
}

@test "debugfs: nothing of a message is shown" {
	local secret=tRiVeLsNoB

	fresh_pipe
	printf '%s' "$secret" >"$node"
	printf '%s' "$secret" >"$node"
	receive "$node" >/dev/null
	same 'files' "$(find "$debug" -type f | wc -l)" 6
	same 'what is told' "$(stat_of "$dir/stats" writes reads messages bytes)
$(log_lines "$dir/log" | grep -E 'send|recv')
$(log_lines "$debug/log" | grep -E "^${node#/dev/} .*(send|recv)")" \
		"2 1 1 10
bash send 10 10
bash send 10 10
dd recv 1048576 10
${node#/dev/} bash send 10 10
${node#/dev/} bash send 10 10
${node#/dev/} dd recv 1048576 10"
	same 'found' "$(grep -r "$secret" "$debug")" ''
	ctl remove "$node"
}

@test "debugfs: for root only" {
	fresh_pipe
	same 'modes' "$(cd "$debug" && stat -c '%a %U %n' . stats log \
		"${node#/dev/}" "${node#/dev/}"/{stats,log})" \
		"700 root .
400 root stats
400 root log
700 root ${node#/dev/}
400 root ${node#/dev/}/stats
400 root ${node#/dev/}/log"
	ctl remove "$node"
}

@test "debugfs: a pipe's files go with it, also while they are open" {
	fresh_pipe
	printf hello >"$node"
	exec 9<"$dir/log"
	# In the middle of it: the time begins with a digit that stays.
	same 'first byte' "$(dd bs=1 count=1 status=none <&9)" 1
	ctl remove "$node"
	[ ! -e "$dir" ]
	expect 1 'cat: -: Input/output error' cat <&9
	# The number is used again, and nothing of the old one is.
	fresh_pipe
	expect 1 'cat: -: Input/output error' cat <&9
	same 'log' "$(log_lines "$dir/log")" ''
	printf hello >"$node"
	same 'log' "$(log_lines "$dir/log")" 'bash open 0 0
bash send 5 5
bash close 0 0'
	expect 1 'cat: -: Input/output error' cat <&9
	exec 9<&-
	ctl remove "$node"
}

@test "debugfs: the module stays while a file is open, then goes" {
	local file

	fresh_pipe
	ctl remove "$node"
	printf hello >"$dev"
	for file in "$debug/stats" "$debug/log" "$debug/kmsgpipe0/log"; do
		exec 9<"$file"
		expect 1 'rmmod: ERROR: Module kmsgpipe is in use' rmmod kmsgpipe
		[ -n "$(cat <&9)" ]
		exec 9<&-
	done
	expect 0 '' rmmod kmsgpipe
	[ ! -e "$debug" ]
}

@test "debugfs: who removes a pipe waits until nobody reads its files" {
	mount_debugfs
	selftest logread stalled
}

@test "debugfs: files are read while pipes come and go" {
	mount_debugfs
	selftest logread removals
}
