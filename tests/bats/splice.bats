#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# splice(2), tee(2) and sendfile(2) with a stream.

# shellcheck source=tests/bats/helpers.bash
. "$BATS_TEST_DIRNAME/helpers.bash"

@test "splice: from a stream to a pipe and on to a file" {
	selftest splice from
}

@test "splice: from a file to a pipe and on to a stream" {
	selftest splice to
}

@test "splice: an empty stream is EAGAIN at once" {
	selftest splice empty
}

@test "splice: what does not fit into the pipe stays in the stream" {
	selftest splice full-pipe
}

@test "splice: others use the pipe while one waits for room in the stream" {
	selftest splice full-stream
}

@test "splice: who waited for room hands on the wake" {
	selftest splice hand-on
}

@test "splice: with nobody to read any more it is EPIPE and SIGPIPE" {
	selftest splice sigpipe
}

@test "splice: tee of what came from a stream or goes there" {
	selftest splice tee
}

@test "sendfile: from a file to a stream, and from a stream to a pipe" {
	selftest splice sendfile
}

@test "splice and sendfile: EINVAL in message mode, both ways" {
	selftest splice message
}
