#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The module compiles for every kernel it supports, in a buildroot of the suite
# that has this kernel's headers and compiler.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
}

compile() { # SUITE SERIES [MAKE-ARGUMENT...]
	tests/vm/chroot --suite "$1" -- tests/compile/module "${@:2}"
}

sparse() { # SUITE SERIES
	compile "$@" C=2 CF=-D__CHECK_ENDIAN__
}

@test "the module compiles for Linux 5.10 without a warning" {
	compile bullseye 5.10
}

@test "the module compiles for Linux 6.1 without a warning" {
	compile bookworm 6.1
}

@test "the module compiles for Linux 6.12 without a warning" {
	compile trixie 6.12
}

@test "the module compiles for Linux 7.2 without a warning" {
	compile trixie-backports 7.2
}

@test "the module compiles for Linux 7.3 without a warning" {
	compile trixie-backports 7.3
}

@test "sparse has nothing to say with the headers of Linux 6.1" {
	sparse bookworm 6.1
}

@test "sparse has nothing to say with the headers of Linux 6.12" {
	sparse trixie 6.12
}
