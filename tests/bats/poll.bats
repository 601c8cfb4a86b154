#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Asking whether a call would sleep, and waiting until it would not.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "poll and select tell whether a read or a write would sleep" {
	selftest pollstate
}

@test "everyone asleep in poll wakes on a write or on a read" {
	selftest pollwait
}

@test "epoll reports levels, and an edge for each message" {
	selftest epoll
}
