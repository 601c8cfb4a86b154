// SPDX-License-Identifier: GPL-2.0
/*
 * What a reader of an empty pipe gets, by policy: never (it waits), empty (end
 * of file), hangup (as fifo(7)). The last is compared with a real FIFO.
 */
#include <sys/stat.h>

#include "own.h"

#ifndef SYS_poll
#define SYS_poll	SYS_ppoll
#endif

static void pipe_with(uint32_t eof, uint32_t mode)
{
	own_pipe(CONFIG(.eof = eof, .mode = mode, .max_msgs = 1,
			.max_bytes = 65536));
}

static int set_eof(int fd, uint32_t eof)
{
	return set_value(fd, KMSGPIPE_SET_EOF, eof);
}

/* A child asleep in read(); exits 0 at the end of file, 1 with a message. */
static pid_t start_reader(int fd)
{
	pid_t pid = fork_child();
	char c;

	if (!pid)
		_exit(read(fd, &c, 1));
	wait_blocked(pid, SYS_read);
	return pid;
}

/* A child asleep in write(), all signals as usual. */
static pid_t start_writer(int fd)
{
	pid_t pid = fork_child();

	if (!pid)
		_exit(write(fd, "x", 1) < 0 ? errno : 0);
	wait_blocked(pid, SYS_write);
	return pid;
}

/* A child asleep in open(); exits with the error, 0 if it got in. */
static pid_t start_opener(int flags)
{
	pid_t pid = fork_child();

	if (!pid)
		_exit(open(test.path, flags) < 0 ? errno : 0);
	wait_blocked(pid, SYS_openat);
	return pid;
}

static void never(void)
{
	pid_t reader;
	int in, out;
	char c;

	pipe_with(KMSGPIPE_EOF_NEVER, 0);
	out = open_pipe(O_RDONLY);
	check_eq(poll_now(out), 0);
	reader = start_reader(out);
	in = open_pipe(O_WRONLY);
	close(in);
	check_eq(poll_now(out), 0);
	wait_blocked(reader, SYS_read);
	in = open_pipe(O_WRONLY);
	check_send(in, "x", 1);
	check_child(reader, 1);
	close(out);
	/* Nobody reads, and there is no error. */
	check_send(in, "y", 1);
	check_ret(read(open_pipe(O_RDONLY), &c, 1), 1);
}

static void empty(void)
{
	struct kmsgpipe_message m;
	char buf[8];
	int fd;

	pipe_with(KMSGPIPE_EOF_EMPTY, 0);
	fd = open_pipe(O_RDWR);
	check_ret(read(fd, buf, 8), 0);
	check_eq(poll_now(fd), POLL_READABLE | POLL_WRITABLE);
	m = MESSAGE(buf, 8);
	check_ret(ioctl(fd, KMSGPIPE_RECV, &m), 0);
	check_eq(m.len, 0);
	check_send(fd, "there", 5);
	check_receive(fd, "there", 5);
	check_ret(read(fd, buf, 8), 0);
	check_ret(read(open_pipe(O_RDONLY | O_NONBLOCK), buf, 8), 0);
	check_ret(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM), 0);
	check_ret(read(fd, buf, 8), 0);
}

/*
 * A writer who is refused was none, not even for a moment: as long as none was
 * let in, a reader who comes meanwhile waits at the door.
 */
