#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What a pipe counts.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "statistics: each number counts what it says" {
	selftest stats numbers
}

@test "statistics: sent is received, expired, truncated, cleared and queued" {
	selftest stats add-up
}

@test "100 sleepers: a message wakes one reader, room wakes one writer" {
	selftest stats herd
}
