#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What a reader of an empty pipe gets: to wait, or the end of file.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "eof=never: a reader waits, whoever comes and goes" {
	selftest eof never
}

@test "eof=empty: an empty pipe is the end of file" {
	selftest eof empty
}

@test "eof=empty: after ten echos cat prints ten lines and ends" {
	local node i

	node=$(ctl create eof=empty)
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo "line $i" >"$node"
	done
	expect 0 "$(printf 'line %d\n' {1..10})" timeout 30 cat "$node"
	ctl remove "$node"
}

@test "eof=hangup: open waits for the other side, as with a FIFO" {
	selftest eof open
}

@test "eof=hangup: a writer who is refused lets no reader in" {
	selftest eof refused
}

@test "eof=hangup: poll, read and write say what they say of a FIFO" {
	selftest eof fifo
}

@test "eof=hangup: a write without readers is EPIPE and SIGPIPE" {
	selftest eof epipe
}

@test "eof=hangup: a long write ends as with a FIFO when readers leave" {
	selftest eof partial
}

@test "eof=hangup: the last one to leave wakes the other side" {
	selftest eof wake
}

@test "a change of the eof policy wakes whom it concerns" {
	selftest eof change
}

# piped NODE WRITER READER: both as shell commands, with the node between; what
# the reader prints, and how both end.
piped() {
	local node=$1 status=0

	# Each opens the node itself: there it may have to wait for the other.
	start --default-signal=PIPE timeout 60 \
		bash -c "exec $2 >'$node'"
	timeout 60 bash -c "exec $3 <'$node'" || status=$?
	echo "reader ends with $status"
	status=0
	wait "$pid" || status=$?
	echo "writer ends with $status"
}

# like_fifo WRITER READER: it is the same through a new pipe as through a FIFO.
like_fifo() {
	local node want got

	make_workdir
	mkfifo "$workdir/fifo"
	node=$(ctl create mode=stream eof=hangup max_bytes=65536)
	want=$(piped "$workdir/fifo" "$@")
	got=$(piped "$node" "$@")
	ctl remove "$node"
	rm -rf "$workdir"
	same "$1 | $2" "$got" "$want"
	last_result=$got
}

@test "eof=hangup: a shell pipeline ends as it does through a FIFO" {
	like_fifo 'seq 1000' 'wc -l'
	like_fifo 'echo hello' 'cat'
	like_fifo 'true' 'cat'
	like_fifo 'cat /proc/version /etc/passwd' 'sort'
	like_fifo 'dd if=/dev/zero bs=1M count=1 status=none' 'md5sum'
}

@test "eof=hangup: a reader who leaves ends the writer with SIGPIPE" {
	like_fifo 'seq 1000000' 'head -n 3'
	same 'result' "$last_result" '1
2
3
reader ends with 0
writer ends with 141'
	like_fifo 'yes' 'head -n 1'
}
