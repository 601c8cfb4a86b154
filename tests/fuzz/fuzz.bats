#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What reads files is given any. FUZZ_SECONDS: how long, 60 unless told.

setup() {
	cd "$BATS_TEST_DIRNAME" || return
	seconds=${FUZZ_SECONDS:-60}
	out=../../build/fuzz
}

# needs COMMAND PACKAGES: or the test fails, saying what to install.
needs() {
	command -v "$1" >/dev/null || {
		echo "There is no $1: run apt install $2"
		return 1
	}
}

# fuzz NAME: for that long, from the seeds of the project on. Tells how often.
fuzz() {
	local found

	mkdir -p "$out/$1.corpus"
	"$out/$1" -max_total_time="$seconds" -max_len=4096 -close_fd_mask=3 \
		-print_final_stats=1 -artifact_prefix="$out/" -dict="$1.dict" \
		"$out/$1.corpus" seeds >"$out/$1.log" 2>&1 || {
		tail -n 40 "$out/$1.log"
		return 1
	}
	found=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$1.log")
	echo "# $1: $found executions in $seconds s" >&3
	[ "$found" -gt 0 ]
}

@test "kmsgpipectl's configuration parser takes any file" {
	needs clang 'clang libclang-rt-dev libinih-dev libsmartcols-dev pkg-config'
	make -s OUT="$out"
	fuzz config
}
