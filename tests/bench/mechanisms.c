// SPDX-License-Identifier: GPL-2.0
/*
 * What each mechanism of the driver saves. docs/analysis.md quotes the figures,
 * which are of a machine whose clock counts instructions (tests/vm/run
 * --icount); elsewhere they are nanoseconds. Uses pipe 0, as root, and leaves it
 * as it was.
 *
 * A figure is one line: what, and the number of each message or call.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kmsgpipe.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIZE	64
#define BATCH	16
#define HERD	16		/* processes that wait for one message */
#define ROUNDS	64		/* messages that come one by one */
#define PAUSE	1000000		/* nanoseconds between them */
#define CALLS	1024
#define MANY	1024		/* messages that expire */
#define REPEATS	5

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const char device[] = "/dev/kmsgpipe0";

/* What the processes of one measurement share. */
static struct {
	int ready;		/* readers that have begun */
	int left;		/* messages that nobody has read yet */
	double used;		/* processor time of the readers */
} *shared;

static double clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static double now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static double used(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static void nap(long ns)
{
	struct timespec ts = { .tv_nsec = ns };

	nanosleep(&ts, NULL);
}

static int must_open(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void must_ioctl(int fd, unsigned long cmd, void *arg)
{
	if (ioctl(fd, cmd, arg))
		err(1, "ioctl 0x%lx", cmd);
}

static void tell(const char *what, double figure)
{
	printf("%-44s %9.0f\n", what, figure);
	fflush(stdout);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of some repeats: other work of the kernel disturbs some. */
static double median(double (*what)(int), int arg)
{
	double value[REPEATS];
	int i;

	for (i = 0; i < REPEATS; i++)
		value[i] = what(arg);
	qsort(value, REPEATS, sizeof(value[0]), compare);
	return value[REPEATS / 2];
}

static void send_one(int fd)
{
	static const char message[SIZE] = "message";

	if (write(fd, message, SIZE) != SIZE)
		err(1, "write");
}

/* Return: whether there was one. */
static bool take(int fd)
{
	char message[SIZE];

	if (read(fd, message, SIZE) == SIZE)
		return true;
	if (errno != EAGAIN)
		err(1, "read");
	return false;
}

/*
 * Ways of waiting. Each takes messages from its file until all that are to come
 * have been read, by whomever; the last one to come may find nobody to wake, so
 * the sender ends who still waits.
 */
static volatile sig_atomic_t over;

static void end(int sig)
{
	(void)sig;
	over = 1;
}

static void took(int fd)
{
	while (take(fd))
		__atomic_sub_fetch(&shared->left, 1, __ATOMIC_SEQ_CST);
}

static void by_spinning(int fd)
{
	while (!over)
		took(fd);
}

static void by_blocking(int fd)
{
	char message[SIZE];

	fcntl(fd, F_SETFL, 0);
	while (!over && read(fd, message, SIZE) == SIZE)
		__atomic_sub_fetch(&shared->left, 1, __ATOMIC_SEQ_CST);
}

static void by_poll(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };

	while (!over && poll(&polled, 1, -1) > 0)
		took(fd);
}

static void wait_epoll(int fd, uint32_t how)
{
	struct epoll_event event = { .events = EPOLLIN | how };
	int ep = epoll_create1(0);

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event))
		err(1, "epoll");
	while (!over && epoll_wait(ep, &event, 1, -1) > 0)
		took(fd);
}

static void by_epoll(int fd)
{
	wait_epoll(fd, 0);
}

static void by_exclusive(int fd)
{
	wait_epoll(fd, EPOLLEXCLUSIVE);
}

static void by_sigio(int fd)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (fcntl(fd, F_SETOWN, getpid()) ||
	    fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC))
		err(1, "O_ASYNC");
	while (!sigwait(&set, &sig) && sig == SIGIO)
		took(fd);
}

static void reader(void (*way)(int))
{
	struct sigaction action = { .sa_handler = end };
	int fd = must_open(device, O_RDONLY | O_NONBLOCK);
	double start;

	sigaction(SIGTERM, &action, NULL);
	start = used();
	__atomic_add_fetch(&shared->ready, 1, __ATOMIC_SEQ_CST);
	way(fd);
	/* One after the other: see waiting(). */
	shared->used += used() - start;
	_exit(0);
}

static void (*const ways[])(int) = {
	by_spinning, by_blocking, by_poll, by_epoll, by_sigio, by_exclusive,
};

static int waiters;

/* What the readers use of the processor for each message. */
static double waiting(int way)
{
	int i, status, fd = must_open(device, O_WRONLY);
	pid_t child[HERD];

	memset(shared, 0, sizeof(*shared));
	shared->left = ROUNDS;
	for (i = 0; i < waiters; i++) {
		child[i] = fork();
		if (!child[i])
			reader(ways[way]);
	}
	while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < waiters)
		nap(PAUSE);
	for (i = 0; i < ROUNDS; i++) {
		/* All are asleep again, but for those who never sleep. */
		nap(PAUSE);
		send_one(fd);
	}
	while (__atomic_load_n(&shared->left, __ATOMIC_SEQ_CST))
		nap(PAUSE);
	nap(PAUSE);
	for (i = 0; i < waiters; i++) {
		kill(child[i], SIGTERM);
		if (waitpid(child[i], &status, 0) < 0 || status)
			errx(1, "a reader failed");
	}
	close(fd);
	return shared->used / ROUNDS;
}

static void tell_waiting(const char *what, int nr, int way)
{
	waiters = nr;
	tell(what, median(waiting, way));
}

