# shellcheck shell=bats
# SPDX-License-Identifier: GPL-2.0
#
# What the tests of the life cycle share. tests/lifecycle/check runs them, as root
# in machines that are thrown away, a few in each: the comment before a test says
# what it finds there. In the environment are
#
#	NEW_VERSION, OLD_VERSION	two versions of the same source
#	NEW, OLD			where their packages are
#	WORK				a directory that outlives the machine
#
# and a file of tests says which $format they have, deb or rpm.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/../bats/helpers.bash"

modprobe_conf=/etc/modprobe.d/kmsgpipe.conf

# What the packages say if the module that is loaded is another one.
how_to_reload='kmsgpipe: the module that is loaded is not the one just installed. '
how_to_reload+='To change over, reboot, or close every pipe, whose messages are lost, and run: '
how_to_reload+='modprobe -r kmsgpipe && systemctl restart kmsgpipe'

setup() {
	children=()
	at_end=()
	workdir=
	kernel=$(uname -r)
}

teardown() {
	undo
}

# comment TEXT: for whoever reads the results.
comment() {
	printf '# %s\n' "$*" >&3
}

# seconds: as a number with two decimals, for the difference of two of them.
seconds() {
	printf '%s.%.2s\n' "${EPOCHREALTIME%.*}" "${EPOCHREALTIME#*.}"
}

since() { # SECONDS
	awk -v from="$1" -v to="$(seconds)" 'BEGIN { printf "%.0f s\n", to - from }'
}

#
# Packages
#

# apt ARGUMENT...: apt-get, which has nobody to ask, and no terminal for dpkg, on
# which lines would end in CR LF.
apt() {
	DEBIAN_FRONTEND=noninteractive timeout -k 5 1200 \
		apt-get -y -o Dpkg::Use-Pty=0 "$@" \
		</dev/null 3>&-
}

dpkg() {
	timeout -k 5 1200 dpkg "$@" </dev/null 3>&-
}

# Debian's rpm knows of no other package: --nodeps.
rpms() {
	timeout -k 5 1200 rpm "$@" </dev/null 3>&-
}

# packages install|upgrade|downgrade|reinstall DIR, packages remove: as an administrator
# does.
packages() {
	case $format-$1 in
	deb-install | deb-upgrade) apt install "$2"/kmsgpipe-{dkms,utils}_*.deb ;;
	deb-downgrade) apt install --allow-downgrades "$2"/kmsgpipe-{dkms,utils}_*.deb ;;
	deb-reinstall) apt install --reinstall "$2"/kmsgpipe-{dkms,utils}_*.deb ;;
	deb-remove) apt remove kmsgpipe-dkms kmsgpipe-utils ;;
	rpm-install) rpms -i --nodeps "$2"/kmsgpipe-{dkms,utils}-[0-9]*.rpm ;;
	rpm-upgrade) rpms -U --nodeps "$2"/kmsgpipe-{dkms,utils}-[0-9]*.rpm ;;
	rpm-downgrade) rpms -U --nodeps --oldpackage "$2"/kmsgpipe-{dkms,utils}-[0-9]*.rpm ;;
	rpm-reinstall) rpms -U --nodeps --replacepkgs "$2"/kmsgpipe-{dkms,utils}-[0-9]*.rpm ;;
	rpm-remove) rpms -e kmsgpipe-dkms kmsgpipe-utils ;;
	esac
}

# ends COMMAND...: with status 0; $output is what it has printed.
ends() {
	run "$@"
	same "status of $*" "$status" 0 || {
		printf '%s\n' "$output"
		return 1
	}
}

# well COMMAND...: it does, and no script complains.
well() {
	ends "$@"
	same 'complaints' "$(grep -E 'Error!|[Ss]criptlet failed|broken|returned an error|in use|inconsistent' \
		<<<"$output")" '' || {
		printf '%s\n' "$output"
		return 1
	}
}

