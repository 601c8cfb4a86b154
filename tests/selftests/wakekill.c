// SPDX-License-Identifier: GPL-2.0
/*
 * A signal that meets a wake-up half way: the sleeper was woken, and is hit by
 * a signal before it has run. Either it takes what it was woken for, or the
 * next sleeper gets that. There must be no message (or room) left over while
 * somebody sleeps for it.
 *
 * To get exactly there each time: this process and the first sleeper share a
 * CPU, and this one has real-time priority. So between the write() that wakes
 * the sleeper and the kill() it cannot run.
 */
#include "selftest.h"

#define ROUNDS	20

static int fd;

static void caught(int sig)
{
	(void)sig;
}

/* Run on the same CPU as the others that call this. */
static void pin(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
	if (sched_setscheduler(0, policy, &param))
		die("sched_setscheduler");
}

/* Asleep in read(), or on a full pipe in write(); exits 0 or with errno. */
static pid_t sleeper(long nr)
{
	struct sigaction action = { .sa_handler = caught };
	pid_t pid = fork_child();

	if (!pid) {
		int own = open_pipe(O_RDWR);
		char buf[8];
		ssize_t len;

		sigaction(SIGUSR1, &action, NULL);
		pin(SCHED_OTHER, 0);
		if (nr == SYS_read)
			len = read(own, buf, sizeof(buf));
		else
			len = write(own, "sleeper", 8);
		_exit(len < 0 ? errno : 0);
	}
	wait_blocked(pid, nr);
	return pid;
}

/* Give the sleepers what one of them waits for. */
static void give_one(long nr)
{
	if (nr == SYS_read)
		check_send(fd, "message", 8);
	else
		check_receive(fd, "ffffffff", 8);
}

/* Is what was given still there for the taking? */
static int left_over(long nr)
{
	return poll_now(fd) & (nr == SYS_read ? POLLIN : POLLOUT);
}

static void meet(long nr, int sig)
{
	pid_t first, second;
	int status, taken;

	context("%s, %s", nr == SYS_read ? "read" : "write", strsignal(sig));
	if (nr == SYS_write)
		check_eq(fill_pipe(fd, 8), pipe_limit("max_msgs"));
	first = sleeper(nr);
	second = sleeper(nr);

	give_one(nr);
	kill(first, sig);
	status = wait_child(first);
	check_true(status == 0 || status == EINTR || status == 128 + sig);

	/* Wait until the second has got it, or nothing is left to get. */
	taken = 0;
	test_at(__FILE__, __LINE__, "somebody takes what the first left");
	while (left_over(nr)) {
		taken = waitpid(second, &status, WNOHANG) == second;
		if (taken)
			break;
		short_pause();
	}
	if (!taken) {
		/* Taken by the first, or just now by the second. */
		if (is_blocked(second, nr))
			give_one(nr);
		if (waitpid(second, &status, 0) != second)
			die("waitpid");
	}
	check_eq(status, 0);
	drain_pipe();
}

int main(int argc, char **argv)
{
	int i;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	pin(SCHED_FIFO, 1);

	for (i = 0; i < ROUNDS; i++) {
		meet(SYS_read, SIGUSR1);
		meet(SYS_read, SIGKILL);
		meet(SYS_write, SIGUSR1);
		meet(SYS_write, SIGKILL);
	}
	return 0;
}
