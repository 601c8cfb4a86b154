// SPDX-License-Identifier: GPL-2.0
/*
 * stress PIPE WRITERS READERS MESSAGES [poll|disturb]
 *
 * WRITERS processes send MESSAGES each to READERS processes, through every kind
 * of call, and sizes either side of every border. Each message carries its
 * writer, its number and a checksum: none may be lost, doubled, damaged, or
 * overtaken by a later one of the same writer. Run it on a pipe with a small
 * max_msgs, so that both sides sleep often. With one writer and one reader on
 * a pipe that holds one message, each waits for the other all the time, and a
 * wake-up that gets lost is the end.
 *
 * With "poll" everyone sleeps in poll() instead of read() and write(); else
 * every second one does.
 *
 * With "disturb" one more process makes calls that fail, on the same pipe:
 * what it takes out must go back. The order is not looked at then, since a
 * large message may be overtaken while a failing read() holds it.
 */
#include "selftest.h"

#define MAX_SIDE	64
#define STOP		UINT32_MAX

struct message {
	uint32_t writer;
	uint32_t number;
	uint32_t sum;
	unsigned char text[4096 - 12];
};

#define HEADER	offsetof(struct message, text)

static uint32_t writers, readers, messages;
static int in_order = 1, all_poll;
static unsigned char *seen;	/* how often: a byte for each message */
static int *stop_disturbing;

static size_t message_size(uint32_t writer, uint32_t number)
{
	static const size_t sizes[] = {
		HEADER, 64, 255, 256, 257, 64, 600, 2048, 64, 4096, 13,
	};

	return sizes[(writer * 3 + number) % ARRAY_SIZE(sizes)];
}

static uint32_t checksum(const struct message *m, size_t len)
{
	uint32_t sum = m->writer * 31 + m->number;
	size_t i;

	for (i = 0; i < len - HEADER; i++)
		sum = sum * 31 + m->text[i];
	return sum;
}

static void wait_for(int fd, int event)
{
	struct pollfd p = { .fd = fd, .events = event };

	check_ret(poll(&p, 1, -1), 1);
	check_eq(p.revents, event);
}

static int polls(uint32_t number)
{
	return all_poll || number % 2;
}

static int open_as(uint32_t number, int flags)
{
	return open_pipe(flags | (polls(number) ? O_NONBLOCK : 0));
}

/* One message, by the kind of call that is this process's. */
static ssize_t transfer(uint32_t number, int fd, void *buf, size_t len,
			int writing)
{
	struct iovec parts[] = {
		{ buf, 5 }, { (char *)buf + 5, len - 5 },
	};
	ssize_t n;

	do {
		if (polls(number))
			wait_for(fd, writing ? POLLOUT : POLLIN);
		if (writing)
			n = number % 4 >= 2 ? writev(fd, parts, 2) :
					      write(fd, buf, len);
		else
			n = number % 4 >= 2 ? readv(fd, parts, 2) :
					      read(fd, buf, len);
		/* Somebody else was faster than the one that polled. */
	} while (n < 0 && errno == EAGAIN && polls(number));
	return n;
}

static void run_writer(uint32_t writer)
{
	struct message m = { .writer = writer };
	int fd = open_as(writer, O_WRONLY);

	for (m.number = 0; m.number < messages; m.number++) {
		size_t len = message_size(writer, m.number);

		context("writer %u, message %u", writer, m.number);
		fill_bytes(m.text, len - HEADER, writer ^ m.number);
		m.sum = checksum(&m, len);
		check_ret(transfer(writer, fd, &m, len, 1), len);
	}
}