static void refused(void)
{
	enum { COMING = 1, IN };
	int *reader = share_memory(sizeof(*reader));
	int i, at, more, w;
	pid_t pid;

	pipe_with(KMSGPIPE_EOF_HANGUP, 0);
	for (i = 0; i < 200; i++) {
		context("round %d", i);
		__atomic_store_n(reader, 0, __ATOMIC_SEQ_CST);
		pid = fork_child();
		if (!pid) {
			__atomic_store_n(reader, COMING, __ATOMIC_SEQ_CST);
			open_pipe(O_RDONLY);
			__atomic_store_n(reader, IN, __ATOMIC_SEQ_CST);
			for (;;)
				pause();
		}
		/* Until he is there and lets the writer in, or nearly so. */
		for (more = 5, w = -1; more;) {
			w = open(test.path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
			if (w >= 0)
				break;
			check_eq(errno, ENXIO);
			at = __atomic_load_n(reader, __ATOMIC_SEQ_CST);
			check_true(at != IN);
			more -= at == COMING;
		}
		while (w < 0 && !is_blocked(pid, SYS_openat)) {
			at = __atomic_load_n(reader, __ATOMIC_SEQ_CST);
			check_true(at != IN);
			short_pause();
		}
		if (w < 0)
			w = open_pipe(O_WRONLY | O_NONBLOCK);
		wait_until(__atomic_load_n(reader, __ATOMIC_SEQ_CST) == IN);
		close(w);
		kill_child(pid);
	}
}

/* open() is a rendezvous. */
static void rendezvous(void)
{
	int r, w, both;
	pid_t pid;
	char c;

	pipe_with(KMSGPIPE_EOF_HANGUP, 0);

	context("a writer alone, without waiting");
	check_err(open(test.path, O_WRONLY | O_NONBLOCK), ENXIO);

	context("a reader waits for a writer");
	pid = start_opener(O_RDONLY);
	w = open_pipe(O_WRONLY);
	check_child(pid, 0);
	close(w);

	context("a reader waits for a writer who does not wait");
	pid = start_opener(O_RDONLY);
	w = open_pipe(O_WRONLY | O_NONBLOCK);
	check_child(pid, 0);
	close(w);

	context("a writer waits for a reader");
	pid = start_opener(O_WRONLY);
	r = open_pipe(O_RDONLY);
	check_child(pid, 0);
	close(r);

	context("a writer who came and went was a writer");
	pid = fork_child();
	if (!pid) {
		r = open_pipe(O_RDONLY);
		check_ret(read(r, &c, 1), 1);
		check_ret(read(r, &c, 1), 0);
		_exit(0);
	}
	wait_blocked(pid, SYS_openat);
	w = open_pipe(O_WRONLY);
	check_send(w, "x", 1);
	close(w);
	check_child(pid, 0);

	context("a reader who does not wait");
	r = open_pipe(O_RDONLY | O_NONBLOCK);
	check_ret(read(r, &c, 1), 0);
	w = open_pipe(O_WRONLY | O_NONBLOCK);
	check_err(read(r, &c, 1), EAGAIN);
	close(r);
	close(w);

	context("reader and writer in one");
	both = open_pipe(O_RDWR);
	close(both);

	context("data is as good as a writer");
	both = open_pipe(O_RDWR);
	check_send(both, "x", 1);
	close(both);
	r = open_pipe(O_RDONLY);
	check_ret(read(r, &c, 1), 1);
	check_ret(read(r, &c, 1), 0);
	close(r);

	context("a message whose time is over is no data");
	both = open_pipe(O_RDWR);
	check_ret(set_cleanup(both, 0, 0), 0);
	check_ret(send_ttl(both, "x", 1, 0, 30), 0);
	close(both);
	wait_boottime(boottime_ms() + 31);
	pid = start_opener(O_RDONLY);
	w = open_pipe(O_WRONLY | O_NONBLOCK);
	check_child(pid, 0);
	close(w);

	context("a signal");
	pid = fork_child();
	if (!pid) {
		open_pipe(O_RDONLY);
		_exit(0);
	}
	wait_blocked(pid, SYS_openat);
	kill(pid, SIGUSR1);
	check_child(pid, 128 + SIGUSR1);
	check_err(open(test.path, O_WRONLY | O_NONBLOCK), ENXIO);

	context("another policy");
	r = open_pipe(O_RDONLY | O_NONBLOCK);
	pid = start_opener(O_RDONLY);
	check_ret(set_eof(r, KMSGPIPE_EOF_NEVER), 0);
	check_child(pid, 0);
}

/*
 * What poll, read and write say through the life of a FIFO, noted down.
 */
struct notes {
	int value[64];
	int line[64];
	int nr;
};

#define note(_notes, _value)						\
	do {								\
		(_notes)->line[(_notes)->nr] = __LINE__;		\
		(_notes)->value[(_notes)->nr++] = (_value);		\
	} while (0)

static int result(ssize_t ret)
{
	return ret < 0 ? -errno : ret;
}

static void life(const char *path, struct notes *n)
{
	int r, w, both;
	char c;

	n->nr = 0;
	note(n, result(open(path, O_WRONLY | O_NONBLOCK)));
	r = open_file(path, O_RDONLY | O_NONBLOCK);
	note(n, poll_now(r));
	note(n, result(read(r, &c, 1)));
	w = open_file(path, O_WRONLY | O_NONBLOCK);
	note(n, poll_now(r));
	note(n, poll_now(w));
	note(n, result(read(r, &c, 1)));
	note(n, result(write(w, "a", 1)));
	note(n, poll_now(r));
	note(n, result(read(r, &c, 1)));
	note(n, poll_now(r));
	close(w);
	note(n, poll_now(r));
	note(n, result(read(r, &c, 1)));
	note(n, poll_now(r));
	w = open_file(path, O_WRONLY | O_NONBLOCK);
	note(n, poll_now(r));
	note(n, poll_now(w));
	note(n, result(write(w, "b", 1)));
	close(w);
	note(n, poll_now(r));
	note(n, result(read(r, &c, 1)));
	note(n, poll_now(r));
	w = open_file(path, O_WRONLY | O_NONBLOCK);
	close(r);
	note(n, poll_now(w));
	note(n, result(write(w, "c", 1)));
	note(n, poll_now(w));
	r = open_file(path, O_RDONLY | O_NONBLOCK);
	note(n, poll_now(w));
	note(n, poll_now(r));
	close(w);
	note(n, poll_now(r));
	close(r);

	both = open_file(path, O_RDWR | O_NONBLOCK);
	note(n, poll_now(both));
	note(n, result(read(both, &c, 1)));
	note(n, result(write(both, "d", 1)));
	note(n, poll_now(both));
	note(n, result(read(both, &c, 1)));
	r = open_file(path, O_RDONLY | O_NONBLOCK);
	note(n, poll_now(r));
	close(both);
	note(n, poll_now(r));
	close(r);
	/* A reader who came while there was no writer has seen none go. */
	r = open_file(path, O_RDONLY | O_NONBLOCK);
	note(n, poll_now(r));
	close(r);
}

static void as_fifo(uint32_t mode)
{
	char path[] = "/tmp/kmsgpipe-fifo.XXXXXX";
	struct notes got, want;
	int i;

	context("mode %u", mode);
	signal(SIGPIPE, SIG_IGN);
	own_pipe(CONFIG(.eof = KMSGPIPE_EOF_HANGUP, .mode = mode));
	if (!mkdtemp(path) || chdir(path) || mkfifo("fifo", 0600))
		die("mkfifo");
	life("fifo", &want);
	life(test.path, &got);
	if (unlink("fifo") || chdir("/") || rmdir(path))
		die(path);
	check_eq(got.nr, want.nr);
	for (i = 0; i < want.nr; i++) {
		context("mode %u, line %d", mode, want.line[i]);
		check_eq(got.value[i], want.value[i]);
	}
	signal(SIGPIPE, SIG_DFL);
}

static void fifo(void)
{
	as_fifo(KMSGPIPE_MODE_MESSAGE);
	as_fifo(KMSGPIPE_MODE_STREAM);
}

/* Nobody to read: EPIPE, and a signal unless it is ignored. */
static void epipe(void)
{
	struct iovec part = { "x", 1 };
	struct kmsgpipe_message m = MESSAGE("x", 1);
	int r, w;
	pid_t pid;

	pipe_with(KMSGPIPE_EOF_HANGUP, 0);
	r = open_pipe(O_RDONLY | O_NONBLOCK);
	w = open_pipe(O_WRONLY);
	close(r);

	signal(SIGPIPE, SIG_IGN);
	check_err(write(w, "x", 1), EPIPE);
	check_err(writev(w, &part, 1), EPIPE);
	check_err(ioctl(w, KMSGPIPE_SEND, &m), EPIPE);
	check_ret(write(w, "x", 0), 0);
	signal(SIGPIPE, SIG_DFL);

	pid = fork_child();
	if (!pid) {
		if (write(w, "x", 1) < 0)
			_exit(1);
		_exit(0);
	}
	check_child(pid, 128 + SIGPIPE);
	pid = fork_child();
	if (!pid) {
		if (writev(w, &part, 1) < 0)
			_exit(1);
		_exit(0);
	}
	check_child(pid, 128 + SIGPIPE);

	/* A reader comes, and all is well. */
	r = open_pipe(O_RDONLY);
	check_send(w, "x", 1);
	check_receive(r, "x", 1);
}

/* A write that was half done when the last reader left, as with a FIFO. */
static void partial_status(const char *path, int *status)
{
	static char data[300000];
	int r = open_file(path, O_RDONLY | O_NONBLOCK);
	pid_t pid = fork_child();

	if (!pid) {
		int w = open(path, O_WRONLY);

		close(r);
		_exit(write(w, data, sizeof(data)) < 0 ? errno : 0);
	}
	wait_blocked(pid, SYS_write);
	close(r);
	*status = wait_child(pid);
}

static void partial(void)
{
	char path[] = "/tmp/kmsgpipe-fifo.XXXXXX";
	int got, want;

	pipe_with(KMSGPIPE_EOF_HANGUP, KMSGPIPE_MODE_STREAM);
	if (!mkdtemp(path) || chdir(path) || mkfifo("fifo", 0600))
		die("mkfifo");
	partial_status("fifo", &want);
	partial_status(test.path, &got);
	if (unlink("fifo") || chdir("/") || rmdir(path))
		die(path);
	check_eq(got, want);
}

/* Whoever sleeps when the other side goes. */
static void wakes(void)
{
	struct pollfd p;
	int r, w;
	pid_t pid;

	pipe_with(KMSGPIPE_EOF_HANGUP, 0);
	signal(SIGPIPE, SIG_IGN);

	context("reader");
	r = open_pipe(O_RDONLY | O_NONBLOCK);
	fcntl(r, F_SETFL, 0);
	w = open_pipe(O_WRONLY);
	pid = fork_child();
	if (!pid) {
		char c;

		close(w);
		_exit(read(r, &c, 1));
	}
	wait_blocked(pid, SYS_read);
	close(w);
	check_child(pid, 0);

	context("reader in poll()");
	w = open_pipe(O_WRONLY);
	pid = fork_child();
	if (!pid) {
		close(w);
		p = (struct pollfd){ .fd = r, .events = POLLIN };
		check_ret(poll(&p, 1, -1), 1);
		_exit(p.revents);
	}
	wait_blocked(pid, SYS_poll);
	close(w);
	check_child(pid, POLLHUP);

	context("writer");
	w = open_pipe(O_WRONLY);
	check_send(w, "x", 1);
	pid = fork_child();
	if (!pid) {
		close(r);
		_exit(write(w, "x", 1) < 0 ? errno : 0);
	}
	wait_blocked(pid, SYS_write);
	close(r);
	check_child(pid, EPIPE);

	context("writer in poll()");
	r = open_pipe(O_RDONLY | O_NONBLOCK);
	pid = fork_child();
	if (!pid) {
		close(r);
		p = (struct pollfd){ .fd = w, .events = POLLOUT };
		check_ret(poll(&p, 1, -1), 1);
		_exit(p.revents & ~POLLOUT);
	}
	wait_blocked(pid, SYS_poll);
	close(r);
	check_child(pid, POLLERR);
	signal(SIGPIPE, SIG_DFL);
}

/* Whoever sleeps when the policy changes. */
static void changes(void)
{
	int r, w;
	pid_t pid;
	char c;

	pipe_with(KMSGPIPE_EOF_NEVER, 0);
	signal(SIGPIPE, SIG_IGN);
	r = open_pipe(O_RDONLY);
	check_err(set_eof(r, 3), EINVAL);
	check_eq(get_info(r).eof, KMSGPIPE_EOF_NEVER);

	context("never to empty");
	pid = start_reader(r);
	check_ret(set_eof(r, KMSGPIPE_EOF_EMPTY), 0);
	check_child(pid, 0);
	check_eq(get_info(r).eof, KMSGPIPE_EOF_EMPTY);

	context("never to hangup");
	check_ret(set_eof(r, KMSGPIPE_EOF_NEVER), 0);
	pid = start_reader(r);
	check_ret(set_eof(r, KMSGPIPE_EOF_HANGUP), 0);
	check_child(pid, 0);
	check_ret(read(r, &c, 1), 0);

	context("a writer without readers");
	check_ret(set_eof(r, KMSGPIPE_EOF_NEVER), 0);
	close(r);
	w = open_pipe(O_WRONLY);
	check_send(w, "x", 1);
	pid = start_writer(w);
	check_ret(set_eof(w, KMSGPIPE_EOF_HANGUP), 0);
	check_child(pid, EPIPE);
	check_ret(set_eof(w, KMSGPIPE_EOF_NEVER), 0);
	pid = start_writer(w);
	r = open_pipe(O_RDONLY);
	check_ret(read(r, &c, 1), 1);
	check_child(pid, 0);
	signal(SIGPIPE, SIG_DFL);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "never", never },
		{ "empty", empty },
		{ "open", rendezvous },
		{ "refused", refused },
		{ "fifo", fifo },
		{ "epipe", epipe },
		{ "partial", partial },
		{ "wake", wakes },
		{ "change", changes },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
