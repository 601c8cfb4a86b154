#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# kmsgpipectl apply: pipes become what the configuration says.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

# What a pipe can be set to, as list tells it.
columns=name,mode,eof,max_msgs,msg_size,max_bytes,ttl_ms,cleanup_enabled
columns+=,cleanup_interval_ms,owner,group,perm

# conf NAME <TEXT: a file of this test's configuration, in $workdir.
conf() {
	[ -n "$workdir" ] || make_workdir
	chmod 755 "$workdir"
	cat >"$workdir/$1"
}

# apply OPTION...: that configuration.
apply() {
	k apply --config "$workdir" "$@"
}

# settings_of PIPE
settings_of() {
	k list "$1" -n -r -o "$columns"
}

all_settings() {
	conf all.conf <<-END
	[events]
	mode = stream
	eof = hangup
	max_msgs = 7
	msg_size = 1K
	max_bytes = 1.5M
	ttl = 2m
	cleanup = no
	cleanup_interval = 250ms
	owner = nobody
	group = daemon
	permissions = 0600
	END
}

@test "kmsgpipectl apply: creates what is not there, once" {
	all_settings
	conf more.conf <<-END
	[jobs]
	END
	k create other --ttl 5 >/dev/null
	expect 0 '' apply
	same 'events' "$(settings_of events)" \
		'events stream hangup 7 1024 1572864 120000 0 250 nobody daemon 0600'
	same 'jobs' "$(settings_of jobs)" \
		'jobs message never 1024 4096 1048576 0 1 1000 root kmsgpipe 0660'
	expect 0 '' apply --verbose
	expect 0 '= unchanged events
= unchanged jobs' apply --dry-run
	same 'pipes' "$(k list -n -r -o name,ttl_ms)" '- 0
other 5000
events 120000
jobs 0'
}

@test "kmsgpipectl apply: --verbose tells what was done" {
	all_settings
	expect 0 '+ create events: mode stream, eof hangup, max_msgs 7, msg_size 1K, max_bytes 1536K, ttl 2m, cleanup off, cleanup_interval 250ms, owner nobody, group daemon, permissions 0600' \
		apply -v
	conf all.conf <<-END
	[events]
	mode = message
	eof = never
	max_msgs = 8
	msg_size = 1000
	max_bytes = 1M
	ttl = never
	cleanup = on
	cleanup_interval = 2s
	owner = 0
	group = 12345
	permissions = 640
	END
	expect 0 '~ change events: mode stream -> message, eof hangup -> never, max_msgs 7 -> 8, msg_size 1K -> 1000, max_bytes 1536K -> 1M, ttl 2m -> never, cleanup off -> on, cleanup_interval 250ms -> 2s, owner nobody -> root, group daemon -> 12345, permissions 0600 -> 0640' \
		apply --verbose
	same 'settings' "$(settings_of events)" \
		'events message never 8 1000 1048576 0 1 2000 root 12345 0640'
	expect 0 '' apply --verbose
}

@test "kmsgpipectl apply: a name that is too long to be shown is not cut" {
	local name=firstname.lastname@directory.example.com

	conf a.conf <<-END
	[a]
	owner = $name
	END
	{
		cat /etc/passwd
		echo "$name:x:54321:54321::/:/bin/false"
	} >"$workdir/passwd"
	# shellcheck disable=SC2016 # for the shell in the namespace
	expect 0 '+ create a: owner 54321' unshare --mount bash -e -c \
		'mount --bind "$1/passwd" /etc/passwd
		exec kmsgpipectl apply -n -c "$1"' bash "$workdir"
}

@test "kmsgpipectl apply: what the configuration does not tell of stays" {
	conf a.conf <<-END
	[a]
	ttl = 5
	END
	k create a --max-msgs 3 --eof empty --group daemon --perm 600 >/dev/null
	expect 0 '~ change a: ttl never -> 5s' apply -v
	same 'settings' "$(settings_of a)" \
		'a message empty 3 4096 1048576 5000 1 1000 root daemon 0600'
}

