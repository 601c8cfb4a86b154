// SPDX-License-Identifier: GPL-2.0
/*
 * splice(2), tee(2) and sendfile(2): a stream passes bytes to and from pipes and
 * files. A pipe keeps no boundaries, so messages do not go that way.
 */
#include <sys/sendfile.h>

#include "own.h"

static int fd, blocking, in, out;
static unsigned char data[65536], got[65536];

static void start(uint32_t mode, uint32_t max_bytes)
{
	int ends[2];

	own_pipe(CONFIG(.mode = mode, .max_bytes = max_bytes));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	blocking = open_pipe(O_RDWR);
	if (pipe2(ends, O_CLOEXEC))
		die("pipe2");
	out = ends[0];
	in = ends[1];
	fill_bytes(data, sizeof(data), 1);
}

static int make_file(size_t size)
{
	int file = memfd_create("selftest", MFD_CLOEXEC);

	if (file < 0 || write(file, data, size) != (ssize_t)size ||
	    lseek(file, 0, SEEK_SET))
		die("memfd");
	return file;
}

/* Move len bytes, in as many calls as it takes. */
static void move(int from, int to, size_t len)
{
	while (len) {
		ssize_t n = splice(from, NULL, to, NULL, len, 0);

		if (n <= 0)
			die("splice");
		len -= n;
	}
}

static void from_stream(void)
{
	int file = make_file(0);

	start(KMSGPIPE_MODE_STREAM, 0);
	check_send(fd, data, 10);
	check_ret(splice(blocking, NULL, in, NULL, 4, 0), 4);
	check_ret(splice(blocking, NULL, in, NULL, 100, 0), 6);
	check_ret(read(out, got, 100), 10);
	check_bytes(got, data, 10);

	context("to a file");
	check_send(fd, data, 50000);
	move(blocking, in, 50000);
	check_eq(bytes_ready(fd), 0);
	move(out, file, 50000);
	check_ret(pread(file, got, sizeof(got), 0), 50000);
	check_bytes(got, data, 50000);
}

static void to_stream(void)
{
	int file;

	start(KMSGPIPE_MODE_STREAM, 0);
	file = make_file(30000);
	check_ret(write(in, data, 10), 10);
	check_ret(splice(out, NULL, blocking, NULL, 4, 0), 4);
	check_ret(splice(out, NULL, blocking, NULL, 100, 0), 6);
	check_receive(fd, data, 10);

	context("from a file");
	move(file, in, 30000);
	move(out, blocking, 30000);
	check_eq(bytes_ready(fd), 30000);
	read_all(fd, got, 30000);
	check_bytes(got, data, 30000);
}

/* Nothing there: EAGAIN at once, though nobody asked not to wait. */
static void empty(void)
{
	start(KMSGPIPE_MODE_STREAM, 0);
	check_err(splice(blocking, NULL, in, NULL, 100, 0), EAGAIN);
	check_err(splice(blocking, NULL, in, NULL, 100, SPLICE_F_NONBLOCK),
		  EAGAIN);
	check_err(splice(fd, NULL, in, NULL, 100, 0), EAGAIN);
	/* The pipe(2) is as it was. */
	check_ret(write(in, "x", 1), 1);
	check_ret(read(out, got, 100), 1);

	context("end of file");
	check_ret(set_value(fd, KMSGPIPE_SET_EOF, KMSGPIPE_EOF_EMPTY), 0);
	check_ret(splice(blocking, NULL, in, NULL, 100, 0), 0);
}

