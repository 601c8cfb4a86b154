// SPDX-License-Identifier: GPL-2.0
/*
 * The statistics of a pipe add up, at every moment, and count each sleeper that
 * is woken.
 */
#include "own.h"

static int fd;

/* What must be queued, if the counts are right. */
static int64_t balance(const struct kmsgpipe_stats *s)
{
	return s->sent - s->received - s->expired - s->truncated - s->cleared;
}

/* Anything that can be done to a pipe, in some order. */
static void random_calls(unsigned int seed, long rounds)
{
	static char data[4096];
	struct kmsgpipe_message m;
	long i;

	for (i = 0; i < rounds; i++) {
		size_t len = rand_r(&seed) % 2 ? 64 : 2000;

		switch (rand_r(&seed) % 24) {
		case 0:
			drop_messages(fd, KMSGPIPE_CLEAR_QUEUE);
			break;
		case 1:
			set_limits(fd, KMSGPIPE_LIMITS_TRUNCATE,
				   1 + rand_r(&seed) % 40, 0, 0);
			break;
		case 2:
			drop_messages(fd, KMSGPIPE_TRIGGER_CLEANUP);
			break;
		case 3:
			check_true(read(fd, BAD_ADDRESS, 4096) < 0);
			break;
		case 4:
			check_true(write(fd, BAD_ADDRESS, len) < 0);
			break;
		case 5:
			m = MESSAGE(data, 4096, .flags = KMSGPIPE_IO_PEEK);
			ioctl(fd, KMSGPIPE_RECV, &m);
			break;
		case 6 ... 9:
			send_ttl(fd, data, len, rand_r(&seed) % 32,
				 1 + rand_r(&seed) % 3);
			break;
		case 10 ... 16:
			(void)!write(fd, data, len);
			break;
		default:
			(void)!read(fd, data, 4096);
		}
	}
}

static void adds_up(void)
{
	enum { WORKERS = 4, ROUNDS = 3000 };
	struct kmsgpipe_stats s, last = { .size = 0 };
	pid_t worker[WORKERS];
	int64_t queued;
	int i, left = WORKERS;

	own_pipe(CONFIG(.max_msgs = 40));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_ret(set_cleanup(fd, 1, 10), 0);
	for (i = 0; i < WORKERS; i++) {
		worker[i] = fork_child();
		if (!worker[i]) {
			random_calls(i + 1, ROUNDS);
			_exit(0);
		}
	}
	while (left) {
		s = get_stats(fd);
		queued = balance(&s);
		/* At most one each is out and may come back over the limit. */
		check_true(queued >= 0 && queued <= 40 + WORKERS);
		check_true(s.max_messages <= 40 + WORKERS);
		check_true(s.sent >= last.sent && s.expired >= last.expired &&
			   s.truncated >= last.truncated &&
			   s.cleared >= last.cleared);
		check_true(s.bytes_sent >= 64 * s.sent);
		check_eq(s.reserved, 0);
		last = s;
		for (i = 0; i < WORKERS; i++) {
			int status;

			if (!worker[i] ||
			    waitpid(worker[i], &status, WNOHANG) != worker[i])
				continue;
			check_eq(status, 0);
			worker[i] = 0;
			left--;
		}
	}
	/* Nobody is at work but the expiry: what is left it may take. */
	check_ret(set_cleanup(fd, 0, 0), 0);
	wait_boottime(boottime_ms() + 5);
	s = get_stats(fd);
	check_eq(balance(&s), get_info(fd).messages);
	/* The workers may have been too quick for anything to expire. */
	drop_messages(fd, KMSGPIPE_CLEAR_QUEUE);
	send_ttl(fd, "late", 4, 0, 1);
	wait_boottime(boottime_ms() + 5);
	s = get_stats(fd);
	check_eq(balance(&s), 0);
	check_true(s.expired > 0 && s.truncated > 0 && s.cleared > 0);
	queued = drop_messages(fd, KMSGPIPE_CLEAR_QUEUE);
	check_eq(queued, balance(&s));
	s = get_stats(fd);
	check_eq(balance(&s), 0);
	check_eq(get_info(fd).bytes, 0);
}

