#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# kmsgpipectl doctor: what is wrong, and the command that mends it.
#
# Each thing is really made wrong, in a mount namespace of its own where it is a
# file that the test must not lose.

# shellcheck disable=SC2016 # for the shell in the namespace
# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

# All is well for doctor only where the kernel's headers are.
setup() {
	get_ready
	needs_headers
}

kernel=$(uname -r)
pipes_d=/etc/kmsgpipe/pipes.d
checks=(headers dkms installed signature loaded versions udev group config nodes
	user unit)

# Of a machine where all is well, and root asks.
text_of() { # CHECK
	local version

	version=$(modinfo --field=version kmsgpipe)
	case $1 in
	headers) echo "those of $kernel are there" ;;
	dkms) echo "kmsgpipe/$version is installed for $kernel" ;;
	installed) echo "kmsgpipe $version for $kernel" ;;
	signature) echo 'none is asked for; Secure Boot is not there' ;;
	loaded) echo "kmsgpipe $version" ;;
	versions) echo "kmsgpipectl is $version, and so is the module" ;;
	udev) rules ;;
	group) echo "kmsgpipe is group $(gid)" ;;
	config) echo '0 pipes in 0 files' ;;
	nodes) echo 'those of 1 pipe and kmsgpipe-control' ;;
	user) echo 'root may use all pipes' ;;
	unit) echo 'kmsgpipe.service is active and enabled' ;;
	esac
}

rules() {
	find /usr/lib/udev/rules.d -name 60-kmsgpipe.rules
}

gid() {
	getent group kmsgpipe | cut -d : -f 3
}

# findings [CHECK 'RESULT TEXT']...: what doctor prints where all else is well;
# nothing of CHECK if that is empty.
findings() {
	local -A other=()
	local check line

	while (($#)); do
		other[$1]=$2
		shift 2
	done
	for check in "${checks[@]}"; do
		while read -r line; do
			[ -z "$line" ] ||
				printf '%-7s  %-9s  %s\n' "${line%% *}" "$check" \
					"${line#* }"
		done <<<"${other[$check]-ok $(text_of "$check")}"
	done
}

# doctor_where COMMANDS [AS_USER...]: in a mount namespace after these commands.
doctor_where() {
	local commands=$1

	shift
	unshare --mount bash -e -c "$commands"$'\nexec "$@"' bash "$@" \
		timeout -k 5 60 kmsgpipectl doctor
}

# For want of the list of modules, modinfo finds none.
no_modules='for list in /lib/modules/$(uname -r)/modules.{dep,dep.bin,alias.bin,symbols.bin,builtin.bin}; do
	mount --bind /dev/null "$list"
done'

# As a member of the group who has not been one for long enough.
nobody=(setpriv --reuid=65534 --regid=65534)

# mended: what doctor says that root can do about it leaves all well.
mended() {
	local commands

	commands=$(k doctor --json |
		sed -n 's/.*"command":\("[^}]*"\)}.*/\1/p')
	[ -n "$commands" ]
	while IFS= read -r command; do
		# A JSON string without quotes in it is one of the shell.
		eval "eval $command"
	done <<<"$commands"
	expect 0 "$(findings)" k doctor
}

@test "kmsgpipectl doctor: all is well" {
	expect 0 "$(findings)" k doctor
	expect 0 "$(findings user 'ok nobody is in the group kmsgpipe')" \
		as_user --groups="$(gid)" kmsgpipectl doctor
	# Who has started it may have no use for the ends of his children.
	expect 0 "$(findings)" env --ignore-signal=CHLD kmsgpipectl doctor
	# As a table of the same.
	same 'JSON' "$(k doctor --json)" "{\"checks\":[
$(for check in "${checks[@]}"; do
		printf '{"check":"%s","result":"ok","text":"%s","command":null},\n' \
			"$check" "$(text_of "$check")"
	done | sed '$s/,$//')
]}"
	k create named >/dev/null
	k create --group daemon --owner nobody --perm 600 >/dev/null
	udevadm settle --timeout=60
	expect 0 "$(findings nodes 'ok those of 3 pipes and kmsgpipe-control')" \
		k doctor
}

@test "kmsgpipectl doctor: the module is not loaded" {
	unload_module
	expect 1 "$(findings nodes '' loaded 'problem the module is not loaded: run "systemctl restart kmsgpipe" as root')" \
		k doctor
	mended
}

