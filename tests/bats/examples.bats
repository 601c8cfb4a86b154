#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The programs of examples/, in C and in Python: both do the same.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

# example NAME c|py: set $program to the command.
example() {
	case $2 in
	c)
		program=$SELFTESTS/examples/$1
		;;
	py)
		program=$BATS_TEST_DIRNAME/../../examples/$1.py
		PYTHONDONTWRITEBYTECODE=1 python3 -c 'import ctypes' ||
			skip 'there is no ctypes here'
		export PYTHONDONTWRITEBYTECODE=1
		;;
	esac
}

# comes FILE TEXT: wait until this is what the file has, all of it.
comes() {
	local deadline=$((SECONDS + 60))

	until [ "$(cat "$1")" = "$2" ] || ((SECONDS >= deadline)); do :; done
	same "$1" "$(cat "$1")" "$2"
}

# person NAME MINE OTHER...: somebody in the chat, who hears into a file; what
# is written to his descriptor, set as $mouth, he says.
person() {
	local name=$1

	mkfifo "$workdir/$name.in"
	# shellcheck disable=SC2016 # for the shell that is started
	start bash -c 'exec "${@:3}" <"$1" >"$2" 2>&1' bash "$workdir/$name.in" \
		"$workdir/$name.out" "$program" "$@"
	exec {mouth}>"$workdir/$name.in"
}

chat() { # c|py
	local anna ben clea pids=() fd heard

	example chat "$1"
	make_workdir
	ctl create name=anna >/dev/null
	ctl create name=ben >/dev/null
	ctl create name=clea max_msgs=1 >/dev/null
	person anna /dev/kmsgpipe1 /dev/kmsgpipe2 /dev/kmsgpipe3
	anna=$mouth pids+=("$pid")
	person ben /dev/kmsgpipe2 /dev/kmsgpipe1 /dev/kmsgpipe3
	ben=$mouth pids+=("$pid")
	person clea /dev/kmsgpipe3 /dev/kmsgpipe1 /dev/kmsgpipe2
	clea=$mouth pids+=("$pid")

	echo 'hello, all' >&"$anna"
	comes "$workdir/ben.out" 'anna: hello, all'
	comes "$workdir/clea.out" 'anna: hello, all'
	echo 'hello, anna' >&"$ben"
	comes "$workdir/anna.out" 'ben: hello, anna'
	comes "$workdir/clea.out" 'anna: hello, all
ben: hello, anna'
	# Nobody has heard himself.
	comes "$workdir/ben.out" 'anna: hello, all'

	# Whatever somebody sends is one line, and gives the terminal no orders.
	printf 'ben: \tx\nanna: \e[31m\xc2\x9bm\x7f\0\xc3\x9b\n' >"$workdir/forged"
	k send /dev/kmsgpipe1 --file "$workdir/forged"
	heard='ben: hello, anna
ben: 	x?anna: ?[31m??m??'$'\xc3\x9b'
	comes "$workdir/anna.out" "$heard"

	# Who does not read does not hold up the others.
	kill -STOP "${pids[2]}"
	echo one >&"$ben"
	comes "$workdir/anna.out" "$heard
ben: one"
	echo two >&"$ben"
	comes "$workdir/ben.out" 'anna: hello, all
chat: /dev/kmsgpipe3: not sent: Resource temporarily unavailable'
	comes "$workdir/anna.out" "$heard
ben: one
ben: two"
	kill -CONT "${pids[2]}"
	comes "$workdir/clea.out" 'anna: hello, all
ben: hello, anna
ben: one'

	# The end of the input is the end of the chat.
	for fd in "$anna" "$ben" "$clea"; do
		exec {fd}>&-
	done
	for fd in "${pids[@]}"; do
		ends "$fd" 0
	done
	expect 1 'chat: /dev/nowhere: No such file or directory' \
		"$program" anna "$dev" /dev/nowhere
	ctl remove /dev/kmsgpipe1
	ctl remove /dev/kmsgpipe2
	ctl remove /dev/kmsgpipe3
}

@test "examples: chat in C" {
	chat c
}

@test "examples: chat in Python" {
	chat py
}

workers() { # c|py
	example workers "$1"
	make_workdir
	ctl set "$dev" eof=hangup
	start "$program" "$dev" 4 >"$workdir/out"
	# The pipe opens for writing when there is somebody to read.
	exec 9>"$dev"
	# seq alone would write all lines at once, as one job.
	for ((job = 1; job <= 300; job++)); do
		printf %d "$job" >&9
	done
	printf '301\n302\e\n' >"$workdir/job"
	k send "$dev" --file "$workdir/job"
	exec 9>&-
	ends "$pid" 0
	same 'jobs' "$(sed 's/^worker [1-4]: //' "$workdir/out" | sort -n)" \
		"$(seq 300)
301?302?"
	expect 1 'workers: /dev/nowhere: No such file or directory' \
		"$program" /dev/nowhere 1
}

@test "examples: workers in C do each job once" {
	workers c
}

@test "examples: workers in Python do each job once" {
	workers py
}

# plain: lines of the collector without what differs each time.
plain() {
	sed -E 's/^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{3}Z pid=[1-9][0-9]* /TIME PID /'
}

collector() { # c|py
	local line

	example collector "$1"
	make_workdir
	ctl set "$dev" eof=empty max_msgs=3
	echo 0 >"$class/kmsgpipe0/cleanup_enabled"
	printf 'one\n\ntwo\n' | "$program" send "$dev" 60000
	expect 1 "collector: $dev: full, 2 lines dropped" bash -c \
		"printf 'three\nfour\nfive\n' | $(printf %q "$program") send $dev 60000"
	"$program" print "$dev" >"$workdir/out"
	same 'lines' "$(plain <"$workdir/out")" 'TIME PID uid=0 one
TIME PID uid=0 two
TIME PID uid=0 three'

	# The time is that of sending, the process and user are the sender's.
	as_user --groups=kmsgpipe bash -c \
		"echo 'from nobody' | exec $(printf %q "$program") send $dev 60000" &
	wait
	line=$("$program" print "$dev")
	same 'user' "$(plain <<<"$line")" 'TIME PID uid=65534 from nobody'
	[ $(($(date +%s) - $(date -d "${line%% *}" +%s))) -le 60 ]

	# What looks like two lines, and would turn the terminal red.
	printf 'one\nTIME PID uid=0 \e[31m\xc2\x9bm\x7f\0\xc3\x9b\n' >"$workdir/forged"
	k send "$dev" --file "$workdir/forged"
	same 'a line' "$("$program" print "$dev" | plain)" \
		'TIME PID uid=0 one?TIME PID uid=0 ?[31m??m??'$'\xc3\x9b'

	# A line whose time is over is not printed.
	echo 'old news' | "$program" send "$dev" 1
	echo news | "$program" send "$dev" 60000
	until [ "$(ctl get "$dev" messages)" = 1 ]; do :; done
	same 'what is still of interest' "$("$program" print "$dev" | plain)" \
		'TIME PID uid=0 news'
	expect 1 'collector: /dev/nowhere: No such file or directory' \
		"$program" print /dev/nowhere
}

@test "examples: collector in C" {
	collector c
}

@test "examples: collector in Python" {
	collector py
}
