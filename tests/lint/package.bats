#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0

# shellcheck source=tests/lint/lint.bash
. "$BATS_TEST_DIRNAME/lint.bash"

suite=bookworm # the one whose lintian is the host's

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	tests/vm/build --suite "$suite"
}

# The scripts that dpkg runs, with what debhelper added to them
maintainer_scripts() {
	dpkg-deb --control build/"$suite"/kmsgpipe-dkms_*_all.deb \
		"$BATS_TEST_TMPDIR/control"
	cd "$BATS_TEST_TMPDIR/control" || return
}

@test "dkms.conf, changelogs, spec and packages have the same version" {
	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)
	[ -n "$version" ]
	{
		echo "debian/changelog $(dpkg-parsechangelog -S Version)"
		echo "CHANGELOG.md $(sed -n '/^## /{s/^## \([^ ]*\).*/\1/p;q}' CHANGELOG.md)"
		for deb in build/"$suite"/*.deb; do
			echo "$deb $(dpkg-deb -f "$deb" Version)"
		done
		echo "rpm/kmsgpipe.spec $(sed -n 's/^Version:[[:space:]]*//p' rpm/kmsgpipe.spec)"
		sed -n '/^%changelog/{n;s/.* - //;s/-[0-9]*$//;s/^/its-changelog /p}' \
			rpm/kmsgpipe.spec
	} | awk -v version="$version" '$2 != version {
		print $1 " says " $2 ", dkms.conf " version
	}' | none
}

@test "lintian has nothing to say about the packages and their source" {
	lintian --fail-on error,warning,info,pedantic,experimental \
		--display-info --display-experimental --pedantic \
		build/"$suite"/*.changes
}

@test "systemd can read the unit" {
	command -v systemd-analyze || skip "systemd-analyze is not installed"
	# The host of the tests need not have modprobe and udevadm, nor the pages.
	systemd-analyze verify --man=no systemd/kmsgpipe.service 2>&1 |
		grep -v 'is not executable: No such file' | none
}

@test "docs/packaging.md has the exposure of the unit" {
	local version exposure

	exposure=$(systemd-analyze security --offline=yes \
		systemd/kmsgpipe.service 2>/dev/null |
		sed -n 's/.*exposure level for [^ ]*: \([0-9.]* [A-Z]*\).*/\1/p')
	version=$(systemd-analyze --version | sed -n 's/^systemd \([0-9]*\) .*/\1/p')
	# Each version has its own opinion.
	[ "$version" = 252 ] || skip "systemd is $version"
	[ -n "$exposure" ]
	tr '\n' ' ' <docs/packaging.md |
		grep -qF "(systemd 252) gives the unit an exposure of ${exposure% *}, \"${exposure#* }\"."
}

@test "modprobe.d lists each parameter with its range and default" {
	# NAME, RANGE and DEFAULT of each, as the module tells and as the file
	# does.
	module_parameters >"$BATS_TEST_TMPDIR/module"
	perl -ne '/^$/ and $range = "any";
		/^# .*?(\d+ to \d+)/ and $range = $1;
		/^#options kmsgpipe (\w+)=(.*)/ and
			print "$1: $range, ", length $2 ? $2 : "none", "\n"' \
		systemd/modprobe.d/kmsgpipe.conf | sort >"$BATS_TEST_TMPDIR/file"
	[ -s "$BATS_TEST_TMPDIR/module" ]
	diff -u "$BATS_TEST_TMPDIR/module" "$BATS_TEST_TMPDIR/file"
}

@test "dkms builds for Linux 5.10 and newer, and for nothing older" {
	local BUILD_EXCLUSIVE_KERNEL

	# shellcheck source=/dev/null # dkms sets what dkms.conf uses
	. ./dkms.conf
	for kernel in 5.10.0-32-amd64 5.19.17 6.1.0-37-amd64 6.12.30+deb13-amd64 \
		7.2.1 7.3-rc4-amd64 8.0.0 10.0.1 12.11.0; do
		[[ $kernel =~ $BUILD_EXCLUSIVE_KERNEL ]] || echo "not for $kernel"
	done | none
	for kernel in 2.6.32 3.16.0 4.19.0-27-amd64 5.1.10 5.4.0 5.9.16; do
		[[ ! $kernel =~ $BUILD_EXCLUSIVE_KERNEL ]] || echo "for $kernel"
	done | none
}

@test "postinst: first the group, then udev, then dkms, then the unit" {
	maintainer_scripts
	grep -oE '^[^#]*(systemd-sysusers|udevadm|build-for-kernels|deb-systemd-invoke)' \
		postinst | grep -oE '[a-z.-]+$' >order
	printf '%s\n' systemd-sysusers udevadm build-for-kernels \
		deb-systemd-invoke | diff -u - order
}

@test "no maintainer script unloads the module or trusts uname" {
	maintainer_scripts
	grep -nE 'rmmod|modprobe|uname' p* | none
}

@test "an upgrade neither stops nor restarts the unit" {
	maintainer_scripts
	awk '/restart/ || /(invoke|systemctl) stop/ && before !~ /"\$1" = remove/ {
		print FILENAME ": " $0
	}
	{ before = $0 }' p* | none
}
