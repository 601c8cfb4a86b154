#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The life of the .deb packages.

# shellcheck source=tests/lifecycle/rows.bash
. "$BATS_TEST_DIRNAME/rows.bash"

format=deb

# repack VERSION COMMAND: $repacked is the new package, to dpkg of this version, in
# whose files the shell's COMMAND has changed something.
repack() {
	make_workdir
	dpkg-deb -R "$NEW"/kmsgpipe-dkms_*.deb "$workdir/deb"
	sed -i "s/^Version: .*/Version: $1/" "$workdir/deb/DEBIAN/control"
	(cd "$workdir/deb" && eval "$2")
	repacked=$workdir/kmsgpipe-dkms_$1_all.deb
	dpkg-deb --root-owner-group -b "$workdir/deb" "$repacked"
}

# package_is STATE: as dpkg abbreviates it.
package_is() {
	same 'package' "$(dpkg-query -W -f '${db:Status-Abbrev}' kmsgpipe-dkms)" \
		"$1"
}

#
# One after the other, on a machine with nothing of ours
#

@test "row 1: installed, with headers (deb)" {
	install_with_headers
}

@test "row 8: the same version again (deb)" {
	same_version_again
}

@test "row 6: removed, with a pipe in use (deb)" {
	remove_in_use
	package_is 'rc '
	same 'settings' "$(find "$modprobe_conf" /etc/kmsgpipe -type f)" \
		"$modprobe_conf
/etc/kmsgpipe/pipes.d/README"
}

@test "row 7: purged; nothing is left but the group (deb)" {
	well apt purge kmsgpipe-dkms kmsgpipe-utils
	nothing_left
}

# On another machine with nothing of ours, which is thrown away as well.
@test "row 1b: installed by autopkgtest, and debian/tests pass (deb)" {
	make_workdir
	mkdir "$workdir/source"
	cp -r "$BATS_TEST_DIRNAME/../../debian" "$workdir/source"
	run timeout -k 5 1200 autopkgtest --no-built-binaries \
		--ignore-restrictions=isolation-machine,breaks-testbed \
		--summary-file="$workdir/summary" \
		"$NEW"/*.deb "$workdir/source/" -- null </dev/null 3>&-
	same 'summary' "$(sed 's/  */ /' "$workdir/summary")" 'messages PASS
header PASS (superficial)' || {
		printf '%s\n' "$output"
		false
	}
}

@test "row 1c: installed by name, from a directory that is an archive (deb)" {
	local packaging=$BATS_TEST_DIRNAME/../../docs/packaging.md
	local archive=/srv/kmsgpipe list=/etc/apt/sources.list.d/kmsgpipe.sources
	local only=(-o Dir::Etc::SourceList="$list" -o Dir::Etc::SourceParts=-)

	mkdir "$archive"
	cp "$NEW"/kmsgpipe-*.deb "$archive"
	# The lines of the recipe, without a key
	sed -n 's/^    \(apt-ftparchive\|mv\) /\1 /p' "$packaging" \
		>"$archive/recipe"
	well env --chdir="$archive" sh -ex recipe
	sed -n '/^    Types: deb$/,/^    Signed-By:/ {
		s/Signed-By:.*/Trusted: yes/
		s/^    //p
	}' "$packaging" >"$list"
	grep -qxF "URIs: file:$archive" "$list"
	# There is no network, for other archives.
	well apt "${only[@]}" update
	well apt "${only[@]}" install kmsgpipe-dkms
	installed_is "$NEW_VERSION"
	loaded_is "$NEW_VERSION"
	well apt "${only[@]}" install kmsgpipe-utils
	expect 0 "kmsgpipectl $NEW_VERSION" k --version
}

