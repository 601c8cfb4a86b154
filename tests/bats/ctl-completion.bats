#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Completion of kmsgpipectl, by the shells themselves.

# shellcheck disable=SC2016 # for the shells that are started
# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

verbs=(list status create remove set apply clear cleanup send recv stats
	monitor log metrics doctor version)

#
# What the shells offer for a command line: a word to a line, in order; of bash
# also what it is told of the words
#

by_bash() {
	bash --norc -c '. /usr/share/bash-completion/completions/kmsgpipectl
		read -ra COMP_WORDS <<<"$1"
		[[ $1 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		compopt() { [[ $* == "-o nospace" ]] || echo "$*"; }
		_kmsgpipectl
		printf "%s\n" "${COMPREPLY[@]}"' bash "$1" | sort -u
}

by_fish() {
	HOME=$workdir XDG_CONFIG_HOME=$workdir fish -c 'complete -C "$argv[1]"' "$1" |
		cut -f 1 | sort -u
}

by_zsh() {
	HOME=$workdir timeout -k 5 60 zsh -f "$BATS_TEST_DIRNAME/complete.zsh" \
		"$1" | tr -d '\r' | sed -n '/%$/,/^%$/{/%$/d;/./p}' | sort -u
}

# each_shell LINE WORD...: all offer these and nothing else, but that zsh offers
# options where there is nothing else.
each_shell() {
	local line=$1 shell words options='/^-/d'

	[[ $line != *-- ]] || options=

	shift
	words=$(printf '%s\n' "$@" | sort -u)
	for shell in "${shells[@]}"; do
		same "$shell: '$line'" "$("by_$shell" "$line" |
			sed "$options")" "$words"
	done
}

# Debian 11 has all of them too; a guest of another kind may not.
find_shells() {
	local shell

	make_workdir
	shells=()
	for shell in bash fish zsh; do
		! command -v "$shell" >/dev/null || shells+=("$shell")
	done
	((${#shells[@]} == 3)) || skip "only ${shells[*]} are installed"
}

# Of all that --help tells, the long ones.
options_of() { # VERB
	k "$1" --help | sed -nE 's/^  (-., |    )(--[a-z-]+)( .*|$)/\2/p'
}

@test "completion: verbs" {
	find_shells
	each_shell 'kmsgpipectl st' status stats
	each_shell 'kmsgpipectl ' "${verbs[@]}"
	same 'those of --help' "$(printf '%s\n' "${verbs[@]}")" \
		"$(k --help | sed -n '/^Verbs/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')"
}

@test "completion: each option of each verb" {
	local verb options

	find_shells
	for verb in "${verbs[@]}"; do
		mapfile -t options < <(options_of "$verb")
		[ "${#options[@]}" -gt 0 ]
		each_shell "kmsgpipectl $verb --" "${options[@]}"
	done
}

@test "completion: pipes that there are" {
	local verb pipes=(kmsgpipe0 kmsgpipe1 kmsgpipe2 events)

	find_shells
	k create events >/dev/null
	k create 7 >/dev/null
	for verb in list status remove set clear cleanup stats monitor metrics \
		send recv log; do
		each_shell "kmsgpipectl $verb " "${pipes[@]}"
	done
	each_shell 'kmsgpipectl set --mode stream e' events
	each_shell 'kmsgpipectl recv --follow --count 2 e' events
	each_shell 'kmsgpipectl recv events ' ''
	each_shell 'kmsgpipectl doctor ' ''
	unload_module
	each_shell 'kmsgpipectl list ' ''
}

@test "completion: what options take" {
	find_shells
	each_shell 'kmsgpipectl set --mode ' message stream
	each_shell 'kmsgpipectl create -e ' never empty hangup
	each_shell 'kmsgpipectl create --cleanup o' on off
	each_shell 'kmsgpipectl create --group kmsg' kmsgpipe
	each_shell 'kmsgpipectl create --owner nobo' nobody
	each_shell 'kmsgpipectl set --ttl ' ''
	each_shell 'kmsgpipectl stats -o max_' max_msgs max_bytes
	each_shell 'kmsgpipectl log --output op' operation
}

@test "completion: --option=argument in bash, where it is three words" {
	find_shells
	k create events >/dev/null
	same '=' "$(by_bash 'kmsgpipectl set --mode =')" 'message
stream'
	same '=st' "$(by_bash 'kmsgpipectl set --mode = st')" stream
	same 'after it' "$(by_bash 'kmsgpipectl send --ttl = 5 e')" events
	same 'and its pipe' "$(by_bash 'kmsgpipectl recv --count = 2 events ')" ''
}

@test "completion: names of files are told to be that, for bash to quote" {
	local line

	find_shells
	touch "$workdir/a file"
	mkdir "$workdir/a directory"
	for line in "send 0 --file $workdir/" "apply $workdir/" \
		"list $workdir/"; do
		same "$line" "$(by_bash "kmsgpipectl $line")" "-o filenames
$workdir/a directory
$workdir/a file"
	done
	same 'directories' "$(by_bash "kmsgpipectl apply --config $workdir/")" \
		"-o filenames
$workdir/a directory"
}