@test "kmsgpipectl doctor: the module is not installed" {
	local version

	version=$(modinfo --field=version kmsgpipe)
	unload_module
	expect 1 "$(findings nodes '' \
		installed "problem there is no module for $kernel: run \"dkms install --force kmsgpipe/$version -k $kernel\" as root" \
		loaded 'problem the module is not loaded, and has to be installed first: run "systemctl restart kmsgpipe" as root' \
		versions "ok kmsgpipectl is $version")" \
		doctor_where "$no_modules"
	# dkms has forgotten it.
	expect 1 "$(findings nodes '' \
		dkms "warning it has no kmsgpipe: a new kernel will have no module: run \"dkms install --force kmsgpipe/$version -k $kernel\" as root" \
		installed "problem there is no module for $kernel: run \"dkms install --force kmsgpipe/$version -k $kernel\" as root" \
		loaded 'problem the module is not loaded, and has to be installed first: run "systemctl restart kmsgpipe" as root' \
		versions "ok kmsgpipectl is $version")" \
		doctor_where "$no_modules
		mount -t tmpfs none /var/lib/dkms"
	# There is no source either.
	expect 1 "$(findings nodes '' \
		dkms 'warning it has no kmsgpipe: a new kernel will have no module: run "apt install kmsgpipe-dkms" as root' \
		installed "problem there is no module for $kernel: run \"apt install kmsgpipe-dkms\" as root" \
		loaded 'problem the module is not loaded, and has to be installed first: run "systemctl restart kmsgpipe" as root' \
		versions "ok kmsgpipectl is $version")" \
		doctor_where "$no_modules
		mount -t tmpfs none /var/lib/dkms
		mount -t tmpfs none /usr/src/kmsgpipe-$version"
}

@test "kmsgpipectl doctor: there are no headers" {
	local build=/lib/modules/$kernel/build

	make_workdir
	at_end mv "$workdir/build" "$build"
	mv "$build" "$workdir"
	expect 0 "$(findings headers "warning there are none of $kernel to build the module with: run \"apt install linux-headers-$kernel\" as root")" \
		k doctor
	eval "${at_end[0]}"
	at_end=()
}

# dkms_that_says TEXT: $other_dkms puts it in the place of dkms.
dkms_that_says() {
	printf '#!/bin/sh\ncat <<END\n%s\nEND\n' "$1" >"$workdir/dkms-says"
	chmod +x "$workdir/dkms-says"
	other_dkms="mount --bind $workdir/dkms-says /usr/sbin/dkms"
}

# dkms_says TEXT EXPECTED: what doctor makes of this output of dkms.
dkms_says() {
	dkms_that_says "$1"
	same "$1" "$(doctor_where "$other_dkms" |
		grep -E '^[a-z]+ +dkms ')" "$(printf '%s\n' "$2" |
		sed -E 's/^([a-z]+) /\1       dkms       /; s/^(.{7}) */\1  /')"
}

