// SPDX-License-Identifier: GPL-2.0
/*
 * A buffer that begins well and runs into an unmapped page: all or nothing.
 * And one whose unmapped part the message does not reach: no error at all.
 */
#include "selftest.h"

static int fd;

static void cut_after(size_t mapped, size_t size)
{
	unsigned char *data = xmalloc(size), *cut = map_guarded(mapped);
	int i;

	context("%zu bytes, %zu mapped", size, mapped);
	fill_bytes(data, size, size + mapped);
	memcpy(cut, data, mapped);

	check_send(fd, "first", 5);
	check_err(write(fd, cut, size), EFAULT);
	check_send(fd, data, size);
	check_send(fd, "last", 4);

	check_receive(fd, "first", 5);
	for (i = 0; i < 2; i++) {
		check_err(read(fd, cut, size), EFAULT);
		check_eq(poll_now(fd) & POLL_READABLE, POLL_READABLE);
	}
	check_receive(fd, data, size);
	check_receive(fd, "last", 4);
	check_empty(fd);

	unmap_guarded(cut, mapped);
	free(data);
}

/* The buffer ends with the mapping; the read asks for more than the message. */
static void fits(size_t size)
{
	unsigned char *data = xmalloc(size), *cut = map_guarded(size);

	context("%zu bytes, all mapped", size);
	fill_bytes(data, size, size);
	memcpy(cut, data, size);
	check_send(fd, cut, size);
	memset(cut, 0, size);
	check_ret(read(fd, cut, size), size);
	check_bytes(cut, data, size);

	check_send(fd, data, size);
	memset(cut, 0, size);
	check_ret(read(fd, cut, size + 1), size);
	check_bytes(cut, data, size);

	check_send(fd, data, size);
	memset(cut, 0, size);
	check_ret(read(fd, cut, 1024 * 1024), size);
	check_bytes(cut, data, size);
	check_empty(fd);

	unmap_guarded(cut, size);
	free(data);
}

int main(int argc, char **argv)
{
	size_t i, j;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);

	for (i = 0; i < ARRAY_SIZE(border_sizes); i++) {
		size_t size = border_sizes[i];
		size_t mapped[] = { size - 1, size - 7, size - 8, size / 2,
				    9, 8, 7, 1 };

		for (j = 0; j < ARRAY_SIZE(mapped); j++)
			if (mapped[j] > 0 && mapped[j] < size)
				cut_after(mapped[j], size);
		fits(size);
	}
	return 0;
}
