// SPDX-License-Identifier: GPL-2.0
/*
 * A process asleep in poll(2) wakes when what it waits for comes, and not
 * before; all who poll wake, since none of them takes anything.
 */
#include "selftest.h"

#ifndef SYS_poll
#define SYS_poll	SYS_ppoll
#endif

static int fd;

/* A child that sleeps until events come, and says which by its status. */
static pid_t poller(int events)
{
	pid_t pid = fork_child();

	if (!pid) {
		struct pollfd p = {
			.fd = open_pipe(O_RDWR | O_NONBLOCK),
			.events = events,
		};

		check_ret(poll(&p, 1, -1), 1);
		_exit(p.revents);
	}
	wait_blocked(pid, SYS_poll);
	return pid;
}

static void wakes_on_write(size_t size)
{
	unsigned char *data = xmalloc(size);
	pid_t first, second;

	context("write, size %zu", size);
	fill_bytes(data, size, size);
	first = poller(POLLIN);
	second = poller(POLLIN);
	check_send(fd, data, size);
	check_child(first, POLLIN);
	check_child(second, POLLIN);
	check_receive(fd, data, size);
	free(data);
}

static void wakes_on_read(size_t size)
{
	unsigned char *buf = xmalloc(size);
	pid_t first, second;

	context("read, size %zu", size);
	fill_pipe(fd, size);
	first = poller(POLLOUT);
	second = poller(POLLOUT);
	check_ret(read(fd, buf, size), size);
	check_child(first, POLLOUT);
	check_child(second, POLLOUT);
	drain_pipe();
	free(buf);
}

/* Somebody asleep in read() is served as well as those who poll. */
static void with_reader(void)
{
	pid_t reader, first;
	char c;

	context("a reader and a poller");
	reader = fork_child();
	if (!reader)
		_exit(read(open_pipe(O_RDONLY), &c, 1) != 1);
	wait_blocked(reader, SYS_read);
	first = poller(POLLIN);

	/* One for each of them, whoever comes first. */
	check_send(fd, "1", 1);
	check_send(fd, "2", 1);
	check_child(reader, 0);
	check_child(first, POLLIN);
	check_receive(fd, "2", 1);
}

static void with_writer(void)
{
	pid_t writer, first;
	char c;

	context("a writer and a poller");
	fill_pipe(fd, 1);
	writer = fork_child();
	if (!writer)
		_exit(write(open_pipe(O_WRONLY), "x", 1) != 1);
	wait_blocked(writer, SYS_write);
	first = poller(POLLOUT);

	check_ret(read(fd, &c, 1), 1);
	check_ret(read(fd, &c, 1), 1);
	check_child(writer, 0);
	check_child(first, POLLOUT);
	drain_pipe();
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);

	wakes_on_write(64);
	wakes_on_write(4000);
	wakes_on_read(64);
	wakes_on_read(4000);
	with_reader();
	with_writer();
	return 0;
}
