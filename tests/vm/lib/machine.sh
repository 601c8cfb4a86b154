# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# One virtual machine: start it, talk to it, save it, and judge its health.
#
# QEMU is controlled through QMP, JSON lines over a pair of FIFOs: what happens
# to the machine arrives there as events, so nothing here waits by sleeping.
# Commands run in the guest over ssh, through one connection per machine.
#
# A booted machine is saved as a pair: "disk" (an overlay) and "state" (memory
# and devices, written by QEMU's migration while the machine stands still).
# Resuming takes a new overlay of that disk, so both are used any number of
# times.

# Seconds that a start may take; a boot under emulation takes about 20.
boot_deadline=300

# What no healthy kernel prints. Only the kernel's own lines count, which begin
# with a time stamp.
readonly TROUBLE='^\[ *[0-9.]+\](\[[^]]*\])? *(.*Kernel panic|.*\bBUG\b|.*\bOops\b|WARNING:|.*general protection fault|.*KASAN:|.*KCSAN:|.*UBSAN:|.*soft lockup|.*hard LOCKUP|.*blocked for more than|.*detected stall|.*self-detected|INFO: (possible|inconsistent|suspicious|trying)|.*suspicious RCU|.*refcount_t:|.*list_(add|del) corruption|.*ODEBUG:|.*DEBUG_LOCKS_WARN|.*kmemleak: [0-9]+ new)'

run_dir=
qemu_pid=
keep=
icount= # not empty: the next machine counts instructions

run_dir_make() {
	run_dir=$(mktemp -d "${TMPDIR:-/tmp}/kmsgpipe-vm.XXXXXX")
	at_exit run_dir_remove
	at_exit machine_kill
	mkdir "$run_dir/share"
}

run_dir_remove() {
	if [[ -n $keep ]]; then
		say "kept: $run_dir"
	else
		rm -rf "$run_dir"
	fi
}

machine_kill() {
	if [[ -n $qemu_pid ]]; then
		kill -KILL "$qemu_pid" 2>/dev/null || true
		wait "$qemu_pid" 2>/dev/null || true
		qemu_pid=
	fi
}

machine_alive() {
	[[ -n $qemu_pid ]] && kill -0 "$qemu_pid" 2>/dev/null
}

# KVM is used where it works, and only a machine that boots shows that: there
# are hosts with a /dev/kvm on which a guest hangs before its first
# instruction. The kernel alone must get as far as missing its root disk. The
# answer is kept until the host is booted again.
accelerator_find() {
	local answer
	answer=$cache/kvm-$(hash_of "$(cat /proc/sys/kernel/random/boot_id)" "$UID")

	accelerator=tcg,thread=multi
	[[ -w /dev/kvm ]] || return 0
	if [[ ! -e $answer ]]; then
		stage "trying KVM (15 seconds at most)"
		rm -f "$cache"/kvm-*
		if timeout -k 1 15 qemu-system-x86_64 -accel kvm -cpu max -m 512 \
			-nodefaults -no-user-config -display none -no-reboot \
			-serial stdio -kernel "$guest/vmlinuz" \
			-append 'console=ttyS0 panic=-1' </dev/null 2>/dev/null |
			grep -q 'Unable to mount root'; then
			echo yes >"$answer"
		else
			echo no >"$answer"
		fi
	fi
	[[ $(<"$answer") == no ]] || accelerator=kvm
}

# A saved machine can be resumed only by the QEMU, on the processor and with the
# options that it was started with.
machine_hash() {
	local processor=

	[[ $accelerator != kvm ]] ||
		processor=$(grep -m 1 -A 25 '^processor' /proc/cpuinfo | grep -v MHz)
	hash_of "$accelerator" "$processor" "$kernel_cmdline" "$own_kernel" \
		"$(qemu-system-x86_64 --version)" "$(code_of "$vm_dir/lib/machine.sh")"
}

qmp_send() {
	printf '%s\n' "$1" >&"$qmp_in"
}

# qmp_wait PATTERN SECONDS: read messages until one matches; fail if the machine
# ends or the time is over.
qmp_wait() {
	local end=$((SECONDS + $2)) message

	while ((SECONDS < end)); do
		if IFS= read -r -t 1 message <&"$qmp_out"; then
			printf '%s\n' "$message" >>"$run_dir/qmp.log"
			# shellcheck disable=SC2053 # a pattern is wanted
			[[ $message != $1 ]] || return 0
			[[ $message != *'"event": "SHUTDOWN"'* ]] || return 1
		else
			machine_alive || return 1
		fi
	done
	return 1
}

disk_overlay() { # BACKING FORMAT NEW
	qemu-img create -q -f qcow2 -b "$1" -F "$2" "$3"
}

