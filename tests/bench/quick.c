// SPDX-License-Identifier: GPL-2.0
/*
 * A quick look at cost: 64-byte messages through kmsgpipe and through what else
 * the kernel has, in nanoseconds per message there and back. On a machine whose
 * clock counts instructions (tests/vm/run --icount) those are instructions, and
 * the same on every run.
 *
 *	pair	one thread writes a message and reads it
 *	burst	one thread writes 16 messages and reads them
 *	two	one process writes, another reads
 */

#include <err.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIZE	64
#define BURST	16
#define ROUNDS	4096		/* messages in one measurement */
#define REPEATS	5		/* measurements that must agree */
#define TRIES	20		/* sets of them before giving up */

/* One way of passing messages: descriptors to write to and to read from. */
struct facility {
	const char *name;
	void (*open)(struct facility *f);
	bool queue;		/* what is written can be read */
	bool mq;		/* goes by mq_send() and mq_receive() */
	int in;
	int out;
};

static const char *device = "/dev/kmsgpipe0";

static int must_open(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void open_kmsgpipe(struct facility *f)
{
	f->in = must_open(device, O_WRONLY);
	f->out = must_open(device, O_RDONLY);
}

static void open_pipe_flags(struct facility *f, int flags)
{
	int fds[2];

	if (pipe2(fds, flags))
		err(1, "pipe2");
	f->out = fds[0];
	f->in = fds[1];
}

static void open_pipe(struct facility *f)
{
	open_pipe_flags(f, 0);
}

static void open_packet(struct facility *f)
{
	open_pipe_flags(f, O_DIRECT);
}

static void open_mq(struct facility *f)
{
	struct mq_attr attr = { .mq_maxmsg = BURST, .mq_msgsize = SIZE };

	f->in = mq_open("/kmsgpipe-bench", O_RDWR | O_CREAT, 0600, &attr);
	if (f->in < 0)
		err(1, "mq_open");
	f->out = f->in;
	mq_unlink("/kmsgpipe-bench");
}

static void open_seqpacket(struct facility *f)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds))
		err(1, "socketpair");
	f->out = fds[0];
	f->in = fds[1];
}

static void open_null_zero(struct facility *f)
{
	f->in = must_open("/dev/null", O_WRONLY);
	f->out = must_open("/dev/zero", O_RDONLY);
}

static struct facility facilities[] = {
	{ "kmsgpipe", open_kmsgpipe, .queue = true },
	{ "pipe, packet mode", open_packet, .queue = true },
	{ "pipe", open_pipe, .queue = true },
	{ "POSIX mq", open_mq, .queue = true, .mq = true },
	{ "SEQPACKET", open_seqpacket, .queue = true },
	{ "null + zero", open_null_zero, .queue = false },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void send_one(const struct facility *f)
{
	static const char message[SIZE] = "message";
	ssize_t ret = f->mq ? mq_send(f->in, message, SIZE, 0) :
			      write(f->in, message, SIZE);

	if (ret < 0)
		err(1, "%s: send", f->name);
}

static void receive_one(const struct facility *f)
{
	static char message[SIZE];
	ssize_t ret = f->mq ? mq_receive(f->out, message, SIZE, NULL) :
			      read(f->out, message, SIZE);

	if (ret != SIZE)
		err(1, "%s: receive gave %zd", f->name, ret);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static double bursts(const struct facility *f, int burst)
{
	double start = now();
	int i, j;

	for (i = 0; i < ROUNDS / burst; i++) {
		for (j = 0; j < burst; j++)
			send_one(f);
		for (j = 0; j < burst; j++)
			receive_one(f);
	}
	return (now() - start) / ROUNDS;
}

static double pair(const struct facility *f)
{
	return bursts(f, 1);
}

static double burst(const struct facility *f)
{
	return bursts(f, BURST);
}

static double two(const struct facility *f)
{
	double start = now();
	pid_t child;
	int i, status;

	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		for (i = 0; i < ROUNDS; i++)
			send_one(f);
		_exit(0);
	}
	for (i = 0; i < ROUNDS; i++)
		receive_one(f);
	if (waitpid(child, &status, 0) != child || status)
		errx(1, "%s: the writer failed", f->name);
	return (now() - start) / ROUNDS;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * The median of a set of repeats that agree to @spread; other work of the kernel
 * shares the processor now and then, above all after booting, and spoils a set.
 */
static double measure(const struct facility *f,
		      double (*what)(const struct facility *f), double spread)
{
	double value[REPEATS];
	int try, i;

	for (try = 0; try < TRIES; try++) {
		for (i = 0; i < REPEATS; i++)
			value[i] = what(f);
		qsort(value, REPEATS, sizeof(value[0]), compare);
		if (value[REPEATS - 1] <= value[0] * (1 + spread))
			return value[REPEATS / 2];
		sleep(1);
	}
	warnx("%s: repeats differ, from %.0f to %.0f", f->name, value[0],
	      value[REPEATS - 1]);
	return value[REPEATS / 2];
}

int main(int argc, char **argv)
{
	static double (*const scenarios[])(const struct facility *f) = {
		pair, burst, two,
	};
	double result[COUNT(facilities)][COUNT(scenarios)];
	size_t i, s;

	if (argc > 1)
		device = argv[1];

	printf("%-20s %8s %8s %8s   ratio to packet mode\n", "64-byte messages",
	       "pair", "burst", "two");
	for (i = 0; i < COUNT(facilities); i++) {
		struct facility *f = &facilities[i];

		f->open(f);
		for (s = 0; s < COUNT(scenarios); s++)
			result[i][s] = f->queue || scenarios[s] == pair ?
				measure(f, scenarios[s],
					scenarios[s] == two ? 0.05 : 0.01) : 0;
	}
	for (i = 0; i < COUNT(facilities); i++) {
		printf("%-20s", facilities[i].name);
		for (s = 0; s < COUNT(scenarios); s++)
			if (result[i][s])
				printf(" %8.0f", result[i][s]);
			else
				printf(" %8s", "-");
		printf("  ");
		for (s = 0; s < COUNT(scenarios); s++)
			if (result[i][s])
				printf(" %5.2f", result[i][s] / result[1][s]);
		printf("\n");
	}
	return 0;
}
