#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# kmsgpipectl: what its verbs have in common.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

verbs=(list status create remove set apply clear cleanup send recv stats monitor log
	metrics doctor version)

@test "kmsgpipectl: --help tells of each verb and of the exit statuses" {
	k --help >"$BATS_TMPDIR/help"
	same 'verbs' "$(sed -n '/^Verbs/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' \
		"$BATS_TMPDIR/help")" "$(printf '%s\n' "${verbs[@]}")"
	same 'exit statuses' "$(sed '1,/^Exit/d' "$BATS_TMPDIR/help" | tr -s ' ')" \
		" 0 done
 1 failed
 2 the command line makes no sense
 3 no such pipe, or the module is not loaded
 4 timed out, or the end of the pipe came first
 5 not permitted"
	rm "$BATS_TMPDIR/help"
}

@test "kmsgpipectl: each verb has --help, on standard output, in 80 columns" {
	local verb

	for verb in "${verbs[@]}"; do
		run k "$verb" --help
		same "$verb" "$status ${lines[0]%% \[*}" \
			"0 Usage: kmsgpipectl $verb"
		same "$verb, too wide" "$(awk 'length > 80' <<<"$output")" ''
		same "$verb -h" "$(k "$verb" -h)" "$output"
	done
	same 'too wide' "$(k --help | awk 'length > 80')" ''
}

@test "kmsgpipectl: alone it lists pipes; help is what others have for --help" {
	expect 0 "$(k list)" k
	expect 0 "$(k --help)" k help
	expect 0 "$(k send --help)" k help send
	expect 2 "kmsgpipectl: there is no verb 'lst': see kmsgpipectl --help" \
		k help lst
}

@test "kmsgpipectl: a command line that makes no sense is one line and status 2" {
	expect 2 "kmsgpipectl: there is no verb 'lst': see kmsgpipectl --help" k lst
	expect 2 'kmsgpipectl: there is no option --what, or more than one: see kmsgpipectl list --help' \
		k list --what
	expect 2 'kmsgpipectl: there is no option -Z: see kmsgpipectl list --help' \
		k list -Z
	expect 2 'kmsgpipectl: --output needs COLUMNS: see kmsgpipectl list --help' \
		k list -o
	expect 2 'kmsgpipectl: --json takes no argument: see kmsgpipectl list --help' \
		k list --json=yes
	expect 2 "kmsgpipectl: create takes no argument 'b': see kmsgpipectl create --help" \
		k create a b
	expect 2 'kmsgpipectl: status needs PIPE...: see kmsgpipectl status --help' \
		k status
	expect 2 "kmsgpipectl: --output: there is no column 'x': time, pipe, pid, command, operation, size, result, error: see kmsgpipectl log --help" \
		k log -o pipe,x
	# Without the module, too.
	unload_module
	expect 2 "kmsgpipectl: --output: there is no column 'x': $(k list --help |
		sed -n '/^Columns/,$s/^  \([A-Z_]\{2,\}\) .*/\L\1/p' |
		paste -s -d , | sed 's/,/, /g'): see kmsgpipectl list --help" \
		k list -o x
	expect 2 'kmsgpipectl: --json and --raw exclude each other: see kmsgpipectl list --help' \
		k list -J -r
}