# badly COMMAND...: it fails, and does not just take too long.
badly() {
	run "$@"
	if [ "$status" -eq 0 ] || [ "$status" -eq 124 ]; then
		printf '%s: status %s, and it has printed:\n%s\n' "$*" "$status" \
			"$output"
		return 1
	fi
}

# says LINE: $output has this line, once.
says() {
	same "lines of the output that are \"$1\"" \
		"$(grep -cxF "$1" <<<"$output")" 1 || {
		printf '%s\n' "$output"
		return 1
	}
}

#
# What there is
#

# dkms_status [OPTION...]: what dkms knows of the module. dkms 2 puts a comma where
# dkms 3 puts a slash.
dkms_status() {
	dkms status -m kmsgpipe "$@" | sed 's/^kmsgpipe, /kmsgpipe\//'
}

# dkms_has [LINE...]: this is all.
dkms_has() {
	same 'dkms status' "$(dkms_status | sort)" "$(printf '%s\n' "$@" | sort)"
}

# installed_for KERNEL VERSION: that line of it.
installed_for() {
	echo "kmsgpipe/$2, $1, $(uname -m): installed"
}

# The module's files, of all kernels.
module_files() {
	find /lib/modules -name 'kmsgpipe.ko*' | sort
}

# source_is [VERSION]: there is the source of this version, and no other.
source_is() {
	same 'sources' "$(find /usr/src -maxdepth 1 -name 'kmsgpipe*')" \
		"${1:+/usr/src/kmsgpipe-$1}"
}

unit_is() { # STATE OF ITS FILE
	same 'unit' "$(systemctl show --value -p ActiveState -p UnitFileState \
		kmsgpipe.service | sort | xargs)" "$1"
}

# loaded_is VERSION: it is loaded, its node is for the group, and a message passes.
loaded_is() {
	udevadm settle --timeout=60
	same 'version that is loaded' "$(cat /sys/module/kmsgpipe/version)" "$1"
	same 'node' "$(stat -c '%F, %U:%G %a' "$dev")" \
		'character special file, root:kmsgpipe 660'
	message_passes
}

message_passes() {
	echo "for $kernel" >"$dev"
	same 'message' "$(receive "$dev")" "for $kernel"
}

# installed_is VERSION: for the kernel that runs.
installed_is() {
	same 'dkms status' "$(dkms_status -k "$kernel")" \
		"$(installed_for "$kernel" "$1")"
	same 'version that is installed' "$(modinfo -F version kmsgpipe)" "$1"
}

# only_is VERSION: it is installed for the kernel that runs, and nothing of any other
# version or kernel is there.
only_is() {
	dkms_has "$(installed_for "$kernel" "$1")"
	same 'modules' "$(module_files | wc -l)" 1
	source_is "$1"
	installed_is "$1"
}

# sum_of KERNEL: of its module.
sum_of() {
	find "/lib/modules/$1" -name 'kmsgpipe.ko*' -exec sha256sum {} +
}

# machine_has: files that are not of this hour, users and groups; what a package
# could leave behind.
machine_has() {
	find / -xdev \( -path /tmp -o -path /var/tmp -o -path /var/log -o \
		-path /var/cache -o -path /var/lib/apt -o -path /var/lib/dpkg -o \
		-path /var/lib/rpm -o -path /root -o -path /var/lib/systemd/timers \
		\) -prune -o -printf '%p %y %m %U:%G %l\n' | sort
	getent passwd | sed 's/^/user /'
	getent group | cut -d : -f 1,4 | sed 's/^/group /'
}

# nothing_left: of what machine_has, before the first installation and now. The group
# stays, since files may be its; and the key is dkms's, which signs by it whatever
# it builds.
nothing_left() {
	same 'difference' "$(machine_has | diff /root/before - |
		grep '^[<>]' | grep -v '^> /var/lib/dkms/mok\.')" \
		'> group kmsgpipe:'
}
