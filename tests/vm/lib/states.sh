# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The saved machines of a suite, each an entry inside the one it is based on:
#
#	guest-SUITE-HASH/		as installed, never booted
#		booted-HASH/		booted and settled
#			installed-HASH/	with these very packages installed
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

# packages_install FILE...: .deb or .rpm, into the running guest; the output matters
# only when it fails. Debian's rpm knows of no other package: --nodeps.
packages_install() {
	local files=("${@##*/}") install='apt-get install -y ./packages/*.deb'

	[[ $1 != *.rpm ]] || install='rpm -i --nodeps packages/*.rpm'

	tar -C "$(dirname "$1")" -c "${files[@]}" |
		in_guest 'mkdir -p packages && tar -C packages -x --no-same-owner'
	in_guest "export DEBIAN_FRONTEND=noninteractive
		if ! $install >install.log 2>&1; then
			tail -n 50 install.log
			tail -v -n 50 /var/lib/dkms/*/*/build/make.log
			exit 1
		fi 2>&1 </dev/null" >&2 ||
		machine_failed "the packages do not install on $suite: see above"
}

installed_make() { # FILE... DIR
	local files=("${@:1:$#-1}") dir=${!#}

	stage "$suite: installing ${files[*]##*/}"
	disk_overlay "$saved/disk" qcow2 "$run_dir/disk"
	machine_resume "$saved/state"
	if [[ -n $own_kernel ]]; then
		debug_packages_install "${files[@]}"
	else
		packages_install "${files[@]}"
	fi
	machine_check
	stage "$suite: saving the guest with the packages"
	machine_save "$dir"
}

# installed_get FILE...: set $saved, from the booted machine in $saved.
installed_get() {
	cache_entry "$saved" installed "$(sha256sum "$@" | cut -d' ' -f1 |
		sha256sum | cut -c1-16)" installed_make "$@"
	saved=$entry
}

# machine_off FILE: shut the guest down, as its administrator does, and keep its
# disk. Its backing file is a saved machine, so it is for the same day.
machine_off() {
	stage "$suite: shutting the guest down"
	# The connection may go before its status comes.
	in_guest 'systemctl poweroff' </dev/null || true
	qmp_wait '*"event": "SHUTDOWN"*' 180 ||
		machine_failed "the guest does not shut down"
	wait "$qemu_pid" || true
	qemu_pid=
	mv "$run_dir/disk" "$1"
}
