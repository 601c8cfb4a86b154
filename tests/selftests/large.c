// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of many pages, up to msg_size: they arrive whole, and the rules for
 * small ones hold for them. For a pipe with a large msg_size.
 */
#include "selftest.h"

static int fd;

static void round_trip(size_t size)
{
	unsigned char *data = xmalloc(size), *cut;
	struct iovec parts[] = {
		{ data, 1 }, { data + 1, size / 3 },
		{ data + 1 + size / 3, size - 1 - size / 3 },
	};

	context("size %zu", size);
	fill_bytes(data, size, size);
	check_send(fd, data, size);
	check_ret(writev(fd, parts, ARRAY_SIZE(parts)), size);
	check_receive(fd, data, size);
	check_err(read(fd, data, size - 1), EMSGSIZE);
	check_err(read(fd, BAD_ADDRESS, size), EFAULT);

	/* All of it can be copied but the last byte. */
	cut = map_guarded(size - 1);
	memcpy(cut, data, size - 1);
	check_err(write(fd, cut, size), EFAULT);
	check_err(read(fd, cut, size), EFAULT);
	unmap_guarded(cut, size - 1);

	check_receive(fd, data, size);
	check_empty(fd);
	free(data);
}

/* A small one does not see what a large one left behind in its memory. */
static void after_each_other(size_t max)
{
	size_t sizes[] = { max, 1, 4096, max, 64, max / 2, 300 };
	unsigned char *data = xmalloc(max);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		context("size %zu after others", sizes[i]);
		fill_bytes(data, sizes[i], i);
		check_send(fd, data, sizes[i]);
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		context("size %zu among others", sizes[i]);
		fill_bytes(data, sizes[i], i);
		check_receive(fd, data, sizes[i]);
	}
	check_empty(fd);
	free(data);
}

int main(int argc, char **argv)
{
	size_t max, size;
	char *over;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	max = pipe_limit("msg_size");
	check_true(max >= 65536);

	for (size = page_size(); size <= max; size *= 2) {
		round_trip(size - 1);
		round_trip(size);
		if (size < max)
			round_trip(size + 1);
	}
	after_each_other(max);

	over = xmalloc(max + 1);
	memset(over, 'x', max + 1);
	context("size %zu", max + 1);
	check_err(write(fd, over, max + 1), EMSGSIZE);
	check_empty(fd);
	return 0;
}
