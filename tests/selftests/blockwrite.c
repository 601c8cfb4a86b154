// SPDX-License-Identifier: GPL-2.0
/*
 * A writer sleeps on a full pipe until there is room, and its message goes to
 * the end of the queue then.
 */
#include "selftest.h"

static int fd;

static ssize_t by_write(int to, const void *buf, size_t len)
{
	return write(to, buf, len);
}

static ssize_t by_writev(int to, const void *buf, size_t len)
{
	struct iovec parts[] = {
		{ (void *)buf, 3 }, { (char *)buf + 3, len - 3 },
	};

	return writev(to, parts, 2);
}

static void wakes(ssize_t (*call)(int, const void *, size_t), long nr,
		  size_t size)
{
	unsigned char *data = xmalloc(size);
	pid_t writer;
	long n, i;

	context("size %zu", size);
	fill_bytes(data, size, size);
	n = fill_pipe(fd, 8);
	check_eq(n, pipe_limit("max_msgs"));

	writer = fork_child();
	if (!writer) {
		int to = open_pipe(O_WRONLY);

		check_ret(call(to, data, size), size);
		_exit(0);
	}
	wait_blocked(writer, nr);
	check_receive(fd, "ffffffff", 8);
	check_child(writer, 0);

	/* It took the room that there was, and stands last. */
	check_err(write(fd, "x", 1), EAGAIN);
	for (i = 1; i < n; i++)
		check_receive(fd, "ffffffff", 8);
	check_receive(fd, data, size);
	check_empty(fd);
	free(data);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);

	wakes(by_write, SYS_write, 64);
	wakes(by_write, SYS_write, 4000);
	wakes(by_writev, SYS_writev, 64);
	wakes(by_writev, SYS_writev, 4000);
	return 0;
}