# same_package RELEASE: this file, not one built for it, is good for that Debian.
same_package() {
	local older=4.19.0-1-amd64 broken=5.10.0-2-amd64

	same 'release' "$(sed -n 's/^VERSION_ID="\(.*\)"/\1/p' /etc/os-release)" \
		"$1"
	well apt install "$OLD"/kmsgpipe-dkms_*.deb
	loaded_is "$OLD_VERSION"
	unit_is 'active enabled'
	# One for which it cannot be built is in nobody's way.
	broken_kernel "$broken"
	ends apt install "$NEW"/kmsgpipe-dkms_*.deb
	says "$(not_built_for "$broken")"
	rm -r "/lib/modules/$broken"
	says "$how_to_reload"
	only_is "$NEW_VERSION"
	well sh -c "${how_to_reload##*run: }"
	loaded_is "$NEW_VERSION"
	well apt purge kmsgpipe-dkms
	dkms_has
	same 'modules' "$(module_files)" ''

	# No headers for one kernel, and another that is too old
	rm "/lib/modules/$kernel/build"
	mkdir -p "/lib/modules/$older"/{kernel,build}
	touch "/lib/modules/$older/build/Makefile"
	well apt install "$NEW"/kmsgpipe-dkms_*.deb
	says "$(without_headers)"
	says "kmsgpipe: Linux $older is not supported, skipped"
	dkms_has "kmsgpipe/$NEW_VERSION: added"
}

# without_headers: what is said then of the kernel that runs.
without_headers() {
	echo "kmsgpipe: no module yet for Linux $kernel. To have it built and loaded, run: apt install linux-headers-$kernel && systemctl start kmsgpipe"
}

@test "row 1d: the same package in Debian 11 (deb)" {
	same_package 11
}

@test "row 1e: the same package in Debian 13 (deb)" {
	same_package 13
}

@test "row 1f: the same package in Debian 13 with the kernel of its backports (deb)" {
	same_package 13
	[[ $kernel == 7.* ]]
}

#
# Each on a machine with the old version
#

@test "row 2: upgraded, the module loaded, no pipe in use (deb)" {
	upgrade_idle
}

# The new version, as row 2 has left it.
@test "row 2d: back to the old version (deb)" {
	downgrade
}

@test "row 2c: an upgrade is for all kernels (deb)" {
	upgrade_other_kernels
}

# as_it_was: the old version is installed, built and loaded.
as_it_was() {
	package_is 'ii '
	only_is "$OLD_VERSION"
	loaded_is "$OLD_VERSION"
}

@test "row 2b: an upgrade or removal that breaks off leaves the old version (deb)" {
	repack 0.0.10 "printf '#!/bin/sh\\nexit 1\\n' >DEBIAN/preinst
		chmod 755 DEBIAN/preinst"
	badly dpkg -i "$repacked"
	as_it_was
	echo 'exit 1' >>/var/lib/dpkg/info/kmsgpipe-dkms.prerm
	badly apt remove kmsgpipe-dkms
	as_it_was
}

@test "row 3: upgraded, with a pipe in use (deb)" {
	upgrade_in_use
}

@test "row 9: upgraded to what cannot be built, then to what can be; removed (deb)" {
	local log=/var/lib/dkms/kmsgpipe/$NEW_VERSION/build/make.log

	repack "$NEW_VERSION~1" \
		"echo '#error broken on purpose' >>usr/src/kmsgpipe-*/src/main.c"
	badly apt install "$repacked"
	[[ $output == *"$log"* ]] || { echo "$output"; false; }
	grep -q 'broken on purpose' "$log"
	package_is 'iF '
	# What was loaded goes on.
	loaded_is "$OLD_VERSION"

	well dpkg --unpack "$NEW"/kmsgpipe-dkms_*.deb
	well dpkg --configure -a
	package_is 'ii '
	dkms_has "$(installed_for "$kernel" "$NEW_VERSION")"
	installed_is "$NEW_VERSION"

	badly dpkg -i "$repacked"
	package_is 'iF '
	well apt remove kmsgpipe-dkms
	package_is 'rc '
	dkms_has
	same 'modules' "$(module_files)" ''
	source_is
}

@test "row 4: a kernel and its headers are installed (deb)" {
	new_kernel
}

@test "row 4b: rebooted into that kernel (deb)" {
	new_kernel_booted
}

