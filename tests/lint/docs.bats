#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# docs/abi tells what the sources have, all of it, and nothing else. Each test
# makes the same list from both.

# shellcheck disable=SC2016 # Perl's and awk's variables, and Markdown's quotes
# shellcheck source=tests/lint/lint.bash
. "$BATS_TEST_DIRNAME/lint.bash"

export LC_ALL=C

header=src/uapi/linux/kmsgpipe.h

# listed SCRIPT PATTERN...: what a Perl script prints of these files, of which
# none need be there yet.
listed() {
	local script=$1 files

	shift
	mapfile -t files < <(project_files "$@" | grep -v ' matches ')
	((${#files[@]} == 0)) || perl -0777 -ne "$script" "${files[@]}" | sort
}

# differ WHAT CODE DOCS: two lists that should be the same.
differ() {
	diff -u --label "$1 in the sources" --label "$1 in the docs" \
		<(printf '%s\n' "$2") <(printf '%s\n' "$3") | none
}

# The header's commands as the rows of a table: what the comment before each of
# them says.
header_commands() {
	listed 'while (m{/\*\n((?: \*[^\n]*\n)+?) \*/\n#define KMSGPIPE_(\w+)\s+_IO\(KMSGPIPE_IOC_MAGIC, (\w+)\)}g) {
		my ($text, $name, $number) = ($1, $2, $3);
		$text =~ s/\n \*\t/ /g;
		my %says = $text =~ /^ \* (Argument|Privilege|Errors|Since): (.*)$/mg;
		my ($struct, $way) = $says{Argument} =~ /^struct (\w+), (.*)/;
		print "| `$name` | $number | `$struct` | $way | $says{Privilege}",
			" | $says{Errors} | $says{Since} |\n";
	}' "$header"
}

@test "each ioctl says in the header what it takes, from whom, its errors, since when" {
	[ "$(header_commands | wc -l)" -eq "$(grep -c '_IO(KMSGPIPE_IOC_MAGIC' "$header")" ]
	header_commands | grep -vE '^\| `[A-Z_]+` \| 0x[0-9a-f]{2} \| `kmsgpipe_[a-z_]+` \| (in|out|in and out) \| (none|CAP_SYS_ADMIN|open for (reading|writing)) \| .+ \| [0-9]+\.[0-9]+\.[0-9]+ \|$' | none
}

@test "docs/abi/ioctl.md has each ioctl as the header has it" {
	differ ioctls "$(header_commands)" \
		"$(grep -E '^\| `[A-Z_]+` \| 0x' docs/abi/ioctl.md | sort)"
}

@test "the code takes each ioctl with the argument, direction and privilege of the header" {
	code=$(listed 'while (/KMSGPIPE_COMMAND\(([A-Z_]+), (\w+), (true|false),\s+(true|false),/g) {
		print "$1 kmsgpipe_$2 $3 $4\n";
	}' 'src/*.c' | uniq)
	differ ioctls "$code" "$(header_commands | tr -d '`' | awk -F ' [|] |[|] ' \
		'{ print $2, $4, $5 == "in" ? "false" : "true",
		      $6 == "CAP_SYS_ADMIN" ? "true" : "false" }' |
		sort)"
}

@test "a 32-bit program gives each command" {
	differ commands \
		"$(header_commands | sed 's/^| `\([A-Z_]*\)`.*/\1/' | sort)" \
		"$(listed 'print "$1\n" while /command\(\w+, KMSGPIPE_([A-Z_]+),/g' \
			tests/selftests/compat.c | uniq)"
}

@test "docs/abi/parameters.md has each parameter of the module" {
	differ parameters \
		"$(listed 'print "$1\n" while /MODULE_PARM_DESC\((\w+)/g' 'src/*.c')" \
		"$(listed 'print "$1\n" while /^\| `(\w+)` \|/mg' docs/abi/parameters.md)"
}

@test "docs/abi/sysfs-class-kmsgpipe has each attribute" {
	# What is in a group; uevent is there when the device has one of its own.
	differ attributes "$(listed '
		my %dir = (class => "", dev => "kmsgpipe<N>/",
			stats => "kmsgpipe<N>/statistics/");
		print "/sys/class/kmsgpipe/$dir{$1}$2\n"
			while /&(class|dev|stats)_attr_(\w+)\.attr/g;
		print "/sys/class/kmsgpipe/kmsgpipe<N>/uevent\n"
			if /add_uevent_var/' 'src/*.c')" \
		"$(listed 'print "$1\n" while /^What:\s+(\S+)/mg' \
			docs/abi/sysfs-class-kmsgpipe)"
}

@test "docs/abi/tracepoints.md has each tracepoint" {
	differ tracepoints "$(listed '
		print "$1\n" while /^(?:DEFINE_EVENT\(\w+,\s*|(?:TRACE|KMSGPIPE_\w+)_EVENT\()(kmsgpipe_\w+)[,)]/mg' \
		src/trace.h)" \
		"$(listed 'print "$1\n" while /^\| `(kmsgpipe_\w+)` \|/mg' \
			docs/abi/tracepoints.md)"
}
