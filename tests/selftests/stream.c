// SPDX-License-Identifier: GPL-2.0
/*
 * Stream mode: a FIFO of bytes. A read gets what there is, whatever writes it
 * came from.
 */
#include "stream.h"

/* Bytes come out in order, and a read takes as many as it asks for. */
static void bytes(void)
{
	static unsigned char data[65536], got[65536];
	size_t in = 0, out = 0, i, j, len;

	stream(0);
	check_send(fd, "abc", 3);
	check_send(fd, "defg", 4);
	check_receive(fd, "abcdefg", 7);
	check_err(read(fd, got, 1), EAGAIN);

	check_send(fd, "abcdefg", 7);
	check_ret(read(fd, got, 2), 2);
	check_bytes(got, "ab", 2);
	check_send(fd, "h", 1);
	check_ret(read(fd, got, 4), 4);
	check_bytes(got, "cdef", 4);
	check_receive(fd, "gh", 2);
	check_err(read(fd, got, 1), EAGAIN);

	/* A few writes of every size, and reads of every size. */
	fill_bytes(data, sizeof(data), 1);
	for (i = 0; i < ARRAY_SIZE(border_sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(border_sizes); j++) {
			while (in - out < 2 * border_sizes[i]) {
				len = border_sizes[(i + j) %
						   ARRAY_SIZE(border_sizes)];
				context("write %zu", len);
				if (in + len > sizeof(data))
					break;
				check_send(fd, data + in, len);
				in += len;
			}
			check_eq(bytes_ready(fd), in - out);
			len = border_sizes[i];
			if (len > in - out)
				len = in - out;
			if (len) {
				context("read %zu of %zu", border_sizes[i],
					in - out);
				/* At most 32 pieces come at a time. */
				len = read(fd, got, border_sizes[i]);
				check_true(len > 0 && len <= border_sizes[i]);
				check_bytes(got, data + out, len);
				out += len;
			}
			if (in + 8192 > sizeof(data)) {
				read_all(fd, got, in - out);
				check_bytes(got, data + out, in - out);
				in = 0;
				out = 0;
			}
		}
	}
	read_all(fd, got, in - out);
	check_bytes(got, data + out, in - out);
	check_err(read(fd, got, 1), EAGAIN);
}

/* What a read asks for it gets, if that is there in a few writes. */
static void across(void)
{
	unsigned char data[3 * ATOMIC], got[3 * ATOMIC];
	struct iovec spread[] = { { got, 7 }, { got + 7, sizeof(got) - 7 } };
	size_t i;

	stream(0);
	fill_bytes(data, sizeof(data), 2);
	for (i = 0; i < ARRAY_SIZE(border_sizes); i++) {
		size_t len = border_sizes[i];

		context("three writes of %zu", len);
		check_send(fd, data, len);
		check_send(fd, data + len, len);
		check_send(fd, data + 2 * len, len);
		check_ret(read(fd, got, len + len / 2), len + len / 2);
		check_bytes(got, data, len + len / 2);
		check_ret(readv(fd, spread, 2), 2 * len - len / 2);
		check_bytes(got, data + len + len / 2, 2 * len - len / 2);
	}
}

static void tiny_writes(ssize_t (*call)(int, const void *, size_t))
{
	static unsigned char got[65536];
	const size_t total = 256 * 1024;
	unsigned char c;
	size_t i, j;

	/* As nodes of half a KiB this would be twice what the module takes. */
	stream(total);
	for (i = 0; i < total; i++) {
		c = i * 7 + (i >> 8);
		if (call(fd, &c, 1) != 1)
			test_fail("byte %zu: %s", i, strerror(errno));
	}
	check_eq(bytes_ready(fd), total);
	check_err(call(fd, &c, 1), EAGAIN);
	for (i = 0; i < total; i += sizeof(got)) {
		read_all(fd, got, sizeof(got));
		for (j = 0; j < sizeof(got); j++)
			if (got[j] != (unsigned char)((i + j) * 7 +
						      ((i + j) >> 8)))
				test_fail("byte %zu is wrong", i + j);
	}
}

