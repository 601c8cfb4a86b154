#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# docs/behaviour.md: each thing it says is shown by a test that there is.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

quote=$'\x60'
table="$BATS_TEST_DIRNAME/../../docs/behaviour.md"

# What the table names, as "FILE: TEST".
named() {
	grep -oE "${quote}[a-z]+\.bats: [^$quote]+" "$table" | tr -d "$quote"
}

existing() {
	(cd "$BATS_TEST_DIRNAME" && grep -H '^@test "' -- *.bats |
		sed 's/:@test "/: /; s/" {$//')
}

@test "every test that docs/behaviour.md names exists" {
	[ "$(named | wc -l)" -gt 40 ]
	same 'named but not there' \
		"$(comm -23 <(named | sort -u) <(existing | sort -u))" ''
}

@test "every row of docs/behaviour.md names a test" {
	same 'rows without' \
		"$(grep '^|' "$table" | grep -v '^|[ -]*|[ |-]*$' |
			grep -v '^| what' | grep -v '\.bats: ')" ''
}