@test "kmsgpipectl doctor: what dkms 2.8.4, 3.0.10 and 3.2 say of the module" {
	local install='run "dkms install kmsgpipe/1.2.3'

	make_workdir
	# 2.8.4
	dkms_says "kmsgpipe, 1.2.3, $kernel, x86_64: installed" \
		"ok kmsgpipe/1.2.3 is installed for $kernel"
	dkms_says 'kmsgpipe, 1.2.3: added' \
		"problem kmsgpipe/1.2.3 is only added, not installed for $kernel: $install -k $kernel\" as root"
	dkms_says "kmsgpipe, 1.2.3, 4.19.0-1-amd64, x86_64: installed
kmsgpipe, 1.2.3, $kernel, x86_64: built" \
		"problem kmsgpipe/1.2.3 is only built, not installed for $kernel: $install -k $kernel\" as root"
	# Since 3.0
	dkms_says "kmsgpipe/1.2.3, 4.19.0-1-amd64, x86_64: installed
kmsgpipe/1.2.3, $kernel, x86_64: installed" \
		"ok kmsgpipe/1.2.3 is installed for $kernel"
	dkms_says 'kmsgpipe/1.2.3, 4.19.0-1-amd64, x86_64: installed' \
		"problem kmsgpipe/1.2.3 is only there for other kernels, not installed for $kernel: $install -k $kernel\" as root"
	dkms_says "kmsgpipe/1.2.3, $kernel, x86_64: installed (WARNING! Diff between built and installed module!)" \
		"warning kmsgpipe/1.2.3 is installed (WARNING! Diff between built and installed module!): run \"dkms install --force kmsgpipe/1.2.3 -k $kernel\" as root"
	dkms_says "kmsgpipe/1.2.2: broken

kmsgpipe/1.2.3, $kernel, x86_64: installed" \
		"ok kmsgpipe/1.2.3 is installed for $kernel
warning kmsgpipe/1.2.2 is there beside kmsgpipe/1.2.3: run \"dkms remove kmsgpipe/1.2.2 --all\" as root"
	dkms_says 'kmsgpipe/1.2.3: broken' \
		'problem kmsgpipe/1.2.3 is broken: its source is gone: run "apt install --reinstall kmsgpipe-dkms" as root'
	dkms_says 'Error! There is no kmsgpipe: none' \
		"warning it has no kmsgpipe: a new kernel will have no module: run \"dkms install --force kmsgpipe/$(modinfo --field=version kmsgpipe) -k $kernel\" as root"
}

# other_module FILE: make it a copy of the module; $in_its_place puts it where the
# installed one is, of which dkms would say that it is another than it built.
other_module() {
	local installed

	installed=$(modinfo --filename kmsgpipe)
	case $installed in
	*.xz) xz -dc "$installed" ;;
	*.zst) zstd -dc "$installed" ;;
	*) cat "$installed" ;;
	esac >"$1"
	# What reads the module goes by what is in it, not by the name.
	dkms_that_says "kmsgpipe/$(modinfo --field=version kmsgpipe), $kernel, x86_64: installed"
	in_its_place="$other_dkms; mount --bind $1 $installed"
}

@test "kmsgpipectl doctor: the versions differ" {
	local version

	version=$(modinfo --field=version kmsgpipe)
	make_workdir
	other_module "$workdir/module"
	LC_ALL=C sed -i "s/\(version=\)$version/\19.9.9/" "$workdir/module"
	expect 0 "$(findings installed "ok kmsgpipe 9.9.9 for $kernel" \
		versions "warning $version is loaded, but 9.9.9 installed; reboot, or with all pipes closed, whose messages are lost: run \"modprobe -r kmsgpipe && systemctl restart kmsgpipe\" as root")" \
		doctor_where "$in_its_place"
	# Of one that is loaded all the same, for want of the list of modules.
	echo 9.9.9 >"$workdir/version"
	expect 1 "$(findings loaded 'ok kmsgpipe 9.9.9' \
		installed "problem there is no module for $kernel: run \"dkms install --force kmsgpipe/$version -k $kernel\" as root" \
		versions "warning kmsgpipectl is $version, but the module loaded 9.9.9: run \"apt install kmsgpipe-dkms kmsgpipe-utils\" as root")" \
		doctor_where "mount --bind $workdir/version /sys/module/kmsgpipe/version
		$no_modules"
	unload_module
	expect 1 "$(findings installed "ok kmsgpipe 9.9.9 for $kernel" nodes '' \
		loaded 'problem the module is not loaded: run "systemctl restart kmsgpipe" as root' \
		versions "warning kmsgpipectl is $version, but the module installed 9.9.9: run \"apt install kmsgpipe-dkms kmsgpipe-utils\" as root")" \
		doctor_where "$in_its_place"
}

# A signature, by "a key", of something else: modinfo only reads it.
signature() {
	base64 -d <<-END
	MIHFBgkqhkiG9w0BBwKggbcwgbQCAQExDTALBglghkgBZQMEAgEwCwYJKoZIhvcNAQcBMYGSMIGP
	AgEBMCgwEDEOMAwGA1UEAwwFYSBrZXkCFHFBeOeMam2Xs1RTXKlftCAChqlSMAsGCWCGSAFlAwQC
	ATAKBggqhkjOPQQDAgRHMEUCIQD2VFDrNqB9DTSbLs95BDpMidDML+D/5bseG3Fnqf1XrAIgY2Yj
	pmFSEY2cbGu8OnBPFUxHO60h66+FwRZNF9MWrnAAAAIAAAAAAAAAAMh+TW9kdWxlIHNpZ25hdHVy
	ZSBhcHBlbmRlZH4K
	END
}

