#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The user ABI's header compiles alone, with each suite's compiler.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
}

header() { # SUITE
	tests/vm/chroot --suite "$1" -- tests/compile/header
}

@test "<linux/kmsgpipe.h> compiles as C and C++ on Debian 11" {
	header bullseye
}

@test "<linux/kmsgpipe.h> compiles as C and C++ on Debian 12" {
	header bookworm
}

@test "<linux/kmsgpipe.h> compiles as C and C++ on Debian 13, pahole finds no padding" {
	run header trixie
	echo "$output"
	[ "$status" -eq 0 ]
	# pahole is there: the headers of kernels since 6.12 bring it.
	[[ $output == *' structs without padding, the same for 64 and 32 bits' ]]
}
