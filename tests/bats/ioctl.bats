#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What all ioctls have in common.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "ioctl: every number that is not defined is ENOTTY" {
	selftest ioctls unknown
}

@test "ioctl: shorter and longer arguments, and sizes that cannot be" {
	selftest ioctls size
}

@test "ioctl: an argument may end where the memory does" {
	selftest ioctls edge
}

@test "ioctl: an answer that cannot be delivered is EFAULT, nothing is done" {
	selftest ioctls read-only
}

@test "ioctl: padding and what is beyond come back zero" {
	selftest ioctls padding
}

@test "ioctl: GET_VERSION tells the version of the module on both nodes" {
	selftest ioctls version
}

@test "ioctl: a 32-bit program has every command" {
	selftest compat
}

@test "FIONREAD tells the length of the next message" {
	selftest ioctls fionread
}
