#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0

# shellcheck source=tests/lint/lint.bash
. "$BATS_TEST_DIRNAME/lint.bash"

@test "the module follows the kernel's style: checkpatch --strict" {
	mapfile -t files < <(project_files 'src/*.[ch]' ':!src/compat.h' \
		':!src/trace.h')
	# UNCOMMENTED_DEFINITION: a lock's comment is in the kernel-doc above
	# its struct, where checkpatch does not look.
	# MACRO_ARG_REUSE: said of each macro that assigns to its arguments.
	tests/lint/checkpatch --ignore UNCOMMENTED_DEFINITION,MACRO_ARG_REUSE \
		"${files[@]}"
}

@test "compat.h follows the kernel's style" {
	# To test for versions is what this file is for (LINUX_VERSION_CODE),
	# and checkpatch takes that name for a constant on the wrong side of
	# the comparison (CONSTANT_COMPARISON).
	tests/lint/checkpatch \
		--ignore LINUX_VERSION_CODE,CONSTANT_COMPARISON src/compat.h
}

@test "trace.h follows the kernel's style" {
	# Events are written like structs: nothing aligns with a parenthesis.
	tests/lint/checkpatch --ignore OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT \
		src/trace.h
}

@test "C programs follow the kernel's style" {
	mapfile -t files < <(project_files '*.[ch]' ':!src')
	local ignore=MACRO_ARG_REUSE # as above

	# User space has neither the kernel's types nor its macros.
	ignore+=,PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO
	# A test called full() may say that the pipe is full.
	ignore+=,EMBEDDED_FUNCTION_NAME
	# A test reads memory only to see whether that faults.
	ignore+=,VOLATILE
	# The format macros of <inttypes.h> are written so.
	ignore+=,CAMELCASE
	# A line for people is in one piece, to be found when it is looked for.
	ignore+=,LONG_LINE_STRING
	# One program must be a 32-bit one, and says so.
	ignore+=,ARCH_DEFINES
	tests/lint/checkpatch --ignore "$ignore" "${files[@]}"
}

@test "only compat.h asks for a kernel version" {
	mapfile -t files < <(project_files src ':!src/compat.h')
	grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION|linux/version\.h' \
		"${files[@]}" | none
}

@test "no file in src/ is longer than 600 lines" {
	mapfile -t files < <(project_files src)
	wc -l "${files[@]}" |
		awk '$2 != "total" && $1 > 600 { print $2 ": " $1 " lines" }' | none
}

@test "#include points down: main, planes, io, pipe, expiry and queue, compat" {
	mapfile -t files < <(project_files 'src/*.[ch]')
	awk '
		function stem(path) {
			sub(/.*\//, "", path)
			sub(/\.[ch]$/, "", path)
			return path
		}
		function wrong(what) {
			print FILENAME ":" FNR ": " what
		}
		BEGIN {
			# uapi/linux/kmsgpipe.h is the kmsgpipe on the ground.
			names = "compat kmsgpipe log trace queue command"
			floors = "0 0 1 1 2 2"
			names = names " copy expiry pipe wait stream settings"
			floors = floors " 3 3 4 5 5 5"
			names = names " io batch ioctl splice control"
			floors = floors " 6 7 8 8 8"
			names = names " sysfs procfs debugfs api file main"
			floors = floors " 8 8 8 8 9 10"
			n = split(names, name)
			split(floors, number)
			for (i = 1; i <= n; i++)
				floor[name[i]] = number[i]
		}
		FNR == 1 {
			from = stem(FILENAME)
			if (!(from in floor))
				wrong("has no floor, give it one in this test")
		}
		/^[ \t]*#[ \t]*include[ \t]*"/ {
			split($0, part, "\"")
			to = stem(part[2])
			if (!(to in floor))
				wrong(part[2] " has no floor, give it one in this test")
			else if (to != from && floor[to] >= floor[from])
				wrong(part[2] " is not below " from)
		}
	' "${files[@]}" | none
}

@test "every file names its licence" {
	# Left out: the licence, prose that people read from the first line on,
	# pictures, and files of debian/ whose format has no place for it.
	project_files ':!LICENSE' ':!*.md' ':!*.png' ':!debian/changelog' \
		':!debian/control' ':!debian/copyright' ':!debian/source/format' \
		':!debian/*.install' ':!debian/*.lintian-overrides' \
		':!debian/clean' |
		while IFS= read -r file; do
			head -n 4 "$file" | grep -qE \
				'SPDX-License-Identifier: GPL-2.0( WITH Linux-syscall-note)?( |$)' ||
				echo "$file: no SPDX line"
		done | none
}
