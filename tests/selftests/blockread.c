// SPDX-License-Identifier: GPL-2.0
/*
 * A reader sleeps on an empty pipe until there is a message, and gets that.
 */
#include "selftest.h"

static int in;

static ssize_t by_read(int fd, void *buf, size_t len)
{
	return read(fd, buf, len);
}

static ssize_t by_readv(int fd, void *buf, size_t len)
{
	struct iovec parts[] = { { buf, 3 }, { (char *)buf + 3, len - 3 } };

	return readv(fd, parts, 2);
}

/* A child reads by call number nr, and gets a message of the given size. */
static void wakes(ssize_t (*call)(int, void *, size_t), long nr, size_t size)
{
	unsigned char *data = xmalloc(size), *got = xmalloc(size);
	pid_t reader;

	context("size %zu", size);
	fill_bytes(data, size, size);
	reader = fork_child();
	if (!reader) {
		int fd = open_pipe(O_RDONLY);

		check_ret(call(fd, got, size), size);
		check_bytes(got, data, size);
		_exit(0);
	}
	wait_blocked(reader, nr);
	check_send(in, data, size);
	check_child(reader, 0);
	check_empty(in);
	free(data);
	free(got);
}

/* A message that is there already is not waited for. */
static void no_wait(void)
{
	int fd = open_pipe(O_RDONLY);

	context("message is there");
	check_send(in, "there", 5);
	check_receive(fd, "there", 5);
	close(fd);
}

/* A reader asleep does not keep others from the open file it sleeps on. */
static void same_file(void)
{
	int fd = open_pipe(O_RDWR);
	pid_t parent = getpid(), writer;

	context("writer uses the reader's file");
	writer = fork_child();
	if (!writer) {
		wait_blocked(parent, SYS_read);
		check_send(fd, "same file", 9);
		_exit(0);
	}
	check_receive(fd, "same file", 9);
	check_child(writer, 0);
	close(fd);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	in = open_pipe(O_RDWR | O_NONBLOCK);

	wakes(by_read, SYS_read, 64);
	wakes(by_read, SYS_read, 4000);
	wakes(by_readv, SYS_readv, 64);
	wakes(by_readv, SYS_readv, 4000);
	no_wait();
	same_file();
	return 0;
}
