#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Ioctls with random arguments, 100000 for each role.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "fuzz: an administrator's ioctls on a pipe" {
	selftest fuzz root-pipe
}

@test "fuzz: an administrator's ioctls on the control node" {
	selftest fuzz root-control
}

@test "fuzz: nobody's ioctls on a pipe change nothing" {
	selftest fuzz nobody-pipe
}

@test "fuzz: nobody's ioctls on the control node change nothing" {
	selftest fuzz nobody-control
}
