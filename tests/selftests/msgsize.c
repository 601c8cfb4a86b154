// SPDX-License-Identifier: GPL-2.0
/*
 * EMSGSIZE, both ways: a message over msg_size is refused whole, and a message
 * that does not fit into the reader's buffer stays at the head of the queue.
 */
#include "selftest.h"

static unsigned char *data;
static size_t max;
static int fd;

static void write_too_long(void)
{
	long room;
	int blocking;

	context("write");
	check_send(fd, "first", 5);
	check_err(write(fd, data, max + 1), EMSGSIZE);
	check_err(write(fd, data, 2 * max), EMSGSIZE);
	check_err(write(fd, data, 16 * max), EMSGSIZE);
	check_send(fd, data, max);
	check_receive(fd, "first", 5);
	check_receive(fd, data, max);
	check_empty(fd);

	/* It would never fit, so it is not worth waiting either. */
	context("write to a full pipe");
	room = fill_pipe(fd, 1);
	check_err(write(fd, data, max + 1), EMSGSIZE);
	blocking = open_pipe(O_WRONLY);
	check_err(write(blocking, data, max + 1), EMSGSIZE);
	close(blocking);
	check_eq(drain_pipe(), room);
}

static void read_too_short(size_t size)
{
	unsigned char *small = xmalloc(size);
	size_t shorts[] = { size - 1, size / 2, 1 };
	size_t i, j;
	int blocking = open_pipe(O_RDONLY);

	context("read, size %zu", size);
	check_send(fd, data, size);
	check_send(fd, "next", 4);
	for (i = 0; i < ARRAY_SIZE(shorts); i++) {
		memset(small, 0xa5, size);
		check_err(read(fd, small, shorts[i]), EMSGSIZE);
		/* Twice, and not only in a call that never sleeps. */
		check_err(read(blocking, small, shorts[i]), EMSGSIZE);
		for (j = 0; j < size; j++)
			check_eq(small[j], 0xa5);
		check_eq(poll_now(fd) & POLL_READABLE, POLL_READABLE);
	}
	/* Exactly large enough is large enough. */
	check_ret(read(blocking, small, size), size);
	check_bytes(small, data, size);
	check_receive(fd, "next", 4);
	check_empty(fd);
	close(blocking);
	free(small);
}

int main(int argc, char **argv)
{
	size_t i;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	max = pipe_limit("msg_size");
	data = xmalloc(16 * max);
	fill_bytes(data, 16 * max, 1);

	write_too_long();
	for (i = 0; i < ARRAY_SIZE(border_sizes); i++)
		if (border_sizes[i] > 1 && border_sizes[i] <= max)
			read_too_short(border_sizes[i]);
	return 0;
}
