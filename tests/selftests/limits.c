// SPDX-License-Identifier: GPL-2.0
/*
 * Limits that change while the pipe is in use: nothing is lost but what
 * TRUNCATE drops, and that is counted.
 */
#include "own.h"

#define TRUNCATE	KMSGPIPE_LIMITS_TRUNCATE

static int fd;

static void start(struct kmsgpipe_config config)
{
	own_pipe(config);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
}

/* A child asleep in a write of so many bytes; ends with the error, if any. */
static pid_t start_writer(size_t len)
{
	pid_t pid = fork_child();

	if (!pid)
		_exit(write(open_pipe(O_WRONLY), xmalloc(len), len) < 0 ?
		      errno : 0);
	wait_blocked(pid, SYS_write);
	return pid;
}

static void bad(void)
{
	struct kmsgpipe_set_limits set = { .size = sizeof(set) };
	struct kmsgpipe_info info;

	start(CONFIG());
	check_err(set_limits(fd, 0, 65537, 0, 0), EINVAL);
	check_err(set_limits(fd, 0, 0, 1048577, 0), EINVAL);
	check_err(set_limits(fd, 0, 0, 0, 268435457), EINVAL);
	check_err(set_limits(fd, 0, 10, 10, ~0U), EINVAL);
	check_err(set_limits(fd, 2, 10, 10, 10), EINVAL);
	info = get_info(fd);
	check_eq(info.max_msgs, 1024);
	check_eq(info.msg_size, 4096);
	check_eq(info.max_bytes, 1048576);

	/* What was truncated is an answer. */
	set.truncated = 1;
	set.msg_size = 4096;
	check_ret(ioctl(fd, KMSGPIPE_SET_LIMITS, &set), 0);
	check_eq(set.truncated, 0);

	/* 0 leaves one as it is. */
	check_ret(set_limits(fd, 0, 10, 0, 0), 0);
	check_ret(set_limits(fd, 0, 0, 20, 0), 0);
	check_ret(set_limits(fd, 0, 0, 0, 30), 0);
	check_ret(set_limits(fd, 0, 0, 0, 0), 0);
	info = get_info(fd);
	check_eq(info.max_msgs, 10);
	check_eq(info.msg_size, 20);
	check_eq(info.max_bytes, 30);
	check_err(write(fd, &info, 21), EMSGSIZE);
	check_send(fd, &info, 20);
	check_err(write(fd, &info, 11), EAGAIN);
	check_send(fd, &info, 10);
	check_ret(set_limits(fd, 0, 0, 0, 19), 0);
	check_err(write(fd, &info, 20), EMSGSIZE);
}

/* What is queued stays; writers wait until there is less than the limit. */
static void shrink(void)
{
	pid_t writer;
	int i;

	start(CONFIG());
	for (i = 0; i < 10; i++)
		check_send(fd, &i, sizeof(i));
	check_ret(set_limits(fd, 0, 3, 0, 0), 0);
	check_eq(get_info(fd).messages, 10);
	check_eq(get_stats(fd).truncated, 0);
	writer = start_writer(sizeof(i));
	for (i = 0; i < 8; i++) {
		context("message %d", i);
		check_err(write(fd, &i, sizeof(i)), EAGAIN);
		check_eq(poll_now(fd), POLL_READABLE);
		check_true(is_blocked(writer, SYS_write));
		check_receive(fd, &i, sizeof(i));
	}
	check_child(writer, 0);
	check_eq(get_info(fd).messages, 3);

	context("bytes");
	start(CONFIG());
	for (i = 0; i < 10; i++)
		check_send(fd, &i, sizeof(i));
	check_ret(set_limits(fd, 0, 0, 0, 12), 0);
	for (i = 0; i < 7; i++) {
		check_err(write(fd, &i, sizeof(i)), EAGAIN);
		check_receive(fd, &i, sizeof(i));
	}
	check_err(write(fd, &i, sizeof(i)), EAGAIN);
	check_receive(fd, &i, sizeof(i));
	check_send(fd, &i, sizeof(i));

	/* A message longer than is allowed now is a message all the same. */
	context("long message");
	start(CONFIG());
	check_send(fd, "long message", 12);
	check_ret(set_limits(fd, TRUNCATE, 0, 4, 0), 0);
	check_receive(fd, "long message", 12);
}

