# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What every command of the test machine needs: messages, clean-up, root
# rights in a user namespace, and the cache.
#
# The cache holds entries named KIND-HASH, where HASH covers everything the
# entry was made from. An entry is made under a temporary name and renamed when
# it is complete, so one that exists is whole. What depends on an entry (a disk
# that is an overlay of another one) lives inside that entry's directory, so
# removing a directory can never leave something behind that is based on it.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # for the files that source this one
top=$(cd "$vm_dir/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kmsgpipe

# A status of its own for "the machine broke", apart from COMMAND's failures.
readonly MACHINE_FAILED=125

say() {
	printf '%s\n' "$*" >&2
}

# One line of progress, with the seconds since the start.
stage() {
	printf '[%4ds] %s\n' "$SECONDS" "$*" >&2
}

die() {
	say "${0##*/}: $*"
	exit "$MACHINE_FAILED"
}

# Commands to run at the end, whatever the end is, last one first.
exit_commands=()

at_exit() {
	exit_commands+=("$(printf '%q ' "$@")")
}

run_exit_commands() {
	local i

	trap '' INT TERM HUP
	for ((i = ${#exit_commands[@]} - 1; i >= 0; i--)); do
		eval "${exit_commands[i]}" || true
	done
}

trap run_exit_commands EXIT
trap 'exit 130' INT
trap 'exit 129' HUP
trap 'exit 143' TERM

# Run a command as root: really, or as the root of a user namespace in which
# this user is uid 0 and the other uids come from /etc/subuid. To mount something
# there takes mount and process namespaces too.
as_root() {
	if ((EUID == 0)); then
		"$@"
	else
		unshare --user --map-root-user --map-auto --mount --pid --fork \
			--kill-child --mount-proc -- "$@"
	fi
}

# hash_of TEXT...: a short name for these texts.
hash_of() {
	printf '%s\n' "$@" | sha256sum | cut -c1-16
}

# code_of FILE...: their text without comments, whose change changes no result.
code_of() {
	sed '/^[[:space:]]*#/d' "$@"
}

remove_old_entries() { # PARENT KIND
	# Exactly a hash: "trixie" must not find "trixie-backports".
	find "$1" -mindepth 1 -maxdepth 1 -type d \
		-name "$2-????????????????" -printf '%T@ %p\n' |
		sort -rn | tail -n +3 | cut -d' ' -f2- |
		while IFS= read -r old; do
			as_root rm -rf "$old"
		done
}

# cache_entry PARENT KIND HASH MAKER [ARG...]: set $entry to the directory
# PARENT/KIND-HASH; if it does not exist, "MAKER ARG... DIR" fills it. Of each
# kind the two entries used last are kept.
cache_entry() {
	local parent=$1 kind=$2 name=$2-$3 lock new

	shift 3
	if [[ ! -d $parent/$name ]]; then
		mkdir -p "$parent"
		exec {lock}>"$parent/.$kind.lock"
		if ! flock --nonblock "$lock"; then
			stage "waiting for another run that makes $kind"
			flock "$lock"
		fi
		if [[ ! -d $parent/$name ]]; then
			# The lock is ours: what lies here is from a run that died.
			as_root rm -rf "$parent/.new-$kind"
			new=$parent/.new-$kind
			mkdir "$new"
			"$@" "$new"
			mv "$new" "$parent/$name"
			remove_old_entries "$parent" "$kind"
		fi
		exec {lock}>&-
	fi
	entry=$parent/$name
	touch "$entry"
}
