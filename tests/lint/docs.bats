#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The documents tell what the sources have; docs/abi all of it, and nothing else.
# Each test makes the same list from both.

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

@test "docs/abi.md lists each page of docs/abi" {
	differ pages "$(project_files 'docs/abi/*' | sort)" \
		"$(listed 'print "docs/$1\n" while /^\| \[[^]]+\]\((\S+)\)/mg' \
			docs/abi.md)"
}

@test "docs/analysis.md has each figure that its program prints" {
	differ figures \
		"$(listed 'print "$1\n" while /\btell(?:_waiting)?\("([^"]+)",/g' \
			tests/bench/mechanisms.c)" \
		"$(listed 'print "$1\n" while /^\| (.+?) \| [0-9]+ \|$/mg' \
			docs/analysis.md)"
}

@test "docs/design.md and docs/analysis.md name functions and locks that are there" {
	local name

	listed 'print "$1\n" while /\b((?:kmsgpipe_\w+|KMSGPIPE_\w+))\b/g' \
		docs/design.md docs/analysis.md | uniq |
		while IFS= read -r name; do
			git -c safe.directory="$PWD" grep -qw "$name" -- src ||
				echo "$name is not in src/"
		done | none
}

@test "docs/design.md and docs/analysis.md have the numbers of the sources" {
	local name number

	# `NAME` (NUMBER), also over the end of a line.
	listed 'print "$1 $2\n" while /`(KMSGPIPE_\w+)`\s+\((\d+)\)/g' \
		docs/design.md docs/analysis.md | uniq |
		while read -r name number; do
			grep -qE "^#define $name\s+$number(\s|\$)" src/*.h src/uapi/linux/*.h ||
				echo "$name is not $number"
		done | none
}

@test "each file that a document links to is there" {
	local file link

	project_files '*.md' | while IFS= read -r file; do
		# Not those of the web, nor of mail.
		grep -oE '\]\([^)#: ]+\)' "$file" | tr -d ']()' |
			while IFS= read -r link; do
				[ -e "$(dirname "$file")/$link" ] ||
					echo "$file: $link is not there"
			done
	done | none
}

@test "the Python examples have the header's numbers and fields" {
	differ numbers \
		"$(listed 'my ($magic) = /KMSGPIPE_IOC_MAGIC\s+0x(\w+)/;
			print "$1 0x$magic$2\n"
				while /KMSGPIPE_(SEND|RECV)\s+_IO\(\w+, 0x(\w+)\)/g' \
			"$header")" \
		"$(listed 'print "$1 $2\n" while /^(SEND|RECV) = (\w+)$/mg' \
			examples/kmsgpipe.py)"
	# In their order.
	differ fields \
		"$(perl -0777 -ne 'my ($s) = /\nstruct kmsgpipe_message \{(.*?)\};/s;
			print "$2 $1\n" while $s =~ /__u(\d+) (\w+);/g' "$header")" \
		"$(perl -0777 -ne 'print "$1 $2\n"
			while /\("(\w+)", ctypes\.c_uint(\d+)\)/g' \
			examples/kmsgpipe.py)"
}

#
# Manual pages
#

@test "mandoc has nothing to say about the manual pages" {
	command -v mandoc || skip 'mandoc is not installed'
	mapfile -t pages < <(project_files 'tools/man/*.[0-9]')
	# Not which pages this machine has.
	mandoc -T lint -W style "${pages[@]}" 2>/dev/null |
		grep -v 'referenced manual not found' | none
}

# The verbs of kmsgpipectl and their options, "VERB -x, --long ARG", as the
# tables in the sources have them.
tool_options() {
	listed '
		while (/struct opt (\w+)\[\] = \{(.*?)\n\};/gs) {
			my ($list, $text) = ($1, $2);
			push @{$opts{$list}}, (($2 // "") ne "" ? "-$2, " : "") . "--$1" .
					      ($3 ? " $3" : "")
				while $text =~ /\{\s*"([\w-]+)",\s*(?:.(\S).|0),\s*(?:"(\w+)"|NULL),/g;
		}
		while (/struct verb \w+ = \{(.*?)\n\};/gs) {
			my $text = $1;
			my ($name) = $text =~ /\.name = "(\w+)"/;
			my ($lists) = $text =~ /\.opts = \{ (.*?) \}/;
			$verbs{$name} = $lists // "";
		}
		END {
			for my $verb (keys %verbs) {
				print "$verb\n";
				print map { "$verb $_\n" } @{$opts{$_}}
					for split /, /, $verbs{$verb};
			}
		}' 'tools/*.c'
}

# The same as kmsgpipectl(8) tells of them; a verb has the options of the sections
# to which it refers.
man_options() {
	listed '
		my ($verb, $section) = ("", "");
		for (split /\n/) {
			$section = $1 if /^\.Sh (.*)/;
			$verb = "" if /^\.Sh/;
			$verb = $1, $verbs{$1} = [] if /^\.It Ic (\w+)/;
			push @{$verbs{$verb}}, $1
				if $verb && /^\.Sx ([A-Z ]+?)(?: [,.;])?$/;
			next unless /^\.It (?:Fl (\S) , )?Fl -([\w-]+)(?: Ar (\w+))?$/;
			push @{$opts{$verb || $section}}, ($1 ne "" ? "-$1, " : "") .
				"--$2" . ($3 ? " $3" : "");
		}
		for my $verb (keys %verbs) {
			print "$verb\n";
			print map { "$verb $_\n" } @{$opts{$_}}
				for $verb, @{$verbs{$verb}};
		}' tools/man/kmsgpipectl.8
}

@test "kmsgpipectl(8) has each verb and option" {
	[ "$(tool_options | wc -l)" -gt 60 ]
	differ options "$(tool_options)" "$(man_options)"
}

@test "kmsgpipectl(8) has each exit status" {
	differ 'exit statuses' "$(perl -0ne '
		print "$1\n" while /\[STATUS_\w+\] = "(.*?)"/g' tools/error.c)" \
		"$(sed -n '/^\.Sh EXIT/,/^\.Sh EX[^I]/{/^[^.]/{s/^./\l&/;s/\.$//;p}}' \
			tools/man/kmsgpipectl.8)"
}

# The text of each item of a manual page after .It MACRO, on one line.
man_items() { # PAGE MACRO
	perl -ne 'BEGIN { $macro = shift }
		/^\.(It|El|S[hs])/ and defined $item and
			print("$item\t$text\n"), undef $item;
		if (/^\.It $macro (.*)/) { $item = $1; $text = "" }
		elsif (defined $item && /^[^.]/) { chomp; $text .= " $_" }' \
		"$2" "$1"
}

@test "kmsgpipe(4) has each parameter with its range and default" {
	differ parameters "$(module_parameters)" \
		"$(man_items tools/man/kmsgpipe.4 Va | perl -ne '
			my ($name, $text) = /^(\w+)\t(.*)/;
			my ($range) = $text =~ /(\d+ to \d+)/;
			my ($default) = $text =~ /\(default (\S+)\)/;
			print "$name: ", $range // "any", ", ",
				$default // "none", "\n"' | sort)"
}

@test "kmsgpipe(4) has each ioctl with its argument, and who may give it" {
	differ ioctls "$(header_commands | tr -d '`' | awk -F ' [|] |[|] ' \
		'{ print "KMSGPIPE_" $2, $4, $6 == "CAP_SYS_ADMIN" ? "root" : "all" }' |
		sort)" \
		"$(man_items tools/man/kmsgpipe.4 Dv | perl -ne '
			/^(\w+) Vt struct (\w+)\t(.*)/ and
				print "$1 $2 ", $3 =~ /\(root\)/ ? "root" : "all", "\n"' |
			sort)"
}

@test "kmsgpipe(4) has each attribute of a pipe" {
	differ attributes "$(listed 'print "$1\n" while /&dev_attr_(\w+)\.attr/g' \
		'src/*.c')" \
		"$(perl -0ne '/\.Ss Sysfs\n.*?there are(.*?)and its numbers/s;
			print "$_\n" for map { /^\.Pa (.*)/ ? grep { /\w/ }
				split / ,? ?/, $1 : () } split /\n/, $1' \
			tools/man/kmsgpipe.4 | sort)"
}

@test "kmsgpipe.conf(5) has each setting with what it may be" {
	local setting word words

	differ settings "$(listed 'print "$1\n" while /\[SETTING_\w+\] = "(\w+)"/g' \
		tools/config.c)" \
		"$(man_items tools/man/kmsgpipe.conf.5 Va | cut -f 1 | sort)"
	# The words of those that take words, which follow a colon.
	words=$(listed '
		$words{$1} = $2 while /const char \* const (\w+)\[\] = \{(.*?)\};/gs;
		$of{lc $1} = $2
			while /\[SETTING_(\w+)\] = \{ \.kind = KIND_\w+, \.words = (\w+) \}/g;
		END {
			for my $setting (keys %of) {
				print "$setting $1\n" while $words{$of{$setting}} =~ /"(\w+)"/g;
			}
		}' tools/pipe.c tools/settings.c)
	[ -n "$words" ]
	while read -r setting word; do
		sed -n "/^\.It Va $setting\$/,/^\.It/p" tools/man/kmsgpipe.conf.5 |
			tr '\n' ' ' | sed 's/^[^:]*://' | grep -qw "$word" ||
			echo "$setting: $word is not told of"
	done <<<"$words" | none
}

# What numbers a setting may be: the range that a page tells, in bytes,
# milliseconds, or as it is.
@test "kmsgpipectl(8) and kmsgpipe.conf(5) have the ranges of the settings" {
	local ranges

	ranges=$(perl -ne 'BEGIN { %unit = (KIND_BYTES => 1, KIND_TIME => 1) }
		/\[SETTING_(\w+)\] = \{ (KIND_COUNT|KIND_BYTES|KIND_TIME|KIND_OCTAL), (\d+), (\d+)/ and
		printf "%s %s %s\n", lc $1, $3, $4' tools/settings.c | sort)
	[ -n "$ranges" ]
	for page in 'kmsgpipe.conf.5 Va' 'kmsgpipectl.8 Fl'; do
		# shellcheck disable=SC2086 # a page and a macro
		set -- $page
		differ "$1" "$ranges" "$(man_items "tools/man/$1" "$2" | perl -ne '
			sub number {
				my ($n, $unit) = $_[0] =~ /^(\d+)(\w*)$/;
				return $n * {"", 1, K => 1024, M => 1048576,
					ms => 1, h => 3600000}->{$unit};
			}
			my ($name, $text) = /^(?:- , )?(?:\S , Fl )?-?([\w-]+).*?\t(.*)/;
			$name =~ tr/-/_/;
			$name = "perm" if $name eq "permissions";
			next if $name =~ /^(batch|priority|interval|timeout)$/;
			$text =~ /: (\w+) to (\w+)/ or next;
			next if $name eq "ttl";
			printf "%s %s %s\n", $name,
				$name eq "perm" ? ($1, $2) : (number($1), number($2))' |
			sort)"
	done
}
