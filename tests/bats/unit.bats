#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# kmsgpipe.service: loads the module, and applies the configuration.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

pipes_d=/etc/kmsgpipe/pipes.d
conf=$pipes_d/test.conf

# conf <TEXT: the machine's configuration, until the test ends.
conf() {
	[ ${#at_end[@]} -gt 0 ] || at_end without_conf
	cat >"$conf"
}

# The unit is left as it is found: active.
without_conf() {
	rm -f "$conf"
	systemctl reset-failed kmsgpipe.service
	systemctl restart kmsgpipe.service
}

# cursor: what the journal gets from now on is this test's.
cursor() {
	journalctl --sync
	journal=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
}

# said: what kmsgpipectl has said since then.
said() {
	journalctl --sync
	journalctl -u kmsgpipe.service -o cat --after-cursor "$journal" |
		grep '^kmsgpipectl: ' || true
}

state() {
	systemctl show --value -p ActiveState kmsgpipe.service
}

@test "unit: reload applies what has changed, and drops nothing" {
	conf <<-END
	[events]
	owner = nobody
	group = daemon
	permissions = 0600
	END
	expect 0 '' systemctl reload kmsgpipe.service
	same 'node' "$(stat -L -c '%U:%G %a' /dev/kmsgpipe/events)" \
		'nobody:daemon 600'
	k send events one two three
	conf <<-END
	[events]
	max_msgs = 1
	max_bytes = 1
	ttl = 1h
	cleanup = no
	owner = root
	group = kmsgpipe
	permissions = 0640
	END
	expect 0 '' systemctl reload kmsgpipe.service
	same 'settings' "$(k list events -n -r -o max_msgs,max_bytes,ttl_ms,cleanup_enabled,owner,group,perm)" \
		'1 1 3600000 0 root kmsgpipe 0640'
	same 'messages' "$(k recv events -n 3)" 'one
two
three'
}

@test "unit: reload of a bad file fails, naming the line, and changes nothing" {
	conf <<-END
	[events]
	ttl = 5x
	END
	cursor
	run systemctl reload kmsgpipe.service
	same 'status' "$status" 1
	same 'journal' "$(said)" \
		"kmsgpipectl: $conf:2: ttl: '5x' is not a time (units ms, s, m, h, d): 1ms to 4294967294ms (about 49d), or never"
	same 'pipes' "$(k list -n -r -o name)" -
	same 'unit' "$(state)" active
}

@test "unit: with a bad file the module is loaded, and the unit failed" {
	conf <<-END
	[events]
	owner = no one
	END
	unload_module
	cursor
	run systemctl restart kmsgpipe.service
	same 'status' "$status" 1
	same 'journal' "$(said)" \
		"kmsgpipectl: $conf:2: owner: 'no one' is not a user: a name, or 0 to 4294967294"
	same 'unit' "$(state)" failed
	same 'pipes' "$(k list -n -r -o pipe,name)" 'kmsgpipe0 -'
	conf <<-END
	[events]
	owner = nobody
	END
	expect 0 '' systemctl restart kmsgpipe.service
	same 'unit' "$(state)" active
	same 'pipes' "$(k list -n -r -o name,owner)" '- root
events nobody'
}

@test "unit: loads the module and makes the pipes, with all that they can be" {
	conf <<-END
	[events]
	mode = stream
	eof = empty
	max_msgs = 3
	cleanup = no
	owner = nobody
	group = daemon
	permissions = 0600
	END
	unload_module
	expect 0 '' systemctl restart kmsgpipe.service
	same 'pipes' "$(k list -n -r -o name,mode,eof,max_msgs,cleanup_enabled,owner,group,perm)" \
		'- message never 1024 1 root kmsgpipe 0660
events stream empty 3 0 nobody daemon 0600'
	# Once more: all is as it shall be.
	expect 0 '' systemctl restart kmsgpipe.service
}

@test "unit: without kmsgpipectl it only loads the module" {
	conf <<<'[events]'
	unload_module
	mount --bind /dev/null /usr/bin/kmsgpipectl
	at_end umount /usr/bin/kmsgpipectl
	expect 0 '' systemctl restart kmsgpipe.service
	same 'unit' "$(state)" active
	same 'pipes' "$(cd "$class" && echo kmsgpipe*)" kmsgpipe0
	expect 0 '' systemctl reload kmsgpipe.service
	same 'pipes' "$(cd "$class" && echo kmsgpipe*)" kmsgpipe0
}

@test "unit: it ends, and says where to read" {
	same 'limit' "$(systemctl show --value -p TimeoutStartUSec kmsgpipe.service)" \
		1min
	same 'documentation' \
		"$(systemctl show --value -p Documentation kmsgpipe.service | tr -d \")" \
		'man:kmsgpipectl(8) man:kmsgpipe.conf(5) file:///usr/share/doc/kmsgpipe-dkms/README.md'
}
