# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs commands inside a suite's buildroot, on a copy of the source in a scratch
# directory.

# The source: what git tracks and what it would track, as far as it exists. Where
# there is no git, as in a release, it is all that we have not made.
source_files() { # PATHSPEC...
	local file

	if [[ ! -e $top/.git ]]; then
		(cd "$top" && find . -path ./build -prune -o ! -type d -print0)
		return
	fi
	# The checkout may be another user's, as with su.
	git -c safe.directory="$top" -C "$top" ls-files -z --cached --others --exclude-standard \
		--deduplicate -- "$@" |
		while IFS= read -r -d '' file; do
			[[ ! -e $top/$file && ! -L $top/$file ]] || printf '%s\0' "$file"
		done
}

source_copy() { # DIR
	source_files . | tar -C "$top" --null --files-from=- -c | tar -C "$1" -x
}

# scratch_make: set $scratch, with a copy of the source in $scratch/kmsgpipe.
scratch_make() {
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/kmsgpipe-build.XXXXXX")
	# By root of the namespace, who may own some of it.
	at_exit as_root rm -rf "$scratch"
	mkdir "$scratch/kmsgpipe"
	source_copy "$scratch/kmsgpipe"
}

# in_buildroot COMMAND...: run it in $buildroot with $scratch as /build. All its
# mounts and processes end with it, and it has no network.
in_buildroot() {
	as_root unshare --mount --pid --net --ipc --fork --kill-child \
		"$vm_dir/lib/enter-buildroot" "$buildroot" "$scratch" "$@"
}
