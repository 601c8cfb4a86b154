#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Each request for memory fails once, in turn. For the debug kernel; that no
# memory is lost is told by kmemleak at the end of the run.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/../bats/helpers.bash"

setup_file() {
	local attribute

	cd /sys/kernel/debug || return
	# Those that may sleep too, and each order of pages. Do not report: it
	# is what the test asked for.
	echo N >failslab/ignore-gfp-wait
	echo N >fail_page_alloc/ignore-gfp-wait
	echo 0 >fail_page_alloc/min-order
	for attribute in failslab fail_page_alloc fail_usercopy; do
		echo 0 >"$attribute/verbose"
	done
}

@test "fail-nth: open" {
	selftest ../debug/failnth open
}

@test "fail-nth: write, writev and SEND" {
	selftest ../debug/failnth write-small
	selftest ../debug/failnth write-large
	selftest ../debug/failnth write-stream
	selftest ../debug/failnth writev
	selftest ../debug/failnth send
}

@test "fail-nth: read and readv" {
	selftest ../debug/failnth read-large
	selftest ../debug/failnth read-stream
	selftest ../debug/failnth readv
}

@test "fail-nth: O_ASYNC, epoll and poll" {
	selftest ../debug/failnth async
	selftest ../debug/failnth epoll
	selftest ../debug/failnth poll
}

@test "fail-nth: CREATE and REMOVE" {
	selftest ../debug/failnth create
	selftest ../debug/failnth remove
}

@test "fail-nth: loading the module" {
	local file

	file=$(modinfo -n kmsgpipe)
	unload_module
	expect 0 '' timeout 600 "$SELFTESTS/../debug/failnth" "$dev" load "$file" 3
}