/* More room: sleepers get in, as many as fit. */
static void grow(void)
{
	pid_t writer[4];
	int i;

	start(CONFIG(.max_msgs = 1));
	check_send(fd, "x", 1);
	for (i = 0; i < 4; i++)
		writer[i] = start_writer(4);
	check_ret(set_limits(fd, 0, 5, 0, 0), 0);
	for (i = 0; i < 4; i++)
		check_child(writer[i], 0);
	check_eq(get_info(fd).messages, 5);

	start(CONFIG(.mode = KMSGPIPE_MODE_STREAM, .max_bytes = 100));
	fill_stream(fd);
	for (i = 0; i < 4; i++)
		writer[i] = start_writer(50);
	check_ret(set_limits(fd, 0, 0, 0, 300), 0);
	for (i = 0; i < 4; i++)
		check_child(writer[i], 0);
	check_eq(bytes_ready(fd), 300);
}

/* A sleeper's message that fits no more is refused. */
static void never_fits(void)
{
	pid_t large, small;

	start(CONFIG(.max_msgs = 1));
	check_send(fd, "x", 1);
	large = start_writer(4000);
	small = start_writer(100);
	check_ret(set_limits(fd, 0, 0, 1000, 0), 0);
	check_child(large, EMSGSIZE);
	check_true(is_blocked(small, SYS_write));
	check_ret(set_limits(fd, 0, 0, 0, 99), 0);
	check_child(small, EMSGSIZE);
	check_receive(fd, "x", 1);
	check_empty(fd);
}

/* The newest go, of whatever priority, and are counted. */
static void truncates(void)
{
	static const uint32_t prio[] = { 0, 31, 5, 0, 31, 5, 0, 31, 5, 7 };
	uint32_t i;
	int order[] = { 1, 4, 2, 0, 3 };
	char data[500];

	start(CONFIG());
	for (i = 0; i < ARRAY_SIZE(prio); i++)
		check_ret(send_ttl(fd, &i, sizeof(i), prio[i], 0), 0);
	check_ret(set_limits(fd, TRUNCATE, 20, 0, 0), 0);
	check_ret(set_limits(fd, TRUNCATE, 5, 0, 0), 5);
	check_eq(get_info(fd).messages, 5);
	check_eq(get_stats(fd).truncated, 5);
	check_err(write(fd, "x", 1), EAGAIN);
	for (i = 0; i < 5; i++)
		check_receive(fd, &order[i], sizeof(i));
	check_empty(fd);

	context("bytes");
	start(CONFIG());
	fill_bytes(data, sizeof(data), 1);
	for (i = 0; i < 5; i++)
		check_send(fd, data + i * 100, 100);
	check_ret(set_limits(fd, TRUNCATE, 0, 0, 250), 3);
	check_eq(get_info(fd).bytes, 200);
	check_receive(fd, data, 100);
	check_receive(fd, data + 100, 100);

	context("many");
	start(CONFIG());
	for (i = 0; i < 1000; i++)
		check_ret(send_ttl(fd, &i, sizeof(i), i % 32, 0), 0);
	check_ret(set_limits(fd, TRUNCATE, 1, 0, 0), 999);
	i = 0;
	check_receive(fd, &i, sizeof(i));
	check_eq(get_stats(fd).sent, 1000);
	check_eq(get_stats(fd).truncated, 999);
	check_eq(get_stats(fd).received, 1);

	context("stream");
	start(CONFIG(.mode = KMSGPIPE_MODE_STREAM));
	check_send(fd, data, 300);
	check_send(fd, data + 300, 200);
	check_true(set_limits(fd, TRUNCATE, 0, 0, 150) > 0);
	check_eq(bytes_ready(fd), 150);
	check_err(write(fd, data, 1), EAGAIN);
	check_ret(read(fd, order, 10), 10);
	check_bytes(order, data, 10);
	check_send(fd, data + 150, 10);
	check_receive(fd, data + 10, 150);
}

/*
 * One for whom there is not room enough after all does not keep the room from
 * one for whom there is. To get there each time: this process is the only one
 * that runs, between making the room and taking a bit of it.
 */
