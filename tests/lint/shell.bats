#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0

# shellcheck source=tests/lint/lint.bash
. "$BATS_TEST_DIRNAME/lint.bash"

# By name, by first line, or because they say so to shellcheck.
shell_files() {
	project_files . | while IFS= read -r file; do
		if [[ $file =~ \.(bats|bash|sh)$ ]] || head -n 1 "$file" |
			grep -qE '^(#!.*(sh|bash|bats)$|# shellcheck shell=)'; then
			echo "$file"
		fi
	done
}

@test "shellcheck has nothing to say about any script" {
	local checked=() file

	mapfile -t files < <(shell_files)
	for file in "${files[@]}"; do
		# A file that is sourced is checked as a part of who sources it,
		# since it uses what the other one sets.
		grep -qF "shellcheck source=$file" "${files[@]}" ||
			checked+=("$file")
	done
	shellcheck --external-sources --check-sourced "${checked[@]}"
}

@test "each shellcheck directive that hides something says why" {
	mapfile -t files < <(shell_files)
	grep -nE '# *shellcheck +disable=[^ ]+ *$' "${files[@]}" | none
}

@test "each script stops at the first error" {
	# The scripts of debian/: what debhelper adds to them may read unset
	# parameters.
	shell_files | while IFS= read -r file; do
		case $(head -n 1 "$file") in
		'#!'*bats | '# shellcheck'*) continue ;;
		esac
		case $file in
		debian/kmsgpipe-*) grep -q '^set -e$' "$file" ;;
		*) grep -qE '^set -eu( -o pipefail)?$' "$file" ;;
		esac || echo "$file: no set -eu"
	done | none
}
