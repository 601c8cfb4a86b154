#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# kmsgpipectl: verbs that move messages: send and recv.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

# What is queued, a line each, and nothing of it is left.
drain() {
	k recv 0 --follow --timeout 0
}

@test "kmsgpipectl send: each argument is a message" {
	expect 0 '' k send 0 one 'two words' --priority 3 -- --three
	same 'received' "$(drain)" 'one
two words
--three'
	# None goes if one cannot.
	expect 2 'kmsgpipectl: there are no empty messages' k send 0 a b '' c
	same 'queued' "$(k list 0 -n -r -o messages)" 0
}

@test "kmsgpipectl send: priority and ttl" {
	k create fresh >/dev/null
	k send 1 low
	k send 1 --priority 31 high
	k send 1 --priority 5 --ttl 1h middle
	run bash -c 'kmsgpipectl recv 1 -J -n 3 |
		sed "s/\"sent\":\"[0-9T:.-]*Z\"/T/; s/\"pid\":[0-9]*/P/; s/\"ttl_ms\":35[0-9]*/TTL/"'
	same 'received' "$output" '{"seq":1,"priority":31,"ttl_ms":null,P,"uid":0,T,"bytes":4,"data":"high"}
{"seq":2,"priority":5,TTL,P,"uid":0,T,"bytes":6,"data":"middle"}
{"seq":0,"priority":0,"ttl_ms":null,P,"uid":0,T,"bytes":3,"data":"low"}'
}

@test "kmsgpipectl send: lines of standard input" {
	local batch

	for batch in 1 2 256; do
		printf 'a\nbc\n\ndef' | k send 0 --batch "$batch"
		same "batch $batch" "$(drain)" 'a
bc
def'
	done
	seq 1000 | k send 0 --batch 100
	same 'all in order' "$(drain)" "$(seq 1000)"
	expect 0 '' k send 0 </dev/null
}

@test "kmsgpipectl send: messages that end with a NUL" {
	printf 'a\nb\0c\0\0d' | k send 0 --null
	same 'as text' "$(k recv 0 -n 3 -0 | od -An -c | tr -s ' ')" \
		' a \n b \0 c \0 d \0'
}

@test "kmsgpipectl send: lines go before more is waited for" {
	make_workdir
	mkfifo "$workdir/in"
	exec 9<>"$workdir/in"
	# What runs in the background has no standard input of its own.
	# shellcheck disable=SC2016 # for the shell that is started
	start bash -c 'exec kmsgpipectl send 0 --batch 256 <"$1"' bash \
		"$workdir/in"
	printf 'one\ntwo\nthr' >&9
	same 'received' "$(k recv 0 -n 2 --timeout 20)" 'one
two'
}

@test "kmsgpipectl send: a file is one message" {
	make_workdir
	head -c 4096 /dev/urandom >"$workdir/file"
	k send 0 --file "$workdir/file"
	k recv 0 --raw | cmp - "$workdir/file"
	k send 0 --file - <"$workdir/file"
	k recv 0 --raw | cmp - "$workdir/file"
	echo >>"$workdir/file"
	expect 1 "kmsgpipectl: $workdir/file is longer than a message on kmsgpipe0 may be: up to 4096 bytes" \
		k send 0 -f "$workdir/file"
	expect 1 'kmsgpipectl: /dev/null is empty, and there are no empty messages' \
		k send 0 -f /dev/null
	expect 1 'kmsgpipectl: /nowhere: No such file or directory' \
		k send 0 -f /nowhere
	expect 2 'kmsgpipectl: send takes messages or --file, not both: see kmsgpipectl send --help' \
		k send 0 -f /dev/null x
	expect 2 'kmsgpipectl: --null is for messages on standard input: see kmsgpipectl send --help' \
		k send 0 -0 x
	expect 2 'kmsgpipectl: --batch is for messages on standard input: see kmsgpipectl send --help' \
		k send 0 --batch 2 x
}

@test "kmsgpipectl send: a message that is too long" {
	k set 0 --msg-size 4
	expect 1 'kmsgpipectl: kmsgpipe0: a message of 5 bytes is too long: up to 4 fit: 0 sent before' \
		k send 0 four fives
	same 'none went' "$(k list 0 -n -r -o messages)" 0
	run bash -c 'printf "a\nb\nfives\nc\n" | kmsgpipectl send 0 -b 10'
	same 'batch' "$status $output" \
		'1 kmsgpipectl: kmsgpipe0: a message of 5 bytes is too long: up to 4 fit: 2 sent before'
	same 'those before went' "$(drain)" 'a
b'
}

