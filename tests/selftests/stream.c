// SPDX-License-Identifier: GPL-2.0
/*
 * Stream mode: a FIFO of bytes. Writes of up to 4096 bytes are not mixed with
 * others; a read gets what there is, whatever writes it came from.
 */
#include "own.h"

#define ATOMIC	4096

static int fd;

static void stream(uint32_t max_bytes)
{
	own_pipe(CONFIG(.mode = KMSGPIPE_MODE_STREAM, .max_bytes = max_bytes));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
}

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

struct record {
	uint16_t writer;
	uint16_t number;
	uint32_t len;
	unsigned char text[ATOMIC - 8];
};

#define HEADER	offsetof(struct record, text)

/* Records of every length up to 4096, from many writers at a time. */
static void atomic(void)
{
	enum { WRITERS = 4, EACH = 150 };
	static unsigned char text[ATOMIC];
	uint16_t next[WRITERS] = { 0 };
	pid_t writer[WRITERS];
	struct record r;
	int i, n, out;

	stream(2 * ATOMIC);
	for (i = 0; i < WRITERS; i++) {
		writer[i] = fork_child();
		if (writer[i])
			continue;
		out = open_pipe(O_WRONLY);
		r.writer = i;
		for (n = 0; n < EACH; n++) {
			struct iovec parts[] = {
				{ &r, 5 }, { (char *)&r + 5, 0 },
			};

			r.number = n;
			r.len = n % 5 ? (int)HEADER + (n * 37 + i * 11) % 500 :
					ATOMIC - n % 3;
			context("writer %d, record %d", i, n);
			fill_bytes(r.text, r.len - HEADER, i * EACH + n);
			parts[1].iov_len = r.len - 5;
			if (n % 2)
				check_send(out, &r, r.len);
			else
				check_ret(writev(out, parts, 2), r.len);
		}
		_exit(0);
	}

	out = open_pipe(O_RDONLY);
	for (n = 0; n < WRITERS * EACH; n++) {
		context("record %d of %d", n, WRITERS * EACH);
		read_all(out, &r, HEADER);
		check_true(r.writer < WRITERS);
		check_eq(r.number, next[r.writer]);
		next[r.writer]++;
		check_true(r.len >= HEADER && r.len <= ATOMIC);
		read_all(out, r.text, r.len - HEADER);
		fill_bytes(text, r.len - HEADER,
			   r.writer * EACH + r.number);
		check_bytes(r.text, text, r.len - HEADER);
	}
	for (i = 0; i < WRITERS; i++)
		check_child(writer[i], 0);
	check_eq(bytes_ready(fd), 0);
}

/* Writers and readers that agree on a size need no lock among them. */
static void records_of(size_t size)
{
	enum { SIDE = 3, EACH = 300, STOP = 0xffff };
	pid_t writer[SIDE], reader[SIDE];
	unsigned char *seen = share_memory(SIDE * EACH);
	struct record r;
	int i, n, own_fd;

	/* No multiple of the size fits exactly. */
	stream(3 * size + size / 2);
	for (i = 0; i < SIDE; i++) {
		reader[i] = fork_child();
		if (reader[i])
			continue;
		own_fd = open_pipe(O_RDONLY);
		for (;;) {
			static unsigned char text[ATOMIC];

			context("reader %d, size %zu", i, size);
			check_ret(read(own_fd, &r, size), size);
			if (r.writer == STOP)
				_exit(0);
			check_true(r.writer < SIDE && r.number < EACH);
			fill_bytes(text, size - HEADER,
				   r.writer * EACH + r.number);
			check_bytes(r.text, text, size - HEADER);
			__atomic_fetch_add(&seen[r.writer * EACH + r.number],
					   1, __ATOMIC_SEQ_CST);
		}
	}
	for (i = 0; i < SIDE; i++) {
		writer[i] = fork_child();
		if (writer[i])
			continue;
		own_fd = open_pipe(O_WRONLY);
		r.writer = i;
		for (n = 0; n < EACH; n++) {
			r.number = n;
			fill_bytes(r.text, size - HEADER, i * EACH + n);
			check_send(own_fd, &r, size);
		}
		_exit(0);
	}
	for (i = 0; i < SIDE; i++)
		check_child(writer[i], 0);
	own_fd = open_pipe(O_WRONLY);
	r.writer = STOP;
	for (i = 0; i < SIDE; i++)
		check_send(own_fd, &r, size);
	for (i = 0; i < SIDE; i++)
		check_child(reader[i], 0);
	for (i = 0; i < SIDE * EACH; i++)
		check_eq(seen[i], 1);
}

static void records(void)
{
	records_of(64);
	records_of(300);
	records_of(1000);
	records_of(ATOMIC);
}

