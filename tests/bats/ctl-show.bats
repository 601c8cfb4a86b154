#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# kmsgpipectl: verbs that show pipes: list, status, stats, monitor, metrics.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

# Two pipes: the default one, and one with a name and messages.
some_pipes() {
	k create orders --max-msgs 4 --max-bytes 64K --ttl 1h --cleanup off \
		--group daemon --perm 640 >/dev/null
	k send orders one two three
	k recv orders >/dev/null
}

@test "kmsgpipectl list: a line for each pipe" {
	some_pipes
	expect 0 'PIPE      NAME   MODE    EOF   MESSAGES MAX_MSGS BYTES MAX_BYTES READERS WRITERS
kmsgpipe0 -      message never        0     1024     0        1M       0       0
kmsgpipe1 orders message never        2        4     8       64K       0       0' \
		k list
	expect 0 'PIPE NAME MODE EOF MESSAGES MAX_MSGS BYTES MAX_BYTES READERS WRITERS
kmsgpipe1 orders message never 2 4 8 65536 0 0
kmsgpipe0 - message never 0 1024 0 1048576 0 0' k list --raw orders 0
	# Some versions of libsmartcols leave room for the headings all the same.
	same 'no headings' "$(k list --noheadings \
		--output PIPE,messages,Max-Bytes orders | tr -s ' ')" \
		'kmsgpipe1 2 64K'
	expect 0 'PIPE      MAX_BYTES  TTL_MS
kmsgpipe1     65536 3600000' k list -b -o pipe,max_bytes,ttl_ms orders
}

@test "kmsgpipectl list: sizes are rounded to what is read at a glance" {
	local bytes shown

	while read -r bytes shown; do
		k set 0 --max-bytes "$bytes"
		same "$bytes" "$(k list 0 -n -o max_bytes | tr -d ' ')" "$shown"
	done <<-END
	1023 1023
	1024 1K
	1536 1.5K
	1048524 1023.9K
	1048525 1.0M
	1048575 1.0M
	1048576 1M
	END
}

@test "kmsgpipectl list: files that are open are counted, and it opens none" {
	exec 8<"$dev"
	exec 9<>"$dev"
	same 'files' "$(k list 0 -n -r -o readers,writers,files)" '2 1 2'
	exec 8<&-
}

@test "kmsgpipectl list: JSON" {
	some_pipes
	run bash -c "kmsgpipectl list --json | tr -d ' \n'"
	same 'list' "$output" '{"pipes":[{"pipe":"kmsgpipe0","name":null,"mode":"message","eof":"never","messages":0,"max_msgs":1024,"bytes":0,"max_bytes":1048576,"readers":0,"writers":0},{"pipe":"kmsgpipe1","name":"orders","mode":"message","eof":"never","messages":2,"max_msgs":4,"bytes":8,"max_bytes":65536,"readers":0,"writers":0}]}'
}

@test "kmsgpipectl list: everybody may look" {
	some_pipes
	same 'nobody and root' \
		"$(as_user --clear-groups kmsgpipectl list --output-all)" \
		"$(k list -O)"
	same 'owner' "$(as_user --clear-groups kmsgpipectl list orders -n -r \
		-o owner,group,perm)" 'root daemon 0640'
}

@test "kmsgpipectl list, metrics: a pipe that is named twice is shown once" {
	some_pipes
	same 'list' "$(k list orders 0 1 kmsgpipe0 -n -r -o pipe)" 'kmsgpipe1
kmsgpipe0'
	same 'metrics' "$(k metrics 0 kmsgpipe0)" "$(k metrics 0)"
}

@test "kmsgpipectl status: all about a pipe" {
	some_pipes
	expect 0 'kmsgpipe1 - orders
      Node: /dev/kmsgpipe1, root:daemon 0640
      Mode: message, eof never
    Queued: 2 of 4 messages, 8 of 64K bytes (50%)
   Message: up to 4K bytes
      Life: 1h, cleanup off, every 1s, last never
      Open: 0 files, 0 for reading, 0 for writing
   Waiting: 0 readers, 0 writers
      Sent: 3 messages, 11 bytes
  Received: 1 messages, 3 bytes
   Dropped: 0 expired, 0 truncated, 0 cleared
      Most: 3 messages, 11 bytes' k status orders
	k set 0 --mode stream --eof empty
	k send 0 hello
	expect 0 'kmsgpipe0
      Node: /dev/kmsgpipe0, root:kmsgpipe 0660
      Mode: stream, eof empty
    Queued: 5 of 1M bytes (0%)
      Life: never, cleanup on, every 1s, last never
      Open: 0 files, 0 for reading, 0 for writing
   Waiting: 0 readers, 0 writers
      Sent: 1 messages, 5 bytes
  Received: 0 messages, 0 bytes
   Dropped: 0 expired, 0 truncated, 0 cleared
      Most: 0 messages, 5 bytes' as_user --clear-groups kmsgpipectl status 0
}