@test "kmsgpipectl: a value that is not legal is named with its range" {
	expect 2 "kmsgpipectl: --max-msgs: '0' is out of range: 1 to 65536" \
		k set 0 --max-msgs 0
	# With 64 bits these would be 1, and 128M.
	expect 2 "kmsgpipectl: --max-msgs: '18446744073709551617' is out of range: 1 to 65536" \
		k set 0 --max-msgs 18446744073709551617
	expect 2 "kmsgpipectl: --max-bytes: '17179869184.125G' is out of range: 1 to 256M" \
		k set 0 --max-bytes 17179869184.125G
	expect 2 "kmsgpipectl: --ttl: '50d' is out of range: 1ms to 4294967294ms (about 49d), or never" \
		k set 0 --ttl 50d
	expect 2 "kmsgpipectl: --max-msgs: '1K' is not a number: 1 to 65536" \
		k set 0 --max-msgs 1K
	expect 2 "kmsgpipectl: --max-bytes: '1T' is not a number of bytes (units K, M, G): 1 to 256M" \
		k set 0 --max-bytes 1T
	expect 2 "kmsgpipectl: --max-bytes: '1G' is out of range: 1 to 256M" \
		k set 0 --max-bytes 1G
	expect 2 "kmsgpipectl: --msg-size: '0.3' is not a number of bytes (units K, M, G): 1 to 1M" \
		k set 0 --msg-size 0.3
	expect 2 "kmsgpipectl: --ttl: '5x' is not a time (units ms, s, m, h, d): 1ms to 4294967294ms (about 49d), or never" \
		k set 0 --ttl 5x
	expect 2 "kmsgpipectl: --cleanup-interval: '2h' is out of range: 10ms to 1h" \
		k set 0 --cleanup-interval 2h
	expect 2 "kmsgpipectl: --mode: 'x' is not a word that is known: message or stream" \
		k set 0 --mode x
	expect 2 "kmsgpipectl: --eof: '' is not a word that is known: never, empty or hangup" \
		k set 0 --eof ''
	expect 2 "kmsgpipectl: --perm: '8' is not an octal number: 1 to 0777" \
		k create --perm 8
	expect 2 "kmsgpipectl: --perm: '07777777777777777777777777' is out of range: 1 to 0777" \
		k create --perm 07777777777777777777777777
	expect 2 "kmsgpipectl: --owner: '4294967295' is out of range: a name, or 0 to 4294967294" \
		k create --owner 4294967295
	expect 2 "kmsgpipectl: --owner: 'no one' is not a user: a name, or 0 to 4294967294" \
		k create --owner 'no one'
	expect 2 "kmsgpipectl: --group: '-1' is not a group: a name, or 0 to 4294967294" \
		k create --group -1
	expect 2 "kmsgpipectl: --priority: '32' is out of range: 0 to 31" \
		k send 0 --priority 32 x
	expect 2 "kmsgpipectl: --batch: '257' is out of range: 1 to 256" \
		k send 0 --batch 257
	expect 2 "kmsgpipectl: --count: '-1' is not a number: 1 to 4294967295" \
		k recv 0 --count -1
	expect 2 "kmsgpipectl: --interval: '1ms' is out of range: 10ms to 1d" \
		k monitor --interval 1ms
}

@test "kmsgpipectl: PIPE is an index, kmsgpipeN, a name or a path" {
	local pipe

	k create 7 >/dev/null
	k create events >/dev/null
	make_workdir
	cp -a /dev/kmsgpipe2 "$workdir/node"
	for pipe in 2 kmsgpipe2 events /dev/kmsgpipe2 /dev/kmsgpipe/events \
		"$workdir/node"; do
		same "$pipe" "$(k list "$pipe" -n -r -o pipe,name)" \
			'kmsgpipe2 events'
	done
	# A number is an index.
	expect 3 "kmsgpipectl: there is no pipe '7': see kmsgpipectl list" \
		k list 7
	same 'by its path' "$(k list /dev/kmsgpipe/7 -n -r -o index,name)" '1 7'
}

@test "kmsgpipectl: no such pipe is status 3" {
	local verb

	for verb in list status stats metrics monitor log remove clear cleanup \
		send recv 'set --ttl 1'; do
		# shellcheck disable=SC2086 # a verb and its option
		expect 3 "kmsgpipectl: there is no pipe 'no': see kmsgpipectl list" \
			k $verb no
	done
	expect 3 "kmsgpipectl: there is no pipe '': see kmsgpipectl list" k list ''
	expect 3 "kmsgpipectl: there is no pipe 'kmsgpipe9': see kmsgpipectl list" \
		k list kmsgpipe9
	expect 3 'kmsgpipectl: /dev/null is not a pipe of kmsgpipe: see kmsgpipectl list' \
		k list /dev/null
	expect 3 'kmsgpipectl: /dev/kmsgpipe-control is not a pipe of kmsgpipe: see kmsgpipectl list' \
		k list /dev/kmsgpipe-control
	expect 3 'kmsgpipectl: /dev/kmsgpipe9: No such file or directory' \
		k list /dev/kmsgpipe9
}

