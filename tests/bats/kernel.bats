#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Other modules send to a pipe. The modules for that lie beside the selftests.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

# load_module NAME [PARAMETER=VALUE...]
load_module() {
	expect 0 '' insmod "$SELFTESTS/modules/$(uname -r)/$1.ko" "${@:2}"
}

# kernel PART: of selftests/kernel.c.
kernel() {
	load_module kerneltest
	selftest kernel "$1"
	expect 0 '' rmmod kerneltest
}

# read_beats COUNT [NODE]: so many are next, from 0 on.
read_beats() {
	expect 0 "$(seq -f 'beat %g' 0 $(($1 - 1)))" \
		timeout 60 dd if="${2:-$dev}" bs=64 count="$1" status=none
}

heartbeat_log() {
	kernel_log | grep '^heartbeat: ' || true
}

@test "kernel: a pipe is found by name and by number" {
	kernel find
}

@test "kernel: a send from process context is a write" {
	kernel process
}

@test "kernel: a send from process context waits for room" {
	kernel room
}

@test "kernel: a sender works in every context, and keeps the order" {
	kernel contexts
}

@test "kernel: a sender holds what a full pipe cannot, and refuses what it cannot" {
	kernel full
}

@test "kernel: a sender that is woken hands on what room is left" {
	kernel hand-on
}

@test "kernel: a sender counts what it loses" {
	kernel lost
}

@test "kernel: a pipe removed ends its senders" {
	kernel removed
}

@test "kernel: a signal ends a flush, and nothing is lost" {
	kernel interrupted
}

@test "kernel: a sender is used by all processors at a time" {
	kernel parallel
}

@test "kernel: nothing is taken from a sender before it is filled" {
	kernel half-filled
}

@test "kernel: a hold and a sender are writers" {
	kernel hangup
}

@test "kernel: a stream takes bytes" {
	kernel stream
}

@test "kernel: a sender has the limits of a pipe" {
	kernel bounds
}

@test "kernel: a sender waits for memory" {
	reload_module total_bytes=65536
	kernel memory
}

# rings: in how many places senders have their memory, one or two for each.
rings() {
	grep -c kmsgpipe_sender_create /proc/vmallocinfo || true
}

@test "kernel: a sender that ends leaves nothing behind" {
	load_module kerneltest
	echo 'get kmsgpipe0' >/dev/kerneltest
	timeout 60 "$SELFTESTS/send" "$dev" 1024 16
	for _ in 1 2 3 4 5; do
		echo 'create 4096 4000' >/dev/kerneltest
		[ "$(rings)" -gt 0 ]
		echo 'send hardirq 1000 4000 0 0' >/dev/kerneltest
		echo 'destroy' >/dev/kerneltest
		expect 0 1000 cat /dev/kerneltest
		same 'rings' "$(rings)" 0
	done
	# With messages on their way, and the pipe held.
	echo 'create 4096 4000' >/dev/kerneltest
	echo 'send hardirq 1000 4000 0 0' >/dev/kerneltest
	expect 0 '' rmmod kerneltest
	same 'rings' "$(rings)" 0
	expect 0 '' rmmod kmsgpipe
}

@test "kernel: the module cannot be unloaded while another uses it" {
	load_module heartbeat interval_ms=3600000
	expect 1 'rmmod: ERROR: Module kmsgpipe is in use by: heartbeat' \
		rmmod kmsgpipe
	expect 0 'heartbeat begins' receive
	expect 0 '' rmmod heartbeat
	expect 0 '' rmmod kmsgpipe
}

@test "sample: heartbeat sends from its timer" {
	load_module heartbeat interval_ms=10 beats=20
	expect 0 'heartbeat begins' receive
	read_beats 20
	expect 0 '' rmmod heartbeat
	same 'kernel log' "$(heartbeat_log)" \
		'heartbeat: 20 beats, 0 not accepted, 0 lost'
}

@test "sample: heartbeat goes on to a pipe that is full for a while" {
	local node

	# It is full from the first message on.
	node=$(ctl create name=pulse max_msgs=1)
	load_module heartbeat pipe=pulse interval_ms=1 beats=16
	expect 0 'heartbeat begins' receive "$node"
	read_beats 16 "$node"
	ctl remove "$node"
	expect 0 '' rmmod heartbeat
	same 'kernel log' "$(heartbeat_log)" \
		'heartbeat: 16 beats, 0 not accepted, 0 lost'
}

@test "sample: heartbeat outlives its pipe" {
	local node

	node=$(ctl create name=pulse)
	load_module heartbeat pipe=pulse interval_ms=5
	expect 0 'heartbeat begins' receive "$node"
	read_beats 5 "$node"
	ctl remove "$node"
	expect 1 'rmmod: ERROR: Module kmsgpipe is in use by: heartbeat' \
		rmmod kmsgpipe
	expect 0 '' rmmod heartbeat
}

@test "sample: heartbeat does not load without its pipe" {
	local file

	file=$SELFTESTS/modules/$(uname -r)/heartbeat.ko
	expect 1 "insmod: ERROR: could not insert module $file: No such device" \
		insmod "$file" pipe=nosuch
	same 'kernel log' "$(heartbeat_log)" \
		'heartbeat: cannot get nosuch: error 2'
}

@test "sample: heartbeat is built as its README says, for the package" {
	needs_headers
	make_workdir
	cp -r /usr/share/doc/kmsgpipe-dkms/examples/heartbeat "$workdir"
	timeout 600 make -j2 -C "$workdir/heartbeat"
	expect 0 '' insmod "$workdir/heartbeat/heartbeat.ko" interval_ms=10
	expect 0 'heartbeat begins' receive
	read_beats 3
	expect 0 '' rmmod heartbeat
}
