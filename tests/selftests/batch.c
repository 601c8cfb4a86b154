// SPDX-License-Identifier: GPL-2.0
/*
 * SEND_BATCH and RECV_BATCH: several messages in one call, and what is left of
 * them when one cannot go.
 */
#include <pthread.h>
#include <sys/epoll.h>

#include "own.h"
#include "uffd.h"

#define MAX	KMSGPIPE_BATCH_MAX

static int fd, blocking;
static struct kmsgpipe_message entries[MAX + 1];
static char text[MAX + 1][16];

static void start(struct kmsgpipe_config config)
{
	own_pipe(config);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	blocking = open_pipe(O_RDWR);
}

/* Entries that send "0", "1" ..., with priority 0. */
static void fill(uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		snprintf(text[i], sizeof(text[i]), "%u", i);
		entries[i] = MESSAGE(text[i], strlen(text[i]));
	}
}

/* Entries that receive, where text is. */
static void empty(uint32_t count)
{
	uint32_t i;

	memset(text, 0xa5, sizeof(text));
	for (i = 0; i < count; i++)
		entries[i] = MESSAGE(text[i], sizeof(text[i]));
}

/* SEND_BATCH or RECV_BATCH: how many were done, or -1. */
static long batch(int to, unsigned long cmd, uint32_t flags, uint32_t count)
{
	struct kmsgpipe_batch b = {
		.size = sizeof(b),
		.flags = flags,
		.entries = (uintptr_t)entries,
		.count = count,
	};

	if (ioctl(to, cmd, &b))
		return -1;
	test_check_eq(b.size, sizeof(b));
	test_check_eq(b.flags, flags);
	test_check_eq(b.reserved, 0);
	return b.count;
}

static long send_batch(uint32_t count)
{
	return batch(fd, KMSGPIPE_SEND_BATCH, 0, count);
}

static long recv_batch(uint32_t count)
{
	return batch(fd, KMSGPIPE_RECV_BATCH, 0, count);
}

/* Entry i has received what fill() put into entry sent. */
static void check_entry(uint32_t i, uint32_t sent)
{
	char want[16];

	snprintf(want, sizeof(want), "%u", sent);
	test_at(__FILE__, __LINE__, "an entry received");
	test_check_eq(entries[i].len, strlen(want));
	test_check_bytes(text[i], want, strlen(want));
}

static void check_entries(uint32_t count, uint32_t sent)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		check_entry(i, sent + i);
}

static void transfer(void)
{
	static const uint32_t counts[] = { 1, 2, 7, 255, 256 };
	struct kmsgpipe_stats stats;
	uint32_t i, j, seq = 0;

	start(CONFIG());
	for (j = 0; j < ARRAY_SIZE(counts); j++) {
		context("%u messages", counts[j]);
		fill(counts[j]);
		check_ret(send_batch(counts[j]), counts[j]);
		for (i = 0; i < counts[j]; i++) {
			check_eq(entries[i].size, sizeof(entries[i]));
			check_eq(entries[i].seq, seq + i);
		}
		check_eq(get_info(fd).messages, counts[j]);
		empty(MAX);
		check_ret(recv_batch(MAX), counts[j]);
		check_entries(counts[j], 0);
		for (i = 0; i < counts[j]; i++) {
			check_eq(entries[i].seq, seq + i);
			check_eq(entries[i].pid, getpid());
			check_eq(entries[i].uid, 0);
			check_eq(entries[i].prio, 0);
			check_eq(entries[i].ttl_ms, KMSGPIPE_TTL_NEVER);
			check_true(entries[i].sent_ns);
		}
		/* The others are as they were. */
		for (; i < MAX; i++)
			check_eq(entries[i].len, sizeof(text[i]));
		seq += counts[j];
		check_empty(fd);
	}
	end_context();
	stats = get_stats(fd);
	check_eq(stats.sent, seq);
	check_eq(stats.received, seq);

	context("priorities and lives");
	fill(4);
	entries[1].prio = 9;
	entries[2].ttl_ms = 3600000;
	entries[3].prio = 31;
	check_ret(send_batch(4), 4);
	empty(4);
	check_ret(recv_batch(4), 4);
	check_entry(0, 3);
	check_entry(1, 1);
	check_entry(2, 0);
	check_entry(3, 2);
	check_eq(entries[0].prio, 31);
	check_true(entries[3].ttl_ms <= 3600000);

	context("with the other calls");
	fill(3);
	check_ret(send_batch(3), 3);
	check_receive(fd, "0", 1);
	check_send(fd, "3", 1);
	empty(2);
	check_ret(recv_batch(2), 2);
	check_entries(2, 1);
	check_receive(fd, "3", 1);
	check_empty(fd);
}