@test "kmsgpipectl status: JSON has all columns of list" {
	some_pipes
	run bash -c "kmsgpipectl status orders --json | tr -d ' \n'"
	same 'status' "$output" '{"pipes":[{"pipe":"kmsgpipe1","index":1,"name":"orders","path":"/dev/kmsgpipe1","owner":"root","group":"daemon","perm":"0640","mode":"message","eof":"never","messages":2,"max_msgs":4,"bytes":8,"max_bytes":65536,"full":50,"msg_size":4096,"ttl_ms":3600000,"cleanup_enabled":false,"cleanup_interval_ms":1000,"last_cleanup_ns":0,"readers":0,"writers":0,"files":0,"waiting_readers":0,"waiting_writers":0,"sent":3,"received":1,"bytes_sent":11,"bytes_received":3,"expired":0,"truncated":0,"cleared":0,"reader_wakeups":0,"writer_wakeups":0,"faults":0,"peak_messages":3,"peak_bytes":11}]}'
}

@test "kmsgpipectl stats: what has gone through" {
	some_pipes
	k clear orders
	expect 0 'PIPE      SENT RECEIVED EXPIRED TRUNCATED CLEARED BYTES_SENT BYTES_RECEIVED READER_WAKEUPS WRITER_WAKEUPS
kmsgpipe1    3        1       0         0       2         11              3              0              0' \
		k stats orders
}

@test "kmsgpipectl monitor: a line for each pipe and interval" {
	some_pipes
	expect 0 'PIPE        MSGS   BYTES RWAIT WWAIT   SENT/s   RECV/s    IN/s   OUT/s  DROP/s  WAKE/s
kmsgpipe0      0       0     0     0        0        0       0       0       0       0
orders         2       8     0     0        0        0       0       0       0       0
kmsgpipe0      0       0     0     0        0        0       0       0       0       0
orders         2       8     0     0        0        0       0       0       0       0' \
		k monitor --count 2 --interval 50ms
	run bash -c 'kmsgpipectl monitor -c 1 -i 0.05 -J orders |
		sed "s/\"time\":\"[0-9T:.-]*Z\"/T/"'
	same 'JSON' "$output" '{T,"pipe":"kmsgpipe1","name":"orders","messages":2,"bytes":8,"waiting_readers":0,"waiting_writers":0,"sent_per_s":0.0,"received_per_s":0.0,"bytes_sent_per_s":0.0,"bytes_received_per_s":0.0,"dropped_per_s":0.0,"wakeups_per_s":0.0}'
}

@test "kmsgpipectl monitor: headings come at once, and with no pipe" {
	local line

	make_workdir
	mkfifo "$workdir/lines"
	exec 8<>"$workdir/lines"
	start kmsgpipectl monitor -i 1d >"$workdir/lines"
	read -r -t 60 line <&8
	exec 8<&-
	k remove 0
	expect 0 "$line" k monitor -c 2 -i 10ms
	expect 0 '' k monitor -c 1 -i 10ms --noheadings
	expect 0 '' k monitor -c 1 -i 10ms --json
}

@test "kmsgpipectl monitor: lines that are late are left out" {
	local first next

	not_under
	make_workdir
	# As if it had been stopped: the first wait takes half a second more.
	strace -qq -o "$workdir/trace" -e trace=clock_nanosleep \
		-e inject=clock_nanosleep:delay_exit=500000:when=1 \
		kmsgpipectl monitor -i 100ms -c 2 >/dev/null
	{
		read -r first
		read -r next
	} < <(sed 's/.*{tv_sec=\([0-9]*\), tv_nsec=\([0-9]*\)}.*/\1 \2/' \
		"$workdir/trace" | awk '{ printf "%d%03d\n", $1, $2 / 1000000 }')
	[ "$((next - first))" -ge 500 ]
}

@test "kmsgpipectl monitor: rates are of a second" {
	local line

	not_under
	# After its first line an interval begins. On a slow machine what is done
	# may take more than one.
	make_workdir
	mkfifo "$workdir/lines"
	exec 8<>"$workdir/lines"
	start kmsgpipectl monitor -J -i 2 0 >"$workdir/lines"
	read -r -t 60 line <&8
	echo "$line" >"$workdir/seen"
	k send 0 hello hello hello hello
	k recv 0 >/dev/null
	for _ in {1..10}; do
		read -r -t 60 line <&8
		echo "$line" >>"$workdir/seen"
		[[ $line != *'"messages":3,"bytes":15,'* ]] || break
	done
	exec 8<&-
	# Rates by time are what was done, more or less a tenth and what a rate is
	# rounded by.
	same 'sums' "$(python3 -c '
import datetime, json, sys
sums, last = {}, None
for line in map(json.loads, sys.stdin):
    now = datetime.datetime.strptime(line["time"][:26], "%Y-%m-%dT%H:%M:%S.%f")
    for key in line:
        if last and key.endswith("_per_s"):
            done = line[key] * (now - last).total_seconds()
            sums[key] = sums.get(key, 0) + done
    last = now
for key, wanted in zip(sums, (4, 1, 20, 5, 0, 0)):
    close = abs(sums[key] - wanted) <= wanted / 10 + 0.15
    print(key, wanted if close else sums[key])' <"$workdir/seen")" \
		'sent_per_s 4
received_per_s 1
bytes_sent_per_s 20
bytes_received_per_s 5
dropped_per_s 0
wakeups_per_s 0'
}