@test "kmsgpipectl send: the limits change meanwhile" {
	local batch long

	long=$(printf %05000d 0)
	make_workdir
	mkfifo "$workdir/in"
	exec 9<>"$workdir/in"
	for batch in 1 10; do
		# shellcheck disable=SC2016 # for the shell that is started
		start bash -c 'exec kmsgpipectl send 0 --batch "$2" <"$1" 2>"$3"' \
			bash "$workdir/in" "$batch" "$workdir/err"
		echo one >&9
		same 'one' "$(k recv 0 --timeout 20)" one
		k set 0 --msg-size 8K
		echo "$long" >&9
		same 'more' "$(k recv 0 --timeout 20)" "$long"
		k set 0 --msg-size 4
		echo fives >&9
		ends "$pid" 1
		same 'less' "$(cat "$workdir/err")" \
			'kmsgpipectl: kmsgpipe0: a message of 5 bytes is too long: up to 4 fit: 2 sent before'
		k set 0 --msg-size 4K
	done
	exec 9<&-
}

@test "kmsgpipectl send: a failure tells how much went" {
	at_end sh -c "echo 67108864 >$parameters/total_bytes"
	echo 65536 >"$parameters/total_bytes"
	run bash -c 'printf "%04000d\n" {1..100} | kmsgpipectl send 0'
	same 'memory' "$status $output" "1 kmsgpipectl: kmsgpipe0: all pipes together hold as much as they may: see $parameters/total_bytes: $(k list 0 -n -r -o messages) sent before"
	drain >/dev/null
	k create fresh --eof hangup >/dev/null
	start kmsgpipectl recv fresh
	# Once the reader has his message, and has gone, comes the next.
	run bash -c '{ echo one
		until [ "$(kmsgpipectl list fresh -n -r -o received,readers)" = "1 0" ]; do :; done
		echo two; } | kmsgpipectl send fresh'
	same 'no reader' "$status $output" \
		'1 kmsgpipectl: kmsgpipe1: nobody has it open for reading any more: 1 sent before'
	# Of a stream a signal would tell it first.
	k set fresh --mode stream
	start kmsgpipectl recv fresh
	run bash -c '{ echo one
		until [ "$(kmsgpipectl list fresh -n -r -o bytes_received,readers)" = "7 0" ]; do :; done
		echo two; } | kmsgpipectl send fresh'
	same 'no reader of a stream' "$status $output" \
		'1 kmsgpipectl: kmsgpipe1: nobody has it open for reading any more: 4 sent before'
}

@test "kmsgpipectl send: a full pipe" {
	k set 0 --max-msgs 2
	expect 4 'kmsgpipectl: kmsgpipe0: it is full: 2 sent before' \
		k send 0 --timeout 0 a b c
	expect 4 'kmsgpipectl: kmsgpipe0: it is full, and nobody has made room in time: 0 sent before' \
		k send 0 --timeout 20ms d
	start kmsgpipectl send 0 e
	asleep "$pid" ioctl
	same 'the first' "$(k recv 0)" a
	ends "$pid" 0
	same 'the rest' "$(drain)" 'b
e'
	run bash -c 'seq 5 | kmsgpipectl send 0 -w 0 -b 10'
	same 'batch' "$status $output" \
		'4 kmsgpipectl: kmsgpipe0: it is full: 2 sent before'
	drain >/dev/null
}

@test "kmsgpipectl send, recv: members of the group may, others may not" {
	expect 0 '' as_user --groups=kmsgpipe kmsgpipectl send 0 hello
	run bash -c "$(declare -f as_user); as_user --groups=kmsgpipe \
		kmsgpipectl recv 0 --json | sed 's/.*\"uid\"/\"uid\"/; s/\"sent\":\"[^\"]*\"/T/'"
	same 'received' "$output" '"uid":65534,T,"bytes":5,"data":"hello"}'
	expect 5 'kmsgpipectl: /dev/kmsgpipe0: not permitted: it is for root:kmsgpipe, mode 0660' \
		as_user --clear-groups kmsgpipectl send 0 hello
	expect 5 'kmsgpipectl: /dev/kmsgpipe0: not permitted: it is for root:kmsgpipe, mode 0660' \
		as_user --clear-groups kmsgpipectl recv 0
}

@test "kmsgpipectl recv: one message, or several" {
	k send 0 one two three four
	expect 0 one k recv 0
	expect 0 'two
three' k recv 0 --count 2
	expect 4 'four
kmsgpipectl: kmsgpipe0: it is empty' k recv 0 --count 2 --timeout 0
	expect 4 'kmsgpipectl: kmsgpipe0: nothing has come in time' \
		k recv 0 --timeout 20ms
	expect 4 'kmsgpipectl: kmsgpipe0: nothing has come in time' \
		timeout -k 5 60 env --block-signal=ALRM kmsgpipectl recv 0 \
		--timeout 20ms
	expect 4 'kmsgpipectl: kmsgpipe0: it is empty' k recv 0 -f -w 0
	expect 2 'kmsgpipectl: --follow and --count exclude each other: see kmsgpipectl recv --help' \
		k recv 0 -f -n 1
	expect 2 'kmsgpipectl: --json, --null and --raw exclude each other: see kmsgpipectl recv --help' \
		k recv 0 -J -r
}

