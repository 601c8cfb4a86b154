// SPDX-License-Identifier: GPL-2.0
/*
 * EAGAIN from an empty and from a full pipe; full is max_msgs messages of
 * whatever size, and one read makes room for one write.
 */
#include "selftest.h"

static int fd;

static void empty(void)
{
	char c;

	context("empty");
	check_err(read(fd, &c, 1), EAGAIN);
	check_err(readv(fd, &(struct iovec){ &c, 1 }, 1), EAGAIN);
	check_send(fd, "x", 1);
	check_ret(read(fd, &c, 1), 1);
	check_err(read(fd, &c, 1), EAGAIN);
}

static void full(size_t size)
{
	long limit = pipe_limit("max_msgs"), i;
	unsigned char *data = xmalloc(size);

	context("full of messages of %zu bytes", size);
	fill_bytes(data, size, size);
	for (i = 0; i < limit; i++) {
		*data = i;
		check_send(fd, data, size);
	}
	check_err(write(fd, data, size), EAGAIN);
	check_err(write(fd, data, 1), EAGAIN);
	check_err(writev(fd, &(struct iovec){ data, size }, 1), EAGAIN);

	/* Room for one, and for one only. */
	*data = 0;
	check_receive(fd, data, size);
	*data = limit;
	check_send(fd, data, size);
	check_err(write(fd, data, size), EAGAIN);

	/* The refused ones left no trace. */
	for (i = 1; i <= limit; i++) {
		*data = i;
		check_receive(fd, data, size);
	}
	check_empty(fd);
	free(data);
}

/* O_NONBLOCK may be switched while the file is open. */
static void switched(void)
{
	int other = open_pipe(O_RDWR);
	char c;

	context("O_NONBLOCK set by fcntl()");
	if (fcntl(other, F_SETFL, O_NONBLOCK))
		die("fcntl");
	check_err(read(other, &c, 1), EAGAIN);
	fill_pipe(other, 8);
	check_err(write(other, &c, 1), EAGAIN);
	drain_pipe();
	close(other);
}

/* A single call may say that it does not want to sleep. */
static void single_call(void)
{
	int other = open_pipe(O_RDWR);
	struct iovec parts[2];
	char buf[8];

	context("RWF_NOWAIT");
	memset(buf, 'x', sizeof(buf));
	parts[0] = (struct iovec){ buf, 3 };
	parts[1] = (struct iovec){ buf + 3, 5 };
	check_err(preadv2(other, parts, 2, -1, RWF_NOWAIT), EAGAIN);
	check_ret(pwritev2(other, parts, 2, -1, RWF_NOWAIT), 8);
	check_ret(preadv2(other, parts, 2, -1, RWF_NOWAIT), 8);
	fill_pipe(fd, 8);
	check_err(pwritev2(other, parts, 2, -1, RWF_NOWAIT), EAGAIN);
	drain_pipe();
	close(other);
}

int main(int argc, char **argv)
{
	size_t max;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	max = pipe_limit("msg_size");

	empty();
	full(1);
	full(max < 64 ? max : 64);
	if (max > 256)
		full(257);
	switched();
	single_call();
	return 0;
}
