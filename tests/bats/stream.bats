#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Stream mode: a FIFO of bytes.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "stream: bytes come out in order, in reads of any size" {
	selftest stream bytes
}

@test "stream: a read takes what it asks for across writes" {
	selftest stream across
}

@test "stream: bytes written one by one share memory" {
	selftest stream tiny
}

@test "stream: bytes written one by one with writev share memory" {
	selftest stream tinyv
}

@test "stream: writes of up to 4096 bytes are not mixed with others" {
	selftest streamshare atomic
}

@test "stream: parallel readers of records of one size get whole ones" {
	selftest streamshare records
}

@test "stream: a blocking write completes, however long it is" {
	selftest streamshare long
}

@test "stream: a signal cuts a long write short, and loses nothing" {
	selftest streamshare signal
}

@test "stream: a write that may not wait takes what there is room for" {
	selftest stream nonblock
}

@test "stream: bad memory gives the short count before it, or EFAULT" {
	selftest stream fault
}

@test "stream: poll tells of 4096 bytes of room, FIONREAD of bytes queued" {
	selftest stream poll
}

@test "the mode changes only while the pipe is empty" {
	selftest stream mode
}

@test "stream: everybody for whom there are bytes or room is woken" {
	selftest streamshare wake
}

@test "stream: who is woken for a part leaves the rest of the room to others" {
	selftest streamshare hand-on
}

@test "stream: what several readers cannot take goes back in its order" {
	selftest streamshare give-back
}

@test "stream: the statistics count calls and bytes" {
	selftest stream counts
}
