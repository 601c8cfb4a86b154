#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What leaves the house: the release, what `make install` installs, the .rpm
# packages, and that a second build gives the same bytes.

# shellcheck disable=SC2016 # what is quoted is for the shell of a buildroot
# shellcheck source=tests/lint/lint.bash
. "$BATS_TEST_DIRNAME/lint.bash"

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	tests/vm/build --suite bookworm
	tests/vm/build --rpm
}

# with_rpms SCRIPT: in the buildroot, in a directory with the packages.
with_rpms() {
	tar -C build/rpm -c . | tests/vm/chroot -- \
		"mkdir ../rpms && tar -C ../rpms --no-same-owner -x && cd ../rpms && $1"
}

version() {
	sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf
}

@test "make dist: the same bytes each time, and all that is committed" {
	local release dir=$BATS_TEST_TMPDIR

	release=build/kmsgpipe-$(version).tar.gz
	make --no-print-directory dist
	cp "$release" "$dir/first.tar.gz"
	(
		umask 077
		export TZ=Asia/Tokyo GIT_CONFIG_COUNT=1
		export GIT_CONFIG_KEY_0=tar.umask GIT_CONFIG_VALUE_0=user
		make --no-print-directory dist
	)
	cmp "$dir/first.tar.gz" "$release"

	git -c safe.directory="$PWD" ls-tree -r --name-only HEAD |
		sed "s,^,kmsgpipe-$(version)/," >"$dir/committed"
	tar -tf "$release" | grep -v '/$' | diff -u "$dir/committed" -
	# Whose, and from when, is the same for all.
	tar --numeric-owner --full-time -tvf "$release" |
		awk '{ print $2, $4, $5 }' | sort -u >"$dir/whose"
	grep '^0/0 ' "$dir/whose"
	[ "$(wc -l <"$dir/whose")" -eq 1 ]
}

@test "a release builds where there is no git" {
	local dir=$BATS_TEST_TMPDIR

	make --no-print-directory dist
	tar -C "$dir" -xf "build/kmsgpipe-$(version).tar.gz"
	mkdir "$dir/bin"
	printf '#!/bin/sh\necho "git $*" >>"%s"\nexit 127\n' "$dir/git" >"$dir/bin/git"
	chmod +x "$dir/bin/git"
	PATH=$dir/bin:$PATH make -C "$dir/kmsgpipe-$(version)" deb rpm
	[ ! -e "$dir/git" ]
}

# normal: sort paths, without what differs for a reason: a suite's place for
# units, Debian's for zsh, compressed man pages, and what each Debian package
# has of its own.
normal() {
	sed -E 's,^/lib/,/usr/lib/,; s,(/man/.*)\.gz$,\1,
		s,/zsh/vendor-completions/,/zsh/site-functions/,' |
		grep -vE '^/usr/share/doc/[^/]*/(changelog|copyright)|^/usr/share/lintian/' |
		sort
}

