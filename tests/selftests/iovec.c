// SPDX-License-Identifier: GPL-2.0
/*
 * writev() joins its parts into one message; readv() spreads one over its
 * buffers. Either does all or nothing.
 */
#include "selftest.h"

static int fd;

/* A message of the given parts arrives as one, and may be read in parts. */
static void join_and_split(size_t a, size_t b, size_t c)
{
	size_t len = a + b + c;
	unsigned char *data = xmalloc(len), *out = xmalloc(len + 16);
	struct iovec parts[] = {
		{ data, a }, { NULL, 0 }, { data + a, b }, { data + a + b, c },
	};
	struct iovec turned[] = {
		{ out, c }, { out + c, 0 }, { out + c, a },
		{ out + c + a, b + 16 },
	};

	context("parts of %zu, %zu and %zu bytes", a, b, c);
	fill_bytes(data, len, len);
	check_ret(writev(fd, parts, ARRAY_SIZE(parts)), len);
	check_ret(writev(fd, parts, ARRAY_SIZE(parts)), len);
	check_receive(fd, data, len);
	memset(out, 0xa5, len + 16);
	check_ret(readv(fd, turned, ARRAY_SIZE(turned)), len);
	check_bytes(out, data, len);
	check_eq(out[len], 0xa5);
	check_empty(fd);
	free(data);
	free(out);
}

/* What is too long in sum is refused, even if each part would do. */
static void too_long(void)
{
	size_t max = pipe_limit("msg_size");
	unsigned char *data = xmalloc(max + 1);
	struct iovec parts[] = { { data, max / 2 }, { data + max / 2, 0 } };

	context("too long in sum");
	fill_bytes(data, max, 1);
	parts[1].iov_len = max + 1 - max / 2;
	check_err(writev(fd, parts, 2), EMSGSIZE);
	check_empty(fd);
	parts[1].iov_len--;
	check_ret(writev(fd, parts, 2), max);
	parts[1].iov_len--;
	check_err(readv(fd, parts, 2), EMSGSIZE);
	check_receive(fd, data, max);
	check_empty(fd);
	free(data);
}

/* A part at a bad address spoils the whole call, and nothing else. */
static void bad_part(size_t a, size_t b)
{
	unsigned char *data = xmalloc(a + b);
	struct iovec parts[] = { { data, a }, { BAD_ADDRESS, b } };
	struct iovec turned[] = { { BAD_ADDRESS, b }, { data, a } };

	context("%zu good bytes, %zu bad ones", a, b);
	fill_bytes(data, a + b, a);
	check_err(writev(fd, parts, 2), EFAULT);
	check_err(writev(fd, turned, 2), EFAULT);
	check_empty(fd);

	check_send(fd, data, a + b);
	check_send(fd, "next", 4);
	check_err(readv(fd, parts, 2), EFAULT);
	check_err(readv(fd, turned, 2), EFAULT);
	fill_bytes(data, a + b, a);
	check_receive(fd, data, a + b);
	check_receive(fd, "next", 4);

	/* A bad part that the message does not reach does no harm. */
	check_send(fd, data, a);
	check_ret(readv(fd, parts, 2), a);
	check_empty(fd);
	free(data);
}

/* As many parts as a call may have. */
static void many_parts(void)
{
	unsigned char data[1024], out[1024];
	struct iovec in[1024], spread[1024];
	int i;

	context("1024 parts");
	fill_bytes(data, sizeof(data), 3);
	for (i = 0; i < 1024; i++) {
		in[i] = (struct iovec){ data + i, 1 };
		spread[i] = (struct iovec){ out + i, 1 };
	}
	check_ret(writev(fd, in, 1024), 1024);
	check_ret(readv(fd, spread, 1024), 1024);
	check_bytes(out, data, 1024);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);

	join_and_split(1, 1, 1);
	join_and_split(5, 8, 51);
	join_and_split(100, 100, 55);
	join_and_split(100, 100, 56);
	join_and_split(100, 100, 57);
	join_and_split(1000, 2000, 1000);
	join_and_split(1, 4094, 1);
	too_long();
	bad_part(32, 32);
	bad_part(255, 1);
	bad_part(1, 256);
	bad_part(2000, 2000);
	many_parts();
	return 0;
}