static void hands_on(void)
{
	struct sched_param param = { .sched_priority = 1 };
	static char data[4096];
	pid_t large, small;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
	start(CONFIG(.max_bytes = 4096));
	check_send(fd, data, 4000);
	large = start_writer(4096);
	small = start_writer(100);

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die("sched_setscheduler");
	check_ret(read(fd, data, sizeof(data)), 4000);
	check_send(fd, data, 10);
	param.sched_priority = 0;
	if (sched_setscheduler(0, SCHED_OTHER, &param))
		die("sched_setscheduler");

	check_child(small, 0);
	wait_blocked(large, SYS_write);
	check_ret(read(fd, data, sizeof(data)), 10);
	check_ret(read(fd, data, sizeof(data)), 100);
	check_child(large, 0);
	check_ret(read(fd, data, sizeof(data)), 4096);
}

/* All limits change all the time, and every message arrives once. */
static void flips(void)
{
	enum { SIDE = 3, EACH = 400 };
	static const size_t sizes[] = { 8, 64, 300, 3000, 1000 };
	static const uint32_t limits[][3] = {
		{ 1, 3000, 3000 }, { 64, 8192, 65536 }, { 2, 4096, 1048576 },
		{ 1024, 1048576, 3001 }, { 7, 3000, 7000 },
	};
	unsigned char *seen = share_memory(SIDE * EACH);
	long *received = share_memory(sizeof(*received));
	pid_t writer[SIDE], reader[SIDE];
	uint32_t m[750], i, n;

	start(CONFIG());
	for (i = 0; i < SIDE; i++) {
		reader[i] = fork_child();
		if (!reader[i]) {
			int from = open_pipe(O_RDONLY);

			for (;;) {
				context("reader %u", i);
				check_true(read(from, m, sizeof(m)) > 0);
				if (m[0] == ~0U)
					_exit(0);
				check_true(m[0] < SIDE && m[1] < EACH);
				__atomic_fetch_add(&seen[m[0] * EACH + m[1]],
						   1, __ATOMIC_SEQ_CST);
				__atomic_fetch_add(received, 1,
						   __ATOMIC_SEQ_CST);
			}
		}
		writer[i] = fork_child();
		if (!writer[i]) {
			int to = open_pipe(O_WRONLY);

			memset(m, 0, sizeof(m));
			for (n = 0; n < EACH; n++) {
				m[0] = i;
				m[1] = n;
				context("writer %u, message %u", i, n);
				check_send(to, m, sizes[n % ARRAY_SIZE(sizes)]);
			}
			_exit(0);
		}
	}
	for (i = 0; __atomic_load_n(received, __ATOMIC_SEQ_CST) < SIDE * EACH;
	     i++) {
		const uint32_t *l = limits[i % ARRAY_SIZE(limits)];

		check_ret(set_limits(fd, 0, l[0], l[1], l[2]), 0);
		sched_yield();
	}
	check_ret(set_limits(fd, 0, 100, 4096, 65536), 0);
	for (i = 0; i < SIDE; i++)
		check_child(writer[i], 0);
	m[0] = ~0U;
	for (i = 0; i < SIDE; i++)
		check_send(fd, m, 8);
	for (i = 0; i < SIDE; i++)
		check_child(reader[i], 0);
	for (i = 0; i < SIDE * EACH; i++) {
		context("writer %u, message %u", i / EACH, i % EACH);
		check_eq(seen[i], 1);
	}
	check_eq(get_stats(fd).truncated, 0);
}

/* A message of some bytes does not keep the memory of one of a mebibyte. */
static void keeps_little(void)
{
	enum { LARGE = 1024 * 1024, SMALL = 417, ROUNDS = 200 };
	struct kmsgpipe_message m;
	char *data = xmalloc(LARGE);
	int i;

	memset(data, 'x', LARGE);
	own_pipe(CONFIG(.msg_size = LARGE, .max_bytes = 2 * LARGE));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	for (i = 0; i < ROUNDS; i++) {
		context("round %d", i);
		check_ret(send_ttl(fd, data, LARGE, 31, 0), 0);
		m = MESSAGE(data, LARGE);
		check_ret(ioctl(fd, KMSGPIPE_RECV, &m), 0);
		check_eq(m.len, LARGE);
		check_ret(send_ttl(fd, data, SMALL, 0, 0), 0);
	}
	free(data);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "bad", bad },
		{ "shrink", shrink },
		{ "grow", grow },
		{ "never-fits", never_fits },
		{ "truncate", truncates },
		{ "hand-on", hands_on },
		{ "flip", flips },
		{ "little", keeps_little },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
