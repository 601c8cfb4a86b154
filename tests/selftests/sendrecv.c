// SPDX-License-Identifier: GPL-2.0
/*
 * SEND and RECV: priorities, lives, and what a message tells of its sender.
 */
#include <pthread.h>

#include "own.h"
#include "uffd.h"

static int fd;

static void fresh_pipe(void)
{
	own_pipe(CONFIG());
	fd = open_pipe(O_RDWR | O_NONBLOCK);
}

static int recv_message(int from, struct kmsgpipe_message *m)
{
	return ioctl(from, KMSGPIPE_RECV, m);
}

/* The next message, whatever it is. */
static struct kmsgpipe_message received(void)
{
	static char buf[4096];
	struct kmsgpipe_message m = MESSAGE(buf, sizeof(buf));

	test_check_ret(recv_message(fd, &m), 0);
	return m;
}

static void priority(void)
{
	uint32_t i, prio;
	char text[16];

	fresh_pipe();
	check_ret(send_ttl(fd, "0a", 2, 0, 0), 0);
	check_ret(send_ttl(fd, "5a", 2, 5, 0), 0);
	check_ret(send_ttl(fd, "31", 2, 31, 0), 0);
	check_send(fd, "0b", 2);
	check_ret(send_ttl(fd, "5b", 2, 5, 0), 0);
	check_receive(fd, "31", 2);
	check_receive(fd, "5a", 2);
	check_ret(send_ttl(fd, "6", 1, 6, 0), 0);
	check_receive(fd, "6", 1);
	check_receive(fd, "5b", 2);
	check_receive(fd, "0a", 2);
	check_receive(fd, "0b", 2);
	check_empty(fd);

	/* All there are, in no order, three times. */
	for (i = 0; i < 3 * 32; i++) {
		prio = i * 13 % 32;
		snprintf(text, sizeof(text), "%02u %u", prio, i / 32);
		check_ret(send_ttl(fd, text, sizeof(text), prio, 0), 0);
	}
	for (i = 0; i < 3 * 32; i++) {
		struct kmsgpipe_message m = received();

		prio = 31 - i / 3;
		context("message %u", i);
		check_eq(m.prio, prio);
		snprintf(text, sizeof(text), "%02u %u", prio, i % 3);
		check_bytes((char *)(uintptr_t)m.buf, text, 5);
	}
	end_context();
	check_empty(fd);
}

static int64_t realtime_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void metadata(void)
{
	struct kmsgpipe_message m;
	int64_t before, after;
	pid_t pid;
	int i;

	fresh_pipe();
	before = realtime_ns();
	/* What one SEND returned does not keep the next from being sent. */
	m = MESSAGE("from ioctl", 10, .prio = 3);
	for (i = 0; i < 3; i++) {
		check_ret(ioctl(fd, KMSGPIPE_SEND, &m), 0);
		check_eq(m.seq, 2 * i);
		check_send(fd, "from write", 10);
	}
	after = realtime_ns();
	for (i = 0; i < 6; i++) {
		context("message %d", i);
		m = received();
		check_eq(m.len, 10);
		check_eq(m.prio, i < 3 ? 3 : 0);
		check_eq(m.seq, i < 3 ? 2 * i : 2 * (i - 3) + 1);
		check_eq(m.pid, getpid());
		check_eq(m.uid, 0);
		check_true(m.ttl_ms == KMSGPIPE_TTL_NEVER);
		/* The clock that is read moves in ticks. */
		check_true((int64_t)m.sent_ns >= before - 20000000);
		check_true((int64_t)m.sent_ns <= after);
		check_eq(m.flags, 0);
		check_eq(m.reserved, 0);
	}

	context("another process and user");
	pid = fork_child();
	if (!pid) {
		drop_privileges();
		check_ret(send_ttl(fd, "x", 1, 0, 0), 0);
		check_send(fd, "y", 1);
		_exit(0);
	}
	check_child(pid, 0);
	for (i = 0; i < 2; i++) {
		m = received();
		check_eq(m.pid, pid);
		check_eq(m.uid, 65534);
	}

	context("a process ID namespace");
	check_send(fd, "from outside", 12);
	pid = fork_child();
	if (!pid) {
		/* unshare() is about the children. */
		if (syscall(SYS_unshare, 0x20000000 /* CLONE_NEWPID */))
			die("unshare");
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			m = received();
			check_eq(m.pid, 0);
			check_eq(getpid(), 1);
			check_send(fd, "from inside", 11);
			m = received();
			check_eq(m.pid, 1);
			_exit(0);
		}
		check_child(pid, 0);
		_exit(0);
	}
	check_child(pid, 0);
}