/* BATCH messages there and back, in so many calls for each message. */
static double singles(int how)
{
	int in = must_open(device, O_WRONLY), out = must_open(device, O_RDONLY);
	char text[SIZE] = "message";
	double start = now();
	int i, j;

	for (i = 0; i < CALLS / BATCH; i++) {
		for (j = 0; j < BATCH; j++) {
			struct kmsgpipe_message message = {
				.size = sizeof(message), .len = SIZE,
				.buf = (uintptr_t)text,
			};

			if (how)
				must_ioctl(in, KMSGPIPE_SEND, &message);
			else
				send_one(in);
		}
		for (j = 0; j < BATCH; j++) {
			struct kmsgpipe_message message = {
				.size = sizeof(message), .len = SIZE,
				.buf = (uintptr_t)text,
			};

			if (how)
				must_ioctl(out, KMSGPIPE_RECV, &message);
			else
				take(out);
		}
	}
	start = now() - start;
	close(in);
	close(out);
	return start / (CALLS / BATCH * BATCH);
}

static void one_batch(int fd, unsigned long cmd, int nr)
{
	static char text[KMSGPIPE_BATCH_MAX][SIZE];
	struct kmsgpipe_message entries[KMSGPIPE_BATCH_MAX];
	struct kmsgpipe_batch batch = {
		.size = sizeof(batch), .count = nr,
		.entries = (uintptr_t)entries,
	};
	int i;

	for (i = 0; i < nr; i++)
		entries[i] = (struct kmsgpipe_message) {
			.size = sizeof(entries[i]), .len = SIZE,
			.buf = (uintptr_t)text[i],
		};
	must_ioctl(fd, cmd, &batch);
	if ((int)batch.count != nr)
		errx(1, "a batch of %u", batch.count);
}

static double batches(int nr)
{
	int in = must_open(device, O_WRONLY), out = must_open(device, O_RDONLY);
	double start = now();
	int i;

	for (i = 0; i < CALLS / nr; i++) {
		one_batch(in, KMSGPIPE_SEND_BATCH, nr);
		one_batch(out, KMSGPIPE_RECV_BATCH, nr);
	}
	start = now() - start;
	close(in);
	close(out);
	return start / (CALLS / nr * nr);
}

static void set_cleanup(int fd, bool enable, unsigned int interval)
{
	struct kmsgpipe_set_cleanup set = {
		.size = sizeof(set), .enable = enable, .interval_ms = interval,
	};

	must_ioctl(fd, KMSGPIPE_SET_CLEANUP, &set);
}

/* What a read costs that comes when MANY messages have expired. */
static double late_read(int cleanup)
{
	int fd = must_open(device, O_RDWR | O_NONBLOCK);
	char text[SIZE] = "message";
	double start;
	int i;

	set_cleanup(fd, cleanup, 10);
	for (i = 0; i < MANY; i++) {
		struct kmsgpipe_message message = {
			.size = sizeof(message), .len = SIZE, .ttl_ms = 20,
			.buf = (uintptr_t)text,
		};

		must_ioctl(fd, KMSGPIPE_SEND, &message);
	}
	nap(100000000);
	start = now();
	if (take(fd))
		errx(1, "a message has not expired");
	start = now() - start;
	set_cleanup(fd, true, 1000);
	close(fd);
	return start;
}

static double asking(int how)
{
	static const char * const paths[] = {
		"/proc/kmsgpipe",
		"/sys/class/kmsgpipe/kmsgpipe0/messages",
		"/sys/kernel/debug/kmsgpipe/kmsgpipe0/stats",
		"/sys/kernel/debug/kmsgpipe/kmsgpipe0/log",
	};
	struct kmsgpipe_info info = { .size = sizeof(info) };
	int i, fd = must_open(device, O_RDONLY);
	static char text[65536];
	double start = now();

	for (i = 0; i < CALLS; i++) {
		if (how < 0) {
			must_ioctl(fd, KMSGPIPE_GET_INFO, &info);
		} else {
			int file = must_open(paths[how], O_RDONLY);

			while (read(file, text, sizeof(text)) > 0)
				;
			close(file);
		}
	}
	start = now() - start;
	close(fd);
	return start / CALLS;
}

int main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");

	tell_waiting("a reader that asks all the time", 1, 0);
	tell_waiting("a reader that sleeps in read", 1, 1);
	tell_waiting("a reader that sleeps in poll", 1, 2);
	tell_waiting("a reader that sleeps in epoll_wait", 1, 3);
	tell_waiting("a reader that waits for SIGIO", 1, 4);

	tell_waiting("16 readers asleep in read", HERD, 1);
	tell_waiting("16 readers asleep in poll", HERD, 2);
	tell_waiting("16 readers in epoll_wait", HERD, 3);
	tell_waiting("16 readers in epoll_wait, EPOLLEXCLUSIVE", HERD, 5);

	tell("write and read", median(singles, 0));
	tell("SEND and RECV", median(singles, 1));
	tell("SEND_BATCH and RECV_BATCH of 1", median(batches, 1));
	tell("SEND_BATCH and RECV_BATCH of 16", median(batches, BATCH));
	tell("SEND_BATCH and RECV_BATCH of 256", median(batches, 256));

	tell("a read after 1024 expired, no cleanup", median(late_read, 0));
	tell("a read after 1024 expired, cleanup", median(late_read, 1));

	tell("GET_INFO", median(asking, -1));
	tell("an attribute in sysfs", median(asking, 1));
	tell("/proc/kmsgpipe, one pipe", median(asking, 0));
	tell("stats in debugfs", median(asking, 2));
	tell("log in debugfs", median(asking, 3));
	return 0;
}
