// SPDX-License-Identifier: GPL-2.0
/*
 * Several use a stream: writes of up to 4096 bytes are not mixed with others, and
 * who sleeps is woken for what he can do.
 */
#include <pthread.h>

#include "stream.h"
#include "uffd.h"

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

/* Somebody in the middle of a read. */
struct reader {
	struct stall stall;
	size_t len;
	pthread_t thread;
};

static void *stalled_read(void *arg)
{
	struct reader *reader = arg;
	ssize_t n = read(fd, reader->stall.page, reader->len);

	return (void *)(intptr_t)(n < 0 ? -errno : n);
}

static void start_stalled(struct reader *reader, size_t len)
{
	reader->stall = stall_make();
	reader->len = len;
	if (pthread_create(&reader->thread, NULL, stalled_read, reader))
		die("pthread_create");
	stall_wait(&reader->stall);
}

static void fail_stalled(struct reader *reader)
{
	void *ret;

	stall_fail(&reader->stall);
	pthread_join(reader->thread, &ret);
	check_eq((intptr_t)ret, -EFAULT);
}

/* Two readers have taken bytes that they give back, in one order or the other. */
static void give_back(void)
{
	enum { PIECES = 3, MORE = 100, ALL = PIECES * ATOMIC + MORE };
	static unsigned char data[ALL], got[ALL];
	struct reader reader[2];
	int first, i;

	fill_bytes(data, ALL, 8);
	for (first = 0; first < 2; first++) {
		context("reader %d first", first);
		stream(0);
		for (i = 0; i < PIECES; i++)
			check_send(fd, data + i * ATOMIC, ATOMIC);
		/* A part of a piece; the rest of it and a part of the next. */
		start_stalled(&reader[0], 3000);
		start_stalled(&reader[1], 5000);
		check_eq(bytes_ready(fd), PIECES * ATOMIC - 8000);
		check_send(fd, data + PIECES * ATOMIC, MORE);
		fail_stalled(&reader[first]);
		fail_stalled(&reader[!first]);
		check_eq(bytes_ready(fd), ALL);
		read_all(fd, got, ALL);
		check_bytes(got, data, ALL);
		check_err(read(fd, got, 1), EAGAIN);
		check_eq(get_stats(fd).bytes_received, ALL);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "atomic", atomic },
		{ "records", records },
		{ "long", long_write },
		{ "signal", cut_short },
		{ "wake", wake_all },
		{ "hand-on", hands_on },
		{ "give-back", give_back },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
