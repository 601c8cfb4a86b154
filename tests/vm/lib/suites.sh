# shellcheck shell=bash
# shellcheck disable=SC2034 # the variables are for the files that source this
# SPDX-License-Identifier: GPL-2.0
#
# The one place that says what a test machine consists of: the Debian suites,
# their kernels, what is installed, and the kernel command line.

readonly SUITES='bookworm trixie trixie-backports bullseye'

mirror=${KMSGPIPE_MIRROR:-http://deb.debian.org/debian}
security=${KMSGPIPE_SECURITY_MIRROR:-http://deb.debian.org/debian-security}

# A virtual machine needs these and nothing else to find its root disk.
# Trouble in the kernel ends the machine at once: panic=-1 turns every panic
# into a reboot, and QEMU's -no-reboot turns that into its exit. The two
# watchdogs get more time than usual, since emulation on a busy host is slow.
kernel_cmdline='root=/dev/vda rw console=ttyS0 net.ifnames=0
	panic=-1 oops=panic panic_on_warn=1 softlockup_panic=1 hung_task_panic=1
	watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60'

# Drivers of hardware that no virtual machine has are left out of its kernel
# package: depmod reads every module whenever one is installed, which takes half
# a minute under emulation.
left_out=(drivers/{ata,comedi,gpu,hid,hwmon,iio,infiniband,media,mtd}
	drivers/{platform,scsi,staging,usb,video}
	drivers/net/{ethernet,phy,usb,wireless} sound)

# suite_load SUITE: set the variables that describe it.
suite_load() {
	suite=$1
	release=${suite%-backports}
	own_kernel= # a directory with another kernel than the suite's
	target_release=
	apt_options=()
	sources=(
		"deb $mirror $release main"
		"deb $security $release-security main"
	)

	# What a package build and the compile checks need.
	buildroot_packages=(
		build-essential debhelper dh-dkms
		kmod sparse
		libinih-dev libsmartcols-dev pkg-config
	)
	# What an administrator's machine has (first line), what the packages
	# depend on (a guest has no network), the way in, and what the tests
	# use.
	guest_packages=(
		systemd-sysv udev dbus kmod dkms initramfs-tools zstd apt
		libinih1 libsmartcols1
		openssh-server iproute2
		bash-completion fish zsh valgrind
		bats procps psmisc strace stress-ng python3 linux-perf
	)

	# Kernels by name or, where a suite holds several series, by a pattern
	# whose newest match is taken. The first one runs in the guest.
	case $suite in
	bookworm)
		kernels=(linux-image-amd64)
		# In one suite: bpftrace, which brings a compiler of 250 MB, what
		# installs the .rpm, and what runs debian/tests, with what these
		# need.
		guest_packages+=(
			bpftrace
			rpm
			autopkgtest apt-utils libc6-dev pkg-config
		)
		# What else is made and checked, in one suite as well: the .rpm,
		# whether two builds are the same, an archive for apt.
		buildroot_packages+=(
			rpm rpmlint
			diffoscope-minimal faketime locales
			apt-utils
		)
		;;
	trixie)
		kernels=(linux-image-amd64)
		;;
	trixie-backports)
		# The metapackage follows each new series: name the series.
		# 7.3 is here for the compile check only.
		sources+=("deb $mirror trixie-backports main")
		target_release=trixie-backports
		kernels=(
			'linux-image-7\.2\.[0-9]+\+deb13-amd64'
			'linux-image-7\.3\.[0-9]+\+deb13-amd64'
		)
		;;
	bullseye)
		kernels=(linux-image-amd64)
		# An archived suite: nobody renews its Release files any more.
		apt_options=(--aptopt='Acquire::Check-Valid-Until "false"')
		# dh_dkms became a package of its own after bullseye.
		buildroot_packages=("${buildroot_packages[@]/dh-dkms/dkms}")
		;;
	*)
		die "there is no suite '$suite': use one of $SUITES"
		;;
	esac
}