static void ttl(void)
{
	struct kmsgpipe_message m;

	fresh_pipe();
	check_ret(send_ttl(fd, "a", 1, 0, 3600000), 0);
	check_ret(send_ttl(fd, "b", 1, 0, KMSGPIPE_TTL_NEVER), 0);
	check_ret(send_ttl(fd, "c", 1, 0, 0), 0);
	check_ret(set_value(fd, KMSGPIPE_SET_TTL, 7200000), 0);
	check_eq(get_info(fd).ttl_ms, 7200000);
	check_send(fd, "d", 1);
	check_ret(send_ttl(fd, "e", 1, 0, 3600000), 0);
	check_ret(send_ttl(fd, "f", 1, 0, KMSGPIPE_TTL_NEVER), 0);

	context("a");
	m = received();
	check_true(m.ttl_ms > 3000000 && m.ttl_ms <= 3600000);
	context("b");
	check_eq(received().ttl_ms, KMSGPIPE_TTL_NEVER);
	context("c");
	check_eq(received().ttl_ms, KMSGPIPE_TTL_NEVER);
	context("d");
	m = received();
	check_true(m.ttl_ms > 7000000 && m.ttl_ms <= 7200000);
	context("e");
	m = received();
	check_true(m.ttl_ms > 3000000 && m.ttl_ms <= 3600000);
	context("f");
	check_eq(received().ttl_ms, KMSGPIPE_TTL_NEVER);
}

static void peek(void)
{
	struct kmsgpipe_message m;
	char buf[4096];
	int i;

	fresh_pipe();
	m = MESSAGE(buf, sizeof(buf), .flags = KMSGPIPE_IO_PEEK);
	check_err(recv_message(fd, &m), EAGAIN);
	check_ret(send_ttl(fd, "low", 3, 1, 0), 0);
	check_ret(send_ttl(fd, "high", 4, 2, 3600000), 0);
	for (i = 0; i < 3; i++) {
		m = MESSAGE(buf, sizeof(buf), .flags = KMSGPIPE_IO_PEEK);
		check_ret(recv_message(fd, &m), 0);
		check_eq(m.len, 4);
		check_bytes(buf, "high", 4);
		check_eq(m.prio, 2);
		check_eq(m.seq, 1);
		check_true(m.ttl_ms <= 3600000);
	}
	check_eq(get_stats(fd).received, 0);
	check_eq(get_info(fd).messages, 2);
	m = MESSAGE(buf, 2, .flags = KMSGPIPE_IO_PEEK);
	check_err(recv_message(fd, &m), EMSGSIZE);
	check_eq(m.len, 4);
	m = MESSAGE(BAD_ADDRESS, 100, .flags = KMSGPIPE_IO_PEEK);
	check_err(recv_message(fd, &m), EFAULT);
	check_receive(fd, "high", 4);
	check_receive(fd, "low", 3);
	check_empty(fd);
}

/* Peeks into memory whose first use stalls. */
static void *stalled_peek(void *arg)
{
	struct stall *stall = arg;
	struct kmsgpipe_message m = MESSAGE(stall->page, page_size(),
					    .flags = KMSGPIPE_IO_PEEK);

	return (void *)(intptr_t)(recv_message(fd, &m) ? -errno : (int)m.len);
}

static pthread_t start_peeker(struct stall *stall)
{
	pthread_t thread;

	*stall = stall_make();
	if (pthread_create(&thread, NULL, stalled_peek, stall))
		die("pthread_create");
	stall_wait(stall);
	return thread;
}

/*
 * A message is taken, and its memory would be used again, while two who peek
 * stall in the middle of copying it.
 */
static void peek_taken(size_t size, int clear)
{
	unsigned char *data = xmalloc(4096), *other = xmalloc(4096);
	struct stall stall[2];
	pthread_t thread[2];
	void *ret;
	int i;

	context("size %zu, %s", size, clear ? "cleared" : "read");
	fresh_pipe();
	fill_bytes(data, size, 1);
	fill_bytes(other, size, 2);
	check_send(fd, data, size);
	thread[0] = start_peeker(&stall[0]);
	thread[1] = start_peeker(&stall[1]);

	if (clear)
		check_eq(drop_messages(fd, KMSGPIPE_CLEAR_QUEUE), 1);
	else
		check_receive(fd, data, size);
	check_eq(get_info(fd).messages, 0);
	for (i = 0; i < 200; i++) {
		check_send(fd, other, size);
		check_send(fd, other, size);
		check_receive(fd, other, size);
		check_receive(fd, other, size);
	}

	/* One gets what he saw; to the other the memory is lost. */
	stall_end(&stall[0], other);
	pthread_join(thread[0], &ret);
	check_eq((intptr_t)ret, size);
	check_bytes(stall[0].page, data, size);
	stall_fail(&stall[1]);
	pthread_join(thread[1], &ret);
	check_eq((intptr_t)ret, -EFAULT);
	stall_fail(&stall[0]);
	check_empty(fd);
	check_send(fd, other, size);
	check_receive(fd, other, size);
	free(data);
	free(other);
}