@test "kmsgpipectl recv: batches" {
	seq 300 | k send 0
	same 'all in order' "$(k recv 0 --follow --timeout 0 --batch 256)" \
		"$(seq 300)"
	k set 0 --msg-size 1M
	seq 20 | k send 0
	same 'no more than asked for' "$(k recv 0 --count 3 --batch 256)" '1
2
3'
	same 'left' "$(k list 0 -n -r -o messages)" 17
}

@test "kmsgpipectl recv: a line's end is printed if there is none" {
	echo hello >"$dev"
	# With printf, bash would write line by line.
	printf 'a\n\nb' | k send 0 --file -
	k recv 0 -n 2 | od -An -c | tr -s ' ' | {
		read -r line
		same 'bytes' "$line" 'h e l l o \n a \n \n b \n'
	}
	printf hello >"$dev"
	same 'raw' "$(k recv 0 --raw | wc -c)" 5
}

@test "kmsgpipectl recv: --peek leaves the message" {
	k send 0 one two
	expect 0 one k recv 0 --peek
	expect 0 one k recv 0 --peek
	expect 0 'one
two' drain
	expect 4 'kmsgpipectl: kmsgpipe0: it is empty' k recv 0 --peek -w 0
	expect 2 'kmsgpipectl: --peek is for one message, the next: see kmsgpipectl recv --help' \
		k recv 0 --peek --follow
}

@test "kmsgpipectl recv: JSON of any bytes" {
	printf '"\\\t\n\x01\x7f\xc3\xa4' | k send 0 --file -
	printf '\xff\x00abc' >"$dev"
	printf '\xff' >"$dev"
	# NUL in two bytes, and half of a character of UTF-16, are no UTF-8.
	printf '\xc0\x80' >"$dev"
	printf '\xed\xa0\x80' >"$dev"
	same 'data' "$(k recv 0 -J -n 5 | sed 's/.*"bytes"/"bytes"/')" \
		'"bytes":8,"data":"\"\\\t\n\u0001\u007f'$'\xc3\xa4''"}
"bytes":5,"base64":"/wBhYmM="}
"bytes":1,"base64":"/w=="}
"bytes":2,"base64":"wIA="}
"bytes":3,"base64":"7aCA"}'
	# What a terminal would obey is UTF-8 too: here an escape sequence, and
	# text that is turned around.
	printf '\xc2\x9b31m\xd8\x9c\xe2\x80\x8f\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa9\xe2\x82\xac' |
		k send 0 --file -
	same 'commands' "$(k recv 0 -J | sed 's/.*"bytes"/"bytes"/')" \
		'"bytes":22,"data":"\u009b31m\u061c\u200f\u2028\u202e\u2069'$'\xe2\x82\xac''"}'
}

@test "kmsgpipectl recv: longer messages than the pipe takes by now" {
	make_workdir
	head -c 4000 /dev/urandom >"$workdir/file"
	k send 0 -f "$workdir/file"
	k set 0 --msg-size 10
	k recv 0 --raw | cmp - "$workdir/file"
	k set 0 --msg-size 4K
	k send 0 -f "$workdir/file"
	k set 0 --msg-size 10
	k recv 0 --raw --batch 5 | cmp - "$workdir/file"
}

@test "kmsgpipectl recv: a terminal gets no control characters" {
	printf 'a\e[31mb\tc\nd\x7f\xff' | k send 0 --file -
	same 'terminal' "$(script -qec 'kmsgpipectl recv 0 --peek' /dev/null \
		</dev/null | tr -d '\r')" 'a\x1b[31mb	c
d\x7f\xff'
	same 'raw' "$(script -qec 'kmsgpipectl recv 0 --peek --raw' /dev/null \
		</dev/null | od -An -c | tr -s ' ')" \
		' a 033 [ 3 1 m b \t c \r \n d 177 377'
	same 'a pipe' "$(k recv 0 | od -An -c | tr -s ' ')" \
		' a 033 [ 3 1 m b \t c \n d 177 377 \n'
	# Where there are more characters than ASCII's.
	printf '\xc3\xa4\xc2\x9b\xd8\x9c\xe2\x80\x8f\xe2\x80\xae' | k send 0 --file -
	same 'UTF-8' "$(LC_ALL=C.UTF-8 script -qec 'kmsgpipectl recv 0' /dev/null \
		</dev/null | tr -d '\r')" $'\xc3\xa4''\xc2\x9b\xd8\x9c\xe2\x80\x8f\xe2\x80\xae'
}