# As new_kernel has left it, after a boot into the other kernel.
@test "row 5: the old kernel is removed (deb)" {
	local old

	old=$(cat /root/kernel)
	well apt purge "linux-image-$old"
	dkms_has "$(installed_for "$kernel" "$OLD_VERSION")"
	same 'modules' "$(dirname "$(module_files)")" \
		"/lib/modules/$kernel/updates/dkms"
	same 'folders of dkms' "$(find "/lib/modules/$old" -name updates)" ''
	installed_is "$OLD_VERSION"
	loaded_is "$OLD_VERSION"
}

#
# Each on a machine with nothing of ours
#

@test "row 10: installed, where the kernel is not supported (deb)" {
	repack "$NEW_VERSION" "sed -i 's/^BUILD_EXCLUSIVE_KERNEL=.*/BUILD_EXCLUSIVE_KERNEL=\"^9\\.\"/' \
		usr/src/kmsgpipe-*/dkms.conf"
	well apt install "$repacked"
	says "kmsgpipe: Linux $kernel is not supported, skipped"
	package_is 'ii '
	dkms_has "kmsgpipe/$NEW_VERSION: added"
	unit_is 'enabled inactive'
	same 'failed units' "$(systemctl --failed --no-legend)" ''
	well apt remove kmsgpipe-dkms
	dkms_has
}

# As row 10 has left it.
@test "row 10b: installed, where dkms shall build nothing by itself (deb)" {
	no_autoinstall
}

# As in every machine, the kernel's headers are in $WORK/kernel.
@test "row 11: installed without headers (deb)" {
	well apt purge "linux-headers-$kernel"
	[ ! -e "/lib/modules/$kernel/build" ]
	well packages install "$NEW"
	says "$(without_headers)"
	package_is 'ii '
	dkms_has "kmsgpipe/$NEW_VERSION: added"
	unit_is 'enabled inactive'
	same 'failed units' "$(systemctl --failed --no-legend)" ''
}

