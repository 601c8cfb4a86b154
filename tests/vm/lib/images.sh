# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes the two things a suite is used as: a buildroot (a directory tree to
# chroot into, with compiler and kernel headers) and a guest (kernel, initrd and
# disk of a virtual machine).

# The hooks that mmdebstrap runs are given the tree as their argument.
tree_make() { # TREE PACKAGES HOOK...; more options in $tree_options
	local tree=$1 packages=$2 log=${1%/*}/mmdebstrap.log hook
	local hooks=()

	shift 2
	for hook; do
		hooks+=(--customize-hook="$hook")
	done
	# The hooks find the files of the test machine through this variable,
	# which spares quoting its path.
	export vm_dir target_release
	# shellcheck disable=SC2016 # for the shell that runs the hook
	if ! as_root mmdebstrap --mode=root --variant=minbase \
		"${apt_options[@]}" "${tree_options[@]}" --include="$packages" \
		--essential-hook='"$vm_dir/guest/before-packages" "$1"' \
		"${hooks[@]}" "$release" "$tree" "${sources[@]}" \
		>"$log" 2>&1; then
		tail -n 30 "$log" >&2
		die "mmdebstrap could not make $suite: is the mirror reachable?" \
			"(log: $log)"
	fi
}

buildroot_make() { # DIR
	local image hooks=() tree_options=()

	for image in "${kernels[@]}"; do
		hooks+=("\"\$vm_dir/guest/install-newest\" \"\$1\" '${image/image/headers}'")
	done
	stage "$suite: installing the buildroot"
	tree_make "$1/tree" "$(IFS=,; echo "${buildroot_packages[*]}")" "${hooks[@]}"
	mkdir -p "$1/tree/build"
	stage "$suite: buildroot is ready"
}

guest_make() { # DIR
	local dir=$1 image=${kernels[0]} modules tree_options=()

	for modules in "${left_out[@]}"; do
		tree_options+=(--dpkgopt="path-exclude=*/lib/modules/*/kernel/$modules/*")
	done
	stage "$suite: installing the guest"
	ssh-keygen -q -t ed25519 -N '' -C kmsgpipe-test -f "$dir/key"
	export public_key=$dir/key.pub
	# shellcheck disable=SC2016 # for the shell that runs the hook
	tree_make "$dir/tree" "$(IFS=,; echo "${guest_packages[*]}")" \
		"\"\$vm_dir/guest/install-newest\" \"\$1\" '$image' '${image/image/headers}'" \
		'"$vm_dir/guest/customize" "$1" "$public_key"'

	stage "$suite: writing the guest's disk"
	cp "$dir"/tree/boot/vmlinuz-* "$dir/vmlinuz"
	cp "$dir"/tree/boot/initrd.img-* "$dir/initrd"
	truncate -s 6G "$dir/disk"
	as_root mke2fs -q -t ext4 -E lazy_itable_init=0,lazy_journal_init=0 \
		-d "$dir/tree" "$dir/disk"
	as_root rm -rf "$dir/tree"
	stage "$suite: guest is ready"
}

# recipe_hash INGREDIENT...: what a tree with these is made from.
recipe_hash() {
	hash_of "${sources[@]}" "${apt_options[@]}" "${kernels[@]}" "$@" \
		"$(code_of "$vm_dir/lib/images.sh" "$vm_dir"/guest/*)"
}

# buildroot_get: set $buildroot.
buildroot_get() {
	cache_entry "$cache" "buildroot-$suite" \
		"$(recipe_hash "${buildroot_packages[@]}")" buildroot_make
	# shellcheck disable=SC2034 # for the files that source this one
	buildroot=$entry/tree
}

# guest_get: set $guest, a directory with vmlinuz, initrd, disk and key.
guest_get() {
	cache_entry "$cache" "guest-$suite" \
		"$(recipe_hash "${guest_packages[@]}" "${left_out[@]}")" guest_make
	# shellcheck disable=SC2034 # for the files that source this one
	guest=$entry
}
