#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# O_ASYNC: a signal when a call would not wait any more.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "SIGIO: POLL_IN for each message" {
	selftest sigio in
}

@test "SIGIO: POLL_OUT when there is room" {
	selftest sigio out
}

@test "SIGIO: goes to the owner, a process or a group" {
	selftest sigio owner
}

@test "SIGIO: a reader hears of messages only, a writer of room only" {
	selftest sigio sides
}

@test "SIGIO: others who open and close are no news" {
	selftest sigio others
}

@test "SIGIO: with eof=hangup the last writer's close is news" {
	selftest sigio hangup
}
