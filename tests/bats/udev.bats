#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What udev itself has to say about the rules. What they make of nodes is looked at
# where these are made: pipes.bats, ctl-apply.bats, ctl-change.bats.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "udev: its verify and its test have nothing to say against the rules" {
	local rules=/60-kmsgpipe.rules: followed

	# Since 254
	! udevadm verify --help >/dev/null 2>&1 ||
		expect 0 $'\n1 udev rules files have been checked.\n  Success: 1\n  Fail:    0' \
			udevadm verify "/usr/lib/udev/rules.d${rules%:}"

	# A pipe that has all settings
	expect 0 /dev/kmsgpipe1 k create orders --owner nobody --group daemon \
		--perm 640
	make_workdir
	timeout 60 udevadm test "$class/kmsgpipe1" \
		>"$workdir/properties" 2>"$workdir/log"
	same 'links' "$(sed 's/^ *//' "$workdir/properties" | grep '^DEVLINKS=')" \
		DEVLINKS=/dev/kmsgpipe/orders
	followed=$(sed -n "s|.*${rules}[0-9]* ||p" "$workdir/log")
	# Whatever else it says of the file would be a complaint.
	same 'complaints' "$(grep -F "${rules%:}" "$workdir/log" |
		grep -vE "${rules}[0-9]+ |: [^ ]*${rules%:}\$")" ''
	# Debian 11's tells of no rule that succeeds.
	[ "$(udevadm --version)" -gt 247 ] || return 0
	same 'rules' "${followed/Added SYMLINK/LINK}" \
		"GROUP $(getent group kmsgpipe | cut -d : -f 3)
OWNER 65534(65534)
GROUP 1(1)
MODE 0640
LINK 'kmsgpipe/orders'"
}
