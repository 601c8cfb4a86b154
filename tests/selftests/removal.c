// SPDX-License-Identifier: GPL-2.0
/*
 * A pipe is removed while it is in use: who waits is told, what is queued can
 * still be read, and the number may be that of another pipe at once.
 */
#include <sys/epoll.h>

#include "own.h"

#ifndef SYS_poll
#define SYS_poll	SYS_ppoll
#endif

#define HUNG_UP	(POLLHUP | POLLERR)

static int fd, blocking;

static void start(struct kmsgpipe_config config)
{
	own_pipe(config);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	blocking = open_pipe(O_RDWR);
}

static void gone_for_writers(void)
{
	struct kmsgpipe_message m = MESSAGE("x", 1);
	struct iovec part = { "x", 1 };

	check_err(write(blocking, "x", 1), ENODEV);
	check_err(write(fd, "x", 1), ENODEV);
	check_err(writev(fd, &part, 1), ENODEV);
	check_err(ioctl(fd, KMSGPIPE_SEND, &m), ENODEV);
}

static void gone_for_readers(void)
{
	struct kmsgpipe_message m;
	char buf[64];
	struct iovec part = { buf, sizeof(buf) };

	check_err(read(blocking, buf, sizeof(buf)), ENODEV);
	check_err(read(fd, buf, sizeof(buf)), ENODEV);
	check_err(readv(fd, &part, 1), ENODEV);
	m = MESSAGE(buf, sizeof(buf));
	check_err(ioctl(fd, KMSGPIPE_RECV, &m), ENODEV);
	m = MESSAGE(buf, sizeof(buf), .flags = KMSGPIPE_IO_PEEK);
	check_err(ioctl(fd, KMSGPIPE_RECV, &m), ENODEV);
	check_eq(bytes_ready(fd), 0);
}

static void drain(void)
{
	uint32_t mode;

	for (mode = 0; mode < 2; mode++) {
		context("mode %u", mode);
		start(CONFIG(.mode = mode));
		check_send(fd, "one", 3);
		check_send(fd, "two", 3);
		remove_own();
		check_err(open(test.path, O_RDWR), ENOENT);
		check_err(try_remove(own.index), ENODEV);
		gone_for_writers();
		check_eq(poll_now(fd), HUNG_UP | POLL_READABLE);
		if (mode) {
			check_receive(fd, "onetwo", 6);
		} else {
			check_receive(blocking, "one", 3);
			check_eq(poll_now(fd), HUNG_UP | POLL_READABLE);
			check_receive(fd, "two", 3);
		}
		check_eq(poll_now(fd), HUNG_UP);
		gone_for_readers();
		gone_for_writers();
		/* No policy changes that. */
		check_ret(set_value(fd, KMSGPIPE_SET_EOF, KMSGPIPE_EOF_EMPTY),
			  0);
		gone_for_readers();
		check_eq(poll_now(fd), HUNG_UP);
		check_eq(get_stats(fd).received, mode ? 1 : 2);
		close(fd);
		close(blocking);
	}
}

/* What a child does that has to sleep; ends with the error, 0 if none. */
static int reads(void)
{
	char c;

	return read(blocking, &c, 1) < 0 ? errno : 0;
}

static int writes(void)
{
	return write(blocking, "x", 1) < 0 ? errno : 0;
}

static int receives(void)
{
	char c;
	struct kmsgpipe_message m = MESSAGE(&c, 1);

	return ioctl(blocking, KMSGPIPE_RECV, &m) ? errno : 0;
}

static int sends(void)
{
	struct kmsgpipe_message m = MESSAGE("x", 1);

	return ioctl(blocking, KMSGPIPE_SEND, &m) ? errno : 0;
}

static int polls(void)
{
	/* Nothing asked for: only the end is told. */
	struct pollfd p = { .fd = blocking };

	return poll(&p, 1, -1) == 1 ? p.revents : 0;
}

static int epolls(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, blocking, &event) ||
	    epoll_wait(ep, &event, 1, -1) != 1)
		die("epoll");
	return event.events;
}

static int splices(void)
{
	int ends[2];

	if (pipe(ends) || write(ends[1], "x", 1) != 1)
		die("pipe");
	return splice(ends[0], NULL, blocking, NULL, 1, 0) < 0 ? errno : 0;
}

static int opens(void)
{
	return open(test.path, O_RDONLY) < 0 ? errno : 0;
}

#ifndef SYS_epoll_wait
#define SYS_epoll_wait	SYS_epoll_pwait
#endif

static const struct sleeper {
	const char *name;
	int (*run)(void);
	long nr;
	int full;	/* of messages, or of bytes if a stream */
	int stream;
	int status;
} sleepers[] = {
	{ "read", reads, SYS_read, 0, 0, ENODEV },
	{ "read, stream", reads, SYS_read, 0, 1, ENODEV },
	{ "write", writes, SYS_write, 1, 0, ENODEV },
	{ "write, stream", writes, SYS_write, 1, 1, ENODEV },
	{ "RECV", receives, SYS_ioctl, 0, 0, ENODEV },
	{ "SEND", sends, SYS_ioctl, 1, 0, ENODEV },
	{ "poll", polls, SYS_poll, 0, 0, HUNG_UP },
	{ "epoll", epolls, SYS_epoll_wait, 0, 0, HUNG_UP },
	{ "splice", splices, SYS_splice, 1, 1, ENODEV },
};

