#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Bugs put into the module on purpose: the debug kernel finds each of them. Runs
# on the host.

setup() {
	share=$(mktemp -d "${TMPDIR:-/tmp}/kmsgpipe.XXXXXX")
}

teardown() {
	rm -rf "$share"
}

# caught FILE CHANGE REPORT COMMAND: COMMAND uses the module with this change in
# a guest, and REPORT, a regular expression, is what fails the run.
caught() {
	"$BATS_TEST_DIRNAME/broken" "$1" "$2" "$share"
	run "$BATS_TEST_DIRNAME/../../vm/run" --debug --bare --share "$share" -- \
		"insmod /mnt/share/kmsgpipe.ko && $4"
	echo "$output"
	[ "$status" = 125 ]
	grep -qE "reported: .*$3" <<<"$output"
}

@test "memory that is used after it was freed is caught" {
	caught src/queue.c '/^void kmsgpipe_msg_free/,/^}/ {
		s/^\tkfree(msg);/&\n\tWRITE_ONCE(msg->len, 0);/
	}' 'KASAN: use-after-free in kmsgpipe_msg_free' \
		'echo >/dev/kmsgpipe0 && rmmod kmsgpipe'
}

@test "a lock that is not released is caught" {
	caught src/expiry.c '/^void kmsgpipe_expiry_set/,/^}/ {
		/^\tspin_unlock/d
	}' 'BUG: (sleeping function called from invalid context|scheduling while atomic)' \
		'echo >/dev/kmsgpipe0'
}

@test "a message that is not freed is caught" {
	caught src/queue.c '/^void kmsgpipe_msg_free/,/^}/ {
		s/^\tkfree(msg);/\tif (msg->len != 3)\n\t\tkfree(msg);/
	}' 'unreferenced object' \
		'printf abc >/dev/kmsgpipe0 && rmmod kmsgpipe'
}