/* Each number by itself. */
static void numbers(void)
{
	struct kmsgpipe_stats s;
	char buf[64];

	own_pipe(CONFIG());
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	s = get_stats(fd);
	check_eq(s.size, sizeof(s));
	check_eq(s.sent + s.received + s.bytes_sent + s.bytes_received +
		 s.expired + s.truncated + s.cleared + s.reader_wakeups +
		 s.writer_wakeups + s.max_messages + s.max_bytes, 0);
	check_send(fd, "12345", 5);
	check_send(fd, "678", 3);
	check_receive(fd, "12345", 5);
	check_err(read(fd, buf, 1), EMSGSIZE);
	check_err(read(fd, BAD_ADDRESS, 64), EFAULT);
	check_err(write(fd, BAD_ADDRESS, 64), EFAULT);
	s = get_stats(fd);
	check_eq(s.sent, 2);
	check_eq(s.received, 1);
	check_eq(s.bytes_sent, 8);
	check_eq(s.bytes_received, 5);
	check_eq(s.max_messages, 2);
	check_eq(s.max_bytes, 8);
	check_true(s.faults >= 2);
	check_eq(drop_messages(fd, KMSGPIPE_CLEAR_QUEUE), 1);
	s = get_stats(fd);
	check_eq(s.cleared, 1);
	check_eq(s.received, 1);

	/* Large ones that fail are not received either. */
	check_send(fd, xmalloc(4000), 4000);
	check_err(read(fd, BAD_ADDRESS, 4096), EFAULT);
	s = get_stats(fd);
	check_eq(s.received, 1);
	check_eq(s.bytes_received, 5);
	check_eq(balance(&s), 1);
}

/* 100 readers asleep, a message: one of them is woken. And writers alike. */
static void herd(void)
{
	enum { CROWD = 100 };
	uint64_t before;
	struct kmsgpipe_info info;
	pid_t pid[CROWD];
	int i, writers, status;

	for (writers = 0; writers < 2; writers++) {
		context(writers ? "writers" : "readers");
		own_pipe(CONFIG(.max_msgs = 1));
		fd = open_pipe(O_RDWR | O_NONBLOCK);
		if (writers)
			check_send(fd, "f", 1);
		for (i = 0; i < CROWD; i++) {
			char c;

			pid[i] = fork_child();
			if (pid[i])
				continue;
			/* All but one find the pipe gone, in the end. */
			if (writers)
				_exit(write(open_pipe(O_WRONLY), "x", 1) != 1);
			_exit(read(open_pipe(O_RDONLY), &c, 1) != 1);
		}
		for (i = 0; i < CROWD; i++)
			wait_blocked(pid[i], writers ? SYS_write : SYS_read);
		info = get_info(fd);
		check_eq(info.waiting_readers, writers ? 0 : CROWD);
		check_eq(info.waiting_writers, writers ? CROWD : 0);
		before = writers ? get_stats(fd).writer_wakeups :
				   get_stats(fd).reader_wakeups;
		if (writers)
			check_receive(fd, "f", 1);
		else
			check_send(fd, "x", 1);
		test_at(__FILE__, __LINE__, "one is served");
		if (wait(&status) < 0)
			die("wait");
		check_eq(status, 0);
		check_eq((writers ? get_stats(fd).writer_wakeups :
				    get_stats(fd).reader_wakeups) - before, 1);
		info = get_info(fd);
		check_eq(info.waiting_readers + info.waiting_writers,
			 CROWD - 1);
		remove_own();
		for (i = 1; i < CROWD; i++)
			if (wait(&status) < 0)
				die("wait");
		close(fd);
	}
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "numbers", numbers },
		{ "add-up", adds_up },
		{ "herd", herd },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
