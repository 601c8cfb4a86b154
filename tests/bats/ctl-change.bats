#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# kmsgpipectl: verbs that change pipes: create, remove, set, clear, cleanup.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "kmsgpipectl create: the defaults, and the path of the node" {
	expect 0 /dev/kmsgpipe1 k create
	same 'settings' "$(k list 1 -J -o name,mode,eof,max_msgs,msg_size,max_bytes,ttl_ms,cleanup_enabled,cleanup_interval_ms,owner,perm | compact)" \
		'{"pipes":[{"name":null,"mode":"message","eof":"never","max_msgs":1024,"msg_size":4096,"max_bytes":1048576,"ttl_ms":0,"cleanup_enabled":true,"cleanup_interval_ms":1000,"owner":"root","perm":"0660"}]}'
}

@test "kmsgpipectl create: all settings" {
	expect 0 /dev/kmsgpipe1 k create my.pipe_1 --mode stream --eof hangup \
		--max-msgs 7 --msg-size 1K --max-bytes 1.5M --ttl 2m \
		--cleanup off --cleanup-interval 250ms --owner nobody \
		--group daemon --perm 600
	same 'settings' "$(k list 1 -J -o name,mode,eof,max_msgs,msg_size,max_bytes,ttl_ms,cleanup_enabled,cleanup_interval_ms,owner,group,perm | compact)" \
		'{"pipes":[{"name":"my.pipe_1","mode":"stream","eof":"hangup","max_msgs":7,"msg_size":1024,"max_bytes":1572864,"ttl_ms":120000,"cleanup_enabled":false,"cleanup_interval_ms":250,"owner":"nobody","group":"daemon","perm":"0600"}]}'
	expect 0 /dev/kmsgpipe2 k create --ttl never --cleanup-interval 2s
	same 'times' "$(k list 2 -n -o ttl_ms,cleanup_interval_ms | tr -d ' ')" \
		never2s
}

@test "kmsgpipectl create: a pipe with a name can be used by it" {
	at_end udevadm control --start-exec-queue
	udevadm control --stop-exec-queue
	start kmsgpipectl create slow --perm 640
	asleep "$pid" nap
	udevadm control --start-exec-queue
	ends "$pid" 0
	same 'node' "$(stat -L -c '%t:%T %U:%G %a' /dev/kmsgpipe/slow)" \
		"$(stat -c '%t:%T' /dev/kmsgpipe1) root:kmsgpipe 640"
	# Not for ever.
	udevadm control --stop-exec-queue
	make_workdir
	printf '[a]\n[b]\n' >"$workdir/a.conf"
	expect 0 '' k apply --config "$workdir"
	[ ! -e /dev/kmsgpipe/a ]
	same 'pipes' "$(k list -n -r -o name)" '-
slow
a
b'
}

@test "kmsgpipectl create: what cannot be is refused" {
	local name

	for name in '' -- .x a/b 'a b' kmsgpipe3 \
		abcdefghijklmnopqrstuvwxyz123456 $'\xc3\xa4'; do
		[ "$name" != -- ] || continue
		run env LC_ALL=C.UTF-8 kmsgpipectl create -- "$name"
		same "'$name'" "$status $output" "2 kmsgpipectl: '$name' is not a name: up to 31 of A-Z a-z 0-9 . _ -, not first . or -, not as kmsgpipe0"
	done
	k create twice >/dev/null
	expect 1 "kmsgpipectl: there is a pipe 'twice' already: see kmsgpipectl list" \
		k create twice
	echo 2 >"$parameters/max_devices"
	expect 1 'kmsgpipectl: there are as many pipes as there may be: remove one, or raise /sys/module/kmsgpipe/parameters/max_devices' \
		k create
	expect 5 'kmsgpipectl: /dev/kmsgpipe-control: not permitted: it is for root:root, mode 0600' \
		as_user --clear-groups kmsgpipectl create
	expect 5 'kmsgpipectl: a new pipe: not permitted: only root may do this' \
		setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin \
		kmsgpipectl create
}

@test "kmsgpipectl remove: pipes go" {
	k create one >/dev/null
	k create two >/dev/null
	k create three >/dev/null
	expect 0 '' k remove one kmsgpipe3
	same 'left' "$(k list -n -r -o name)" '-
two'
	# None goes if one is not there.
	expect 3 "kmsgpipectl: there is no pipe 'one': see kmsgpipectl list" \
		k remove two one
	same 'left' "$(k list -n -r -o name)" '-
two'
	expect 5 'kmsgpipectl: /dev/kmsgpipe-control: not permitted: it is for root:root, mode 0600' \
		as_user --clear-groups kmsgpipectl remove two
	# The third command asks the pipe who it is: it says nothing.
	expect 3 'kmsgpipectl: kmsgpipe2 has just been replaced by another pipe: try again' \
		strace -qq -o /dev/null -e trace=ioctl \
		-e inject=ioctl:retval=0:when=3 kmsgpipectl remove two
	same 'left' "$(k list -n -r -o name)" '-
two'
}

