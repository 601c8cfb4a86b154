/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_BATCH_H
#define KMSGPIPE_BATCH_H

/*
 * For the tests of SEND_BATCH and RECV_BATCH: entries, what they carry, and the
 * calls.
 */

#include "own.h"

#define MAX	KMSGPIPE_BATCH_MAX

static int fd, blocking;
static struct kmsgpipe_message entries[MAX + 1];
static char text[MAX + 1][16];

static inline void start(struct kmsgpipe_config config)
{
	own_pipe(config);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	blocking = open_pipe(O_RDWR);
}

/* Entries that send "0", "1" ..., with priority 0. */
static inline void fill(uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		snprintf(text[i], sizeof(text[i]), "%u", i);
		entries[i] = MESSAGE(text[i], strlen(text[i]));
	}
}

/* Entries that receive, where text is. */
static inline void empty(uint32_t count)
{
	uint32_t i;

	memset(text, 0xa5, sizeof(text));
	for (i = 0; i < count; i++)
		entries[i] = MESSAGE(text[i], sizeof(text[i]));
}

/* SEND_BATCH or RECV_BATCH: how many were done, or -1. */
static inline long batch(int to, unsigned long cmd, uint32_t flags, uint32_t count)
{
	struct kmsgpipe_batch b = {
		.size = sizeof(b),
		.flags = flags,
		.entries = (uintptr_t)entries,
		.count = count,
	};

	if (ioctl(to, cmd, &b)) {
		/* For the next try. */
		test_check_eq(b.count, count);
		return -1;
	}
	test_check_eq(b.size, sizeof(b));
	test_check_eq(b.flags, flags);
	test_check_eq(b.reserved, 0);
	return b.count;
}

static inline long send_batch(uint32_t count)
{
	return batch(fd, KMSGPIPE_SEND_BATCH, 0, count);
}

static inline long recv_batch(uint32_t count)
{
	return batch(fd, KMSGPIPE_RECV_BATCH, 0, count);
}

/* Entry i has received what fill() put into entry sent. */
static inline void check_entry(uint32_t i, uint32_t sent)
{
	char want[16];

	snprintf(want, sizeof(want), "%u", sent);
	test_at(__FILE__, __LINE__, "an entry received");
	test_check_eq(entries[i].len, strlen(want));
	test_check_bytes(text[i], want, strlen(want));
}

static inline void check_entries(uint32_t count, uint32_t sent)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		check_entry(i, sent + i);
}

#endif /* KMSGPIPE_BATCH_H */