/* Of every size, together. */
static void sizes(void)
{
	static unsigned char data[ARRAY_SIZE(border_sizes)][4096];
	static unsigned char got[ARRAY_SIZE(border_sizes)][4096];
	const uint32_t nr = ARRAY_SIZE(border_sizes);
	uint32_t i, round;

	start(CONFIG());
	/* With new nodes, and then with used ones. */
	for (round = 0; round < 3; round++) {
		for (i = 0; i < nr; i++) {
			fill_bytes(data[i], border_sizes[i], nr * round + i);
			entries[i] = MESSAGE(data[i], border_sizes[i]);
		}
		check_ret(send_batch(nr), nr);
		memset(got, 0xa5, sizeof(got));
		for (i = 0; i < nr; i++)
			entries[i] = MESSAGE(got[i], 4096);
		check_ret(recv_batch(nr), nr);
		for (i = 0; i < nr; i++) {
			context("size %zu", border_sizes[i]);
			check_eq(entries[i].len, border_sizes[i]);
			check_bytes(got[i], data[i], border_sizes[i]);
			if (border_sizes[i] < 4096)
				check_eq(got[i][border_sizes[i]], 0xa5);
		}
		end_context();
	}
	check_empty(fd);
}

/* As many as fit, in order; none is an error. */
static void full(void)
{
	uint32_t i;

	start(CONFIG(.max_msgs = 5));
	fill(9);
	check_ret(send_batch(9), 5);
	check_eq(entries[4].seq, 4);
	check_eq(entries[5].seq, 0);
	fill(4);
	check_err(send_batch(4), EAGAIN);
	check_err(batch(blocking, KMSGPIPE_SEND_BATCH, KMSGPIPE_IO_NONBLOCK, 1),
		  EAGAIN);
	empty(9);
	check_ret(recv_batch(9), 5);
	check_entries(5, 0);
	check_err(recv_batch(9), EAGAIN);
	check_err(batch(blocking, KMSGPIPE_RECV_BATCH, KMSGPIPE_IO_NONBLOCK, 1),
		  EAGAIN);

	context("bytes");
	start(CONFIG(.max_bytes = 100));
	for (i = 0; i < 3; i++)
		entries[i] = MESSAGE(text, 40);
	entries[3] = MESSAGE(text, 20);
	/* In order: the fourth would fit. */
	check_ret(send_batch(4), 2);
	check_eq(get_info(fd).bytes, 80);

	context("one too long");
	start(CONFIG(.msg_size = 10));
	fill(5);
	entries[3].len = 11;
	check_ret(send_batch(5), 3);
	fill(2);
	entries[0].len = 11;
	check_err(send_batch(2), EMSGSIZE);
	check_eq(get_info(fd).messages, 3);
	check_eq(get_stats(fd).sent, 3);

	context("end of file");
	check_ret(set_value(fd, KMSGPIPE_SET_EOF, KMSGPIPE_EOF_EMPTY), 0);
	empty(9);
	check_ret(recv_batch(9), 3);
	empty(9);
	check_ret(batch(blocking, KMSGPIPE_RECV_BATCH, 0, 9), 0);
	check_eq(entries[0].len, sizeof(text[0]));
}