@test "kmsgpipectl apply: one setting does not touch the one beside it" {
	k create a --cleanup off --cleanup-interval 2s --max-msgs 3 >/dev/null
	conf a.conf <<-END
	[a]
	cleanup_interval = 3s
	max_bytes = 8K
	END
	expect 0 '' apply
	same 'interval' "$(k list a -n -r -o max_msgs,max_bytes,cleanup_enabled,cleanup_interval_ms)" \
		'3 8192 0 3000'
	conf a.conf <<-END
	[a]
	cleanup = yes
	END
	expect 0 '' apply
	same 'cleanup' "$(k list a -n -r -o cleanup_enabled,cleanup_interval_ms)" \
		'1 3000'
}

@test "kmsgpipectl apply: --dry-run shows the plan to anybody, and does nothing" {
	local before

	k create b --perm 600 >/dev/null
	k create c --max-msgs 5 >/dev/null
	conf a.conf <<-END
	[a]
	[b]
	permissions = 660
	max_msgs = 5
	[c]
	max_msgs = 5
	END
	before=$(k list -J -o "$columns")
	expect 0 '+ create a
~ change b: max_msgs 1024 -> 5, permissions 0600 -> 0660
= unchanged c' as_user --clear-groups kmsgpipectl apply -n -c "$workdir"
	expect 0 '+ create a
~ change b: max_msgs 1024 -> 5, permissions 0600 -> 0660
= unchanged c' apply --dry-run --verbose
	same 'pipes' "$(k list -J -o "$columns")" "$before"
}

@test "kmsgpipectl apply: smaller limits drop nothing that is queued" {
	k create a >/dev/null
	k send a one two three four
	conf a.conf <<-END
	[a]
	max_msgs = 2
	msg_size = 3
	max_bytes = 4
	END
	expect 0 '' apply
	same 'queued' "$(k list a -n -r -o messages,max_msgs,truncated,cleared)" \
		'4 2 0 0'
	same 'messages' "$(k recv a -n 4)" 'one
two
three
four'
}

@test "kmsgpipectl apply: the mode of a pipe that holds data refuses all" {
	k create b >/dev/null
	k send b one
	conf x.conf <<-END
	[a]
	[b]
	ttl = 5
	mode = stream
	END
	expect 1 "kmsgpipectl: $workdir/x.conf:4: mode: b cannot change from message while it holds data: receive that, or run \"kmsgpipectl clear b\"" \
		apply
	run apply --dry-run
	same 'dry run' "$status ${output#*$'\n'}" '1 + create a
~ change b: mode message -> stream, ttl never -> 5s'
	same 'pipes' "$(k list -n -r -o name,ttl_ms)" '- 0
b 0'
	same 'message' "$(k recv b)" one
	# What it says to run is not for another pipe, whose index is a name.
	k create 0 >/dev/null
	k send /dev/kmsgpipe/0 two
	conf y.conf <<-END
	[0]
	mode = stream
	END
	expect 1 "kmsgpipectl: $workdir/y.conf:2: mode: 0 cannot change from message while it holds data: receive that, or run \"kmsgpipectl clear kmsgpipe2\"" \
		apply
	rm "$workdir/y.conf"
	k remove kmsgpipe2
	expect 0 '' apply
	same 'pipes' "$(k list -n -r -o name,mode,ttl_ms)" '- message 0
b stream 5000
a message 0'
}

@test "kmsgpipectl apply: a pipe that fails keeps no other from being done" {
	k create a >/dev/null
	k create b >/dev/null
	conf x.conf <<-END
	[a]
	mode = stream
	[b]
	mode = stream
	END
	# Two commands open each pipe; the next sets the mode of the first.
	expect 1 'kmsgpipectl: a: its mode cannot change while it holds data: run "kmsgpipectl clear a" first
~ change b: mode message -> stream' \
		strace -qq -o /dev/null -e trace=ioctl \
		-e inject=ioctl:error=EBUSY:when=5 \
		kmsgpipectl apply -v -c "$workdir"
	same 'modes' "$(k list a b -n -r -o mode)" 'message
stream'
}