/* A blocking write completes, however long it is. */
static void long_write(void)
{
	const size_t size = 1000000;
	unsigned char *data = xmalloc(size), *got = xmalloc(size);
	pid_t writer;

	stream(65536);
	fill_bytes(data, size, 3);
	writer = fork_child();
	if (!writer) {
		int own_fd = open_pipe(O_WRONLY);

		check_ret(write(own_fd, data, size), size);
		_exit(0);
	}
	wait_blocked(writer, SYS_write);
	check_eq(bytes_ready(fd), 65536);
	read_all(open_pipe(O_RDONLY), got, size);
	check_bytes(got, data, size);
	check_child(writer, 0);
	check_eq(bytes_ready(fd), 0);
	free(data);
	free(got);
}

static void caught(int sig)
{
	(void)sig;
}

/* A signal cuts a long write short; one that did nothing is EINTR. */
static void cut_short(void)
{
	struct sigaction action = { .sa_handler = caught };
	static unsigned char data[65536], got[65536];
	pid_t writer;
	int i;

	stream(16384);
	fill_bytes(data, sizeof(data), 4);
	for (i = 0; i < 2; i++) {
		context(i ? "full" : "long");
		writer = fork_child();
		if (!writer) {
			int own_fd = open_pipe(O_WRONLY);

			sigaction(SIGUSR1, &action, NULL);
			if (i)
				check_err(write(own_fd, data, sizeof(data)),
					  EINTR);
			else
				check_ret(write(own_fd, data, sizeof(data)),
					  16384);
			_exit(0);
		}
		wait_blocked(writer, SYS_write);
		kill(writer, SIGUSR1);
		check_child(writer, 0);
		check_eq(bytes_ready(fd), 16384);
	}
	read_all(fd, got, 16384);
	check_bytes(got, data, 16384);

	/* A reader asleep. */
	context("reader");
	writer = fork_child();
	if (!writer) {
		sigaction(SIGUSR1, &action, NULL);
		check_err(read(open_pipe(O_RDONLY), got, 100), EINTR);
		_exit(0);
	}
	wait_blocked(writer, SYS_read);
	kill(writer, SIGUSR1);
	check_child(writer, 0);
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

/* Writers for whom there is room get in, however many one read made it for. */
static void wake_all(void)
{
	enum { WRITERS = 10 };
	static char data[8 * ATOMIC];
	pid_t writer[WRITERS];
	int i;

	stream(2 * ATOMIC);
	fill_stream(fd);
	for (i = 0; i < WRITERS; i++) {
		writer[i] = fork_child();
		if (!writer[i]) {
			check_send(open_pipe(O_WRONLY), data, 100);
			_exit(0);
		}
		wait_blocked(writer[i], SYS_write);
	}
	check_ret(read(fd, data, sizeof(data)), 2 * ATOMIC);
	for (i = 0; i < WRITERS; i++)
		check_child(writer[i], 0);
	check_eq(bytes_ready(fd), WRITERS * 100);

	/* And readers, however many one write has bytes for. */
	read_all(fd, data, WRITERS * 100);
	for (i = 0; i < WRITERS; i++) {
		writer[i] = fork_child();
		if (!writer[i]) {
			check_ret(read(open_pipe(O_RDONLY), data, 10), 10);
			_exit(0);
		}
		wait_blocked(writer[i], SYS_read);
	}
	check_send(fd, data, WRITERS * 10);
	for (i = 0; i < WRITERS; i++)
		check_child(writer[i], 0);
	check_eq(bytes_ready(fd), 0);
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

/* Who is woken for a part of what he writes leaves the rest to others. */
static void hands_on(void)
{
	static char data[8192];
	pid_t large, small;

	own_pipe(CONFIG(.mode = KMSGPIPE_MODE_STREAM, .max_bytes = 8192));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_eq(fill_stream(fd), 8192);
	large = fork_child();
	if (!large) {
		fd = open_pipe(O_WRONLY);
		check_ret(write(fd, data, 7000), 7000);
		_exit(0);
	}
	wait_blocked(large, SYS_write);
	small = fork_child();
	if (!small) {
		fd = open_pipe(O_WRONLY);
		check_ret(write(fd, data, 10), 10);
		_exit(0);
	}
	wait_blocked(small, SYS_write);
	/* The large one puts 4096 in; what is left of it has no room, then. */
	check_ret(read(fd, data, 5000), 5000);
	check_child(small, 0);
	read_all(fd, data, 8192 - 5000 + 4096 + 10);
	check_child(large, 0);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "bytes", bytes },
		{ "across", across },
		{ "tiny", tiny },
		{ "tinyv", tinyv },
		{ "atomic", atomic },
		{ "records", records },
		{ "long", long_write },
		{ "signal", cut_short },
		{ "nonblock", nonblock },
		{ "fault", fault },
		{ "poll", poll_state },
		{ "mode", mode },
		{ "wake", wake_all },
		{ "hand-on", hands_on },
		{ "counts", counts },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