/* The same, and whoever took the message gives it back. */
static void peek_given_back(void)
{
	unsigned char data[4096];
	struct stall stall;
	pthread_t thread;
	void *ret;

	context("given back");
	fresh_pipe();
	fill_bytes(data, sizeof(data), 3);
	check_send(fd, data, sizeof(data));
	thread = start_peeker(&stall);
	check_err(read(fd, BAD_ADDRESS, sizeof(data)), EFAULT);
	stall_end(&stall, data);
	pthread_join(thread, &ret);
	check_eq((intptr_t)ret, sizeof(data));
	check_receive(fd, data, sizeof(data));
	stall_fail(&stall);
	check_empty(fd);
}

static void peek_race(void)
{
	peek_taken(64, 0);
	peek_taken(4000, 0);
	peek_taken(64, 1);
	peek_taken(4000, 1);
	peek_given_back();
}

/* Several peek all the time while messages come and go. */
static void peek_many(void)
{
	enum { PEEKERS = 3, ROUNDS = 1500 };
	static const size_t sizes[] = { 16, 64, 300, 2500, 4096 };
	unsigned char *data = xmalloc(4096), *want = xmalloc(4096);
	int *stop = share_memory(sizeof(*stop));
	pid_t peeker[PEEKERS];
	int i;

	fresh_pipe();
	for (i = 0; i < PEEKERS; i++) {
		peeker[i] = fork_child();
		if (peeker[i])
			continue;
		while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
			struct kmsgpipe_message m = MESSAGE(data, 4096,
				.flags = KMSGPIPE_IO_PEEK |
					 KMSGPIPE_IO_NONBLOCK);

			test_at(__FILE__, __LINE__, "peek");
			if (recv_message(fd, &m)) {
				test_check_err(-1, EAGAIN);
				sched_yield();
				continue;
			}
			context("message %llu", (unsigned long long)m.seq);
			check_eq(m.len, sizes[m.seq % ARRAY_SIZE(sizes)]);
			fill_bytes(want, m.len, m.seq);
			check_bytes(data, want, m.len);
			check_eq(m.prio, m.seq % 32);
		}
		_exit(0);
	}
	for (i = 0; i < ROUNDS; i++) {
		size_t len = sizes[i % ARRAY_SIZE(sizes)];

		fill_bytes(data, len, i);
		check_ret(send_ttl(fd, data, len, i % 32, 0), 0);
		if (i % 3)
			check_ret(read(fd, data, 4096) > 0, 1);
		if (i % 100 == 99)
			drop_messages(fd, KMSGPIPE_CLEAR_QUEUE);
	}
	__atomic_store_n(stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < PEEKERS; i++)
		check_child(peeker[i], 0);
	free(data);
	free(want);
}

/* A wake that only led to a peek is passed on to who takes the message. */
static void peek_wakes(void)
{
	struct kmsgpipe_message m;
	char buf[64];
	pid_t peeker, reader;

	fresh_pipe();
	peeker = fork_child();
	if (!peeker) {
		m = MESSAGE(buf, sizeof(buf), .flags = KMSGPIPE_IO_PEEK);
		check_ret(recv_message(open_pipe(O_RDONLY), &m), 0);
		check_eq(m.len, 4);
		_exit(0);
	}
	wait_blocked(peeker, SYS_ioctl);
	reader = fork_child();
	if (!reader) {
		check_ret(read(open_pipe(O_RDONLY), buf, sizeof(buf)), 4);
		_exit(0);
	}
	wait_blocked(reader, SYS_read);
	check_send(fd, "both", 4);
	check_child(peeker, 0);
	check_child(reader, 0);
	check_empty(fd);
}