@test "kmsgpipectl recv --follow: a signal ends it, and nothing is lost" {
	make_workdir
	start kmsgpipectl recv 0 --follow >"$workdir/out"
	asleep "$pid" ioctl
	k send 0 one two
	until [ "$(wc -l <"$workdir/out")" = 2 ]; do :; done
	asleep "$pid" ioctl
	kill -INT "$pid"
	ends "$pid" 130
	same 'received' "$(cat "$workdir/out")" 'one
two'
}

@test "kmsgpipectl recv: the pipe goes" {
	local node

	node=$(k create)
	start kmsgpipectl recv "$node" --follow
	asleep "$pid" ioctl
	k remove 1
	ends "$pid" 3
}

@test "kmsgpipectl recv: eof=empty and eof=hangup" {
	k set 0 --eof empty
	k send 0 one two
	expect 0 'one
two' k recv 0 --follow
	expect 4 'kmsgpipectl: kmsgpipe0: the end of the pipe came first' k recv 0
	expect 0 '' k recv 0 --follow
	k set 0 --eof hangup
	expect 4 'kmsgpipectl: /dev/kmsgpipe0: nobody has it open for reading, which eof=hangup asks for' \
		k send 0 -w 0 x
	expect 4 'kmsgpipectl: kmsgpipe0: nobody has opened it for reading in time' \
		k send 0 -w 20ms x
	expect 4 'kmsgpipectl: kmsgpipe0: nobody has opened it for writing in time' \
		k recv 0 -w 20ms
	make_workdir
	start kmsgpipectl recv 0 --follow >"$workdir/out"
	seq 3 | k send 0
	ends "$pid" 0
	same 'received' "$(cat "$workdir/out")" "$(seq 3)"
}

@test "kmsgpipectl send, recv: stream mode" {
	k set 0 --mode stream --eof empty
	k send 0 ab c
	printf 'd\ne' | k send 0
	same 'all' "$(k recv 0)" 'abcd
e'
	make_workdir
	head -c 1000000 /dev/urandom >"$workdir/file"
	k send 0 --file "$workdir/file"
	k recv 0 --follow | cmp - "$workdir/file"
	expect 2 'kmsgpipectl: kmsgpipe0 is in stream mode, and has no messages to be separated, or to have a priority or a life: see kmsgpipectl send --help' \
		k send 0 -p 1 x
	expect 2 'kmsgpipectl: kmsgpipe0 is in stream mode, and has no messages to be counted, separated or looked at: see kmsgpipectl recv --help' \
		k recv 0 -n 2
	k set 0 --max-bytes 2
	expect 4 'kmsgpipectl: kmsgpipe0: it is full: 2 sent before' \
		k send 0 -w 0 abc
	same 'what fits' "$(k recv 0)" ab
	# What a signal cuts short goes on from there.
	start kmsgpipectl send 0 --timeout 1h abcd
	asleep "$pid" write
	kill -ALRM "$pid"
	same 'before' "$(k recv 0)" ab
	ends "$pid" 0
	same 'after' "$(k recv 0)" cd
}

@test "kmsgpipectl send: progress is for terminals, of what takes long" {
	local seen

	# The sender waits for room for longer than a second.
	k set 0 --max-msgs 1
	make_workdir
	seq 3 >"$workdir/in"
	start script -qec "kmsgpipectl send 0 <$workdir/in" "$workdir/seen" \
		</dev/null >/dev/null
	k monitor -c 2 -i 0.7 >/dev/null
	k recv 0 -n 3 >/dev/null
	ends "$pid" 0
	seen=$(sed '1d;$d' "$workdir/seen" | tr '\r' '\n' | sed -n 2p)
	[[ $seen =~ ^'2 messages, 2B, '[0-9.]+'B/s, 33%' ]]
	# Also where standard input is a terminal, which a file leaves alone.
	k send 0 first
	start script -qec "kmsgpipectl send 0 --file $workdir/in" \
		"$workdir/seen" </dev/null >/dev/null
	k monitor -c 2 -i 0.7 >/dev/null
	k recv 0 -n 2 >/dev/null
	ends "$pid" 0
	seen=$(sed '1d;$d' "$workdir/seen" | tr '\r' '\n' | sed -n 2p)
	[[ $seen =~ ^'1 messages, 6B, '[0-9.]+'B/s, 100%' ]]
	run k send 0 one
	same 'quiet' "$output" ''
}
