#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What the planes tell of a pipe is one truth.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

agree() { # PART
	mount_debugfs
	selftest agree "$1"
}

@test "ioctl, sysfs, procfs and debugfs agree, and with what was done" {
	agree messages
}

@test "ioctl, sysfs, procfs and debugfs agree about a stream" {
	agree stream
}