/* What has expired takes no room and is not received. */
static void expired(void)
{
	int64_t over;

	start(CONFIG(.max_msgs = 4));
	check_ret(set_cleanup(fd, 0, 0), 0);
	fill(4);
	entries[1].ttl_ms = 1;
	entries[2].ttl_ms = 1;
	check_ret(send_batch(4), 4);
	over = boottime_ms() + 2;
	wait_boottime(over);
	empty(4);
	check_ret(recv_batch(4), 2);
	check_entry(0, 0);
	check_entry(1, 3);

	context("room");
	fill(4);
	entries[0].ttl_ms = 1;
	entries[3].ttl_ms = 1;
	check_ret(send_batch(4), 4);
	over = boottime_ms() + 2;
	wait_boottime(over);
	fill(4);
	check_ret(send_batch(4), 2);
	check_eq(get_stats(fd).expired, 4);
}

/* A buffer too small stops the batch, and the message stays. */
static void too_small(void)
{
	start(CONFIG());
	check_send(fd, "0", 1);
	check_send(fd, "1", 1);
	check_send(fd, "two", 3);
	check_send(fd, "3", 1);
	empty(4);
	entries[2].len = 2;
	check_ret(recv_batch(4), 2);
	check_entries(2, 0);
	check_eq(entries[2].len, 2);
	empty(4);
	entries[0].len = 2;
	check_err(recv_batch(4), EMSGSIZE);
	check_eq(entries[0].len, 3);
	check_eq(entries[1].len, sizeof(text[1]));
	check_eq(get_info(fd).messages, 2);
	empty(1);
	check_ret(recv_batch(1), 1);
	check_bytes(text[0], "two", 3);
	check_receive(fd, "3", 1);
	check_empty(fd);
}

/* The last of the entries has one field that is not valid. */
#define check_bad(count, field, value)					\
	do {								\
		fill(count);						\
		entries[(count) - 1].field = (value);			\
		check_err(send_batch(count), EINVAL);			\
	} while (0)

#define check_bad_recv(count, field, value)				\
	do {								\
		empty(count);						\
		entries[(count) - 1].field = (value);			\
		check_err(recv_batch(count), EINVAL);			\
	} while (0)

/* An entry that is not valid: nothing is done, wherever it stands. */
static void invalid(void)
{
	struct kmsgpipe_batch b;
	uint32_t count;
	int r, w;

	start(CONFIG());
	for (count = 1; count <= 3; count += 2) {
		context("entry %u", count - 1);
		check_bad(count, prio, 32);
		check_bad(count, flags, KMSGPIPE_IO_NONBLOCK);
		check_bad(count, flags, KMSGPIPE_IO_PEEK);
		check_bad(count, flags, 4);
		check_bad(count, reserved, 1);
		check_bad(count, pid, 1);
		check_bad(count, uid, 1);
		check_bad(count, seq, 1);
		check_bad(count, sent_ns, 1);
		check_bad(count, len, 0);
		check_bad(count, size, 0);
		check_bad(count, size, 3);
		/* The first one's size is that of all. */
		if (count > 1)
			check_bad(count, size, sizeof(entries[0]) - 8);
	}
	context("a long entry");
	fill(1);
	entries[0].size = page_size() + 1;
	check_err(send_batch(1), E2BIG);
	fill(2);
	entries[0].size = sizeof(entries[0]) + 8;
	check_err(send_batch(1), E2BIG);
	check_empty(fd);
	check_eq(get_stats(fd).sent, 0);

	check_send(fd, "stays", 5);
	for (count = 1; count <= 3; count += 2) {
		context("receiving entry %u", count - 1);
		check_bad_recv(count, flags, KMSGPIPE_IO_NONBLOCK);
		check_bad_recv(count, flags, KMSGPIPE_IO_PEEK);
		check_bad_recv(count, flags, 4);
		check_bad_recv(count, reserved, 1);
		check_bad_recv(count, len, 0);
		if (count > 1)
			check_bad_recv(count, size,
				       sizeof(entries[0]) - 8);
	}

	context("the batch");
	fill(1);
	check_err(send_batch(0), EINVAL);
	check_err(send_batch(MAX + 1), EINVAL);
	check_err(send_batch(~0U), EINVAL);
	check_err(batch(fd, KMSGPIPE_SEND_BATCH, KMSGPIPE_IO_PEEK, 1), EINVAL);
	check_err(batch(fd, KMSGPIPE_SEND_BATCH, 1U << 31, 1), EINVAL);
	empty(1);
	check_err(recv_batch(0), EINVAL);
	check_err(recv_batch(MAX + 1), EINVAL);
	check_err(batch(fd, KMSGPIPE_RECV_BATCH, KMSGPIPE_IO_PEEK, 1), EINVAL);
	b = (struct kmsgpipe_batch) {
		.size = sizeof(b),
		.entries = (uintptr_t)entries,
		.count = 1,
		.reserved = 1,
	};
	check_err(ioctl(fd, KMSGPIPE_SEND_BATCH, &b), EINVAL);
	check_err(ioctl(fd, KMSGPIPE_RECV_BATCH, &b), EINVAL);

	context("open mode");
	r = open_pipe(O_RDONLY | O_NONBLOCK);
	w = open_pipe(O_WRONLY | O_NONBLOCK);
	check_err(batch(r, KMSGPIPE_SEND_BATCH, 0, 1), EBADF);
	check_err(batch(w, KMSGPIPE_RECV_BATCH, 0, 1), EBADF);
	end_context();
	check_receive(fd, "stays", 5);
	check_empty(fd);

	context("stream mode");
	check_ret(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM), 0);
	fill(1);
	check_err(send_batch(1), EINVAL);
	empty(1);
	check_err(recv_batch(1), EINVAL);
}

