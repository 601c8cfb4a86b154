# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The debug kernel: built from Debian's source as tests/debug/config says, for a
# guest that is in every other respect bookworm's own. tests/debug/README.md
# tells what it finds.
#
# Each call into this kernel takes several times as long, and an emulated
# machine is slow already: so the module is compiled on the host, by dkms, in the
# buildroot of the kernel. The guest gets what dkms made there.

debug_dir=$top/tests/debug

# The kernel's source, and what it takes to build it and modules for it.
readonly debug_packages=(
	linux-source-6.1
	build-essential bc bison flex libelf-dev libssl-dev
	cpio dkms kmod rsync xz-utils
)

# debug_load: change what suite_load has set to a guest with the debug kernel,
# which is made if it is not there.
debug_load() {
	[[ $suite == bookworm ]] ||
		die "there is a debug kernel for bookworm only, not for $suite"
	# shellcheck disable=SC2034 # lib/machine.sh looks at it
	boot_deadline=1800
	# What ACPI computes about the interrupts of PCI takes half a minute for
	# each device there; the machine has a table of them too. With the HPET as
	# its clock the kernel stands still at its start, if the host is busy, and
	# what checks at the start that the timer works then finds that it does not.
	# systemd gives up on a service after 90 seconds, which may be too soon.
	# Whoever writes to the console makes the watch for soft lockups begin anew
	# on its processor, and the one for workqueues writes every 30 seconds: it is
	# to be the last one that sees a processor hang, since it does not panic.
	kernel_cmdline+=' pci=noacpi hpet=disable no_timer_check
		systemd.default_timeout_start_sec=900 workqueue.watchdog_thresh=600'
	# What no test needs; and there are no modules to be loaded at boot.
	local unit
	for unit in systemd-{modules-load,logind,sysctl,pstore,update-utmp} \
		systemd-update-utmp-runlevel e2scrub_reap; do
		kernel_cmdline+=" systemd.mask=$unit.service"
	done
	debug_kernel_get
}

debug_buildroot_make() { # DIR
	local tree_options=()

	stage "debug: installing kernel source and compiler"
	tree_make "$1/tree" "$(IFS=,; echo "${debug_packages[*]}")"
	mkdir -p "$1/tree/build"
}

# debug_buildroot_get: set $buildroot.
debug_buildroot_get() {
	cache_entry "$cache" buildroot-debug \
		"$(recipe_hash "${debug_packages[@]}")" debug_buildroot_make
	buildroot=$entry/tree
}

debug_kernel_make() { # DIR
	local dir=$1 log=$cache/debug-kernel.log buildroot

	debug_buildroot_get
	stage "debug: building the kernel, about five minutes (log: $log)"
	scratch_make
	if ! in_buildroot tests/debug/build-kernel >"$log" 2>&1 </dev/null; then
		tail -n 30 "$log" >&2
		die "the debug kernel cannot be built: see above, or all of $log"
	fi
	mv "$scratch/results"/* "$dir/"
	mv "$log" "$dir/build.log"
	as_root rm -rf "$scratch"
	stage "debug: kernel is ready"
}

# debug_kernel_get: set $own_kernel, a directory with the kernel (vmlinuz,
# config), the files of its directory in /lib/modules (modules/) and what modules
# are compiled against (build/).
debug_kernel_get() {
	# Not code_of the options: "is not set" looks like a comment.
	cache_entry "$cache" kernel-debug "$(hash_of "${sources[@]}" \
		"${debug_packages[@]}" "$(cat "$debug_dir/config")" "$(code_of \
		"$debug_dir/build-kernel" "$debug_dir/check-config")")" \
		debug_kernel_make
	own_kernel=$entry
}

# debug_kernel_copy: what modules are compiled against, as /build/kernel of the
# buildroot.
debug_kernel_copy() {
	cp -r "$own_kernel/build" "${scratch:?}/kernel"
}

# debug_packages_install DEB...: into the running guest, with the module from
# the buildroot.
debug_packages_install() {
	local buildroot scratch log

	debug_buildroot_get
	scratch_make
	log=$scratch/dkms.log
	mkdir "$scratch/debs"
	cp "$@" "$scratch/debs"
	debug_kernel_copy
	in_buildroot tests/debug/build-module >"$log" 2>&1 </dev/null || {
		cat "$log" "$scratch"/dkms/*/*/build/make.log >&2
		die "dkms cannot build the module for the debug kernel: see above"
	}

	# shellcheck disable=SC2016 # for the shell of the guest
	tar -C "$own_kernel" -c modules | in_guest '
		mkdir -p "/lib/modules/$(uname -r)" /etc/dkms
		tar -C "/lib/modules/$(uname -r)" -x --no-same-owner --strip-components=1
		depmod
		: >/etc/dkms/no-autoinstall'
	packages_install "$@"
	# shellcheck disable=SC2016 # for the shell of the guest
	tar -C "$scratch/results" -c . | in_guest '
		exec >install.log 2>&1
		set -ex
		rm /etc/dkms/no-autoinstall
		source=$(echo /usr/src/kmsgpipe-*)
		module=kmsgpipe/${source#/usr/src/kmsgpipe-}
		[ -n "$(dkms status "$module")" ] || dkms add "$module"
		tar -C /var/lib/dkms/kmsgpipe -x --no-same-owner
		dkms install "$module"
		systemctl restart kmsgpipe.service' || {
		in_guest 'cat install.log' </dev/null >&2
		machine_failed "dkms does not install the module in the debug guest"
	}
	as_root rm -rf "$scratch"
}

# debug_own_leaks: all reports but those of memory that the kernel itself loses:
# in 6.1 a class that cannot be registered, for want of memory, leaves its name.
debug_own_leaks() {
	awk '
		/^unreferenced object/ { tell() }
		{ report = report $0 "\n" }
		END { tell() }
		function tell() {
			if (report !~ / __class_register\+/)
				printf "%s", report
			report = ""
		}'
}

# debug_check: fail if memory has leaked, or if what watches over the kernel has
# turned itself off, as it does when it is at its limits. To be asked of a machine
# that machine_check found healthy.
debug_check() {
	local report=${run_dir:?}/kmemleak

	# kmemleak reports what nothing refers to in two scans running, but
	# nothing that is younger than five seconds.
	stage "debug: looking for leaks"
	in_guest 'set -e
		grep -q "debug_locks: *1" /proc/lockdep_stats ||
			echo "lockdep has turned itself off"
		cd /sys/kernel/debug
		sleep 6
		echo scan >kmemleak
		echo scan >kmemleak
		cat kmemleak
		echo complete' >"$report" </dev/null || true
	if [[ $(tail -n 1 "$report") != complete ]]; then
		machine_check
		machine_failed "kmemleak does not work"
	fi
	sed -i '$d' "$report"
	debug_own_leaks <"$report" >"$report.own"
	mv "$report.own" "$report"
	[[ -s $report ]] || return 0
	cat "$report" >&2
	machine_failed "the debug kernel reported: $(head -n 1 "$report")"
}