/* Several of each, and all of them learn of it. */
static void asleep(void)
{
	enum { EACH = 3 };
	pid_t pid[EACH];
	size_t i;
	int j;

	for (i = 0; i < ARRAY_SIZE(sleepers); i++) {
		const struct sleeper *s = &sleepers[i];

		context("%s", s->name);
		start(CONFIG(.mode = s->stream, .max_msgs = 1,
			     .max_bytes = 4096));
		if (s->full && s->stream)
			fill_stream(fd);
		else if (s->full)
			check_send(fd, "f", 1);
		for (j = 0; j < EACH; j++) {
			pid[j] = fork_child();
			if (!pid[j])
				_exit(s->run());
		}
		for (j = 0; j < EACH; j++)
			wait_blocked(pid[j], s->nr);
		remove_own();
		for (j = 0; j < EACH; j++)
			check_child(pid[j], s->status);
		close(fd);
		close(blocking);
	}
}

/* Waiting for the other side in open(). */
static void opening(void)
{
	pid_t pid;

	own_pipe(CONFIG(.eof = KMSGPIPE_EOF_HANGUP));
	pid = fork_child();
	if (!pid)
		_exit(opens());
	wait_blocked(pid, SYS_openat);
	remove_own();
	check_child(pid, ENODEV);
}

/* The old file and the new pipe of the same number have nothing in common. */
static void reuse(void)
{
	int old, old_reader;
	uint32_t index;
	pid_t pid;

	own_pipe(CONFIG());
	index = own.index;
	old = open_pipe(O_RDWR | O_NONBLOCK);
	old_reader = open_pipe(O_RDONLY);
	check_send(old, "old", 3);
	remove_own();
	own_pipe(CONFIG(.mode = KMSGPIPE_MODE_STREAM));
	check_eq(own.index, index);
	fd = open_pipe(O_RDWR | O_NONBLOCK);

	check_send(fd, "new", 3);
	check_err(write(old, "x", 1), ENODEV);
	check_eq(poll_now(old), HUNG_UP | POLL_READABLE);
	check_eq(get_info(old).mode, KMSGPIPE_MODE_MESSAGE);
	check_eq(get_info(fd).mode, KMSGPIPE_MODE_STREAM);
	check_eq(get_stats(fd).sent, 1);
	check_receive(old_reader, "old", 3);
	check_err(read(old, &pid, 1), ENODEV);
	check_receive(fd, "new", 3);

	/* The old one's end is none for who sleeps in the new one. */
	pid = fork_child();
	if (!pid) {
		char c;

		check_ret(read(open_pipe(O_RDONLY), &c, 1), 1);
		_exit(0);
	}
	wait_blocked(pid, SYS_read);
	close(old);
	close(old_reader);
	wait_blocked(pid, SYS_read);
	check_send(fd, "y", 1);
	check_child(pid, 0);
}

/* Opening and using what comes and goes, in every order. */
static void churn(void)
{
	enum { USERS = 4, ROUNDS = 60 };
	int *stop = share_memory(sizeof(*stop));
	long *opened = share_memory(sizeof(*opened));
	pid_t user[USERS];
	int i;

	own_pipe(CONFIG(.max_msgs = 4));
	for (i = 0; i < USERS; i++) {
		user[i] = fork_child();
		if (user[i])
			continue;
		while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
			char buf[1000];
			int f = open(test.path, O_RDWR | O_NONBLOCK);

			test_at(__FILE__, __LINE__, "open");
			if (f < 0) {
				check_true(errno == ENOENT || errno == ENXIO ||
					   errno == ENODEV);
				sched_yield();
				continue;
			}
			__atomic_fetch_add(opened, 1, __ATOMIC_RELAXED);
			if (write(f, buf, i % 2 ? 8 : 1000) < 0)
				check_true(errno == EAGAIN || errno == ENODEV);
			poll_now(f);
			get_info(f);
			if (read(f, buf, sizeof(buf)) < 0)
				check_true(errno == EAGAIN || errno == ENODEV);
			close(f);
		}
		_exit(0);
	}
	for (i = 0; i < ROUNDS; i++) {
		long before = __atomic_load_n(opened, __ATOMIC_RELAXED);

		context("round %d", i);
		/* Each one is used. */
		wait_until(__atomic_load_n(opened, __ATOMIC_RELAXED) > before);
		remove_own();
		own_pipe(CONFIG(.max_msgs = 4, .ttl_ms = i % 2,
				.mode = i / 2 % 2));
	}
	__atomic_store_n(stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < USERS; i++)
		check_child(user[i], 0);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "drain", drain },
		{ "asleep", asleep },
		{ "opening", opening },
		{ "reuse", reuse },
		{ "churn", churn },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