static long batch_at(unsigned long cmd, void *at, uint32_t count)
{
	struct kmsgpipe_batch b = {
		.size = sizeof(b),
		.entries = (uintptr_t)at,
		.count = count,
	};

	return ioctl(fd, cmd, &b) ? -1 : (long)b.count;
}

/* Bad memory under the entries, and under what they point to. */
static void bad_memory(void)
{
	const size_t size = 3 * sizeof(entries[0]);
	struct kmsgpipe_message *at = (void *)map_guarded(size);

	start(CONFIG());
	context("entries");
	check_err(batch_at(KMSGPIPE_SEND_BATCH, BAD_ADDRESS, 1), EFAULT);
	check_err(batch_at(KMSGPIPE_RECV_BATCH, BAD_ADDRESS, 1), EFAULT);
	check_err(batch_at(KMSGPIPE_SEND_BATCH, NULL, 1), EFAULT);
	check_err(batch_at(KMSGPIPE_SEND_BATCH, (void *)-64UL, 1), EFAULT);
	fill(3);
	memcpy(at, entries, size);
	check_err(batch_at(KMSGPIPE_SEND_BATCH, at, 4), EFAULT);
	check_empty(fd);
	check_ret(batch_at(KMSGPIPE_SEND_BATCH, at, 3), 3);
	check_eq(at[2].seq, 2);
	empty(3);
	memcpy(at, entries, size);
	check_err(batch_at(KMSGPIPE_RECV_BATCH, at, 4), EFAULT);
	check_eq(get_info(fd).messages, 3);
	check_ret(batch_at(KMSGPIPE_RECV_BATCH, at, 3), 3);
	check_bytes(text[2], "2", 1);

	context("entries that cannot be written");
	fill(3);
	memcpy(at, entries, size);
	mprotect((char *)at + size - page_size(), page_size(), PROT_READ);
	check_err(batch_at(KMSGPIPE_SEND_BATCH, at, 3), EFAULT);
	check_empty(fd);
	fill(3);
	check_ret(send_batch(3), 3);
	check_err(batch_at(KMSGPIPE_RECV_BATCH, at, 3), EFAULT);
	check_eq(get_info(fd).messages, 3);
	check_eq(get_stats(fd).received, 3);

	context("payload to be received");
	empty(3);
	entries[1].buf = (uintptr_t)BAD_ADDRESS;
	check_ret(recv_batch(3), 1);
	check_entry(0, 0);
	check_eq(entries[1].len, sizeof(text[1]));
	check_eq(get_stats(fd).received, 4);
	entries[0] = entries[1];
	check_err(recv_batch(3), EFAULT);
	check_eq(get_stats(fd).received, 4);
	empty(3);
	check_ret(recv_batch(3), 2);
	check_entries(2, 1);

	context("given back to their places");
	fill(6);
	entries[1].prio = 5;
	entries[3].prio = 5;
	check_ret(send_batch(6), 6);
	empty(6);
	entries[0].buf = (uintptr_t)BAD_ADDRESS;
	check_err(recv_batch(5), EFAULT);
	empty(6);
	check_ret(recv_batch(6), 6);
	check_entry(0, 1);
	check_entry(1, 3);
	check_entry(2, 0);
	check_entry(3, 2);
	check_entry(4, 4);
	check_entry(5, 5);
	check_empty(fd);

	context("payload to be sent");
	fill(3);
	entries[2].buf = (uintptr_t)BAD_ADDRESS;
	check_ret(send_batch(3), 2);
	fill(2);
	entries[0].buf = (uintptr_t)BAD_ADDRESS;
	check_err(send_batch(2), EFAULT);
	check_eq(get_info(fd).messages, 2);
	munmap((char *)at + size - page_size(), 2 * page_size());
}

