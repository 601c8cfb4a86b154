#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What becomes of messages, as long as nobody has to wait.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "what echo writes stays until somebody reads it" {
	echo first >"$dev"
	echo second >>"$dev"
	expect 0 first receive
	expect 0 second receive
	expect 1 "$(nothing_in "$dev")" receive
}

@test "messages are read in the order in which they were written" {
	selftest fifo
}

@test "a read returns one message, whole and alone, of every size" {
	selftest boundaries
}

@test "writev joins its parts and readv splits a message" {
	selftest iovec
}

@test "a message that is too long or a buffer that is too small is EMSGSIZE" {
	selftest msgsize
}

@test "an empty pipe and a full one answer EAGAIN, and max_msgs is full" {
	selftest nonblock
}

@test "reading or writing nothing returns 0 and does nothing" {
	selftest zero
}

@test "a bad address is EFAULT, and every message stays what it was" {
	selftest badaddr
}

@test "a buffer that runs into an unmapped page is EFAULT, all or nothing" {
	selftest badtail
}

@test "memory that is not mapped in yet works, memory that never is EFAULT" {
	selftest fresh
}

@test "messages go through a buffer whose pages are dropped all the time" {
	selftest zap
}

@test "a pipe has no positions and no mapping, and open modes are obeyed" {
	selftest notfile
}
