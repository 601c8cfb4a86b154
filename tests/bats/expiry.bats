#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Messages whose time is over.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "expiry: nobody gets or counts a message whose time is over" {
	selftest expiry unseen
}

@test "expiry: messages go by themselves, and a poller learns of the room" {
	selftest expiry by-itself
}

@test "expiry: a sleeping writer gets in" {
	selftest expiry writer
}

@test "expiry: only those whose time is over go, and TRIGGER_CLEANUP counts" {
	selftest expiry mixed
}

@test "expiry: disabled, nothing goes until somebody asks" {
	selftest expiry disabled
}

@test "expiry: a message's ttl goes before the pipe's, 0 and NEVER are for ever" {
	selftest expiry whose
}

@test "expiry: a pipe may be removed while messages wait to expire" {
	selftest expiry removed
}

@test "expiry: a message that was given back still goes" {
	selftest expiry given-back
}

# said LINE: the driver has said this.
said() {
	driver_log | grep -qxF "$1"
}

@test "expiry: the kernel log tells how many were dropped" {
	local node deadline=$((SECONDS + 60))

	node=$(ctl create ttl_ms=1)
	timeout 30 "$SELFTESTS/send" "$node" 3 64
	until said "kmsgpipe: ${node#/dev/}: dropped 3 expired messages"; do
		((SECONDS < deadline)) || { driver_log; return 1; }
	done
	ctl remove "$node"
}