/* Newer programs may have longer entries. */
static void long_entries(void)
{
	struct long_entry {
		struct kmsgpipe_message m;
		uint64_t more;
	} e[3];
	uint32_t i;

	start(CONFIG());
	fill(3);
	for (i = 0; i < 3; i++) {
		entries[i].size = sizeof(e[i]);
		e[i] = (struct long_entry) { .m = entries[i] };
	}
	e[2].more = 1;
	check_err(batch_at(KMSGPIPE_SEND_BATCH, e, 3), E2BIG);
	check_empty(fd);
	e[2].more = 0;
	check_ret(batch_at(KMSGPIPE_SEND_BATCH, e, 3), 3);
	for (i = 0; i < 3; i++) {
		check_eq(e[i].m.seq, i);
		e[i].m = MESSAGE(text[i], 16);
		e[i].m.size = sizeof(e[i]);
	}
	check_ret(batch_at(KMSGPIPE_RECV_BATCH, e, 3), 3);
	for (i = 0; i < 3; i++) {
		check_eq(e[i].m.size, sizeof(e[i]));
		check_eq(e[i].m.seq, i);
		check_eq(e[i].more, 0);
	}
}

static pid_t start_reader(void)
{
	char buf[16];
	pid_t pid = fork_child();

	if (!pid) {
		check_ret(read(blocking, buf, sizeof(buf)), 1);
		_exit(0);
	}
	wait_blocked(pid, SYS_read);
	return pid;
}