@test "kmsgpipectl: without the module, one line says what to do" {
	local verb

	unload_module
	for verb in list 'status 0' create 'remove 0' 'set 0 --ttl 1' 'clear 0' \
		cleanup 'send 0 x' 'recv 0' stats monitor log metrics; do
		# shellcheck disable=SC2086 # a verb and its arguments
		expect 3 'kmsgpipectl: the kernel module is not loaded: run "modprobe kmsgpipe" as root' \
			k $verb
	done
}

@test "kmsgpipectl: version tells of the program and of the module" {
	local version

	version=$(modinfo --field=version kmsgpipe)
	expect 0 "kmsgpipectl $version" k --version
	expect 0 "kmsgpipectl:      $version (ABI 1)
module loaded:    $version (ABI 1)
module installed: $version" k version
	expect 0 "{\"tool\":\"$version\",\"tool_abi\":1,\"loaded\":\"$version\",\"loaded_abi\":1,\"installed\":\"$version\"}" \
		k version --json
	expect 0 "kmsgpipectl:      $version (ABI 1)
module loaded:    $version
module installed: $version" as_user --clear-groups kmsgpipectl version
	unload_module
	expect 0 "kmsgpipectl:      $version (ABI 1)
module loaded:    none
module installed: $version" k version
	expect 0 "{\"tool\":\"$version\",\"tool_abi\":1,\"loaded\":null,\"loaded_abi\":null,\"installed\":\"$version\"}" \
		k version --json
}

@test "kmsgpipectl: a module that does not answer is told of" {
	# What an ioctl of another driver's would say.
	expect 1 'kmsgpipectl: /dev/kmsgpipe0 does not answer as kmsgpipe does: Inappropriate ioctl for device' \
		strace -qq -o /dev/null -e trace=ioctl \
		-e inject=ioctl:error=ENOTTY:when=1 kmsgpipectl clear 0
	# The commands that a newer one would have, and what it would take.
	expect 1 'kmsgpipectl: kmsgpipe0: the module that is loaded is too old for this: see kmsgpipectl version' \
		strace -qq -o /dev/null -e trace=ioctl \
		-e inject=ioctl:error=ENOTTY:when=3 kmsgpipectl clear 0
	expect 1 'kmsgpipectl: kmsgpipe0: the module that is loaded is too old for this: see kmsgpipectl version' \
		strace -qq -o /dev/null -e trace=ioctl \
		-e inject=ioctl:error=E2BIG:when=3 kmsgpipectl clear 0
}

@test "kmsgpipectl: a full disk is told of" {
	run bash -c 'kmsgpipectl list >/dev/full'
	same 'list' "$status $output" \
		'1 kmsgpipectl: standard output: No space left on device'
	# Of what is longer than a buffer, and looks for users after that.
	for _ in {1..11}; do
		k create >/dev/null
	done
	run bash -c 'kmsgpipectl status {0..11} >/dev/full'
	same 'status' "$status $output" \
		'1 kmsgpipectl: standard output: No space left on device'
	k send 0 x y z
	run bash -c 'kmsgpipectl recv 0 --peek >/dev/full'
	same 'peek' "$status $output" \
		'1 kmsgpipectl: standard output: No space left on device'
	run bash -c 'kmsgpipectl recv 0 --follow >/dev/full'
	same 'recv' "$status $output" \
		'1 kmsgpipectl: standard output: No space left on device: up to 1 received messages were not written'
	run bash -c 'kmsgpipectl recv 0 --follow --batch 5 >/dev/full'
	same 'batch' "$status $output" \
		'1 kmsgpipectl: standard output: No space left on device: up to 2 received messages were not written'
	k set 0 --mode stream
	k send 0 hello
	run bash -c 'kmsgpipectl recv 0 >/dev/full'
	same 'stream' "$status $output" \
		'1 kmsgpipectl: standard output: No space left on device: up to 5 received bytes were not written'
}