@test "kmsgpipectl apply: the node of a pipe gets owner, group and permissions" {
	local node

	node=$(k create a)
	# At once: udev would do it as well, some time later.
	at_end udevadm control --start-exec-queue
	udevadm control --stop-exec-queue
	conf a.conf <<-END
	[a]
	permissions = 0600
	END
	expect 0 '' apply
	same 'permissions' "$(stat -c '%U:%G %a' "$node")" 'root:kmsgpipe 600'
	conf a.conf <<-END
	[a]
	group = daemon
	END
	expect 0 '' apply
	same 'group' "$(stat -c '%U:%G %a' "$node")" 'root:daemon 600'
	conf a.conf <<-END
	[a]
	owner = 65534
	permissions = 0666
	END
	expect 0 '' apply
	same 'owner' "$(stat -c '%U:%G %a' "$node")" 'nobody:daemon 666'
}

@test "kmsgpipectl apply: on its way, a node is open to nobody who may not" {
	k create a --group daemon --perm 660 >/dev/null
	# udev goes the same way, and may be there first.
	at_end udevadm control --start-exec-queue
	udevadm control --stop-exec-queue
	conf a.conf <<-END
	[a]
	group = kmsgpipe
	permissions = 0606
	END
	run strace -qq -e trace=fchmod,fchown -o "$workdir/trace" \
		kmsgpipectl apply -c "$workdir"
	same 'status' "$status $output" '0 '
	same 'calls' "$(sed 's/([0-9]*,/(FD,/; s/  *=/ =/' "$workdir/trace")" \
		"fchmod(FD, 0600) = 0
fchown(FD, -1, $(getent group kmsgpipe | cut -d : -f 3)) = 0
fchmod(FD, 0606) = 0"
}

