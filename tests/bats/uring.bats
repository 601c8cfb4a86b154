#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# io_uring, as far as the kernel has it.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

# Some kernels keep it from everybody until told otherwise.
uring() {
	local disabled=/proc/sys/kernel/io_uring_disabled

	[ ! -e "$disabled" ] || echo 0 >"$disabled"
	selftest uring "$@"
}

@test "io_uring: read, write, readv and writev" {
	uring transfer
}

@test "io_uring: a read waits for its message, a write for room" {
	uring wait
}

@test "io_uring: poll tells of a message and of room" {
	uring poll
}

@test "io_uring: multishot poll has an event for each message, or is refused" {
	uring poll-multishot
}

@test "io_uring: multishot read delivers each message, or is refused" {
	uring read-multishot
}

@test "io_uring: a read that times out or is cancelled loses no message" {
	uring give-up
}