@test "make install puts there what the packages do, and make uninstall removes it" {
	local dir=$BATS_TEST_TMPDIR deb

	tests/vm/chroot -- '
		root=/build/root
		# A machine has these; of what it has, nothing may change.
		mkdir -p $root/etc/modprobe.d $root/usr/src $root/usr/bin $root/usr/libexec \
			$root/usr/include/linux $root/usr/lib/sysusers.d \
			$root/usr/lib/udev/rules.d \
			$root/usr/lib/systemd/system \
			$root/usr/lib/systemd/system-preset \
			$root/usr/share/pkgconfig $root/usr/share/doc \
			$root/usr/share/man/man4 $root/usr/share/man/man5 \
			$root/usr/share/man/man8 \
			$root/usr/share/bash-completion/completions \
			$root/usr/share/fish/vendor_completions.d \
			$root/usr/share/zsh/site-functions
		touch $root/etc/modprobe.d/other.conf $root/usr/bin/other
		(cd $root && find . | sort) >/build/before
		umask 077
		set -e
		make -s install DESTDIR=$root PREFIX=/usr >/dev/null
		(cd $root && find . ! -type d ! -name "other*" -printf "/%P\n")
		find $root ! -perm -0444 -printf "%P: %m\n"
		make -s uninstall DESTDIR=$root PREFIX=/usr
		(cd $root && find . | sort) | diff -u /build/before - >&2
		make -s install DESTDIR=$root PREFIX=/usr >/dev/null
		conf=$root/etc/modprobe.d/kmsgpipe.conf
		echo "options kmsgpipe devices=2" >>$conf
		make -s install DESTDIR=$root PREFIX=/usr
		make -s uninstall DESTDIR=$root PREFIX=/usr
		tail -n 1 $conf' >"$dir/output"
	# Settings that have been changed are kept, and that is said.
	tail -n 3 "$dir/output" | diff -u - <(
		said='/build/root/etc/modprobe.d/kmsgpipe.conf has been changed: it stays'
		printf '%s\n' "$said" "$said" 'options kmsgpipe devices=2'
	)
	head -n -3 "$dir/output" | normal >"$dir/make"
	for deb in build/bookworm/*.deb; do
		case $deb in *-dbgsym_*) continue ;; esac
		dpkg-deb -c "$deb" | awk '!/^d/ { print substr($6, 2) }'
	done | normal >"$dir/deb"
	# deb-systemd-helper enables the unit in Debian, without a preset.
	diff -u "$dir/deb" <(grep -v '\.preset$' "$dir/make")

	with_rpms 'rpm -qp --qf "[%{FILEMODES:perms} %{FILENAMES}\n]" \
		$(ls *.rpm | grep -v "\.src\.rpm$")' |
		awk '!/^d/ { print $2 }' | grep -vE '^/usr/share/licenses/|/\.build-id/' |
		normal >"$dir/rpm"
	diff -u "$dir/rpm" "$dir/make"
}

@test "rpmlint has nothing to say about the .rpm packages" {
	with_rpms 'rpmlint --config ../kmsgpipe/rpm/rpmlint.toml *.rpm'
}

@test "no scriptlet of the .rpm packages unloads the module or trusts uname" {
	with_rpms 'for rpm in kmsgpipe-dkms-*.rpm; do rpm -qp --scripts $rpm; done' \
		>"$BATS_TEST_TMPDIR/scripts"
	grep -q build-for-kernels "$BATS_TEST_TMPDIR/scripts"
	grep -nE 'rmmod|modprobe -r|uname|%[a-z{]' "$BATS_TEST_TMPDIR/scripts" | none
}

@test "a directory is an archive for apt, as docs/packaging.md says" {
	tar -C build/bookworm -c . | tests/vm/chroot -- '
		set -e
		repo=/build/repo
		mkdir -p $repo /build/apt/archives/partial /build/lists/partial
		tar -C $repo --no-same-owner --wildcards -x "./*.deb"
		cd $repo
		# The lines of the recipe
		sed -n "s/^    \(apt-ftparchive\|mv\) /\1 /p" \
			/build/kmsgpipe/docs/packaging.md >/build/recipe
		sh -ex /build/recipe
		printf "%s\n" "Types: deb" "URIs: file:$repo" "Suites: ./" \
			"Trusted: yes" >/build/kmsgpipe.sources
		set -- -o Dir::Etc::SourceList=/build/kmsgpipe.sources \
			-o Dir::Etc::SourceParts=- -o Dir::State::Lists=/build/lists \
			-o Dir::Cache=/build/apt -o APT::Sandbox::User=root \
			-o Debug::NoLocking=true
		apt-get "$@" update
		# The buildroot has all that this one needs, and no network.
		apt-get "$@" --download-only -y install kmsgpipe-utils
		apt-cache "$@" policy kmsgpipe-dkms kmsgpipe-dev' \
		>"$BATS_TEST_TMPDIR/output"
	grep -q '^Download complete' "$BATS_TEST_TMPDIR/output"
	[ "$(grep -c "^  Candidate: $(version)$" "$BATS_TEST_TMPDIR/output")" -eq 2 ]
}

@test "a second build of the .deb packages gives the same bytes" {
	tests/reproducible
}
