# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
}

# project_files PATTERN...: the files of the project, tracked by git or on
# their way to be. Never none, so that no check passes for want of files.
project_files() {
	local file files=()

	while IFS= read -r file; do
		# Removed in the working tree only: still listed
		[ ! -e "$file" ] || files+=("$file")
	# The checkout may belong to somebody else than who runs the tests.
	done < <(git -c safe.directory="$PWD" ls-files --cached --others \
		--exclude-standard --deduplicate -- "$@")
	printf '%s\n' "${files[@]:-no file matches $*}"
}

# Fail if a check wrote anything: what is wrong, one line each.
none() {
	local wrong

	wrong=$(cat)
	[ -z "$wrong" ] || {
		echo "$wrong"
		return 1
	}
}

# module_parameters: each parameter of the module, as "NAME: RANGE, DEFAULT".
module_parameters() {
	# shellcheck disable=SC2016 # Perl's variables
	perl -0ne 'while (/MODULE_PARM_DESC\((\w+),\s*"([^"]*)"/g) {
		my ($name, $text) = ($1, $2);
		my ($range) = $text =~ /(\d+ to \d+)/;
		my ($default) = $text =~ /\(default (\S+)\)/;
		print "$name: ", $range // "any", ", ", $default // "none", "\n";
	}' src/*.c | sort
}
