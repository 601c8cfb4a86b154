#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# A process that stalls in a page fault (userfaultfd).

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "stalled in a small write, nobody else waits" {
	selftest stall small-write
}

@test "stalled in a large write, nobody else waits" {
	selftest stall large-write
}

@test "stalled in a small read, nobody else waits" {
	selftest stall small-read
}

@test "stalled in a large read, nobody else waits" {
	selftest stall large-read
}

@test "a read that stalls and then fails gives its message back" {
	selftest stall fails
}

@test "a reader in open comes in to a message that is given back" {
	selftest stall lets-in
}

@test "the mode stays while a message may be given back" {
	selftest stall keeps-mode
}