static ssize_t by_write(int to, const void *buf, size_t len)
{
	return write(to, buf, len);
}

static ssize_t by_writev(int to, const void *buf, size_t len)
{
	struct iovec part = { (void *)buf, len };

	return writev(to, &part, 1);
}

static void tiny(void)
{
	tiny_writes(by_write);
}

static void tinyv(void)
{
	tiny_writes(by_writev);
}

/* Without waiting: up to 4096 bytes all or nothing, more as far as they go. */
static void nonblock(void)
{
	static unsigned char data[20000], got[20000];

	stream(10000);
	fill_bytes(data, sizeof(data), 5);
	check_ret(write(fd, data, 20000), 10000);
	check_err(write(fd, data, 1), EAGAIN);
	check_err(write(fd, data, 20000), EAGAIN);
	check_ret(read(fd, got, 100), 100);
	check_bytes(got, data, 100);
	check_err(write(fd, data, ATOMIC), EAGAIN);
	check_err(write(fd, data, 101), EAGAIN);
	check_send(fd, data + 10000, 50);
	check_ret(write(fd, data + 10050, ATOMIC + 1), 50);
	check_eq(bytes_ready(fd), 10000);
	read_all(fd, got, 10000);
	check_bytes(got, data + 100, 10000);
	check_err(read(fd, got, 1), EAGAIN);

	/* Where less than 4096 bytes are the whole pipe, that is the unit. */
	context("1000 bytes");
	stream(1000);
	check_send(fd, data, 1);
	check_err(write(fd, data, 1000), EAGAIN);
	check_err(write(fd, data, 3000), EAGAIN);
	check_ret(read(fd, got, 1000), 1);
	check_ret(write(fd, data, 3000), 1000);
	check_receive(fd, data, 1000);
}

/* Bad memory: what lies before it counts. */
static void fault(void)
{
	static unsigned char data[10000];
	static const size_t sizes[] = { 100, 250, 3000, 9000 };
	unsigned char *got = xmalloc(sizeof(data)), *cut;
	size_t i;
	ssize_t n;

	stream(0);
	fill_bytes(data, sizeof(data), 6);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = sizes[i], mapped = size * 2 / 5;

		context("size %zu", size);
		check_err(write(fd, BAD_ADDRESS, size), EFAULT);
		check_eq(bytes_ready(fd), 0);
		check_send(fd, data, size);
		check_err(read(fd, BAD_ADDRESS, size), EFAULT);
		check_err(read(fd, BAD_ADDRESS, 1), EFAULT);
		check_eq(bytes_ready(fd), size);

		cut = map_guarded(mapped);
		n = read(fd, cut, size);
		check_true(n > 0 && (size_t)n <= mapped);
		check_bytes(cut, data, n);
		check_eq(bytes_ready(fd), size - n);
		read_all(fd, got, size - n);
		check_bytes(got, data + n, size - n);
		unmap_guarded(cut, mapped);
	}

	context("short write");
	cut = map_guarded(6000);
	memcpy(cut, data, 6000);
	n = write(fd, cut, 10000);
	check_true(n >= ATOMIC && n <= 6000);
	check_eq(bytes_ready(fd), n);
	read_all(fd, got, n);
	check_bytes(got, data, n);
	/* Up to 4096 bytes, a write is all or nothing. */
	check_err(write(fd, cut + 3000, ATOMIC), EFAULT);
	check_err(write(fd, cut + 5900, 200), EFAULT);
	check_eq(bytes_ready(fd), 0);
	free(got);
}