/* As many sleepers are woken as there are messages, and no more. */
static void wakes(void)
{
	struct kmsgpipe_stats stats;
	pid_t reader[8];
	uint32_t i, left;

	start(CONFIG());
	for (i = 0; i < 8; i++)
		reader[i] = start_reader();
	fill(5);
	check_ret(send_batch(5), 5);
	wait_until(get_stats(fd).received == 5);
	stats = get_stats(fd);
	check_eq(stats.reader_wakeups, 5);
	fill(3);
	check_ret(send_batch(3), 3);
	for (i = 0; i < 8; i++)
		check_child(reader[i], 0);
	check_eq(get_stats(fd).reader_wakeups, 8);
	check_empty(fd);

	context("a batch for one sleeper");
	reader[0] = fork_child();
	if (!reader[0]) {
		empty(4);
		left = 9;
		while (left) {
			long got = batch(blocking, KMSGPIPE_RECV_BATCH, 0, 4);

			check_true(got > 0 && got <= 4);
			check_entries(got, 9 - left);
			left -= got;
			empty(4);
		}
		_exit(0);
	}
	wait_blocked(reader[0], SYS_ioctl);
	fill(9);
	check_ret(send_batch(9), 9);
	check_child(reader[0], 0);
	check_empty(fd);

	context("room for a sleeping batch");
	start(CONFIG(.max_msgs = 4));
	fill(4);
	check_ret(send_batch(4), 4);
	reader[0] = fork_child();
	if (!reader[0]) {
		long sent;

		fill(4);
		sent = batch(blocking, KMSGPIPE_SEND_BATCH, 0, 4);
		check_true(sent >= 1 && sent <= 4);
		_exit(0);
	}
	wait_blocked(reader[0], SYS_ioctl);
	empty(4);
	check_ret(recv_batch(4), 4);
	check_child(reader[0], 0);
	check_receive(fd, "0", 1);

	context("room for several sleepers");
	drop_messages(fd, KMSGPIPE_CLEAR_QUEUE);
	fill(4);
	check_ret(send_batch(4), 4);
	for (i = 0; i < 4; i++) {
		reader[i] = fork_child();
		if (!reader[i]) {
			check_send(blocking, "x", 1);
			_exit(0);
		}
		wait_blocked(reader[i], SYS_write);
	}
	empty(4);
	check_ret(recv_batch(4), 4);
	for (i = 0; i < 4; i++)
		check_child(reader[i], 0);
	check_eq(get_info(fd).messages, 4);
}

/* A batch is one event for who polls, with all messages there already. */
static void one_event(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	start(CONFIG());
	check_ret(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event), 0);
	check_ret(epoll_wait(ep, &event, 1, 0), 0);
	fill(7);
	check_ret(send_batch(7), 7);
	check_ret(epoll_wait(ep, &event, 1, -1), 1);
	check_ret(epoll_wait(ep, &event, 1, 0), 0);
	empty(MAX);
	check_ret(recv_batch(MAX), 7);
	fill(1);
	check_ret(send_batch(1), 1);
	check_ret(epoll_wait(ep, &event, 1, -1), 1);
	close(ep);
}

/* Asleep with a batch: a signal, a removal. */
static void cut_short(void)
{
	int removed;
	pid_t pid;

	start(CONFIG(.max_msgs = 1));
	pid = fork_child();
	if (!pid) {
		empty(2);
		batch(blocking, KMSGPIPE_RECV_BATCH, 0, 2);
		_exit(0);
	}
	wait_blocked(pid, SYS_ioctl);
	kill_child(pid);
	fill(2);
	check_ret(send_batch(2), 1);
	pid = fork_child();
	if (!pid) {
		fill(2);
		check_err(batch(blocking, KMSGPIPE_SEND_BATCH, 0, 2), ENODEV);
		_exit(0);
	}
	wait_blocked(pid, SYS_ioctl);
	removed = fd;
	remove_own();
	check_child(pid, 0);
	empty(2);
	check_ret(batch(removed, KMSGPIPE_RECV_BATCH, 0, 2), 1);
	check_err(batch(removed, KMSGPIPE_RECV_BATCH, 0, 2), ENODEV);
	fill(2);
	check_err(batch(removed, KMSGPIPE_SEND_BATCH, 0, 2), ENODEV);
}

/* All that the module may hold is reached in the middle of a batch. */
static void total(void)
{
	char *large = xmalloc(1 << 20);
	long sent, all = 0;
	uint32_t i;

	start(CONFIG(.max_msgs = 65536, .msg_size = 1 << 20,
		     .max_bytes = 268435456));
	memset(large, 'x', 1 << 20);
	for (i = 0; i < 20; i++)
		entries[i] = MESSAGE(large, 1 << 20);
	while ((sent = send_batch(20)) > 0) {
		all += sent;
		for (i = 0; i < 20; i++)
			entries[i] = MESSAGE(large, 1 << 20);
	}
	check_err(sent, ENOSPC);
	check_true(all > 50 && all < 64);
	check_eq(get_info(fd).messages, all);
	check_eq(drop_messages(fd, KMSGPIPE_CLEAR_QUEUE), all);
	fill(3);
	check_ret(send_batch(3), 3);
	free(large);
}