@test "kmsgpipectl set: what is given changes, and nothing else" {
	local before=(-n -r -o 'mode,eof,max_msgs,msg_size,max_bytes,ttl_ms,cleanup_enabled,cleanup_interval_ms')

	expect 0 '' k set 0 --msg-size 8K --max-bytes 64K --ttl 90s
	same 'sizes' "$(k list 0 "${before[@]}")" \
		'message never 1024 8192 65536 90000 1 1000'
	expect 0 '' k set 0 --max-msgs 10
	same 'max_msgs' "$(k list 0 "${before[@]}")" \
		'message never 10 8192 65536 90000 1 1000'
	expect 0 '' k set 0 --cleanup-interval 2s
	same 'interval' "$(k list 0 "${before[@]}")" \
		'message never 10 8192 65536 90000 1 2000'
	expect 0 '' k set 0 --cleanup off --eof empty --mode stream --ttl never
	same 'the rest' "$(k list 0 "${before[@]}")" \
		'stream empty 10 8192 65536 0 0 2000'
}

@test "kmsgpipectl set: owner, group and permissions of the node" {
	local node

	node=$(k create a)
	expect 0 '' k set a --perm 600
	same 'permissions' "$(stat -c '%U:%G %a' "$node")" 'root:kmsgpipe 600'
	# And stays so, whatever becomes of udev.
	udevadm trigger --settle --action=add --subsystem-match=kmsgpipe
	same 'after udev' "$(stat -c '%U:%G %a' "$node")" 'root:kmsgpipe 600'
	expect 0 '' k set a -g daemon --ttl 5
	same 'group' "$(stat -c '%U:%G %a' "$node")" 'root:daemon 600'
	same 'ttl' "$(k list a -n -r -o ttl_ms)" 5000
	expect 0 '' k set "$node" 0 --owner nobody --group 0 --perm 666
	same 'all' "$(stat -c '%U:%G %a' "$node" "$dev")" 'nobody:root 666
nobody:root 666'
	expect 0 '' k set 0 --owner root --group kmsgpipe --perm 660
	expect 5 'kmsgpipectl: /dev/kmsgpipe1: not permitted: only root may do this' \
		setpriv --reuid=1 --regid=1 --clear-groups \
		kmsgpipectl set a --perm 600
}

@test "kmsgpipectl set: several pipes" {
	k create a >/dev/null
	expect 0 '' k set 0 a --ttl 1d
	same 'ttl' "$(k list -n -r -o name,ttl_ms)" '- 86400000
a 86400000'
}

@test "kmsgpipectl set: what cannot be is refused" {
	k send 0 one
	expect 1 'kmsgpipectl: kmsgpipe0: its mode cannot change while it holds data: run "kmsgpipectl clear kmsgpipe0" first' \
		k set 0 --mode stream --ttl 5
	same 'ttl' "$(k list 0 -n -o ttl_ms | tr -d ' ')" never
	expect 2 'kmsgpipectl: set: there is nothing to set: see kmsgpipectl set --help' \
		k set 0
	expect 5 'kmsgpipectl: /dev/kmsgpipe0: not permitted: it is for root:kmsgpipe, mode 0660' \
		as_user --clear-groups kmsgpipectl set 0 --ttl 5
	expect 5 'kmsgpipectl: kmsgpipe0: not permitted: only root may do this' \
		as_user --groups=kmsgpipe kmsgpipectl set 0 --ttl 5
}

@test "kmsgpipectl set: --truncate drops the newest" {
	k send 0 one two three
	expect 0 '' k set 0 --max-msgs 2
	same 'queued' "$(k list 0 -n -r -o messages)" 3
	expect 0 'kmsgpipe0: 1 dropped' k set 0 --max-msgs 2 --truncate -v
	same 'left' "$(k recv 0 -n 2)" 'one
two'
}

@test "kmsgpipectl set, clear: a pipe with the hangup policy counts no reader or writer" {
	local mask

	k set 0 --eof hangup
	# A reader who came in when there was no writer would see POLLHUP once
	# one had come and gone.
	exec 9<>"$dev"
	mask=$(k list 0 -n -r -o readers,writers,files)
	k set 0 --ttl 5
	k clear 0
	k cleanup 0
	same 'open files' "$(k list 0 -n -r -o readers,writers,files)" "$mask"
	exec 9<&-
	# Nor does a reader who waits in open for a writer take it for one.
	start kmsgpipectl recv 0
	asleep "$pid" open
	k set 0 --ttl 6
	k clear 0
	k cleanup 0
	asleep "$pid" open
	k send 0 hello
	ends "$pid" 0
	# Nor does it wait for one.
	expect 0 '' k set 0 --eof never
}

@test "kmsgpipectl clear: drops what is queued" {
	k send 0 one two
	expect 0 '' k clear 0
	same 'queued' "$(k list 0 -n -r -o messages,cleared)" '0 2'
	k send 0 three
	expect 0 'kmsgpipe0: 1 dropped' k clear --verbose 0
	expect 5 'kmsgpipectl: kmsgpipe0: not permitted: only root may do this' \
		as_user --groups=kmsgpipe kmsgpipectl clear 0
	expect 2 'kmsgpipectl: clear needs PIPE...: see kmsgpipectl clear --help' \
		k clear
}

@test "kmsgpipectl cleanup: drops what has expired, of all pipes or some" {
	k create a >/dev/null
	k set 0 a --cleanup off
	k send 0 one --ttl 1ms
	k send a one --ttl 1ms
	k send a two
	# Its time is over as soon as a reader does not get it any more.
	until [ "$(k list 0 -n -r -o messages)" = 0 ]; do :; done
	expect 0 'kmsgpipe0: 0 dropped
kmsgpipe1: 0 dropped' k cleanup -v
	same 'expired' "$(k list -n -r -o expired,messages)" '1 0
1 1'
	expect 0 '' k cleanup a
}