@test "kmsgpipectl metrics: Prometheus's format" {
	some_pipes
	run k metrics orders
	same 'metrics' "$status
$output" '0
# HELP kmsgpipe_pipes Pipes shown here.
# TYPE kmsgpipe_pipes gauge
kmsgpipe_pipes 1
# HELP kmsgpipe_pipe_info What a pipe is; always 1.
# TYPE kmsgpipe_pipe_info gauge
kmsgpipe_pipe_info{pipe="kmsgpipe1",name="orders",mode="message",eof="never"} 1
'"$(metric queued_messages gauge 2 'Messages queued.'
	metric queued_bytes gauge 8 'Bytes queued.'
	metric limit_messages gauge 4 'Messages that the pipe holds.'
	metric limit_bytes gauge 65536 'Bytes that the pipe holds.'
	metric limit_message_bytes gauge 4096 'Bytes in the longest message.'
	metric ttl_seconds gauge 3600 'Life of a message, 0 for ever.'
	metric readers gauge 0 'Files open for reading.'
	metric writers gauge 0 'Files open for writing.'
	metric open_files gauge 0 'Files open.'
	metric waiting_readers gauge 0 'Calls asleep for want of a message.'
	metric waiting_writers gauge 0 'Calls asleep for want of room.'
	metric sent_messages_total counter 3 'Messages queued.'
	metric received_messages_total counter 1 'Messages delivered.'
	metric sent_bytes_total counter 11 'Bytes queued.'
	metric received_bytes_total counter 3 'Bytes delivered.'
	metric expired_messages_total counter 0 'Messages dropped because their time was over.'
	metric truncated_messages_total counter 0 'Messages dropped because limits became less.'
	metric cleared_messages_total counter 0 'Messages dropped on request.'
	metric reader_wakeups_total counter 0 'Times that a sleeping reader was woken.'
	metric writer_wakeups_total counter 0 'Times that a sleeping writer was woken.'
	metric faults_total counter 0 'Times that a page was missing in a small read or write.'
	metric peak_messages gauge 3 'Most messages queued at a time.'
	metric peak_bytes gauge 11 'Most bytes queued at a time.'
	metric last_cleanup_timestamp_seconds gauge 0 'When expired messages were trimmed last, 0 for never.')"
	k set orders --ttl 1050ms
	same 'parts of a second' \
		"$(as_user --clear-groups kmsgpipectl metrics | grep '^kmsgpipe_ttl')" \
		'kmsgpipe_ttl_seconds{pipe="kmsgpipe0",name=""} 0
kmsgpipe_ttl_seconds{pipe="kmsgpipe1",name="orders"} 1.050'
}

metric() { # NAME TYPE VALUE HELP
	printf '# HELP kmsgpipe_%s %s\n# TYPE kmsgpipe_%s %s\n' "$1" "$4" "$1" "$2"
	printf 'kmsgpipe_%s{pipe="kmsgpipe1",name="orders"} %s\n' "$1" "$3"
}

# on_terminal COMMAND: what it prints there; lines end with CR there.
on_terminal() {
	env -u NO_COLOR TERM=xterm script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

@test "kmsgpipectl: colours are for terminals, and for who wants them" {
	k set 0 --max-msgs 2
	k send 0 a b
	same 'full' "$(on_terminal 'kmsgpipectl status 0' | head -n 4)" \
		$'\e[1mkmsgpipe0\e[m
      Node: /dev/kmsgpipe0, root:kmsgpipe 0660
      Mode: message, eof never
\e[31m    Queued: 2 of 2 messages, 2 of 1M bytes (100%)'
	same 'NO_COLOR' "$(on_terminal 'NO_COLOR=1 kmsgpipectl status 0' |
		head -n 1)" kmsgpipe0
	same 'dumb' "$(on_terminal 'TERM=dumb kmsgpipectl status 0' |
		head -n 1)" kmsgpipe0
	same 'a pipe' "$(k status 0 | head -n 1)" kmsgpipe0
}
