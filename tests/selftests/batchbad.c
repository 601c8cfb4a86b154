// SPDX-License-Identifier: GPL-2.0
/*
 * Batches with entries that are not valid or not there, and what is left of them
 * when one cannot go.
 */
#include <pthread.h>

#include "batch.h"
#include "uffd.h"

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

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "invalid", invalid },
		{ "bad-memory", bad_memory },
		{ "long-entries", long_entries },
		{ "stalled", stalled },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