static void run_reader(uint32_t reader)
{
	uint32_t next[MAX_SIDE] = { 0 };
	int fd = open_as(reader, O_RDONLY);
	struct message m;
	ssize_t len;

	for (;;) {
		context("reader %u", reader);
		test_at(__FILE__, __LINE__, "receive");
		len = transfer(reader, fd, &m, sizeof(m), 0);
		if (len < 0)
			die("receive");
		check_true((size_t)len >= HEADER);
		if (m.writer == STOP)
			return;
		check_true(m.writer < writers && m.number < messages);
		context("reader %u, writer %u, message %u", reader, m.writer,
			m.number);
		check_eq(len, message_size(m.writer, m.number));
		check_eq(m.sum, checksum(&m, len));
		if (in_order)
			check_true(m.number >= next[m.writer]);
		next[m.writer] = m.number + 1;
		check_eq(__atomic_fetch_add(&seen[m.writer * messages +
						  m.number],
					    1, __ATOMIC_RELAXED), 0);
	}
}

/* Calls that fail, one way or another, until told to stop. */
static void run_disturber(void)
{
	int fd = open_pipe(O_RDWR | O_NONBLOCK);
	unsigned char *cut = map_guarded(40);
	struct iovec parts[] = { { cut, 40 }, { BAD_ADDRESS, 4056 } };

	memset(cut, 0, 40);
	context("disturber");
	while (!__atomic_load_n(stop_disturbing, __ATOMIC_RELAXED)) {
		/* All messages but those of 12 and 13 bytes are longer. */
		check_true(read(fd, cut, 11) == -1);
		check_true(read(fd, BAD_ADDRESS, 4096) == -1);
		check_true(readv(fd, parts + 1, 1) == -1);
		check_true(write(fd, BAD_ADDRESS, 64) == -1);
		check_true(write(fd, cut, 4096) == -1);
		check_true(writev(fd, parts, 2) == -1);
		sched_yield();
	}
}

/* Wait until all of these are done; whichever child fails ends the test. */
static void wait_for_all(const pid_t *pids, uint32_t n)
{
	uint32_t left = n, i;
	int status;
	pid_t pid;

	test_at(__FILE__, __LINE__, "all of them are done");
	while (left) {
		pid = wait(&status);
		if (pid < 0)
			die("wait");
		if (status)
			test_fail("one has failed");
		for (i = 0; i < n; i++)
			left -= pids[i] == pid;
	}
}

int main(int argc, char **argv)
{
	struct message end = { .writer = STOP };
	pid_t writer[MAX_SIDE], reader[MAX_SIDE], disturber = 0;
	uint32_t i;
	int fd;

	test_start(argc, argv);
	writers = argc > 2 ? atoi(argv[2]) : 4;
	readers = argc > 3 ? atoi(argv[3]) : 4;
	messages = argc > 4 ? atoi(argv[4]) : 1000;
	if (writers > MAX_SIDE || readers > MAX_SIDE)
		return 2;
	seen = share_memory((size_t)writers * messages);
	stop_disturbing = share_memory(sizeof(*stop_disturbing));
	all_poll = argc > 5 && !strcmp(argv[5], "poll");
	if (argc > 5 && !strcmp(argv[5], "disturb")) {
		in_order = 0;
		disturber = fork_child();
		if (!disturber) {
			run_disturber();
			_exit(0);
		}
	}

	for (i = 0; i < readers; i++) {
		reader[i] = fork_child();
		if (!reader[i]) {
			run_reader(i);
			_exit(0);
		}
	}
	for (i = 0; i < writers; i++) {
		writer[i] = fork_child();
		if (!writer[i]) {
			run_writer(i);
			_exit(0);
		}
	}

	context("writers");
	wait_for_all(writer, writers);
	__atomic_store_n(stop_disturbing, 1, __ATOMIC_RELAXED);
	context("disturber");
	wait_for_all(&disturber, !!disturber);
	/* Behind all the messages now, and one for each reader. */
	fd = open_pipe(O_RDWR);
	for (i = 0; i < readers; i++)
		check_send(fd, &end, HEADER);
	context("readers");
	wait_for_all(reader, readers);

	for (i = 0; i < writers * messages; i++) {
		context("writer %u, message %u", i / messages, i % messages);
		check_eq(seen[i], 1);
	}
	end_context();
	check_eq(poll_now(fd) & POLL_READABLE, 0);
	return 0;
}
