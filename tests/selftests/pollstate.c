// SPDX-License-Identifier: GPL-2.0
/*
 * poll(2) tells the truth at every step from empty to full and back: readable
 * if and only if a read would not block, writable if and only if a write would
 * not. It tells a state and not a change: asking again gives the same.
 */
#include <sys/select.h>

#include "selftest.h"

static int fd;

#define check_state(mask) \
	(test_at(__FILE__, __LINE__, "what poll() says"), \
	 test_check_state(mask))

static void test_check_state(int mask)
{
	struct timeval now = { 0, 0 };
	fd_set r, w, x;
	int i, got;

	for (i = 0; i < 2; i++) {
		got = poll_now(fd);
		if (got != mask)
			test_fail("got 0x%x, expected 0x%x", got, mask);
	}

	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&x);
	FD_SET(fd, &r);
	FD_SET(fd, &w);
	FD_SET(fd, &x);
	test.what = "what select() says";
	if (select(fd + 1, &r, &w, &x, &now) < 0)
		test_fail("%s", strerror(errno));
	test_check_eq(FD_ISSET(fd, &r), !!(mask & POLLIN));
	test_check_eq(FD_ISSET(fd, &w), !!(mask & POLLOUT));
	test_check_eq(FD_ISSET(fd, &x), 0);
}

static void up_and_down(size_t size)
{
	long limit = pipe_limit("max_msgs"), i;
	unsigned char *data = xmalloc(size);
	char c;

	fill_bytes(data, size, size);
	context("size %zu, empty", size);
	check_state(POLL_WRITABLE);
	for (i = 1; i < limit; i++) {
		check_send(fd, data, size);
		/* All the states between are one. */
		if (i > 3 && i < limit - 3)
			continue;
		context("size %zu, %ld of %ld", size, i, limit);
		check_state(POLL_READABLE | POLL_WRITABLE);
	}
	check_send(fd, data, size);
	context("size %zu, full", size);
	check_state(POLL_READABLE);

	/* Calls that fail change nothing. */
	check_err(write(fd, data, size), EAGAIN);
	check_err(read(fd, BAD_ADDRESS, size), EFAULT);
	if (size > 1)
		check_err(read(fd, &c, 1), EMSGSIZE);
	check_state(POLL_READABLE);

	for (i = limit - 1; i > 0; i--) {
		check_receive(fd, data, size);
		if (i > 3 && i < limit - 3)
			continue;
		context("size %zu, down to %ld of %ld", size, i, limit);
		check_state(POLL_READABLE | POLL_WRITABLE);
	}
	check_receive(fd, data, size);
	context("size %zu, empty again", size);
	check_state(POLL_WRITABLE);
	check_err(read(fd, data, size), EAGAIN);
	check_err(write(fd, BAD_ADDRESS, size), EFAULT);
	check_state(POLL_WRITABLE);
	free(data);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	up_and_down(1);
	up_and_down(64);
	up_and_down(257);
	return 0;
}
