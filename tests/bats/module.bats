#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Loading and unloading the module.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

version() {
	modinfo -F version kmsgpipe
}

# refuses PARAMETER=VALUE... LINE: modprobe fails, the module says exactly this
# in the kernel log, and nothing of it is left.
refuses() {
	local arguments=("${@:1:$#-1}") line="${*: -1}"

	log_mark
	expect 1 "modprobe: ERROR: could not insert 'kmsgpipe': Invalid argument" \
		modprobe kmsgpipe "${arguments[@]}"
	same "kernel log after ${arguments[*]}" "$(driver_log)" \
		"kmsgpipe: $line"
	nothing_is_left
}

nothing_is_left() {
	same 'what is left' "$(ls -d /sys/module/kmsgpipe /sys/class/kmsgpipe \
		/dev/kmsgpipe* 2>/dev/null; grep kmsgpipe /proc/devices)" ''
}

@test "loading and unloading say one line each" {
	reload_module
	same 'kernel log' "$(driver_log)" "kmsgpipe: unloaded
kmsgpipe: loaded, version $(version), 1 pipe"
}

@test "a pipe opens as soon as its node is there" {
	local opener

	unload_module
	# The first of 256: the load goes on for long.
	# shellcheck disable=SC2016 # for the shell that is started
	timeout -k 5 60 bash -c 'until [ -e "$1" ]; do :; done; : <"$1"' bash "$dev" 3>&- &
	opener=$!
	modprobe kmsgpipe devices=256
	wait "$opener"
}

@test "unloading takes every trace of the module away" {
	unload_module
	nothing_is_left
}

@test "devices out of range refuse to load with one clear line" {
	unload_module
	refuses devices=0 'devices=0 is out of range (1..256)'
	refuses devices=257 'devices=257 is out of range (1..256)'
	refuses devices=-1 "\`-1' invalid for parameter \`devices'"
}

@test "max_msgs out of range refuses to load with one clear line" {
	unload_module
	refuses max_msgs=0 'max_msgs=0 is out of range (1..65536)'
	refuses max_msgs=65537 'max_msgs=65537 is out of range (1..65536)'
	refuses max_msgs=many "\`many' invalid for parameter \`max_msgs'"
}

@test "msg_size out of range refuses to load with one clear line" {
	unload_module
	refuses msg_size=0 'msg_size=0 is out of range (1..1048576)'
	refuses msg_size=1048577 'msg_size=1048577 is out of range (1..1048576)'
	refuses msg_size=4294967295 \
		'msg_size=4294967295 is out of range (1..1048576)'
}

@test "the other limits out of range refuse to load with one clear line" {
	unload_module
	refuses max_devices=0 'max_devices=0 is out of range (1..256)'
	refuses max_devices=257 'max_devices=257 is out of range (1..256)'
	refuses max_bytes=0 'max_bytes=0 is out of range (1..268435456)'
	refuses max_bytes=268435457 \
		'max_bytes=268435457 is out of range (1..268435456)'
	refuses total_bytes=65535 \
		'total_bytes=65535 is out of range (65536..1073741824)'
	refuses total_bytes=1073741825 \
		'total_bytes=1073741825 is out of range (65536..1073741824)'
	refuses cleanup_interval_ms=9 \
		'cleanup_interval_ms=9 is out of range (10..3600000)'
	refuses cleanup_interval_ms=3600001 \
		'cleanup_interval_ms=3600001 is out of range (10..3600000)'
	refuses ttl_ms=-1 "\`-1' invalid for parameter \`ttl_ms'"
	refuses ttl_ms=4294967296 \
		"\`4294967296' invalid for parameter \`ttl_ms'"
}

@test "a text queue that cannot be refuses to load with one clear line" {
	local rule="is not up to 31 letters, digits, '.', '_' and '-', beginning with no '.', '-', digit or kmsgpipe and a digit"
	local long=abcdefghijklmnopqrstuvwxyz012345 # 32 of them

	unload_module
	refuses proc_queue=.hidden "proc_queue=.hidden $rule"
	refuses proc_queue=a/b "proc_queue=a/b $rule"
	refuses proc_queue=1queue "proc_queue=1queue $rule"
	refuses proc_queue=$long "proc_queue=$long $rule"
	refuses proc_queue=kmsgpipe5 "proc_queue=kmsgpipe5 $rule"
	refuses proc_queue_mode=0 \
		'proc_queue_mode=0000 is out of range (0001..0777)'
	refuses proc_queue_mode=1000 \
		'proc_queue_mode=1000 is out of range (0001..0777)'
	refuses proc_queue_mode=8 "\`8' invalid for parameter \`proc_queue_mode'"
}

