// SPDX-License-Identifier: GPL-2.0
/*
 * A process stalls in a page fault in the middle of a call: it stalls itself
 * and nobody else. Meanwhile 1000 messages pass between two others.
 */
#include <pthread.h>

#include "own.h"
#include "uffd.h"

#define MESSAGES	1000

static const struct call {
	const char *name;
	int writing;
	size_t size;
	int by_ioctl;
} *call;

static int fd;
static struct stall stall;
static unsigned char data[4096];

static void *stalled_call(void *arg)
{
	struct kmsgpipe_message m = MESSAGE(stall.page, call->size);
	ssize_t n;

	(void)arg;
	if (call->by_ioctl) {
		n = ioctl(fd, call->writing ? KMSGPIPE_SEND : KMSGPIPE_RECV,
			  &m);
		n = n ? n : (ssize_t)m.len;
	} else if (call->writing) {
		n = write(fd, stall.page, call->size);
	} else {
		n = read(fd, stall.page, call->size);
	}
	return (void *)(intptr_t)(n < 0 ? -errno : n);
}

/* Two others, of which each waits for the other all the time. */
static void others_go_on(void)
{
	pid_t reader = fork_child(), writer;
	int i, n;

	if (!reader) {
		int from = open_pipe(O_RDONLY), got[100];

		for (i = 0; i < MESSAGES; i++) {
			context("%s, message %d", call->name, i);
			n = read(from, got, sizeof(got));
			check_eq(n, i % 2 ? 8 : 400);
			check_eq(got[0], i);
		}
		_exit(0);
	}
	writer = fork_child();
	if (!writer) {
		int to = open_pipe(O_WRONLY), m[100] = { 0 };

		for (i = 0; i < MESSAGES; i++) {
			m[0] = i;
			check_send(to, m, i % 2 ? 8 : 400);
		}
		_exit(0);
	}
	check_child(writer, 0);
	check_child(reader, 0);
}

static void stalls(const struct call *which)
{
	static unsigned char bytes[4096];
	pthread_t thread;
	void *ret;

	call = which;
	context("%s", call->name);
	own_pipe(CONFIG(.max_msgs = 4));
	fd = open_pipe(O_RDWR);
	stall = stall_make();
	fill_bytes(data, sizeof(data), 7);
	if (!call->writing)
		check_send(fd, data, call->size);

	if (pthread_create(&thread, NULL, stalled_call, NULL))
		die("pthread_create");
	stall_wait(&stall);

	/*
	 * A small message stays in the queue until it can be copied; so that
	 * the others have theirs, it goes to somebody else.
	 */
	if (get_info(fd).messages)
		check_receive(fd, data, call->size);
	others_go_on();

	context("%s, goes on", call->name);
	memcpy(bytes, data, sizeof(bytes));
	if (!call->writing && call->size <= 256 && !call->by_ioctl)
		check_send(fd, data, call->size);
	stall_end(&stall, bytes);
	pthread_join(thread, &ret);
	check_eq((intptr_t)ret, call->size);
	if (call->writing)
		check_receive(fd, data, call->size);
	else
		check_bytes(stall.page, data, call->size);
	check_eq(get_info(fd).messages, 0);
	stall_fail(&stall);
	close(fd);
	remove_own();
}

/* What each of them does, small and large, write and read. */
static void small_write(void)
{
	stalls(&(struct call){ "small write", 1, 64, 0 });
}

static void large_write(void)
{
	stalls(&(struct call){ "large write", 1, 4000, 0 });
	stalls(&(struct call){ "SEND", 1, 64, 1 });
}

static void small_read(void)
{
	stalls(&(struct call){ "small read", 0, 64, 0 });
}

static void large_read(void)
{
	stalls(&(struct call){ "large read", 0, 4000, 0 });
	stalls(&(struct call){ "RECV", 0, 64, 1 });
}

/* A read that stalls with a message taken out. */
static pthread_t start_stalled_read(int flags, uint32_t mode)
{
	static const struct call failing = { "failing read", 0, 4000, 0 };
	pthread_t thread;
	int sender;

	call = &failing;
	own_pipe(CONFIG(.mode = mode));
	sender = open_pipe(O_WRONLY);
	fd = open_pipe(flags);
	stall = stall_make();
	fill_bytes(data, sizeof(data), 7);
	check_send(sender, data, 4000);
	close(sender);
	if (pthread_create(&thread, NULL, stalled_call, NULL))
		die("pthread_create");
	stall_wait(&stall);
	return thread;
}

/* It fails, and the message is the next one again. */
static void fail_stalled_read(pthread_t thread)
{
	void *ret;

	stall_fail(&stall);
	pthread_join(thread, &ret);
	check_eq((intptr_t)ret, -EFAULT);
	check_receive(fd, data, 4000);
}

static void fails(void)
{
	pthread_t thread = start_stalled_read(O_RDWR, KMSGPIPE_MODE_MESSAGE);

	check_send(fd, "later", 5);
	fail_stalled_read(thread);
	check_receive(fd, "later", 5);
	check_eq(get_info(fd).messages, 0);
}

/* A reader in open() comes in to what is given back. */
static void lets_in(uint32_t mode)
{
	pthread_t thread = start_stalled_read(O_RDONLY, mode);
	pid_t pid;
	void *ret;

	check_ret(set_value(fd, KMSGPIPE_SET_EOF, KMSGPIPE_EOF_HANGUP), 0);
	pid = fork_child();
	if (!pid) {
		/* The stall ends with its last descriptor. */
		close(stall.fd);
		_exit(open(test.path, O_RDONLY) < 0 ? errno : 0);
	}
	wait_blocked(pid, SYS_openat);
	stall_fail(&stall);
	pthread_join(thread, &ret);
	check_eq((intptr_t)ret, -EFAULT);
	check_child(pid, 0);
}

static void lets_in_both(void)
{
	context("message mode");
	lets_in(KMSGPIPE_MODE_MESSAGE);
	close(fd);
	remove_own();
	context("stream mode");
	lets_in(KMSGPIPE_MODE_STREAM);
}

/* The mode of a pipe stays while somebody may give a message back. */
static void keeps_mode(void)
{
	pthread_t thread = start_stalled_read(O_RDWR, KMSGPIPE_MODE_MESSAGE);

	check_err(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM),
		  EBUSY);
	fail_stalled_read(thread);
	check_ret(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM), 0);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "small-write", small_write },
		{ "large-write", large_write },
		{ "small-read", small_read },
		{ "large-read", large_read },
		{ "fails", fails },
		{ "lets-in", lets_in_both },
		{ "keeps-mode", keeps_mode },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