/* No room in the pipe(2): what cannot go stays. */
static void full_pipe(void)
{
	pid_t pid;

	start(KMSGPIPE_MODE_STREAM, 0);
	check_ret(fcntl(in, F_SETPIPE_SZ, 4096), 4096);
	check_send(fd, data, 10000);
	check_ret(splice(blocking, NULL, in, NULL, 10000, 0), 4096);
	check_eq(bytes_ready(fd), 10000 - 4096);
	check_err(splice(blocking, NULL, in, NULL, 10000, SPLICE_F_NONBLOCK),
		  EAGAIN);
	check_eq(bytes_ready(fd), 10000 - 4096);

	pid = fork_child();
	if (!pid) {
		check_ret(splice(blocking, NULL, in, NULL, 4096, 0), 4096);
		_exit(0);
	}
	wait_blocked(pid, SYS_splice);
	/* Nobody is kept from the stream meanwhile. */
	check_ret(read(fd, got, 10), 10);
	check_bytes(got, data + 4096, 10);
	check_ret(read(out, got, 4096), 4096);
	check_bytes(got, data, 4096);
	check_child(pid, 0);
	check_ret(read(out, got, 4096), 4096);
	check_bytes(got, data + 4106, 4096);
	check_eq(bytes_ready(fd), 10000 - 2 * 4096 - 10);

	context("nobody reads the pipe(2)");
	close(out);
	signal(SIGPIPE, SIG_IGN);
	check_err(splice(blocking, NULL, in, NULL, 100, 0), EPIPE);
	signal(SIGPIPE, SIG_DFL);
	check_eq(bytes_ready(fd), 10000 - 2 * 4096 - 10);
}

/* No room in the stream: waiting for it does not keep the pipe(2) locked. */
static void full_stream(void)
{
	pid_t pid;

	start(KMSGPIPE_MODE_STREAM, 4096);
	check_eq(fill_stream(fd), 4096);
	check_ret(write(in, "12345", 5), 5);
	check_err(splice(out, NULL, fd, NULL, 100, 0), EAGAIN);
	check_err(splice(out, NULL, blocking, NULL, 100, SPLICE_F_NONBLOCK),
		  EAGAIN);
	pid = fork_child();
	if (!pid) {
		check_true(splice(out, NULL, blocking, NULL, 100, 0) > 0);
		_exit(0);
	}
	wait_blocked(pid, SYS_splice);
	/* Others read and write the pipe(2), and look at it. */
	check_ret(read(out, got, 2), 2);
	check_bytes(got, "12", 2);
	check_ret(write(in, "678", 3), 3);
	check_eq(bytes_ready(out), 6);
	check_eq(poll_now(out) & POLLIN, POLLIN);
	check_true(is_blocked(pid, SYS_splice));

	check_ret(read(fd, got, 4096), 4096);
	check_child(pid, 0);
	if (bytes_ready(out))
		check_true(splice(out, NULL, blocking, NULL, 100, 0) > 0);
	check_receive(fd, "345678", 6);

	context("a signal");
	check_eq(fill_stream(fd), 4096);
	check_ret(write(in, "kept", 4), 4);
	pid = fork_child();
	if (!pid) {
		splice(out, NULL, blocking, NULL, 100, 0);
		_exit(0);
	}
	wait_blocked(pid, SYS_splice);
	kill_child(pid);
	check_ret(read(out, got, 100), 4);
	check_bytes(got, "kept", 4);
}

/* One read makes room for two: the one in splice() hands on the wake. */
static void hands_on(void)
{
	pid_t splicer, writer;

	start(KMSGPIPE_MODE_STREAM, 8192);
	check_eq(fill_stream(fd), 8192);
	check_ret(write(in, "splice", 6), 6);
	splicer = fork_child();
	if (!splicer) {
		check_ret(splice(out, NULL, blocking, NULL, 6, 0), 6);
		_exit(0);
	}
	wait_blocked(splicer, SYS_splice);
	writer = fork_child();
	if (!writer) {
		check_send(blocking, "write", 5);
		_exit(0);
	}
	wait_blocked(writer, SYS_write);
	check_ret(read(fd, got, sizeof(got)), 8192);
	check_child(splicer, 0);
	check_child(writer, 0);
	check_eq(bytes_ready(fd), 11);
}

/* Splice in a child, which exits with the error or ends with the signal. */
static int splice_status(int from, int to, void (*action)(int))
{
	pid_t pid = fork_child();

	if (!pid) {
		signal(SIGPIPE, action);
		_exit(splice(from, NULL, to, NULL, 100, 0) < 0 ? errno : 0);
	}
	return wait_child(pid);
}

