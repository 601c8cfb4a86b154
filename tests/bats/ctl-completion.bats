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
# What the shells offer for command lines, "LINE<tab>WORD" each; of bash also what
# it is told of the words. All lines at once: the shells take long to start.
#

by_bash() {
	bash --norc -c '. /usr/share/bash-completion/completions/kmsgpipectl
		compopt() { [[ $* == "-o nospace" ]] || offer "$*"; }
		offer() { printf "%s\t%s\n" "$line" "$1"; }
		for line; do
			read -ra COMP_WORDS <<<"$line"
			[[ $line != *" " ]] || COMP_WORDS+=("")
			COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			COMPREPLY=()
			_kmsgpipectl
			for word in "${COMPREPLY[@]}"; do
				offer "$word"
			done
		done' bash "$@"
}

by_fish() {
	HOME=$workdir XDG_CONFIG_HOME=$workdir \
		fish "$BATS_TEST_DIRNAME/complete.fish" "$@"
}

by_zsh() {
	HOME=$workdir timeout -k 5 300 \
		zsh -f "$BATS_TEST_DIRNAME/complete.zsh" "$@"
}

# offers LINE WORD...: for this line the shells offer these and nothing else, but
# for options where none was begun. For check_offers.
offers() {
	local line=$1

	shift
	lines+=("$line")
	(($# == 0)) || wanted+=$(printf "$line\t%s\n" "$@")$'\n'
}

check_offers() {
	local shell

	for shell in "${shells[@]}"; do
		same "$shell" "$("by_$shell" "${lines[@]}" |
			sed -E '/--\t/!{/\t(-.|--.+)$/d}' | sort -u)" \
			"$(printf %s "$wanted" | sort -u)"
	done
	lines=() wanted=
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
	lines=() wanted=
}

# Of all that --help tells, the long ones.
options_of() { # VERB
	k "$1" --help | sed -nE 's/^  (-., |    )(--[a-z-]+)( .*|$)/\2/p'
}

@test "completion: verbs" {
	find_shells
	offers 'kmsgpipectl st' status stats
	offers 'kmsgpipectl ' "${verbs[@]}"
	check_offers
	same 'those of --help' "$(printf '%s\n' "${verbs[@]}")" \
		"$(k --help | sed -n '/^Verbs/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')"
}

@test "completion: each option of each verb" {
	local verb options

	find_shells
	for verb in "${verbs[@]}"; do
		mapfile -t options < <(options_of "$verb")
		[ "${#options[@]}" -gt 0 ]
		offers "kmsgpipectl $verb --" "${options[@]}"
	done
	check_offers
}

@test "completion: pipes that there are" {
	local verb pipes=(kmsgpipe0 kmsgpipe1 kmsgpipe2 events)

	find_shells
	k create events >/dev/null
	k create 7 >/dev/null
	for verb in list status remove set clear cleanup stats monitor metrics \
		send recv log; do
		offers "kmsgpipectl $verb " "${pipes[@]}"
	done
	offers 'kmsgpipectl set --mode stream e' events
	offers 'kmsgpipectl recv --follow --count 2 e' events
	offers 'kmsgpipectl recv events '
	offers 'kmsgpipectl doctor '
	check_offers
	unload_module
	offers 'kmsgpipectl list '
	check_offers
}

@test "completion: what options take" {
	find_shells
	offers 'kmsgpipectl set --mode ' message stream
	offers 'kmsgpipectl create -e ' never empty hangup
	offers 'kmsgpipectl create --cleanup o' on off
	offers 'kmsgpipectl create --group kmsg' kmsgpipe
	offers 'kmsgpipectl create --owner nobo' nobody
	offers 'kmsgpipectl set --ttl '
	offers 'kmsgpipectl stats -o max_' max_msgs max_bytes
	offers 'kmsgpipectl log --output op' operation
	check_offers
}

@test "completion: --option=argument in bash, where it is three words" {
	find_shells
	k create events >/dev/null
	shells=(bash)
	offers 'kmsgpipectl set --mode =' message stream
	offers 'kmsgpipectl set --mode = st' stream
	offers 'kmsgpipectl send --ttl = 5 e' events
	offers 'kmsgpipectl recv --count = 2 events '
	check_offers
}

@test "completion: names of files are told to be that, for bash to quote" {
	local line

	find_shells
	shells=(bash)
	touch "$workdir/a file"
	mkdir "$workdir/a directory"
	for line in "send 0 --file $workdir/" "apply $workdir/" \
		"list $workdir/"; do
		offers "kmsgpipectl $line" '-o filenames' \
			"$workdir/a directory" "$workdir/a file"
	done
	offers "kmsgpipectl apply --config $workdir/" '-o filenames' \
		"$workdir/a directory"
	check_offers
}
