#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The life of the .rpm packages, on a Debian that has rpm and dkms.

# shellcheck source=tests/lifecycle/rows.bash
. "$BATS_TEST_DIRNAME/rows.bash"

format=rpm

#
# One after the other, on a machine with nothing of ours
#

@test "row 1: installed, with headers (rpm)" {
	# Directories of a distribution that is made of .rpm, not of a package.
	mkdir -p /usr/share/{licenses,man/man4,zsh/site-functions}
	install_with_headers
}

@test "row 8: the same version again (rpm)" {
	same_version_again
}

@test "row 6: removed, with a pipe in use; nothing is left but the group (rpm)" {
	remove_in_use
	same 'packages' "$(rpm -qa 'kmsgpipe*')" ''
	nothing_left
}

@test "row 10b: installed, where dkms shall build nothing by itself (rpm)" {
	no_autoinstall
}

# As row 10b has left it.
@test "row 11: installed without headers (rpm)" {
	well packages remove
	rmmod kmsgpipe
	rm "/lib/modules/$kernel/build"
	well packages install "$NEW"
	says "kmsgpipe: no module yet for Linux $kernel. To have it built and loaded, install kernel-devel-$kernel, then run: dkms install kmsgpipe/$NEW_VERSION -k $kernel && systemctl start kmsgpipe"
	dkms_has "kmsgpipe/$NEW_VERSION: added"
	unit_is 'enabled inactive'
}

#
# Each on a machine with the old version
#

@test "row 2: upgraded, the module loaded, no pipe in use (rpm)" {
	upgrade_idle
	same 'packages' "$(rpm -qa --qf '%{NAME} %{VERSION}\n' 'kmsgpipe-dkms')" \
		"kmsgpipe-dkms $NEW_VERSION"
}

# The new version, as row 2 has left it.
@test "row 2d: back to the old version (rpm)" {
	downgrade
}

@test "row 2c: an upgrade is for all kernels (rpm)" {
	upgrade_other_kernels
}

@test "row 3: upgraded, with a pipe in use (rpm)" {
	upgrade_in_use
}

@test "row 4: a kernel and its headers are installed (rpm)" {
	new_kernel
}

@test "row 4b: rebooted into that kernel (rpm)" {
	new_kernel_booted
}