/* Writable if 4096 bytes fit, or all that there is room for at all. */
static void poll_state(void)
{
	static char data[ATOMIC];

	stream(2 * ATOMIC);
	check_eq(poll_now(fd), POLL_WRITABLE);
	check_eq(bytes_ready(fd), 0);
	check_send(fd, data, ATOMIC);
	check_eq(poll_now(fd), POLL_WRITABLE | POLL_READABLE);
	check_eq(bytes_ready(fd), ATOMIC);
	check_send(fd, data, 1);
	check_eq(poll_now(fd), POLL_READABLE);
	check_eq(bytes_ready(fd), ATOMIC + 1);
	check_ret(read(fd, data, 1), 1);
	check_eq(poll_now(fd), POLL_WRITABLE | POLL_READABLE);
	check_ret(read(fd, data, ATOMIC), ATOMIC);
	check_eq(poll_now(fd), POLL_WRITABLE);

	context("1000 bytes");
	stream(1000);
	check_eq(poll_now(fd), POLL_WRITABLE);
	check_send(fd, data, 1);
	check_eq(poll_now(fd), POLL_READABLE);
	check_ret(read(fd, data, 1), 1);
	check_eq(poll_now(fd), POLL_WRITABLE);
}

/* The mode is fixed while there is data. */
static void mode(void)
{
	char buf[16];
	pid_t reader;

	own_pipe(CONFIG());
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_eq(get_info(fd).mode, KMSGPIPE_MODE_MESSAGE);
	check_err(set_value(fd, KMSGPIPE_SET_MODE, 2), EINVAL);
	check_send(fd, "one", 3);
	check_send(fd, "two", 3);
	check_err(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM),
		  EBUSY);
	check_ret(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_MESSAGE), 0);
	check_receive(fd, "one", 3);
	check_receive(fd, "two", 3);

	check_ret(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM), 0);
	check_eq(get_info(fd).mode, KMSGPIPE_MODE_STREAM);
	check_send(fd, "one", 3);
	check_send(fd, "two", 3);
	check_eq(get_info(fd).messages, 0);
	check_eq(get_info(fd).bytes, 6);
	check_err(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_MESSAGE),
		  EBUSY);
	check_receive(fd, "onetwo", 6);
	check_ret(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_MESSAGE), 0);

	context("a reader asleep");
	reader = fork_child();
	if (!reader) {
		check_ret(read(open_pipe(O_RDONLY), buf, 2), 2);
		check_bytes(buf, "by", 2);
		_exit(0);
	}
	wait_blocked(reader, SYS_read);
	check_ret(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM), 0);
	check_send(fd, "bytes", 5);
	check_child(reader, 0);
	check_receive(fd, "tes", 3);
}

/* A call counts once, however many pieces it moves. */
static void counts(void)
{
	static char data[3000];
	struct kmsgpipe_stats s;
	uint64_t faults;

	stream(0);
	check_send(fd, data, 1000);
	check_send(fd, data, 1000);
	check_send(fd, data, 10);
	check_ret(read(fd, data, 5), 5);
	check_ret(read(fd, data, sizeof(data)), 2005);
	s = get_stats(fd);
	check_eq(s.sent, 3);
	check_eq(s.bytes_sent, 2010);
	check_eq(s.received, 2);
	check_eq(s.bytes_received, 2010);
	check_eq(s.max_bytes, 2010);
	check_eq(s.max_messages, 0);

	context("faults");
	check_send(fd, data, 10);
	check_err(read(fd, BAD_ADDRESS, 10), EFAULT);
	faults = get_stats(fd).faults;
	check_true(faults > s.faults);
	check_err(write(fd, BAD_ADDRESS, 10), EFAULT);
	check_true(get_stats(fd).faults > faults);
	s = get_stats(fd);
	check_eq(s.sent, 4);
	check_eq(s.received, 2);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "bytes", bytes },
		{ "across", across },
		{ "tiny", tiny },
		{ "tinyv", tinyv },
		{ "nonblock", nonblock },
		{ "fault", fault },
		{ "poll", poll_state },
		{ "mode", mode },
		{ "counts", counts },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