# As row 11 has left it, after a boot.
@test "row 14: the machine boots without the module (deb)" {
	local -A unit
	local line took

	while read -r line; do
		[ -z "$line" ] || unit[${line%%=*}]=${line#*=}
	done < <(systemctl show kmsgpipe.service)
	same 'machine' "$(systemctl is-system-running)" running
	same 'unit' "${unit[ActiveState]} ${unit[UnitFileState]}" \
		'inactive enabled'
	# It was looked for, and nothing was done.
	same 'condition' "${unit[Result]}" exec-condition
	same 'start' "${unit[ExecMainStartTimestampMonotonic]}" 0
	same 'warnings' "$(journalctl -q -b -p warning -u kmsgpipe -o cat)" ''
	[ ! -e /sys/module/kmsgpipe ]
	took=$(((unit[InactiveEnterTimestampMonotonic] -
		unit[InactiveExitTimestampMonotonic]) / 1000))
	comment "the unit took $took ms of the boot"
	# It waits for nothing: it took 3400 ms beside two other machines.
	((took < 30000))
}

@test "row 11b: the headers are installed (deb)" {
	well apt install "$WORK/kernel/linux-headers-${kernel}"_*.deb
	dkms_has "$(installed_for "$kernel" "$NEW_VERSION")"
	installed_is "$NEW_VERSION"
	well systemctl start kmsgpipe
	loaded_is "$NEW_VERSION"
}

# Booted with module.sig_enforce=1. There is no openssl, so dkms signs nothing; but in
# $WORK/kernel it is.
@test "row 12: installed, where modules have to be signed (deb)" {
	local refusals advice signer

	same 'enforced' "$(cat /sys/module/module/parameters/sig_enforce)" Y
	ends packages install "$NEW"
	package_is 'ii '
	dkms_has "$(installed_for "$kernel" "$NEW_VERSION")"
	[ ! -e /sys/module/kmsgpipe ]
	unit_is 'enabled failed'
	journalctl --sync
	refusals=$(journalctl -b -u kmsgpipe -o cat | grep 'could not insert')
	same 'refusals' "$refusals" \
		"modprobe: ERROR: could not insert 'kmsgpipe': Key was rejected by service"
	run k doctor
	same 'status of doctor' "$status" 1
	advice="dkms remove kmsgpipe/$NEW_VERSION -k $kernel && dkms install kmsgpipe/$NEW_VERSION -k $kernel"
	says "problem  signature  module.sig_enforce is on, but the module is not signed, and dkms has no key /var/lib/dkms/mok.pub, which it makes with openssl: see \"Secure Boot\" in dkms(8): run \"apt install openssl && $advice\" as root"
	# Who does so has a module that is signed, and is told of the next step.
	well apt install "$WORK"/kernel/{libssl3,openssl}_*.deb
	well sh -c "$advice"
	dkms_has "$(installed_for "$kernel" "$NEW_VERSION")"
	signer=$(modinfo -F signer kmsgpipe)
	[ -n "$signer" ]
	run k doctor
	same 'status of doctor' "$status" 1
	says "problem  signature  module.sig_enforce is on, and the kernel does not trust '$signer' before its key is enrolled, which the next boot asks for: run \"mokutil --import /var/lib/dkms/mok.pub\" as root"
	# Nobody enrols a key but the administrator.
	same 'scripts with mokutil' \
		"$(grep -l mokutil /var/lib/dpkg/info/kmsgpipe-*)" ''
	well packages remove
}

# A root of its own at $root, made of the machine's, where all that is written is
# thrown away at the end.
make_root() {
	make_workdir
	root=$workdir/root
	mount -t tmpfs tmpfs "$workdir"
	at_end umount "$workdir"
	mkdir "$workdir/upper" "$workdir/work" "$root"
	mount -t overlay -o "lowerdir=/,upperdir=$workdir/upper,workdir=$workdir/work" \
		overlay "$root"
	at_end umount "$root"
	mkdir "$root/root/packages"
	cp "$NEW"/kmsgpipe-{dkms,utils}_*.deb "$root/root/packages"
	# Its kernels are its own.
	mount -t tmpfs tmpfs "$root/lib/modules"
	at_end umount "$root/lib/modules"
}

# in_root COMMAND...: as an installer gives it.
in_root() {
	DEBIAN_FRONTEND=noninteractive timeout -k 5 1200 \
		"$@" </dev/null 3>&-
}

# SOCKET FILE: whoever speaks to the socket leaves a line in the file, and on stdout.
listener='import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind(sys.argv[1])
s.listen()
print("listening", flush=True)
while True:
	somebody = s.accept()[0]
	with open(sys.argv[2], "a") as out:
		out.write("somebody\n")
	print("somebody", flush=True)
	somebody.close()'

@test "row 13: installed and purged in a chroot (deb)" {
	local other=6.1.0-999-amd64

	make_root
	# It has another kernel than the one that runs,
	mkdir -p "$root/lib/modules/$other/kernel"
	cp "/lib/modules/$kernel"/modules.{builtin,builtin.modinfo,order} \
		"$root/lib/modules/$other"
	ln -s "/usr/src/linux-headers-$kernel" "$root/lib/modules/$other/build"
	mount -t proc proc "$root/proc"
	at_end umount "$root/proc"
	mount --rbind /dev "$root/dev"
	mount --make-rslave "$root/dev"
	at_end umount --recursive "$root/dev"
	# and what looks like the socket of its host's udev.
	mount -t tmpfs tmpfs "$root/run"
	at_end umount "$root/run"
	mkdir -p "$root/run/udev"
	mkfifo "$workdir/listening"
	exec 9<>"$workdir/listening"
	start python3 -c "$listener" "$root/run/udev/control" "$workdir/touched" >&9
	read -r -t 60 <&9

	# udevadm would keep quiet in a chroot by itself.
	well in_root chroot "$root" env SYSTEMD_IGNORE_CHROOT=1 \
		sh -c 'apt-get install -y /root/packages/*.deb'
	same 'dkms status' "$(chroot "$root" dkms status -m kmsgpipe)" \
		"$(installed_for "$other" "$NEW_VERSION")"
	[ ! -e /sys/module/kmsgpipe ]
	[ ! -e "$workdir/touched" ]
	well in_root chroot "$root" env SYSTEMD_IGNORE_CHROOT=1 \
		apt-get purge -y kmsgpipe-dkms kmsgpipe-utils
	same 'dkms status' "$(chroot "$root" dkms status -m kmsgpipe)" ''
	[ ! -e "$workdir/touched" ]

	# Who does not care where it is would have been noticed.
	SYSTEMD_IGNORE_CHROOT=1 timeout 120 chroot "$root" \
		udevadm control --reload --timeout=60 || true
	read -r -t 60 <&9
	[ -e "$workdir/touched" ]
	# Nothing came through to the machine.
	dkms_has
	same 'unit' "$(systemctl show --value -p LoadState kmsgpipe)" not-found
}

# "${container[@]}" COMMAND...: in such a root, without kernels, and without the right
# to load a module.
make_container() {
	make_root
	container=(env container=oci unshare --mount --pid --uts --ipc --net --fork
		--kill-child --root="$root" --mount-proc
		setpriv '--bounding-set=-sys_module,-sys_admin')
	mount --rbind /dev "$root/dev"
	mount --make-rslave "$root/dev"
	at_end umount --recursive "$root/dev"
	mount -t sysfs -o ro sysfs "$root/sys"
	at_end umount "$root/sys"
}

@test "row 13b: installed, upgraded and purged in a container (deb)" {
	make_container
	cp "$OLD"/kmsgpipe-{dkms,utils}_*.deb "$root/root/packages"
	well in_root "${container[@]}" sh -c \
		"apt-get install -y /root/packages/*_${OLD_VERSION}_*.deb"
	well in_root "${container[@]}" sh -c \
		"apt-get install -y /root/packages/*_${NEW_VERSION}_*.deb"
	same 'dkms status' \
		"$(in_root "${container[@]}" dkms status -m kmsgpipe)" \
		"kmsgpipe/$NEW_VERSION: added"
	[ ! -e /sys/module/kmsgpipe ]
	well in_root "${container[@]}" apt-get purge -y kmsgpipe-dkms kmsgpipe-utils
	same 'dkms status' \
		"$(in_root "${container[@]}" dkms status -m kmsgpipe)" ''
	dkms_has
}

@test "row 7b: purged, when dkms is gone already (deb)" {
	make_container
	well in_root "${container[@]}" sh -c 'apt-get install -y /root/packages/*.deb'
	well in_root "${container[@]}" apt-get remove -y dkms
	[ ! -e "$root/usr/sbin/dkms" ]
	well in_root "${container[@]}" apt-get purge -y kmsgpipe-dkms kmsgpipe-utils
	same 'what is left' "$(find "$root"/{etc,usr,var/lib} -name '*kmsgpipe*' \
		! -name '*kmsgpipe-test*')" ''
}

@test "row 7c: purged, when dkms was taken away by force (deb)" {
	local updates=updates/dkms

	make_container
	well in_root "${container[@]}" sh -c 'apt-get install -y /root/packages/*.deb'
	well in_root "${container[@]}" dpkg --force-depends -r dkms
	# What it has built, for one kernel among others of its modules
	mkdir -p "$root/lib/modules"/{one,two}/"$updates"
	touch "$root/lib/modules"/{one,two}/"$updates/kmsgpipe.ko" \
		"$root/lib/modules/two/$updates/other.ko"
	well in_root "${container[@]}" dpkg -P kmsgpipe-utils kmsgpipe-dkms
	same 'what is left' "$(find "$root"/{etc,usr,var/lib} -name '*kmsgpipe*' \
		! -name '*kmsgpipe-test*')" ''
	same 'modules' "$(find "$root/lib/modules" -path '*/updates*' -printf '%P\n' |
		sort)" "two/updates
two/$updates
two/$updates/other.ko"
}
