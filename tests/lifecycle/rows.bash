# shellcheck shell=bats
# SPDX-License-Identifier: GPL-2.0
#
# The rows of the life cycle that are the same for .deb and .rpm, as functions:
# deb.bats and rpm.bats have the tests. What is said of a machine is what a test
# finds there.

# shellcheck source=tests/lifecycle/lifecycle.bash
. "$BATS_TEST_DIRNAME/lifecycle.bash"

# A line that an administrator has put into the settings.
mine='# mine'

# Nothing of ours.
install_with_headers() {
	local from

	machine_has >/root/before
	from=$(seconds)
	well packages install "$NEW"
	udevadm settle --timeout=60
	message_passes
	comment "from the installation's start to a message: $(since "$from")"
	only_is "$NEW_VERSION"
	loaded_is "$NEW_VERSION"
	unit_is 'active enabled'
	# It was the unit that has loaded it: it was not skipped.
	[ "$(systemctl show --value -p ExecMainPID kmsgpipe.service)" -gt 0 ]
	machine_has >/root/installed
}

# The new version, as installed before.
same_version_again() {
	echo 'stays' >"$dev"
	echo "$mine" >>"$modprobe_conf"
	well packages reinstall "$NEW"
	same 'settings' "$(tail -n 1 "$modprobe_conf")" "$mine"
	sed -i '$d' "$modprobe_conf"
	same 'what there is' "$(machine_has | diff /root/installed -)" ''
	dkms_has "$(installed_for "$kernel" "$NEW_VERSION")"
	installed_is "$NEW_VERSION"
	unit_is 'active enabled'
	# It is the same module: nothing to be said of another one.
	same 'advice' "$(grep -c 'is not the one just installed' <<<"$output")" 0
	same 'message' "$(receive "$dev")" stays
	loaded_is "$NEW_VERSION"
}

# The new version, as installed before.
remove_in_use() {
	exec 9<>"$dev"
	echo 'in the pipe' >"$dev"
	well packages remove
	dkms_has
	same 'modules' "$(module_files)" ''
	same 'folders of dkms' "$(find /lib/modules -name updates)" ''
	same 'modules.dep' "$(grep -l kmsgpipe /lib/modules/*/modules.dep)" ''
	source_is
	same 'unit' "$(systemctl show --value -p LoadState -p ActiveState \
		kmsgpipe.service | sort | xargs)" 'inactive not-found'
	# Nobody has unloaded it.
	same 'message' "$(receive "$dev")" 'in the pipe'
	echo 'by the file' >&9
	same 'message' "$(receive "$dev")" 'by the file'
}

# Nothing of ours, but perhaps the module in the kernel.
no_autoinstall() {
	local advice="dkms install kmsgpipe/$NEW_VERSION -k $kernel && systemctl start kmsgpipe"

	[ ! -e /sys/module/kmsgpipe ] || rmmod kmsgpipe
	touch /etc/dkms/no-autoinstall
	at_end rm /etc/dkms/no-autoinstall
	well packages install "$NEW"
	says "kmsgpipe: not built for Linux $kernel, since there is /etc/dkms/no-autoinstall. To have it built and loaded, run: $advice"
	dkms_has "kmsgpipe/$NEW_VERSION: added"
	unit_is 'enabled inactive'
	# The advice is good.
	well sh -c "$advice"
	only_is "$NEW_VERSION"
	loaded_is "$NEW_VERSION"
}

# The old version, loaded.
upgrade_idle() {
	installed_is "$OLD_VERSION"
	loaded_is "$OLD_VERSION"
	echo 'stays' >"$dev"
	echo "$mine" >>"$modprobe_conf"
	well packages upgrade "$NEW"
	says "$how_to_reload"
	only_is "$NEW_VERSION"
	same 'settings' "$(tail -n 1 "$modprobe_conf")" "$mine"
	unit_is 'active enabled'
	# What is loaded is left alone.
	same 'message' "$(receive "$dev")" stays
	loaded_is "$OLD_VERSION"
	# And the advice is good.
	well sh -c "${how_to_reload##*run: }"
	loaded_is "$NEW_VERSION"
}

# The new version, loaded.
downgrade() {
	echo 'stays' >"$dev"
	well packages downgrade "$OLD"
	says "$how_to_reload"
	only_is "$OLD_VERSION"
	same 'settings' "$(tail -n 1 "$modprobe_conf")" "$mine"
	unit_is 'active enabled'
	same 'message' "$(receive "$dev")" stays
	loaded_is "$NEW_VERSION"
}

# broken_kernel NAME: one that has headers which are good for nothing.
broken_kernel() {
	mkdir -p "/lib/modules/$1"/{kernel,build/include}
	printf '%%:\n\techo broken on purpose; false\n' \
		>"/lib/modules/$1/build/Makefile"
}

