// SPDX-License-Identifier: GPL-2.0
/*
 * Reading or writing 0 bytes returns 0 at once, whatever the state of the
 * pipe, and changes nothing.
 */
#include "selftest.h"

static void zero_calls(int fd)
{
	struct iovec none[2] = { { NULL, 0 }, { BAD_ADDRESS, 0 } };
	char c;

	check_ret(write(fd, &c, 0), 0);
	check_ret(write(fd, NULL, 0), 0);
	check_ret(read(fd, &c, 0), 0);
	check_ret(read(fd, NULL, 0), 0);
	check_ret(writev(fd, none, 2), 0);
	check_ret(readv(fd, none, 2), 0);
	check_ret(writev(fd, none, 0), 0);
	check_ret(readv(fd, none, 0), 0);
}

int main(int argc, char **argv)
{
	int fd, blocking;
	long n;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	blocking = open_pipe(O_RDWR);

	context("empty");
	zero_calls(fd);
	zero_calls(blocking);
	check_empty(fd);

	context("one message");
	check_send(fd, "one", 3);
	zero_calls(fd);
	zero_calls(blocking);
	check_receive(fd, "one", 3);
	check_empty(fd);

	context("full");
	n = fill_pipe(fd, 1);
	zero_calls(fd);
	zero_calls(blocking);
	check_eq(drain_pipe(), n);
	return 0;
}
