#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# SEND_BATCH and RECV_BATCH.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "batch: up to 256 messages go in one call, with all they carry" {
	selftest batch transfer
}

@test "batch: messages of every size go together" {
	selftest batch sizes
}

@test "batch: as many as fit are sent, in order, and none is an error" {
	selftest batch full
}

@test "batch: what has expired takes no room and is not received" {
	selftest batch expired
}

@test "batch: a buffer too small stops it, and the message stays" {
	selftest batch too-small
}

@test "batch: an entry that is not valid is EINVAL before anything is done" {
	selftest batchbad invalid
}

@test "batch: bad memory stops it, and what was not delivered goes back" {
	selftest batchbad bad-memory
}

@test "batch: entries may be longer than this driver knows" {
	selftest batchbad long-entries
}

@test "batch: as many sleepers are woken as there are messages or places" {
	selftest batchwait wakes
}

@test "batch: one event tells who polls of all its messages" {
	selftest batchwait one-event
}

@test "batch: a signal or the pipe's removal ends one that waits" {
	selftest batchwait cut-short
}

@test "batch: total_bytes reached in the middle ends it there" {
	selftest batch total
}

@test "batch: stalled in a page fault, nobody else waits" {
	selftest batchbad stalled
}

@test "batch: several at a time lose and double nothing" {
	selftest batchwait parallel
}