@test "kmsgpipectl doctor: signatures are asked for" {
	local enforce lockdown key version not_loaded made openssl

	version=$(modinfo --field=version kmsgpipe)
	make_workdir
	echo Y >"$workdir/yes"
	echo 'none [integrity] confidentiality' >"$workdir/lockdown"
	enforce="mount --bind $workdir/yes /sys/module/module/parameters/sig_enforce"
	lockdown="mount --bind $workdir/lockdown /sys/kernel/security/lockdown"
	mkdir "$workdir/dkms"
	cp -a /var/lib/dkms/kmsgpipe "$workdir/dkms"
	key="mount --bind $workdir/dkms /var/lib/dkms"
	# modinfo takes a file for one only if it is called so.
	other_module "$workdir/unsigned.ko"
	unsigned=$in_its_place
	cp "$workdir/unsigned.ko" "$workdir/signed.ko"
	signature >>"$workdir/signed.ko"
	signed=${in_its_place//unsigned/signed}

	[ -z "$(modinfo --field=signer "$workdir/unsigned.ko")" ] ||
		skip 'the module is signed'
	# Not all suites have it.
	[ -x /usr/bin/openssl ] || {
		made=', which it makes with openssl'
		openssl='apt install openssl && '
	}
	expect 1 "$(findings signature "problem module.sig_enforce is on, but the module is not signed, and dkms has no key /var/lib/dkms/mok.pub${made-}: see \"Secure Boot\" in dkms(8): run \"${openssl-}dkms remove kmsgpipe/$version -k $kernel && dkms install kmsgpipe/$version -k $kernel\" as root")" \
		doctor_where "$enforce; $key; $unsigned"
	touch "$workdir/dkms/mok.pub"
	expect 1 "$(findings signature "problem the kernel is locked down, but the module is not signed; dkms has a key in /var/lib/dkms/mok.pub, to be enrolled by mokutil --import, and signs what it builds: run \"dkms remove kmsgpipe/$version -k $kernel && dkms install kmsgpipe/$version -k $kernel\" as root")" \
		doctor_where "$lockdown; $key; $unsigned"
	# What is loaded has been trusted.
	expect 0 "$(findings signature "ok module.sig_enforce is on, and the kernel trusts 'a key'")" \
		doctor_where "$enforce; $key; $signed"
	unload_module
	not_loaded='problem the module is not loaded: run "systemctl restart kmsgpipe" as root'
	expect 1 "$(findings nodes '' loaded "$not_loaded" \
		signature "problem module.sig_enforce is on, and the kernel does not trust 'a key' before its key is enrolled, which the next boot asks for: run \"mokutil --import /var/lib/dkms/mok.pub\" as root")" \
		doctor_where "$enforce; $key; $signed"
	expect 1 "$(findings nodes '' loaded "$not_loaded" \
		user 'ok nobody is in the group kmsgpipe' \
		signature "unknown the kernel is locked down; only root can see whether the kernel trusts 'a key'")" \
		doctor_where "$lockdown; $key; $signed" "${nobody[@]}" \
		--groups="$(gid)"
	rm "$workdir/dkms/mok.pub"
	expect 1 "$(findings nodes '' loaded "$not_loaded" \
		signature "problem module.sig_enforce is on, the kernel does not trust 'a key', and the key is not in /var/lib/dkms/mok.pub: enrol it by mokutil --import")" \
		doctor_where "$enforce; $key; $signed"
}

@test "kmsgpipectl doctor: udev's rules" {
	local own=/etc/udev/rules.d/60-kmsgpipe.rules

	expect 1 "$(findings udev 'problem there are no rules 60-kmsgpipe.rules: nodes are for root alone: run "apt install --reinstall kmsgpipe-dkms" as root')" \
		doctor_where 'mount -t tmpfs none /usr/lib/udev/rules.d'
	[ ! -e "$own" ]
	at_end rm -f "$own"
	ln -s /dev/null "$own"
	expect 0 "$(findings udev "warning $own switches the rules off: nodes are for root alone: run \"rm $own && udevadm control --reload\" as root")" \
		k doctor
	mended
	cp "$(rules)" "$own"
	chmod 644 "$dev"
	at_end chmod 660 "$dev"
	expect 0 "$(findings udev "ok $own" \
		nodes "warning $dev is root:kmsgpipe 0644, not root:kmsgpipe 0660, perhaps by $own")" \
		k doctor
}

