#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Many processes on one pipe.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "4 writers and 4 readers lose, double and reorder nothing" {
	reload_module max_msgs=8
	selftest stress 4 4 1000
}

@test "in a pipe that holds one message no wake-up gets lost" {
	reload_module max_msgs=1
	selftest stress 1 1 2000
	selftest stress 1 1 2000 poll
	selftest stress 4 4 300
}

@test "16 writers and 2 readers, 2 writers and 16 readers" {
	reload_module max_msgs=4
	selftest stress 16 2 100
	selftest stress 2 16 800
}

@test "calls that fail in between neither lose nor double a message" {
	reload_module max_msgs=8
	selftest stress 3 3 500 disturb
}

@test "20 writers, then one reader; one read lets one sleeping writer in" {
	selftest manywriters
}

@test "100 sleeping readers: a message wakes one, a burst serves each once" {
	selftest manyreaders
}
