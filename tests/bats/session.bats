#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The first hour of somebody new, in one go: an administrator installs the
# packages and makes a pipe for a group, a member of the group uses it, somebody
# else may not.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

# as USER COMMAND...: as after a login.
as() {
	timeout -k 5 60 runuser -u "$1" -- "${@:2}"
}

@test "session: install, list, create, send, receive, be refused, tune, monitor, doctor" {
	local packages=(/root/packages/*.deb) version

	needs_headers
	version=$(modinfo --field=version kmsgpipe)
	at_end sh -c 'userdel ada; userdel bob; groupdel orders'
	useradd ada
	useradd bob
	groupadd orders
	usermod --append --groups orders ada

	# Install.
	DEBIAN_FRONTEND=noninteractive timeout -k 5 900 apt-get install \
		--reinstall -y "${packages[@]}" </dev/null
	expect 0 "$version" dpkg-query -W -f "\${Version}" kmsgpipe-dkms
	expect 0 active systemctl is-active kmsgpipe

	# List.
	expect 0 \
'PIPE      NAME MODE    EOF   MESSAGES MAX_MSGS BYTES MAX_BYTES READERS WRITERS
kmsgpipe0 -    message never        0     1024     0        1M       0       0' k list

	# Create a named pipe for a group.
	expect 0 /dev/kmsgpipe1 k create orders --group orders --perm 660

	# Send and receive as a member.
	expect 0 '' as ada kmsgpipectl send orders 'two of the red ones' 'a blue one'
	expect 0 'two of the red ones' as ada kmsgpipectl recv orders
	expect 0 '' as ada sh -c 'echo "a green one" >/dev/kmsgpipe/orders'

	# Be refused as a stranger.
	expect 5 'kmsgpipectl: /dev/kmsgpipe1: not permitted: it is for root:orders, mode 0660' \
		as bob kmsgpipectl send orders 'none of your business'
	expect 5 'kmsgpipectl: /dev/kmsgpipe1: not permitted: it is for root:orders, mode 0660' \
		as bob kmsgpipectl recv orders --timeout 0s
	expect 5 'kmsgpipectl: kmsgpipe1: not permitted: only root may do this' \
		as ada kmsgpipectl set orders --max-msgs 5

	# Tune.
	expect 0 '' k set orders --max-msgs 2 --ttl 1h
	expect 4 'kmsgpipectl: kmsgpipe1: it is full: 0 sent before' \
		as ada kmsgpipectl send orders --timeout 0s 'one too many'
	expect 0 '2 2 3600000' k list orders --noheadings --raw \
		--output messages,max_msgs,ttl_ms

	# Monitor.
	expect 0 \
'PIPE        MSGS   BYTES RWAIT WWAIT   SENT/s   RECV/s    IN/s   OUT/s  DROP/s  WAKE/s
orders         2      22     0     0        0        0       0       0       0       0' \
		k monitor orders --interval 10ms --count 1

	# Doctor.
	run k doctor
	same 'doctor' "$status" 0
	[ "${#lines[@]}" -eq 12 ]
	[ "$(grep -c '^ok ' <<<"$output")" -eq 12 ]

	expect 0 '' k remove orders
}