@test "kmsgpipectl doctor: there is no group" {
	make_workdir
	grep -v ^kmsgpipe: /etc/group >"$workdir/group"
	expect 1 "$(findings group 'problem there is no group kmsgpipe: run "systemd-sysusers kmsgpipe.conf" as root')" \
		doctor_where "mount --bind $workdir/group /etc/group"
	# It is not asked for, then.
	at_end chmod 660 "$dev"
	chmod 600 "$dev"
	expect 1 "$(findings group 'problem there is no group kmsgpipe: run "systemd-sysusers kmsgpipe.conf" as root' \
		nodes "problem $dev is root:$(gid) 0600, not root 0660: run \"chown 0 $dev && chmod 0660 $dev\" as root")" \
		doctor_where "mount --bind $workdir/group /etc/group"
}

@test "kmsgpipectl doctor: nodes that are not as they should be" {
	local control=/dev/kmsgpipe-control numbers number

	numbers=$(cat /sys/class/kmsgpipe/kmsgpipe0/dev)
	number=$(cat /sys/class/misc/kmsgpipe-control/dev)
	# Nodes that the kernel did not make it does not take away either.
	at_end rm -f "$dev" "$control"
	at_end unload_module
	chmod 600 "$dev"
	expect 1 "$(findings nodes "problem $dev is root:kmsgpipe 0600, not root:kmsgpipe 0660: run \"chown 0:$(gid) $dev && chmod 0660 $dev\" as root")" \
		k doctor
	mended
	chown nobody:daemon "$dev"
	chmod 666 "$control"
	expect 1 "$(findings nodes "problem $control is root:root 0666, not root:root 0600: run \"chown 0:0 $control && chmod 0600 $control\" as root
problem $dev is nobody:daemon 0660, not root:kmsgpipe 0660: run \"chown 0:$(gid) $dev && chmod 0660 $dev\" as root")" \
		k doctor
	mended
	rm "$dev" "$control"
	echo >"$dev"
	expect 1 "$(findings nodes "problem $control is not there, or another device: run \"rm -f $control; mknod -m 0600 $control c ${number/:/ } && chown 0:0 $control\" as root
problem $dev is not there, or another device: run \"rm -f $dev; mknod -m 0660 $dev c ${numbers/:/ } && chown 0:$(gid) $dev\" as root")" \
		k doctor
	mended
}

