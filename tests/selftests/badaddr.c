// SPDX-License-Identifier: GPL-2.0
/*
 * EFAULT for an address where nothing is: a write leaves no trace, a read
 * leaves the message where it was, and neither changes the order of others.
 */
#include "selftest.h"

static int fd, blocking;

static void bad_address(void *bad, size_t size)
{
	unsigned char *data = xmalloc(size);
	int i;

	context("%p, size %zu", bad, size);
	fill_bytes(data, size, size);

	check_err(write(fd, bad, size), EFAULT);
	check_err(write(blocking, bad, size), EFAULT);
	check_empty(fd);

	check_send(fd, data, size);
	check_err(write(fd, bad, size), EFAULT);
	check_send(fd, "next", 4);
	for (i = 0; i < 3; i++) {
		check_err(read(fd, bad, size), EFAULT);
		check_err(read(blocking, bad, size + 100), EFAULT);
		check_eq(poll_now(fd) & POLL_READABLE, POLL_READABLE);
	}
	check_receive(fd, data, size);
	check_err(read(fd, bad, 4), EFAULT);
	check_receive(fd, "next", 4);
	check_empty(fd);
	free(data);
}

/* A failing read makes no room, a failing write takes none. */
static void full(void *bad)
{
	long limit = pipe_limit("max_msgs");
	int i;

	context("%p, full pipe", bad);
	for (i = 0; i < 3; i++)
		check_err(write(fd, bad, 8), EFAULT);
	check_eq(fill_pipe(fd, 8), limit);
	for (i = 0; i < 3; i++)
		check_err(read(fd, bad, 8), EFAULT);
	check_err(write(fd, "x", 1), EAGAIN);
	check_eq(drain_pipe(), limit);
}

int main(int argc, char **argv)
{
	void *bad[] = {
		BAD_ADDRESS,
		NULL,
		/* Not a user's: a page of the kernel, and the last of all. */
		(void *)(uintptr_t)0xffff888000000000,
		(void *)(uintptr_t)0xfffffffffffff000,
	};
	size_t i, j;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	blocking = open_pipe(O_RDWR);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		for (j = 0; j < ARRAY_SIZE(border_sizes); j++)
			bad_address(bad[i], border_sizes[j]);
		full(bad[i]);
	}
	return 0;
}
