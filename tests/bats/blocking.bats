#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Waiting for a message or for room, and being woken or interrupted.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "a reader sleeps until a message comes" {
	selftest blockread
}

@test "a writer sleeps until there is room" {
	selftest blockwrite
}

@test "a signal ends or restarts a sleeping call, and nothing is lost" {
	selftest interrupt
}

@test "a sleeper that was woken and fails wakes the next one" {
	selftest wakenext
}

@test "a signal that meets a wake-up does not swallow it" {
	selftest wakekill
}

@test "cat prints messages as they come and ends with Ctrl+C" {
	local want

	make_workdir
	start cat "$dev" >"$workdir/output"
	for want in one two three; do
		asleep "$pid" read
		echo "$want" >"$dev"
	done
	asleep "$pid" read
	kill -INT "$pid"
	ends "$pid" 130
	same 'output' "$(cat "$workdir/output")" $'one\ntwo\nthree'
}

@test "dd into a full pipe ends with Ctrl+C and leaves max_msgs messages" {
	start dd if=/dev/zero of="$dev" bs=64 count=2000 status=none
	asleep "$pid" write
	kill -INT "$pid"
	ends "$pid" 130
	expect 1 "$(nothing_in "$dev")
1024+0 records in
1024+0 records out" timeout 60 dd if="$dev" of=/dev/null bs=64 \
		iflag=nonblock status=noxfer
}