# machine_start [OPTION...]: start QEMU on $run_dir/disk, share $run_dir/share.
# Paths are relative to $run_dir, because QEMU's options give commas and blanks
# in paths a meaning.
machine_start() {
	local cpu=max smp=2 cmdline=$kernel_cmdline accel initrd=()

	accel=(-accel "$accelerator")
	if [[ -n $icount ]]; then
		# One nanosecond of guest time per instruction. With ERMS and
		# FSRM, each copied byte would count as an instruction.
		accel=(-accel tcg -icount shift=0)
		cpu=max,-erms,-fsrm
		smp=1
		cmdline+=' mitigations=off'
	fi

	ln -sfn "${own_kernel:-$guest}" "$run_dir/kernel"
	# A kernel of our own has everything built in.
	[[ ! -e $run_dir/kernel/initrd ]] || initrd=(-initrd kernel/initrd)
	mkfifo "$run_dir/qmp.in" "$run_dir/qmp.out"
	exec {qmp_in}<>"$run_dir/qmp.in" {qmp_out}<>"$run_dir/qmp.out"
	while :; do
		ssh_port=$((20000 + RANDOM % 40000))
		# Should this script be killed, the machine dies with it.
		(
			cd "$run_dir"
			exec setpriv --pdeathsig KILL qemu-system-x86_64 \
				-nodefaults -no-user-config -display none \
				-machine pc "${accel[@]}" -cpu "$cpu" -smp "$smp" -m 2G \
				-no-reboot \
				-kernel kernel/vmlinuz "${initrd[@]}" \
				-append "${cmdline//[$'\n\t']/ }" \
				-drive file=disk,format=qcow2,if=virtio,cache=unsafe \
				-netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$ssh_port-:22" \
				-device virtio-net-pci,netdev=net,romfile= \
				-device virtio-rng-pci \
				-device virtio-serial-pci -chardev null,id=ready \
				-device virtserialport,chardev=ready,id=ready,name=kmsgpipe.ready \
				-virtfs local,path=share,mount_tag=share,security_model=none,multidevs=remap \
				-serial file:console \
				-chardev pipe,id=qmp,path=qmp -mon chardev=qmp,mode=control \
				"$@" </dev/null >qemu.log 2>&1
		) &
		qemu_pid=$!
		! qmp_wait '*"QMP"*' 30 || break
		machine_kill
		# Somebody else took the port: take another one.
		grep -q 'host forwarding' "$run_dir/qemu.log" ||
			die "QEMU does not start: $(tail -n 3 "$run_dir/qemu.log")"
	done
	qmp_send '{"execute": "qmp_capabilities"}'
}

# Only one connection is set up per machine; each command is a channel of it.
machine_connect() {
	ssh_options=(
		-F /dev/null -p "$ssh_port" -i "$run_dir/key"
		-o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
		-o GlobalKnownHostsFile=/dev/null -o LogLevel=ERROR
		-o ControlPath="$run_dir/ssh" -o ConnectTimeout=60
	)
	install -m 600 "$guest/key" "$run_dir/key"
	# -f: goes into the background when the connection stands.
	ssh "${ssh_options[@]}" -f -N -o ControlMaster=yes root@127.0.0.1 \
		</dev/null >"$run_dir/ssh.log" 2>&1 ||
		machine_failed "the guest does not answer: $(<"$run_dir/ssh.log")"
}

# In the background, because bash acts on a signal at once only in "wait".
in_guest() {
	# shellcheck disable=SC2029 # the guest's shell gets what the caller wrote
	ssh "${ssh_options[@]}" root@127.0.0.1 "$@" <&0 &
	wait "$!"
}

machine_boot() {
	machine_start
	qmp_wait '*"VSERPORT_CHANGE"*"open": true*' "$boot_deadline" ||
		machine_failed "$suite does not boot"
	machine_connect
}

# The state of a machine arrives or leaves by a migration, which reports its end
# as an event only if it is asked to.
migration_events() {
	qmp_send '{"execute": "migrate-set-capabilities", "arguments": {"capabilities": [{"capability": "events", "state": true}]}}'
}

machine_resume() { # STATE
	machine_start -incoming defer
	ln -s "$1" "$run_dir/resumed-state"
	migration_events
	qmp_send '{"execute": "migrate-incoming", "arguments": {"uri": "exec:cat <resumed-state"}}'
	qmp_wait '*"MIGRATION"*"completed"*' 60 ||
		machine_failed "the saved machine does not resume: remove ${1%/*} and try again"
	qmp_send '{"execute": "cont"}'
	machine_connect
	# Its clock stands where it was saved.
	in_guest "date -s @$EPOCHREALTIME" >/dev/null
}

# machine_save DIR: write disk and state to DIR; the machine ends with it.
machine_save() {
	in_guest sync
	qmp_send '{"execute": "stop"}'
	qmp_wait '*"STOP"*' 30 || machine_failed "the machine does not stop"
	migration_events
	qmp_send '{"execute": "migrate-set-parameters", "arguments": {"max-bandwidth": 10000000000}}'
	qmp_send '{"execute": "migrate", "arguments": {"uri": "exec:cat >state"}}'
	qmp_wait '*"MIGRATION"*"completed"*' 120 ||
		machine_failed "the machine cannot be saved"
	qmp_send '{"execute": "quit"}'
	wait "$qemu_pid" || true
	qemu_pid=
	mv "$run_dir/disk" "$run_dir/state" "$1/"
	machine_forget
}

# Make $run_dir fit for the next machine.
machine_forget() {
	exec {qmp_in}>&- {qmp_out}>&-
	rm -f "$run_dir"/{qmp.in,qmp.out,qmp.log,qemu.log,console,dmesg,ssh,resumed-state}
}

console_end() {
	tail -n 80 "$run_dir/console" 2>/dev/null | tr -d '\r' >&2 || true
}

machine_failed() {
	say "--- end of the console ---"
	console_end
	say "--------------------------"
	die "$@"
}

# machine_check: fail unless the guest still answers and no kernel line, in the
# log or on the console, tells of trouble.
machine_check() {
	local log=$run_dir/dmesg trouble

	! machine_alive || timeout 60 ssh "${ssh_options[@]}" -n root@127.0.0.1 \
		'dmesg && echo complete' >"$log" 2>/dev/null || true
	trouble=$(cat "$log" "$run_dir/console" 2>/dev/null | tr -d '\r' |
		grep -a -m 1 -E "$TROUBLE" || true)
	[[ -z $trouble ]] || machine_failed "the guest's kernel reported: $trouble"
	[[ $(tail -n 1 "$log" 2>/dev/null) == complete ]] ||
		machine_failed "the guest ended or hangs: see its console above"
}
