#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Limits that change while the pipe is in use.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "limits: bad ones are refused and nothing is changed" {
	selftest limits bad
}

@test "limits: what is queued stays, writers wait until it is less" {
	selftest limits shrink
}

@test "limits: more room lets sleeping writers in" {
	selftest limits grow
}

@test "limits: a sleeping writer whose message fits no more gets EMSGSIZE" {
	selftest limits never-fits
}

@test "limits: TRUNCATE drops the newest and counts them" {
	selftest limits truncate
}

@test "limits: room too small for one sleeping writer goes to another" {
	selftest limits hand-on
}

@test "limits: they change all the time, and no message is lost" {
	selftest limits flip
}

@test "limits: a small message does not keep a large one's memory" {
	selftest limits little
}

# Page allocations of more than 8 pages, while messages of up to 1 MiB pass.
@test "large messages need no memory in large pieces" {
	local tracing=/sys/kernel/tracing

	mount_tracefs
	at_end eval "echo 0 >$tracing/events/kmem/mm_page_alloc/filter"
	at_end eval "echo >$tracing/set_event_pid"
	selftest orders "$tracing"
}
