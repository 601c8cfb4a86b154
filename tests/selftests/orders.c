// SPDX-License-Identifier: GPL-2.0
/*
 * orders PIPE TRACING: messages of up to 1 MiB need no memory in large pieces.
 * The kernel's trace of page allocations, in its directory TRACING, shows what
 * this process had the kernel allocate while they were sent and received.
 */
#include "own.h"

static const char *tracing;

static void set_trace(const char *file, const char *value)
{
	char path[256];
	int trace;

	snprintf(path, sizeof(path), "%s/%s", tracing, file);
	trace = open_file(path, O_WRONLY | O_TRUNC);
	if (write(trace, value, strlen(value)) != (ssize_t)strlen(value))
		die(path);
	close(trace);
}

/* Fail at the first line of the trace that is no comment; or count them. */
static int trace_lines(int show)
{
	char path[256], line[512];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/trace", tracing);
	f = fopen(path, "re");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f)) {
		if (*line == '#')
			continue;
		if (show)
			test_fail("%s", line);
		n++;
	}
	fclose(f);
	return n;
}

static void transfer(int fd, unsigned char *data, unsigned char *got,
		     size_t size)
{
	struct kmsgpipe_message m = MESSAGE(data, size);

	context("size %zu", size);
	fill_bytes(data, size, size);
	check_send(fd, data, size);
	check_ret(ioctl(fd, KMSGPIPE_SEND, &m), 0);
	check_ret(read(fd, got, size), size);
	check_bytes(got, data, size);
	check_ret(read(fd, got, size), size);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {
		100, 4096, 40000, 65536, 200000, 524288, 1048575, 1048576,
	};
	unsigned char *data, *got;
	char text[32];
	size_t i;
	int fd;

	if (argc != 3)
		return 2;
	tracing = argv[2];
	test_alarm_start();
	/* This program's own memory is not in question. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	data = share_memory(1 << 20);
	got = share_memory(1 << 20);
	memset(data, 1, 1 << 20);
	memset(got, 1, 1 << 20);
	own_pipe(CONFIG(.msg_size = 1 << 20, .max_bytes = 8 << 20));
	fd = open_pipe(O_RDWR | O_NONBLOCK);

	snprintf(text, sizeof(text), "%d", getpid());
	set_trace("set_event_pid", text);
	set_trace("events/kmem/mm_page_alloc/filter", "order == 0");
	set_trace("trace", "");
	set_trace("events/kmem/mm_page_alloc/enable", "1");
	transfer(fd, data, got, 1 << 20);
	set_trace("events/kmem/mm_page_alloc/enable", "0");
	/* The trace works: there are the pages of the message. */
	check_true(trace_lines(0) >= 256);

	set_trace("events/kmem/mm_page_alloc/filter", "order > 3");
	set_trace("trace", "");
	set_trace("events/kmem/mm_page_alloc/enable", "1");
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		transfer(fd, data, got, sizes[i]);
	set_trace("events/kmem/mm_page_alloc/enable", "0");
	context("an allocation of more than 8 pages");
	trace_lines(1);
	remove_own();
	return 0;
}
