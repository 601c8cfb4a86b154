// SPDX-License-Identifier: GPL-2.0
/*
 * A wake-up goes to one sleeper. If that one then fails, it must not be lost:
 * the next in line gets it.
 */
#include "selftest.h"

static int fd;

/* A child that reads into buf; exits 0 with a message, else with errno. */
static pid_t start_reader(void *buf, size_t len)
{
	pid_t pid = fork_child();

	if (!pid)
		_exit(read(open_pipe(O_RDONLY), buf, len) < 0 ? errno : 0);
	wait_blocked(pid, SYS_read);
	return pid;
}

/* The first reader fails with err; the second one has to get the message. */
static void failing_reader(void *buf, size_t len, size_t size, int err)
{
	static char good[4096];
	unsigned char *data = xmalloc(size);
	pid_t bad, next;

	context("reader, size %zu, %s", size, strerror(err));
	fill_bytes(data, size, size);
	bad = start_reader(buf, len);
	next = start_reader(good, sizeof(good));
	check_send(fd, data, size);
	check_child(bad, err);
	check_child(next, 0);
	check_empty(fd);
	free(data);
}

/*
 * The first writer has nothing good to write. It may say so without sleeping
 * if the driver looks before it waits; if not, it hands on the room it got.
 */
static void failing_writer(size_t size)
{
	unsigned char *data = xmalloc(size);
	pid_t bad, next;

	context("writer, size %zu", size);
	fill_bytes(data, size, size);
	check_eq(fill_pipe(fd, 8), pipe_limit("max_msgs"));
	bad = fork_child();
	if (!bad)
		_exit(write(open_pipe(O_WRONLY), BAD_ADDRESS, size) < 0 ?
		      errno : 0);
	while (!is_blocked(bad, SYS_write) && process_state(bad) != 'Z')
		short_pause();
	next = fork_child();
	if (!next)
		_exit(write(open_pipe(O_WRONLY), data, size) < 0 ? errno : 0);
	wait_blocked(next, SYS_write);

	check_receive(fd, "ffffffff", 8);
	check_child(bad, EFAULT);
	check_child(next, 0);
	check_eq(drain_pipe(), pipe_limit("max_msgs"));
	free(data);
}

int main(int argc, char **argv)
{
	char small[4];

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);

	failing_reader(small, sizeof(small), 64, EMSGSIZE);
	failing_reader(small, sizeof(small), 4000, EMSGSIZE);
	failing_reader(BAD_ADDRESS, 4096, 64, EFAULT);
	failing_reader(BAD_ADDRESS, 4096, 4000, EFAULT);
	failing_writer(64);
	failing_writer(4000);
	return 0;
}
