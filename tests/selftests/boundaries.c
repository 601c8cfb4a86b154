// SPDX-License-Identifier: GPL-2.0
/*
 * One write is one message and one read returns it, for every size there is:
 * same length, same bytes, and the rest of the reader's buffer untouched.
 * Sources and destinations of every alignment.
 */
#include "selftest.h"

#define BATCH	8

int main(int argc, char **argv)
{
	size_t max, size, i, n, batch;
	unsigned char *buf, *out;
	int fd;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	max = pipe_limit("msg_size");
	if (max > 4200)
		max = 4200;
	batch = pipe_limit("max_msgs");
	if (batch > BATCH)
		batch = BATCH;
	buf = xmalloc(max + 8);
	out = xmalloc(max + 32);

	for (size = 1; size <= max; size++) {
		context("size %zu", size);
		fill_bytes(buf + size % 8, size, size);
		check_send(fd, buf + size % 8, size);

		n = size / 8 % 8;
		memset(out, 0xa5, max + 32);
		check_ret(read(fd, out + n, size + 16), size);
		check_bytes(out + n, buf + size % 8, size);
		for (i = 0; i < n; i++)
			check_eq(out[i], 0xa5);
		for (i = n + size; i < n + size + 24; i++)
			check_eq(out[i], 0xa5);
	}

	/* Neighbours in the queue neither merge nor split. */
	for (size = 1; size <= max; size += size < 520 ? 1 : 97) {
		for (i = 0; i < batch; i++) {
			n = (size * (i + 1)) % max + 1;
			context("size %zu", n);
			fill_bytes(buf, n, size + i);
			check_send(fd, buf, n);
		}
		for (i = 0; i < batch; i++) {
			n = (size * (i + 1)) % max + 1;
			context("size %zu", n);
			fill_bytes(buf, n, size + i);
			check_receive(fd, buf, n);
		}
	}
	end_context();
	check_empty(fd);
	return 0;
}