@test "kmsgpipectl doctor: the configuration" {
	local conf=$pipes_d/test.conf wrong

	at_end rm -f "$conf"
	printf '[one]\ngroup = daemon\npermissions = 0640\n' >"$conf"
	k create one >/dev/null
	expect 1 "$(findings config 'ok 1 pipe in 1 file' \
		nodes 'problem /dev/kmsgpipe1 is root:kmsgpipe 0660, not root:daemon 0640: run "systemctl reload-or-restart kmsgpipe" as root')" \
		k doctor
	k apply
	expect 0 "$(findings config 'ok 1 pipe in 1 file' \
		nodes 'ok those of 2 pipes and kmsgpipe-control')" k doctor
	echo 'mode = x' >>"$conf"
	mkdir "$pipes_d/z.conf"
	at_end rm -rf "$pipes_d/z.conf"
	wrong=("$conf:4: mode: 'x' is not a word that is known: message or stream"
		"$pipes_d/z.conf: Is a directory"
		"2 things are wrong in $pipes_d, as told above; then")
	expect 1 "$(findings config "problem ${wrong[0]}
problem ${wrong[1]}
problem ${wrong[2]}: run \"systemctl reload-or-restart kmsgpipe\" as root" \
		nodes 'ok those of 2 pipes and kmsgpipe-control')" k doctor
	same 'JSON' "$(k doctor --json | grep '"config"')" \
		"{\"check\":\"config\",\"result\":\"problem\",\"text\":\"${wrong[0]}\",\"command\":null},
{\"check\":\"config\",\"result\":\"problem\",\"text\":\"${wrong[1]}\",\"command\":null},
{\"check\":\"config\",\"result\":\"problem\",\"text\":\"${wrong[2]}\",\"command\":\"systemctl reload-or-restart kmsgpipe\"},"
	printf '[one]\nmode = \xff"\n' >"$conf"
	same 'no text' "$(k doctor --json | grep -F "$conf")" \
		"{\"check\":\"config\",\"result\":\"problem\",\"text\":\"$conf:2: mode: '\\ufffd\\\"' is not a word that is known: message or stream\",\"command\":null},"
	# What is wrong is not what nodes should be, and what has no name no pipe.
	rmdir "$pipes_d/z.conf"
	printf '[one]\ngroup = x\npermissions = 0\n[.x]\nowner = nobody\n' >"$conf"
	wrong=("$conf:2: group: 'x' is not a group: a name, or 0 to 4294967294"
		"$conf:3: permissions: '0' is out of range: 1 to 0777"
		"$conf:4: '.x' is not a name: up to 31 of A-Z a-z 0-9 . _ -, not first . or -, not as kmsgpipe0"
		"3 things are wrong in $pipes_d, as told above; then")
	expect 1 "$(findings config "problem ${wrong[0]}
problem ${wrong[1]}
problem ${wrong[2]}
problem ${wrong[3]}: run \"systemctl reload-or-restart kmsgpipe\" as root" \
		nodes 'ok those of 2 pipes and kmsgpipe-control')" k doctor
	# What is for root alone is not wrong for that.
	printf '[one]\n' >"$conf"
	chmod 600 "$conf"
	expect 0 "$(findings config "unknown $conf: Permission denied" \
		nodes 'ok those of 2 pipes and kmsgpipe-control' \
		user 'ok nobody is in the group kmsgpipe')" \
		as_user --groups="$(gid)" kmsgpipectl doctor
	mount -t tmpfs none /etc/kmsgpipe/pipes.d
	at_end umount /etc/kmsgpipe/pipes.d
	chmod 700 /etc/kmsgpipe/pipes.d
	k remove one
	expect 0 "$(findings config "unknown $pipes_d: Permission denied" \
		user 'ok nobody is in the group kmsgpipe')" \
		as_user --groups="$(gid)" kmsgpipectl doctor
}

@test "kmsgpipectl doctor: pipes that the configuration asks for" {
	local conf=$pipes_d/test.conf

	at_end rm -f "$conf"
	printf '[a]\n\n[b]\n\n[c]\n' >"$conf"
	k create b >/dev/null
	expect 1 "$(findings \
		config "problem of 3 pipes 2 are not there, first 'a' ($conf:1): run \"systemctl reload-or-restart kmsgpipe\" as root" \
		nodes 'ok those of 2 pipes and kmsgpipe-control')" k doctor
	expect 1 "$(findings unit 'ok systemd does not run here' \
		config "problem of 3 pipes 2 are not there, first 'a' ($conf:1): run \"kmsgpipectl apply\" as root" \
		nodes 'ok those of 2 pipes and kmsgpipe-control')" \
		doctor_where 'mount -t tmpfs none /run/systemd'
	k apply
	expect 0 "$(findings config 'ok 3 pipes in 1 file' \
		nodes 'ok those of 4 pipes and kmsgpipe-control')" k doctor
	# What loads the module makes them, too.
	unload_module
	expect 1 "$(findings nodes '' config 'ok 3 pipes in 1 file' \
		loaded 'problem the module is not loaded: run "systemctl restart kmsgpipe" as root')" \
		k doctor
	systemctl restart kmsgpipe
	expect 0 "$(findings config 'ok 3 pipes in 1 file' \
		nodes 'ok those of 4 pipes and kmsgpipe-control')" k doctor
}

@test "kmsgpipectl doctor: the link of a pipe with a name" {
	local command

	k create named --group daemon >/dev/null
	rm /dev/kmsgpipe/named
	expect 1 "$(findings nodes 'problem /dev/kmsgpipe/named is not there, or not the pipe kmsgpipe1: run "udevadm trigger --settle --action=add --subsystem-match=kmsgpipe && systemctl reload-or-restart kmsgpipe" as root')" \
		k doctor
	command=$(k doctor --json |
		sed -n 's/.*"command":"\([^"]*\)".*/\1/p')
	# That does not undo what apply has made of nodes.
	at_end rm -f "$pipes_d/test.conf"
	printf '[named]\npermissions = 0600\n' >"$pipes_d/test.conf"
	k apply
	eval "$command"
	expect 0 "$(findings config 'ok 1 pipe in 1 file' \
		nodes 'ok those of 2 pipes and kmsgpipe-control')" k doctor
}