@test "more pipes than there may be refuse to load with one clear line" {
	unload_module
	refuses max_devices=2 devices=3 \
		'devices=3 is out of range (1..max_devices=2)'
}

@test "a mode that there is not refuses to load with one clear line" {
	unload_module
	refuses mode=packet 'mode=packet is neither message nor stream'
	refuses mode= 'mode= is neither message nor stream'
}

@test "mode=stream makes pipes of bytes, ttl_ms gives messages their life" {
	reload_module mode=stream
	printf one >"$dev"
	printf two >"$dev"
	expect 0 onetwo receive
	reload_module ttl_ms=3600000
	same 'ttl_ms' "$(ctl get "$dev" ttl_ms)" 3600000
}

@test "a load that fails late has let nobody in" {
	local file

	file=$(modinfo -n kmsgpipe)
	mount_debugfs
	unload_module
	# The control node comes last, and its name is taken. What error that is
	# differs from kernel to kernel.
	expect 0 '' insmod "$SELFTESTS/modules/$(uname -r)/nodetaken.ko"
	at_end eval 'rmmod nodetaken 2>/dev/null || true'
	selftest lateload insmod "$file" devices=256 proc_queue=kmsgtext
	expect 0 '' rmmod nodetaken
	nothing_is_left
}

@test "with two parameters out of range one line names the first" {
	unload_module
	refuses msg_size=0 devices=0 'devices=0 is out of range (1..256)'
}

@test "three pipes are three nodes with a queue each" {
	local n

	reload_module devices=3
	same 'kernel log' "$(driver_log)" "kmsgpipe: unloaded
kmsgpipe: loaded, version $(version), 3 pipes"
	udevadm settle --timeout=60
	same 'nodes' "$(stat -c '%n: %F, %U:%G %a' /dev/kmsgpipe[0-9]*)" \
'/dev/kmsgpipe0: character special file, root:kmsgpipe 660
/dev/kmsgpipe1: character special file, root:kmsgpipe 660
/dev/kmsgpipe2: character special file, root:kmsgpipe 660'

	for n in 0 1 2; do
		echo "a for $n" >"/dev/kmsgpipe$n"
	done
	for n in 2 1 0; do
		echo "b for $n" >"/dev/kmsgpipe$n"
	done
	for n in 1 0 2; do
		expect 0 "a for $n" receive "/dev/kmsgpipe$n"
		expect 0 "b for $n" receive "/dev/kmsgpipe$n"
		expect 1 "$(nothing_in "/dev/kmsgpipe$n")" \
			receive "/dev/kmsgpipe$n"
	done
}

@test "the largest number of pipes can be had" {
	local nodes

	reload_module devices=256
	nodes=(/dev/kmsgpipe[0-9]*)
	same 'number of nodes' "${#nodes[@]}" 256
	echo last >/dev/kmsgpipe255
	expect 0 last receive /dev/kmsgpipe255
	unload_module
	nothing_is_left
}

@test "a pipe that holds one message keeps all the rules" {
	reload_module max_msgs=1
	selftest nonblock
	selftest pollstate
	selftest blockread
	selftest blockwrite
	selftest interrupt
	selftest wakenext
}

@test "a pipe of one-byte messages takes one byte and no more" {
	reload_module msg_size=1
	printf x >"$dev"
	expect 1 "dd: error writing '$dev': Message too long" \
		timeout 30 dd if=/dev/zero of="$dev" bs=2 count=1 status=none
	expect 0 x receive
	expect 1 "$(nothing_in "$dev")" receive
}

@test "messages of up to 1 MiB arrive whole" {
	reload_module msg_size=1048576 max_bytes=16777216
	selftest large
}

@test "the largest limits hold what they say" {
	reload_module max_msgs=65536 msg_size=1048576 max_bytes=268435456 \
		total_bytes=1073741824
	expect 0 '' timeout 120 "$SELFTESTS/send" "$dev" 65536 16
	expect 1 'send: message 1: Resource temporarily unavailable' \
		timeout 30 "$SELFTESTS/send" "$dev" 1 16
}

@test "the module cannot be unloaded while a pipe is open" {
	local in_use='rmmod: ERROR: Module kmsgpipe is in use'

	exec 9<"$dev"
	expect 1 "$in_use" rmmod kmsgpipe
	echo still there >"$dev"
	expect 0 'still there' receive
	exec 9<&-
	expect 0 '' rmmod kmsgpipe
}