/* Nobody reads any more: as with two pipes(2), and all bytes stay. */
static void sigpipe(void)
{
	int reader, writer;

	start(KMSGPIPE_MODE_STREAM, 0);
	check_send(fd, data, 100);
	close(out);
	check_eq(splice_status(blocking, in, SIG_IGN), EPIPE);
	check_eq(splice_status(blocking, in, SIG_DFL), 128 + SIGPIPE);
	check_receive(fd, data, 100);
	close(fd);
	close(blocking);
	close(in);

	context("into the stream");
	start(KMSGPIPE_MODE_STREAM, 0);
	check_ret(set_value(fd, KMSGPIPE_SET_EOF, KMSGPIPE_EOF_HANGUP), 0);
	reader = open_pipe(O_RDONLY | O_NONBLOCK);
	writer = open_pipe(O_WRONLY);
	close(fd);
	close(blocking);
	close(reader);
	check_ret(write(in, data, 100), 100);
	check_eq(splice_status(out, writer, SIG_IGN), EPIPE);
	check_eq(splice_status(out, writer, SIG_DFL), 128 + SIGPIPE);
	check_ret(read(out, got, sizeof(got)), 100);
	check_bytes(got, data, 100);
}

static void tees(void)
{
	int ends[2];

	start(KMSGPIPE_MODE_STREAM, 0);
	if (pipe2(ends, O_CLOEXEC))
		die("pipe2");
	check_send(fd, data, 3000);
	check_ret(splice(blocking, NULL, in, NULL, 3000, 0), 3000);
	check_ret(tee(out, ends[1], 3000, 0), 3000);
	check_ret(read(out, got, 3000), 3000);
	check_bytes(got, data, 3000);
	memset(got, 0, sizeof(got));
	/* Both share the pages, and a stream that goes on leaves them alone. */
	check_send(fd, data + 5000, 3000);
	check_ret(read(ends[0], got, 3000), 3000);
	check_bytes(got, data, 3000);
	check_receive(fd, data + 5000, 3000);

	context("into the stream");
	check_ret(write(in, data, 100), 100);
	check_ret(tee(out, ends[1], 100, 0), 100);
	check_ret(splice(ends[0], NULL, blocking, NULL, 100, 0), 100);
	check_receive(fd, data, 100);
	check_ret(read(out, got, 100), 100);
}

static void sends_file(void)
{
	int file, other = make_file(0);
	ssize_t n;

	start(KMSGPIPE_MODE_STREAM, 0);
	file = make_file(20000);
	check_ret(sendfile(blocking, file, NULL, 20000), 20000);
	check_eq(bytes_ready(fd), 20000);
	read_all(fd, got, 20000);
	check_bytes(got, data, 20000);

	/* The kernel wants a source with positions, unless a pipe is next. */
	check_send(fd, data, 1000);
	check_err(sendfile(other, blocking, NULL, 1000), EINVAL);
	check_eq(bytes_ready(fd), 1000);
	n = sendfile(in, blocking, NULL, 1000);
	if (kernel_before(5, 12)) {
		check_err(n, EINVAL);
		check_receive(fd, data, 1000);
	} else {
		check_ret(n, 1000);
		check_ret(read(out, got, 2000), 1000);
		check_bytes(got, data, 1000);
	}
}

static void messages(void)
{
	int file = make_file(100);

	start(KMSGPIPE_MODE_MESSAGE, 0);
	check_send(fd, "stays", 5);
	check_err(splice(blocking, NULL, in, NULL, 100, 0), EINVAL);
	check_ret(write(in, "stays too", 9), 9);
	check_err(splice(out, NULL, blocking, NULL, 100, 0), EINVAL);
	check_err(sendfile(blocking, file, NULL, 100), EINVAL);
	check_err(sendfile(in, blocking, NULL, 100), EINVAL);
	check_receive(fd, "stays", 5);
	check_empty(fd);
	check_ret(read(out, got, 100), 9);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "from", from_stream },
		{ "to", to_stream },
		{ "empty", empty },
		{ "full-pipe", full_pipe },
		{ "full-stream", full_stream },
		{ "hand-on", hands_on },
		{ "sigpipe", sigpipe },
		{ "tee", tees },
		{ "sendfile", sends_file },
		{ "message", messages },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
