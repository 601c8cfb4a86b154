#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# SEND and RECV: priority, life, sender.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "the highest priority comes first, and within it the oldest" {
	selftest sendrecv priority
}

@test "a message tells its sender, number and time" {
	selftest sendrecv metadata
}

@test "a message tells how long it has to live" {
	selftest sendrecv ttl
}

@test "PEEK shows the next message and leaves it" {
	selftest sendrecv peek
}

@test "PEEK shows a whole message that somebody else takes meanwhile" {
	selftest sendrecv peek-race
}

@test "PEEK by several while messages come and go" {
	selftest sendrecv peek-many
}

@test "PEEK that was woken wakes who takes the message" {
	selftest sendrecv peek-wakes
}

@test "SEND and RECV wait, and do not with NONBLOCK" {
	selftest sendrecv waiting
}

@test "SEND and RECV refuse what is not valid, and nothing is lost" {
	selftest sendrecv invalid
}