static void *stalled_recv(void *arg)
{
	(void)arg;
	return (void *)recv_batch(3);
}

/* Stalled in the second of three; the rest goes back when that fails. */
static void stalled(void)
{
	struct stall stall = stall_make();
	pthread_t thread;
	void *ret;

	start(CONFIG());
	fill(3);
	check_ret(send_batch(3), 3);
	empty(3);
	entries[1].buf = (uintptr_t)stall.page;
	if (pthread_create(&thread, NULL, stalled_recv, NULL))
		die("pthread_create");
	stall_wait(&stall);
	check_eq(get_info(fd).messages, 0);
	check_err(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM),
		  EBUSY);
	check_send(fd, "3", 1);
	check_receive(fd, "3", 1);
	check_send(fd, "4", 1);
	stall_fail(&stall);
	pthread_join(thread, &ret);
	check_eq((long)ret, 1);
	check_receive(fd, "1", 1);
	check_receive(fd, "2", 1);
	check_receive(fd, "4", 1);
	check_empty(fd);
}

#define WORKERS		4
#define EACH		2000

/* Several send and receive batches at once: nothing is lost or doubled. */
static void parallel(void)
{
	unsigned char *seen = share_memory(WORKERS * EACH);
	uint32_t *count = share_memory(sizeof(*count));
	pid_t pid[2 * WORKERS];
	uint32_t w, i;

	start(CONFIG(.max_msgs = 50));
	for (w = 0; w < WORKERS; w++) {
		pid[w] = fork_child();
		if (!pid[w]) {
			uint32_t id[MAX], next = 0, want;
			long sent;

			while (next < EACH) {
				want = 1 + next * 7 % 90;
				if (want > EACH - next)
					want = EACH - next;
				for (i = 0; i < want; i++) {
					id[i] = w * EACH + next + i;
					entries[i] = MESSAGE(&id[i], 4);
				}
				sent = batch(blocking, KMSGPIPE_SEND_BATCH, 0,
					     want);
				check_true(sent > 0);
				next += sent;
			}
			_exit(0);
		}
	}
	for (w = 0; w < WORKERS; w++) {
		pid[WORKERS + w] = fork_child();
		if (!pid[WORKERS + w]) {
			uint32_t id[MAX];
			long got;

			for (;;) {
				for (i = 0; i < 40; i++)
					entries[i] = MESSAGE(&id[i], 4);
				got = batch(blocking, KMSGPIPE_RECV_BATCH, 0,
					    1 + w * 13);
				check_true(got > 0);
				for (i = 0; i < got; i++) {
					check_true(id[i] < WORKERS * EACH);
					seen[id[i]]++;
				}
				__atomic_add_fetch(count, got,
						   __ATOMIC_SEQ_CST);
			}
		}
	}
	for (w = 0; w < WORKERS; w++)
		check_child(pid[w], 0);
	wait_until(__atomic_load_n(count, __ATOMIC_SEQ_CST) == WORKERS * EACH);
	for (w = 0; w < WORKERS; w++)
		kill_child(pid[WORKERS + w]);
	for (i = 0; i < WORKERS * EACH; i++)
		check_eq(seen[i], 1);
	check_empty(fd);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "transfer", transfer },
		{ "sizes", sizes },
		{ "full", full },
		{ "expired", expired },
		{ "too-small", too_small },
		{ "invalid", invalid },
		{ "bad-memory", bad_memory },
		{ "long-entries", long_entries },
		{ "wakes", wakes },
		{ "one-event", one_event },
		{ "cut-short", cut_short },
		{ "total", total },
		{ "stalled", stalled },
		{ "parallel", parallel },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
