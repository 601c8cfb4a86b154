# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The saved machines of a suite, each an entry inside the one it is based on:
#
#	guest-SUITE-HASH/		as installed, never booted
#		booted-HASH/		booted and settled
#			installed-HASH/	with these very .deb files installed
#
# One booted with another kernel is called booted-debug-HASH.

booted_make() { # DIR
	stage "$suite: booting the guest for the first time"
	disk_overlay "$guest/disk" raw "$run_dir/disk"
	machine_boot
	machine_check
	stage "$suite: saving the booted guest"
	machine_save "$1"
}

# booted_get: set $saved.
booted_get() {
	cache_entry "$guest" "booted${own_kernel:+-debug}" "$(machine_hash)" booted_make
	saved=$entry
}

# packages_install DEB...: into the running guest; its output matters only when
# it fails.
packages_install() {
	local files=("${@##*/}")

	tar -C "$(dirname "$1")" -c "${files[@]}" |
		in_guest 'mkdir -p packages && tar -C packages -x --no-same-owner'
	in_guest 'export DEBIAN_FRONTEND=noninteractive
		if ! apt-get install -y ./packages/*.deb >install.log 2>&1; then
			tail -n 50 install.log
			tail -v -n 50 /var/lib/dkms/*/*/build/make.log
			exit 1
		fi 2>&1 </dev/null' >&2 ||
		machine_failed "the packages do not install on $suite: see above"
}

installed_make() { # DEB... DIR
	local debs=("${@:1:$#-1}") dir=${!#}

	stage "$suite: installing ${debs[*]##*/}"
	disk_overlay "$saved/disk" qcow2 "$run_dir/disk"
	machine_resume "$saved/state"
	if [[ -n $own_kernel ]]; then
		debug_packages_install "${debs[@]}"
	else
		packages_install "${debs[@]}"
	fi
	machine_check
	stage "$suite: saving the guest with the packages"
	machine_save "$dir"
}

# installed_get DEB...: set $saved, from the booted machine in $saved.
installed_get() {
	cache_entry "$saved" installed "$(sha256sum "$@" | cut -d' ' -f1 |
		sha256sum | cut -c1-16)" installed_make "$@"
	saved=$entry
}