@test "the module cannot be unloaded while somebody sleeps in a read" {
	local in_use='rmmod: ERROR: Module kmsgpipe is in use'

	start dd if="$dev" bs=64 count=1 status=none
	asleep "$pid" read
	expect 1 "$in_use" rmmod kmsgpipe
	kill -KILL "$pid"
	ends "$pid" 137
	expect 0 '' rmmod kmsgpipe
}

@test "messages do not survive a reload" {
	echo gone >"$dev"
	reload_module
	expect 1 "$(nothing_in "$dev")" receive
}

@test "unloading does not wait for messages that are to expire" {
	local i

	for i in 1 2 3 4 5; do
		reload_module ttl_ms=20 cleanup_interval_ms=10
		timeout 30 "$SELFTESTS/send" "$dev" 100 64
		expect 0 '' rmmod kmsgpipe
	done
	reload_module ttl_ms=3600000 cleanup_interval_ms=3600000
	timeout 30 "$SELFTESTS/send" "$dev" 100 64
	expect 0 '' timeout 30 rmmod kmsgpipe
}

# kernel_memory: KiB in use that are neither a process's nor a cache.
kernel_memory() {
	local shrink

	sync
	echo 3 >/proc/sys/vm/drop_caches
	for shrink in /sys/kernel/slab/kmalloc-*/shrink; do
		echo 1 >"$shrink"
	done
	# Pages that the processors keep at hand ("count:") are free too.
	awk -v page="$(($(getconf PAGESIZE) / 1024))" '
		$1 == "count:" { at_hand += $2 * page }
		{ kib[$1] = $2 }
		END {
			used = kib["MemTotal:"] - kib["MemFree:"] - at_hand
			used -= kib["Buffers:"] + kib["Cached:"]
			used -= kib["SwapCached:"] + kib["AnonPages:"]
			print used - kib["SReclaimable:"]
		}' /proc/zoneinfo /proc/meminfo
}

# kmalloc_memory: KiB in objects of kmalloc().
kmalloc_memory() {
	awk '/^kmalloc/ { sum += $2 * $4 } END { print int(sum / 1024) }' \
		/proc/slabinfo
}

# grows_less_than KIB COMMAND...: run it, and look at the kernel's memory.
grows_less_than() {
	local limit=$1 memory kmalloc

	shift
	# The debug kernel keeps for a while what is freed, and finds leaks itself.
	if [ -e /sys/kernel/debug/kmemleak ]; then
		"$@"
		return
	fi
	memory=$(kernel_memory)
	kmalloc=$(kmalloc_memory)
	"$@"
	memory=$(($(kernel_memory) - memory))
	kmalloc=$(($(kmalloc_memory) - kmalloc))
	echo "memory of the kernel grew by $memory KiB, kmalloc by $kmalloc KiB"
	((memory < limit && kmalloc < limit))
}

# cycles COUNT MESSAGES SIZE: load, queue messages, unload, so many times.
cycles() {
	local i

	for ((i = 0; i < $1; i++)); do
		modprobe kmsgpipe max_bytes=16777216 &&
			timeout 60 "$SELFTESTS/send" "$dev" "$2" "$3" &&
			rmmod kmsgpipe || return
	done
}

@test "unloading with 1000 large messages queued leaks nothing" {
	unload_module
	cycles 2 1000 4000
	# One message in 25 would be 4 MiB in 25 times 1000 of them.
	grows_less_than 4096 cycles 25 1000 4000
}

@test "unloading with 1000 small messages queued leaks nothing" {
	unload_module
	cycles 2 1000 64
	# Each takes half a KiB: one message in 12 would be a MiB.
	grows_less_than 1024 cycles 25 1000 64
}

@test "calls that fail leak nothing" {
	selftest failures 50
	# 1000 times each, of a dozen kinds, most of them with 4 KiB.
	grows_less_than 2048 selftest failures 1000
}

@test "the memory of messages is charged to the cgroup of their writer" {
	local cgroup=/sys/fs/cgroup/kmsgpipe-test charged

	reload_module max_bytes=16777216
	# In case a run before this one was cut short.
	rmdir "$cgroup" 2>/dev/null || true
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir "$cgroup"
	# shellcheck disable=SC2016 # expands in the other shell
	expect 0 '' bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' \
		- "$cgroup" timeout 60 "$SELFTESTS/send" "$dev" 1000 4000
	read -r charged <"$cgroup/memory.current"
	echo "charged for 1000 messages of 4000 bytes: $charged"
	((charged >= 1000 * 4000))

	unload_module
	# What processes leave behind in caches, and some slack.
	echo 3 >/proc/sys/vm/drop_caches
	read -r charged <"$cgroup/memory.current"
	rmdir "$cgroup"
	echo "charged after unloading: $charged"
	((charged < 1024 * 1024))
}
