#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The documents say what a terminal shows; here it is typed in and compared. In
# each of them
#
#	```console			is a terminal:
#	$ COMMAND			by a member of the group kmsgpipe,
#	# COMMAND			by root,
#	> MORE				the next line of a command,
#	anything else			what is printed; ... stands for any text
#
#	```ini file=/etc/example	is a file, which root writes at that point
#
#	<!-- not run: REASON -->	right before a terminal: not for a guest
#
# Each command has a shell of its own, in a directory with the programs of
# examples/. A test is named after the section whose blocks it tries: FILE:
# SECTION.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

top=$BATS_TEST_DIRNAME/../..
documents=(README.md docs/guide.md docs/troubleshooting.md)

# blocks FILE FUNCTION: call the function for each block with what it is, and the
# section that it is in:
#	command SECTION USER COMMAND EXPECTED REASON
#					REASON: why it is not run, or empty
#	file SECTION PATH TEXT
#	other SECTION LANGUAGE		anything else
blocks() {
	local fields

	while IFS= read -r -d '' fields; do
		# Its fields are lines, of which those in them are told by \1.
		mapfile -t fields <<<"$fields"
		"$2" "${fields[@]//$'\1'/$'\n'}"
	done < <(parse "$top/$1")
}

# shellcheck disable=SC2016 # Perl's variables
parse() {
	perl -ne '
		sub record { print join("\n", map { tr/\n/\1/r } @_), "\0" }
		sub typed { record("command", $section, @typed, $reason) if @typed; @typed = () }
		chomp;
		if (!$in) {
			$section = $1 if /^## (.*)/;
			$reason = $1 if /^<!-- not run: (.*) -->$/;
			record("other", $section, "indented") if /^    /;
			next if !/^```(\S*)(?: file=(\S+))?/;
			($in, $path, $text) = ($1 || "none", $2, "");
			record("other", $section, $in) if $in ne "console" && !$path;
		} elsif (/^```$/) {
			typed();
			record("file", $section, $path, $text) if $path;
			$in = $reason = "";
		} elsif ($in ne "console") {
			$text .= "$_\n";
		} elsif (/^([#\$]) (.*)/) {
			typed();
			@typed = ($1, $2, "");
		} elsif (/^> (.*)/) {
			$typed[1] .= "\n$1";
		} else {
			$typed[2] .= "$_\n";
		}
		END { record("other", $section, "without an end") if $in }
	' "$1"
}

# matches GOT EXPECTED: is it this, if ... stands for anything? A last line that
# has no end is shown as if it had one.
matches() {
	local pattern

	pattern=$(sed 's/[^A-Za-z0-9 ]/\\&/g; s/\\\.\\\.\\\./*/g' <<<"$2")
	# shellcheck disable=SC2053 # a pattern is what it is
	[[ ${1%$'\n'} == $pattern ]]
}

# type_in USER COMMAND: what it prints, with a dot at the end, so that the shell
# takes no newlines off.
type_in() {
	local user=()

	[ "$1" = '#' ] || user=(as_user --groups=kmsgpipe)
	"${user[@]}" env HOME="$workdir" timeout 120 bash -c "$2" \
		</dev/null 2>&1 3>&- || true
	echo .
}

# try KIND SECTION ...: if it is in the section of this test.
try() {
	local got

	[ "$2" = "$section" ] || return 0
	case $1 in
	command)
		[ -z "$6" ] || return 0
		got=$(type_in "$3" "$4")
		got=${got%.}
		matches "$got" "$5" && return
		printf '%s %s\n-- got:\n%s\n-- expected:\n%s\n--\n' "$3" "$4" "$got" "$5"
		wrong=1
		;;
	file)
		at_end rm -f "$3"
		printf %s "$4" >"$3"
		;;
	esac
}

# as_written: try what is in the section that the test is named after.
as_written() {
	local section=${BATS_TEST_DESCRIPTION#*: } wrong=0

	mount_debugfs
	make_workdir
	cp -r "$top/examples/." "$SELFTESTS/examples/." "$workdir"
	chown -R nobody: "$workdir"
	cd "$workdir" || return
	blocks "${BATS_TEST_DESCRIPTION%%: *}" try
	cd / || return
	return "$wrong"
}

# look KIND SECTION ...: what there is to be said of a block.
look() {
	case $1 in
	command)
		if [ -z "$6" ]; then
			here+=("$document: $2")
		else
			# TAP's comments: they are seen in every run.
			echo "# not run: $document: $4 ($6)" >&3
		fi
		;;
	other)
		odd+=("$document: $2: a block that is $3")
		;;
	esac
}

@test "documents: each block is tried here, or says why not" {
	here=() odd=()
	for document in "${documents[@]}"; do
		blocks "$document" look
	done
	same 'blocks that are neither a terminal nor a file' "${odd[*]}" ''
	same 'sections' \
		"$(sed -n 's/^@test "\([^"]*\.md: [^"]*\)" {$/\1/p' "$BATS_TEST_FILENAME")" \
		"$(printf '%s\n' "${here[@]}" | uniq)"
}

@test "README.md: Ten lines" {
	as_written
}

@test "README.md: Use it" {
	as_written
}

@test "docs/guide.md: Install" {
	needs_headers
	as_written
}

@test "docs/guide.md: Send and receive" {
	as_written
}

@test "docs/guide.md: Plain files" {
	as_written
}

@test "docs/guide.md: More pipes" {
	as_written
}

@test "docs/guide.md: Pipes that are always there" {
	as_written
}

@test "docs/guide.md: Tune" {
	as_written
}

@test "docs/guide.md: Watch" {
	as_written
}

@test "docs/guide.md: From C and Python" {
	as_written
}

@test "docs/guide.md: epoll" {
	as_written
}

@test "docs/guide.md: systemd units" {
	as_written
}

@test "docs/guide.md: Containers" {
	as_written
}

@test "docs/troubleshooting.md: There is no /dev/kmsgpipe0" {
	as_written
}

@test "docs/troubleshooting.md: The module does not load" {
	as_written
}

@test "docs/troubleshooting.md: Permission denied" {
	as_written
}

@test "docs/troubleshooting.md: A reader waits for ever" {
	as_written
}

@test "docs/troubleshooting.md: A writer waits for ever, or gets EAGAIN" {
	as_written
}

@test "docs/troubleshooting.md: No space left on device (ENOSPC)" {
	as_written
}

@test "docs/troubleshooting.md: Message too long (EMSGSIZE)" {
	as_written
}

@test "docs/troubleshooting.md: Messages are gone" {
	as_written
}

@test "docs/troubleshooting.md: rmmod says that the module is in use" {
	as_written
}

@test "docs/troubleshooting.md: It is slow" {
	as_written
}