# not_built_for KERNEL: what is said then.
not_built_for() {
	echo "kmsgpipe: not built for Linux $1. To see why, run: dkms install kmsgpipe/$NEW_VERSION -k $1"
}

# The old version, and two kernels that neither run nor are the newest one.
upgrade_other_kernels() {
	local older=5.10.0-1-amd64 other=5.10.0-2-amd64

	broken_kernel "$other"
	mkdir -p "/lib/modules/$older/kernel"
	cp "/lib/modules/$kernel"/modules.{builtin,builtin.modinfo,order} \
		"/lib/modules/$older"
	ln -s "/usr/src/linux-headers-$kernel" "/lib/modules/$older/build"
	ends packages upgrade "$NEW"
	says "$(not_built_for "$other")"
	dkms_has "$(installed_for "$older" "$NEW_VERSION")" \
		"$(installed_for "$kernel" "$NEW_VERSION")"
	# The advice is good.
	badly dkms install "kmsgpipe/$NEW_VERSION" -k "$other"
	grep -q '^broken on purpose$' \
		"/var/lib/dkms/kmsgpipe/$NEW_VERSION/build/make.log"
	# They are removed from all of them, too.
	well packages remove
	dkms_has
	same 'modules' "$(module_files)" ''
}

# The old version, loaded.
upgrade_in_use() {
	exec 9<>"$dev"
	echo 'from before' >&9
	well packages upgrade "$NEW"
	says "$how_to_reload"
	dkms_has "$(installed_for "$kernel" "$NEW_VERSION")"
	# The file that was open all the time,
	same 'message' "$(timeout 30 dd bs=4096 count=1 status=none <&9)" \
		'from before'
	echo 'by the old file' >&9
	# and the new program, with the old module.
	expect 0 "kmsgpipectl $NEW_VERSION" k --version
	expect 0 'by the old file' k recv 0
	expect 0 '' k send 0 'by the new program'
	same 'message' "$(timeout 30 dd bs=4096 count=1 status=none <&9)" \
		'by the new program'
	expect 0 'kmsgpipe0 0' k list -n -r -o pipe,messages
	run k doctor
	says "warning  versions   $OLD_VERSION is loaded, but $NEW_VERSION installed; reboot, or with all pipes closed, whose messages are lost: run \"modprobe -r kmsgpipe && systemctl restart kmsgpipe\" as root"
	run modprobe -r kmsgpipe
	same 'status of unloading it in use' "$status" 1
	exec 9<&-
	well sh -c "${how_to_reload##*run: }"
	loaded_is "$NEW_VERSION"
}

# The old version. In $WORK/kernel are another kernel and its headers, of which the
# kernel goes to $WORK/boot for the next boot.
new_kernel() {
	local from other before

	other=$(other_kernel)
	before=$(sum_of "$kernel")
	echo 'options kmsgpipe max_msgs=77' >>"$modprobe_conf"
	printf '[orders]\nmax_msgs = 5\n' >/etc/kmsgpipe/pipes.d/orders.conf

	well apt install "$WORK"/kernel/linux-image-*.deb
	dkms_has "$(installed_for "$kernel" "$OLD_VERSION")"
	from=$(seconds)
	well apt install "$WORK/kernel/linux-headers-$other"_*.deb
	comment "the headers of a kernel are installed, and its module built: $(since "$from")"
	dkms_has "$(installed_for "$kernel" "$OLD_VERSION")" \
		"$(installed_for "$other" "$OLD_VERSION")"
	same 'version for the new kernel' \
		"$(modinfo -k "$other" -F version kmsgpipe)" "$OLD_VERSION"
	same 'module of the old kernel' "$(sum_of "$kernel")" "$before"
	echo "$before" >/root/before
	echo "$kernel" >/root/kernel

	# The other kernel does not know the file system of the tests.
	mkdir /root/checkout
	cp -r "${BATS_TEST_DIRNAME%/*}" /root/checkout
	mkdir -p "$WORK/boot"
	cp "/boot/vmlinuz-$other" "$WORK/boot/vmlinuz"
	cp "/boot/initrd.img-$other" "$WORK/boot/initrd"
}

other_kernel() {
	local file

	for file in "$WORK"/kernel/linux-image-*.deb; do
		file=${file##*/linux-image-}
		echo "${file%%_*}"
	done
}

# As new_kernel has left it, after a boot into the other kernel.
new_kernel_booted() {
	[ "$kernel" != "$(cat /root/kernel)" ]
	installed_is "$OLD_VERSION"
	loaded_is "$OLD_VERSION"
	unit_is 'active enabled'
	same 'parameter' "$(cat "$parameters/max_msgs")" 77
	same 'pipes' "$(k list -n -r -o name,max_msgs)" '- 77
orders 5'
	same 'module of the old kernel' "$(sum_of "$(cat /root/kernel)")" \
		"$(cat /root/before)"
}