/* Waiting, and not waiting on demand. */
static void waiting(void)
{
	struct kmsgpipe_message m;
	char buf[64];
	int blocking;
	pid_t pid;

	own_pipe(CONFIG(.max_msgs = 1));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	blocking = open_pipe(O_RDWR);
	m = MESSAGE(buf, sizeof(buf), .flags = KMSGPIPE_IO_NONBLOCK);
	check_err(recv_message(blocking, &m), EAGAIN);
	m.flags |= KMSGPIPE_IO_PEEK;
	check_err(recv_message(blocking, &m), EAGAIN);
	m.flags = 0;
	check_err(recv_message(fd, &m), EAGAIN);

	pid = fork_child();
	if (!pid) {
		check_ret(recv_message(blocking, &m), 0);
		check_eq(m.len, 5);
		check_bytes(buf, "hello", 5);
		_exit(0);
	}
	wait_blocked(pid, SYS_ioctl);
	check_ret(send_ttl(fd, "hello", 5, 9, 0), 0);
	check_child(pid, 0);

	check_send(fd, "full", 4);
	m = MESSAGE("next", 4, .flags = KMSGPIPE_IO_NONBLOCK);
	check_err(ioctl(blocking, KMSGPIPE_SEND, &m), EAGAIN);
	m.flags = 0;
	check_err(ioctl(fd, KMSGPIPE_SEND, &m), EAGAIN);
	pid = fork_child();
	if (!pid) {
		check_ret(ioctl(blocking, KMSGPIPE_SEND, &m), 0);
		check_eq(m.seq, 2);
		_exit(0);
	}
	wait_blocked(pid, SYS_ioctl);
	check_receive(fd, "full", 4);
	check_child(pid, 0);
	check_receive(fd, "next", 4);
}

#define check_send_err(error, ...)					\
	do {								\
		struct kmsgpipe_message bad = MESSAGE("x", 1, __VA_ARGS__);\
									\
		check_err(ioctl(fd, KMSGPIPE_SEND, &bad), error);	\
	} while (0)

#define check_recv_err(error, ...)					\
	do {								\
		char buf[8];						\
		struct kmsgpipe_message bad = MESSAGE(buf, 8, __VA_ARGS__);\
									\
		check_err(recv_message(fd, &bad), error);		\
	} while (0)

static void invalid(void)
{
	struct kmsgpipe_message m;
	char *large = xmalloc(4097);
	char buf[8];
	int r, w;

	fresh_pipe();
	check_send_err(EINVAL, .prio = 32);
	check_send_err(EINVAL, .prio = ~0U);
	check_send_err(EINVAL, .flags = KMSGPIPE_IO_PEEK);
	check_send_err(EINVAL, .flags = 4);
	check_send_err(EINVAL, .flags = 1U << 31);
	check_send_err(EINVAL, .reserved = 1);
	check_send_err(EINVAL, .pid = 1);
	check_send_err(EINVAL, .uid = 1);
	check_send_err(EINVAL, .sent_ns = 1);
	m = MESSAGE("x", 0);
	check_err(ioctl(fd, KMSGPIPE_SEND, &m), EINVAL);
	m = MESSAGE(BAD_ADDRESS, 100);
	check_err(ioctl(fd, KMSGPIPE_SEND, &m), EFAULT);
	m = MESSAGE(large, 4097);
	check_err(ioctl(fd, KMSGPIPE_SEND, &m), EMSGSIZE);
	m = MESSAGE(large, ~0U);
	check_err(ioctl(fd, KMSGPIPE_SEND, &m), EMSGSIZE);
	check_empty(fd);
	check_eq(get_stats(fd).sent, 0);

	check_send(fd, "stays", 5);
	check_recv_err(EINVAL, .flags = 4);
	check_recv_err(EINVAL, .flags = 1U << 31);
	check_recv_err(EINVAL, .reserved = 1);
	m = MESSAGE(buf, 0);
	check_err(recv_message(fd, &m), EINVAL);
	m = MESSAGE(BAD_ADDRESS, 100);
	check_err(recv_message(fd, &m), EFAULT);
	m = MESSAGE(buf, 4);
	check_err(recv_message(fd, &m), EMSGSIZE);
	check_eq(m.len, 5);
	m = MESSAGE(buf, 1);
	check_err(recv_message(fd, &m), EMSGSIZE);
	check_eq(m.len, 5);

	context("open mode");
	r = open_pipe(O_RDONLY | O_NONBLOCK);
	w = open_pipe(O_WRONLY | O_NONBLOCK);
	m = MESSAGE("x", 1);
	check_err(ioctl(r, KMSGPIPE_SEND, &m), EBADF);
	m = MESSAGE(buf, 8);
	check_err(recv_message(w, &m), EBADF);
	m.flags = KMSGPIPE_IO_PEEK;
	check_err(recv_message(w, &m), EBADF);
	end_context();
	check_receive(fd, "stays", 5);
	check_empty(fd);

	context("stream mode");
	check_ret(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM), 0);
	check_send_err(EINVAL, .prio = 0);
	check_recv_err(EINVAL, .flags = 0);
	check_recv_err(EINVAL, .flags = KMSGPIPE_IO_PEEK);
	free(large);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "priority", priority },
		{ "metadata", metadata },
		{ "ttl", ttl },
		{ "peek", peek },
		{ "peek-race", peek_race },
		{ "peek-many", peek_many },
		{ "peek-wakes", peek_wakes },
		{ "waiting", waiting },
		{ "invalid", invalid },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