@test "kmsgpipectl: a standard file that is closed stays so" {
	# A complaint does not go where the pipe is.
	run bash -c 'kmsgpipectl send 0 --file /nowhere 2>&-'
	same 'send' "$status $output" '1 '
	same 'queued' "$(k list 0 -n -r -o messages)" 0
	run bash -c 'kmsgpipectl send 0 <&-'
	same 'standard input' "$status $output" \
		'1 kmsgpipectl: standard input: Bad file descriptor'
	# Nothing to print, and nothing lost.
	run bash -c 'kmsgpipectl send 0 hello >&-'
	same 'send' "$status $output" '0 '
	run bash -c 'kmsgpipectl list >&-'
	same 'list' "$status $output" \
		'1 kmsgpipectl: standard output: Bad file descriptor'
	# What cannot be told is not done.
	run bash -c 'kmsgpipectl recv 0 >&-'
	same 'recv' "$status $output" \
		'1 kmsgpipectl: standard output: Bad file descriptor'
	same 'message' "$(k recv 0)" hello
	run bash -c 'kmsgpipectl create >&-'
	same 'create' "$status $output" \
		'1 kmsgpipectl: standard output: Bad file descriptor'
	same 'pipes' "$(k list -n -r -o pipe)" kmsgpipe0
}

@test "kmsgpipectl: what cannot be printed does not reach the terminal" {
	expect 3 'kmsgpipectl: there is no pipe '\''\x1b[31m\x0a'\'': see kmsgpipectl list' \
		k list $'\e[31m\n'
}

@test "kmsgpipectl: log tells what was done, to root" {
	local node

	node=$(k create trace)
	echo hello >"$node"
	# valgrind has a name of its own.
	run bash -c 'kmsgpipectl log -n -r -o pipe,command,operation,size,result,error |
		sed "s/ memcheck[^ ]* / kmsgpipectl /" | tail -n 4'
	same 'log of all' "$output" "kmsgpipe1 kmsgpipectl create 0 0 -
kmsgpipe1 bash open 0 0 -
kmsgpipe1 bash send 6 6 -
kmsgpipe1 bash close 0 0 -"
	run dd if="$node" of=/dev/null bs=1 count=1 iflag=nonblock status=none
	run bash -c "kmsgpipectl log trace -J -o pipe,operation,size,result,error |
		tr -d ' \n' | sed 's/.*},{\(.*},{\)/\1/'"
	same 'log of one' "$output" '"pipe":"kmsgpipe1","operation":"recv","size":1,"result":null,"error":"Messagetoolong"},{"pipe":"kmsgpipe1","operation":"close","size":0,"result":0,"error":null}]}'
	expect 5 'kmsgpipectl: the log is for root: run "sudo kmsgpipectl log"' \
		as_user --clear-groups kmsgpipectl log
}

@test "kmsgpipectl: valgrind has nothing to say about any verb" {
	local verb

	command -v valgrind || skip 'valgrind is not installed'
	[ -z "${ASAN_OPTIONS:-}" ] || skip 'not with a build that has AddressSanitizer'
	needs_headers
	make_workdir
	printf '[a]\nttl = 5\n[b]\n' >"$workdir/a.conf"
	echo x >"$workdir/b.txt"
	: "${KMSGPIPECTL_UNDER:=valgrind -q --vgdb=no --sim-hints=lax-ioctls --error-exitcode=99 --leak-check=full}"
	tool_under
	for verb in doctor version 'create a --ttl 5 --cleanup off' \
		"apply -v -c $workdir" 'set a --ttl 1h --perm 600' \
		'send a one two three' "send 0 -f $workdir/a.conf" \
		'recv a --json' 'recv a --batch 2 --follow --timeout 0' \
		'list -O' 'list -J' 'status a' stats 'monitor -c 1 -i 10ms' \
		log metrics 'clear a' cleanup 'remove a b'; do
		# shellcheck disable=SC2086 # a verb and its arguments
		run k $verb
		same "$verb: $output" "$status" 0
	done
	# One that fails.
	expect 1 "kmsgpipectl: $workdir/b.txt:1: 'x' is neither [NAME] nor SETTING = VALUE" \
		k apply --dry-run "$workdir/a.conf" "$workdir/b.txt"
}