@test "kmsgpipectl apply: all that is wrong is told, with file and line" {
	conf a.conf <<-END
	mode = stream
	[a]
	ttl = 5x
	ttl = 3s
	foo = 2
	mode
	[b
	max_msgs = 0
	[a]
	owner = no one
	group = -1
	cleanup = maybe
	[.x]
	eof =
	[c] mode = stream
	  permissions = 0888
	[kmsgpipe0]
	max_bytes = 1G ; too much
	cleanup_interval = 2h
	END
	conf b.conf <<-END
	# the same again
	[a]
	msg_size = 0.3
	END
	expect 1 "kmsgpipectl: $workdir/a.conf:1: 'mode' stands before the first [NAME]
kmsgpipectl: $workdir/a.conf:3: ttl: '5x' is not a time (units ms, s, m, h, d): 1ms to 4294967294ms (about 49d), or never
kmsgpipectl: $workdir/a.conf:4: ttl is there already, at line 3
kmsgpipectl: $workdir/a.conf:5: 'foo' is not a setting: mode, eof, max_msgs, msg_size, max_bytes, ttl, cleanup, cleanup_interval, owner, group or permissions
kmsgpipectl: $workdir/a.conf:6: 'mode' is neither [NAME] nor SETTING = VALUE
kmsgpipectl: $workdir/a.conf:7: '[b' is neither [NAME] nor SETTING = VALUE
kmsgpipectl: $workdir/a.conf:8: max_msgs: '0' is out of range: 1 to 65536
kmsgpipectl: $workdir/a.conf:9: the pipe 'a' is there already, at $workdir/a.conf:2
kmsgpipectl: $workdir/a.conf:10: owner: 'no one' is not a user: a name, or 0 to 4294967294
kmsgpipectl: $workdir/a.conf:11: group: '-1' is not a group: a name, or 0 to 4294967294
kmsgpipectl: $workdir/a.conf:12: cleanup: 'maybe' is not a word that is known: off, on, no or yes
kmsgpipectl: $workdir/a.conf:13: '.x' is not a name: up to 31 of A-Z a-z 0-9 . _ -, not first . or -, not as kmsgpipe0
kmsgpipectl: $workdir/a.conf:14: eof: '' is not a word that is known: never, empty or hangup
kmsgpipectl: $workdir/a.conf:15: '[c] mode = stream' is neither [NAME] nor SETTING = VALUE
kmsgpipectl: $workdir/a.conf:16: permissions: '0888' is not an octal number: 1 to 0777
kmsgpipectl: $workdir/a.conf:17: 'kmsgpipe0' is not a name: up to 31 of A-Z a-z 0-9 . _ -, not first . or -, not as kmsgpipe0
kmsgpipectl: $workdir/a.conf:18: max_bytes: '1G' is out of range: 1 to 256M
kmsgpipectl: $workdir/a.conf:19: cleanup_interval: '2h' is out of range: 10ms to 1h
kmsgpipectl: $workdir/b.conf:2: the pipe 'a' is there already, at $workdir/a.conf:2
kmsgpipectl: $workdir/b.conf:3: msg_size: '0.3' is not a number of bytes (units K, M, G): 1 to 1M" \
		apply
	same 'pipes' "$(k list -n -r -o name)" -
}

@test "kmsgpipectl apply: what makes a file hard to read" {
	make_workdir
	# A mark at the beginning, another system's ends of lines, blanks and
	# comments, a colon, no newline at the end.
	printf '\xef\xbb\xbf[a]\r\n\r\n; c\r\n\t# c\r\n  max_msgs : 5 ; c\r\n \tttl=7s' |
		conf a.conf
	expect 0 '+ create a: max_msgs 5, ttl 7s' apply -n
	# What options are called.
	printf '[a]\nmax-msgs = 5\nperm = 600\ncleanup-interval = 2s\n' |
		conf a.conf
	expect 0 '+ create a: max_msgs 5, cleanup_interval 2s, permissions 0600' \
		apply -n
	# Lines that are too long, one of them a comment's; bytes that are no
	# text; a line that would continue the one before.
	{
		echo '[a]'
		printf '#%0500d\n' 0
		printf 'ttl = %0500d\n' 0
		printf 'ttl =\0 5\n'
		printf 'mode = \e[31m\n'
		printf 'eof = never\n  empty\n'
		printf '[%040d]\n' 0
	} | conf a.conf
	expect 1 "kmsgpipectl: $workdir/a.conf:3: the line is longer than 198 bytes
kmsgpipectl: $workdir/a.conf:4: there is a NUL byte in the line
kmsgpipectl: $workdir/a.conf:5: mode: '\\x1b[31m' is not a word that is known: message or stream
kmsgpipectl: $workdir/a.conf:7: 'empty' is neither [NAME] nor SETTING = VALUE
kmsgpipectl: $workdir/a.conf:8: '$(printf %040d 0)' is not a name: up to 31 of A-Z a-z 0-9 . _ -, not first . or -, not as kmsgpipe0" \
		apply -n
}

@test "kmsgpipectl apply: files of a directory are read in the order of names" {
	local file

	for file in 20-b 10-a 30-c; do
		conf "$file.conf" <<<"[${file#*-}]"
	done
	for file in d.conf~ d.conf.dpkg-old .d.conf d README; do
		conf "$file" <<<'what is this'
	done
	ln -s /dev/null "$workdir/00-nothing.conf"
	expect 0 '+ create a
+ create b
+ create c' apply -n
	# Or those that are named.
	expect 0 '+ create c
+ create a' k apply -n "$workdir/30-c.conf" "$workdir/10-a.conf"
	expect 1 "kmsgpipectl: $workdir/d:1: 'what is this' is neither [NAME] nor SETTING = VALUE" \
		k apply -n "$workdir/d"
	# An empty one asks for nothing.
	rm "$workdir"/*.conf
	expect 0 '' apply -v
}

@test "kmsgpipectl apply: files that cannot be read" {
	conf a.conf <<<'[a]'
	chmod 600 "$workdir/a.conf"
	mkdir "$workdir/b.conf"
	mkfifo "$workdir/c.conf"
	expect 1 "kmsgpipectl: $workdir/b.conf: Is a directory
kmsgpipectl: $workdir/c.conf: it is not a file" apply
	expect 1 "kmsgpipectl: $workdir/no: No such file or directory
kmsgpipectl: $workdir/not: No such file or directory" \
		k apply "$workdir/no" "$workdir/not"
	expect 1 "kmsgpipectl: $workdir/no: No such file or directory" \
		k apply --config "$workdir/no"
	expect 1 "kmsgpipectl: $workdir/a.conf: Permission denied" \
		as_user --clear-groups kmsgpipectl apply -n "$workdir/a.conf"
	# One that is named may be what a shell makes of <(COMMAND).
	# shellcheck disable=SC2016 # for the shell that is started
	start bash -c 'echo "[b]" >"$1"' bash "$workdir/c.conf"
	expect 0 '+ create b' k apply -n "$workdir/c.conf"
	ends "$pid" 0
	expect 2 'kmsgpipectl: --config and FILE exclude each other: see kmsgpipectl apply --help' \
		k apply -c "$workdir" "$workdir/a.conf"
	same 'pipes' "$(k list -n -r -o name)" -
}

@test "kmsgpipectl apply: more pipes than there may be are refused, all of them" {
	echo 2 >"$parameters/max_devices"
	conf a.conf <<-END
	[a]
	[b]
	END
	expect 1 'kmsgpipectl: 2 pipes more would be 3, and there may be 2: remove some, or raise /sys/module/kmsgpipe/parameters/max_devices' \
		apply
	same 'pipes' "$(k list -n -r -o name)" -
}

@test "kmsgpipectl apply: one at a time" {
	local pids=()

	conf a.conf <<<'[a]'
	# Two that have seen no pipe yet would both create it.
	exec 9<>/dev/kmsgpipe-control
	flock 9
	start kmsgpipectl apply --config "$workdir"
	pids+=("$pid")
	start kmsgpipectl apply --config "$workdir"
	pids+=("$pid")
	asleep "${pids[0]}" flock
	asleep "${pids[1]}" flock
	same 'pipes' "$(k list -n -r -o name)" -
	# Who only looks does not wait.
	expect 0 '+ create a' apply --dry-run
	# They have this open as well.
	flock --unlock 9
	ends "${pids[0]}" 0
	ends "${pids[1]}" 0
	exec 9<&-
	same 'pipes' "$(k list -n -r -o name)" '-
a'
}

@test "kmsgpipectl apply: who may not is told before anything is done" {
	k create a --group kmsgpipe >/dev/null
	conf a.conf <<-END
	[a]
	ttl = 5
	[b]
	END
	expect 5 'kmsgpipectl: /dev/kmsgpipe-control: not permitted: it is for root:root, mode 0600' \
		as_user --groups=kmsgpipe kmsgpipectl apply -c "$workdir"
	expect 5 'kmsgpipectl: a: not permitted: only root may do this' \
		setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin \
		kmsgpipectl apply -c "$workdir"
	conf a.conf <<-END
	[a]
	ttl = 5
	END
	expect 5 'kmsgpipectl: /dev/kmsgpipe1: not permitted: it is for root:kmsgpipe, mode 0660' \
		as_user --clear-groups kmsgpipectl apply -c "$workdir"
	expect 5 'kmsgpipectl: a: not permitted: only root may do this' \
		as_user --groups=kmsgpipe kmsgpipectl apply -c "$workdir"
	same 'pipes' "$(k list -n -r -o name,ttl_ms)" '- 0
a 0'
}

@test "kmsgpipectl apply: without the module, files are checked all the same" {
	conf a.conf <<<'[a]'
	unload_module
	expect 3 'kmsgpipectl: the kernel module is not loaded: run "modprobe kmsgpipe" as root' \
		apply
	expect 0 '+ create a' apply --dry-run
	conf a.conf <<<'[a'
	expect 1 "kmsgpipectl: $workdir/a.conf:1: '[a' is neither [NAME] nor SETTING = VALUE" \
		apply
}

@test "kmsgpipectl apply: the example has every setting, and is legal" {
	local example=/usr/share/doc/kmsgpipe-utils/examples/pipes.conf

	make_workdir
	expect 0 '' k apply -n "$example"
	sed 's/^#\([a-z[]\)/\1/' "$example" >"$workdir/a.conf"
	expect 0 '+ create events: mode message, eof never, max_msgs 1024, msg_size 4K, max_bytes 1M, ttl 30s, cleanup on, cleanup_interval 1s, owner root, group adm, permissions 0640' \
		apply -n
	k apply --help >"$workdir/help"
	same 'settings' "$(sed -n 's/^\([a-z_]*\) = .*/\1/p' "$workdir/a.conf" | sort)" \
		"$(sed '1,/^Settings:/d; s/^  \([a-z_]*\) .*/\1/' "$workdir/help" | sort)"
}
