// SPDX-License-Identifier: GPL-2.0
/*
 * A tool for the tests of what the driver tells about itself: debuglog PIPE PART
 * does some things to the pipe in a fixed order.
 */
#include <poll.h>

#include "own.h"

static int fd;

/* Each way in, and some that fail. */
static void calls(void)
{
	struct kmsgpipe_message m = MESSAGE("hello", 5);
	char buf[64];

	fd = open_pipe(O_RDWR | O_NONBLOCK);
	get_info(fd);
	check_ret(ioctl(fd, KMSGPIPE_SEND, &m), 0);
	m = MESSAGE(buf, sizeof(buf), .flags = KMSGPIPE_IO_PEEK);
	check_ret(ioctl(fd, KMSGPIPE_RECV, &m), 0);
	m = MESSAGE(buf, sizeof(buf));
	check_ret(ioctl(fd, KMSGPIPE_RECV, &m), 0);
	m = MESSAGE(buf, sizeof(buf));
	check_err(ioctl(fd, KMSGPIPE_RECV, &m), EAGAIN);
	m = MESSAGE(buf, 0);
	check_err(ioctl(fd, KMSGPIPE_RECV, &m), EINVAL);
	check_err(set_limits(fd, 0x80, 0, 0, 0), EINVAL);
	bytes_ready(fd);
	check_err(ioctl(fd, _IO(KMSGPIPE_IOC_MAGIC, 0xff), 0), ENOTTY);
}

/* Each way of dropping messages; the pipe has some. */
static void drop(void)
{
	struct pollfd pfd = { .events = POLLOUT };

	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_ret(set_cleanup(fd, 0, 0), 0);
	check_true(set_limits(fd, KMSGPIPE_LIMITS_TRUNCATE, 2, 0, 0) >= 0);
	check_true(drop_messages(fd, KMSGPIPE_CLEAR_QUEUE) > 0);
	check_ret(send_ttl(fd, "hello", 5, 7, 1), 0);
	wait_boottime(boottime_ms() + 5);
	check_eq(drop_messages(fd, KMSGPIPE_TRIGGER_CLEANUP), 1);
	pfd.fd = fd;
	check_eq(poll(&pfd, 1, 0), 1);
}

/* From and to pages that are not there yet, and one that never is. */
static void fault(void)
{
	char *memory = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_eq(write(fd, memory, 64), 64);
	check_eq(read(fd, memory + 4096, 64), 64);
	/* The first write of a pipe makes its node; this one has a free one. */
	check_eq(write(fd, memory + 2 * 4096, 64), 64);
	check_eq(read(fd, memory + 3 * 4096, 64), 64);
	check_err(write(fd, BAD_ADDRESS, 64), EFAULT);
	check_err(read(fd, memory, 64), EAGAIN);
}

/* Every number there can be, on both kinds of nodes, and to no purpose. */
static void every(void)
{
	int control = open_control();
	unsigned int nr;

	fd = open_pipe(O_RDWR | O_NONBLOCK);
	for (nr = 0; nr < 256; nr++) {
		unsigned long cmd = _IO(KMSGPIPE_IOC_MAGIC, nr);

		if (ioctl(control, cmd, BAD_ADDRESS) && errno == ENOTTY)
			ioctl(fd, cmd, BAD_ADDRESS);
	}
	ioctl(fd, FIONREAD, BAD_ADDRESS);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "calls", calls },
		{ "drop", drop },
		{ "fault", fault },
		{ "every", every },
	};

	if (argc != 3) {
		fprintf(stderr, "usage: debuglog PIPE PART\n");
		return 2;
	}
	test.path = argv[1];
	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
