#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# stress-ng on a pipe, for STRESS_SECONDS each: nothing in the kernel log.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

seconds=${STRESS_SECONDS:-10}

# stress ARGUMENT...: what stress-ng finds does not matter, but it ends by itself.
stress() {
	run timeout -k 10 $((seconds + 120)) stress-ng --timeout "$seconds" "$@"
	echo "$output"
	((status == 0))
}

@test "stress-ng: the device stressor" {
	stress --dev 4 --dev-file "$dev"
}

@test "stress-ng: the device stressor while messages pass" {
	start bash -c "while :; do echo message; done >$dev"
	start cat "$dev" >/dev/null
	stress --dev 2 --dev-file "$dev"
}

@test "stress-ng: poll and SIGIO stressors beside the device stressor" {
	stress --dev 2 --dev-file "$dev" --poll 2 --sigio 2
}

@test "many readers, writers, pollers and O_ASYNC files on one pipe" {
	reload_module max_msgs=8
	local end=$((SECONDS + seconds))

	while ((SECONDS < end)); do
		selftest stress 4 4 300 disturb
		selftest stress 4 4 300 poll
		selftest sigio owner
	done
}