@test "kmsgpipectl doctor: who is not in the group" {
	expect 0 "$(findings user 'warning nobody is not in the group kmsgpipe: run "usermod -aG kmsgpipe nobody" as root')" \
		as_user --clear-groups kmsgpipectl doctor
	at_end gpasswd --delete nobody kmsgpipe
	usermod -aG kmsgpipe nobody
	expect 0 "$(findings user 'warning nobody is in the group kmsgpipe from the next login on; until then: run "newgrp kmsgpipe"')" \
		as_user --clear-groups kmsgpipectl doctor
	expect 0 "$(findings user 'ok nobody is in the group kmsgpipe')" \
		as_user --init-groups kmsgpipectl doctor
	# Whether the bus, and so systemctl, speaks with one differs.
	run setpriv --reuid=54321 --regid=54321 --clear-groups kmsgpipectl doctor
	same 'without a name' "$(grep -w user <<<"$output")" \
		'warning  user       a user without a name is not in the group kmsgpipe'
}

@test "kmsgpipectl doctor: the unit" {
	at_end systemctl restart kmsgpipe
	at_end systemctl --quiet enable kmsgpipe
	at_end systemctl --quiet unmask kmsgpipe
	systemctl stop kmsgpipe
	expect 1 "$(findings unit 'problem kmsgpipe.service is inactive: run "systemctl enable --now kmsgpipe" as root')" \
		k doctor
	mended
	systemctl --quiet disable kmsgpipe
	expect 0 "$(findings unit 'warning kmsgpipe.service is active, but disabled: the next boot does not start it: run "systemctl enable kmsgpipe" as root')" \
		k doctor
	mended
	systemctl stop kmsgpipe
	systemctl --quiet mask kmsgpipe
	expect 1 "$(findings unit 'problem kmsgpipe.service is masked: run "systemctl unmask kmsgpipe && systemctl start kmsgpipe" as root')" \
		k doctor
	mended
	expect 1 "$(findings unit 'problem there is no kmsgpipe.service: run "apt install --reinstall kmsgpipe-dkms" as root')" \
		doctor_where 'printf "#!/bin/sh\necho LoadState=not-found; echo ActiveState=inactive\n" >/var/tmp/kmsgpipe-test
			chmod +x /var/tmp/kmsgpipe-test
			mount --bind /var/tmp/kmsgpipe-test /bin/systemctl
			rm /var/tmp/kmsgpipe-test'
	expect 0 "$(findings unit 'ok systemd does not run here')" \
		doctor_where 'mount -t tmpfs none /run/systemd'
}

@test "kmsgpipectl doctor: the unit has failed" {
	local options=/etc/modprobe.d/zz-test.conf

	at_end systemctl restart kmsgpipe
	at_end rm -f "$options"
	unload_module
	echo 'options kmsgpipe devices=0' >"$options"
	run systemctl restart kmsgpipe
	expect 1 "$(findings nodes '' \
		loaded 'problem the module is not loaded: run "systemctl restart kmsgpipe" as root' \
		unit 'problem kmsgpipe.service has failed (exit-code), see "journalctl -u kmsgpipe"; then: run "systemctl restart kmsgpipe" as root')" \
		k doctor
	rm "$options"
	mended
}

@test "kmsgpipectl doctor: colours are for terminals" {
	chmod 600 "$dev"
	at_end chmod 660 "$dev"
	same 'terminal' "$(TERM=xterm script -qec 'kmsgpipectl doctor' /dev/null \
		</dev/null | tr -d '\r' | grep nodes | sed 's/:.*//')" \
		$'\e[31mproblem\e[m  nodes      /dev/kmsgpipe0 is root'
	same 'no colours' "$(NO_COLOR=1 TERM=xterm script -qec \
		'kmsgpipectl doctor' /dev/null </dev/null | tr -d '\r')" \
		"$(k doctor)"
}
