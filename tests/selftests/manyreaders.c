// SPDX-License-Identifier: GPL-2.0
/*
 * Many readers asleep. One message wakes one of them and no other: the rest do
 * not so much as stir, which their count of context switches shows. A burst of
 * as many messages as there are readers serves each of them once.
 */
#include "selftest.h"

#define READERS	100

static int fd;
static pid_t reader[READERS];
static long slept[READERS];
static int *taken;		/* by each reader: message number, -1: none */

static void start_readers(void)
{
	int i;

	for (i = 0; i < READERS; i++) {
		taken[i] = -1;
		reader[i] = fork_child();
		if (!reader[i]) {
			int number, own = open_pipe(O_RDONLY);

			context("reader %d", i);
			check_ret(read(own, &number, sizeof(number)),
				  sizeof(number));
			taken[i] = number;
			_exit(0);
		}
	}
	for (i = 0; i < READERS; i++)
		wait_blocked(reader[i], SYS_read);
}

/* Send message number n, wait until it is read, and look who stirred. */
static void one_message(int n)
{
	int status, i, served = -1;
	pid_t pid;

	context("message %d to %d readers", n, READERS - n);
	for (i = 0; i < READERS; i++)
		if (taken[i] < 0)
			slept[i] = times_slept(reader[i]);
	check_send(fd, &n, sizeof(n));
	test_at(__FILE__, __LINE__, "a reader gets the message");
	pid = wait(&status);
	check_eq(status, 0);
	for (i = 0; i < READERS; i++) {
		if (reader[i] == pid) {
			served = i;
			check_eq(taken[i], n);
		} else if (taken[i] < 0) {
			wait_blocked(reader[i], SYS_read);
			check_eq(times_slept(reader[i]), slept[i]);
		}
	}
	check_true(served >= 0);
}

int main(int argc, char **argv)
{
	int times[READERS] = { 0 };
	int n, i;

	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	taken = share_memory(READERS * sizeof(*taken));
	start_readers();

	for (n = 0; n < 3; n++)
		one_message(n);

	context("a burst");
	for (; n < READERS; n++)
		check_send(fd, &n, sizeof(n));
	test_at(__FILE__, __LINE__, "every reader gets a message");
	for (i = 3; i < READERS; i++) {
		int status;

		if (wait(&status) < 0)
			die("wait");
		check_eq(status, 0);
	}
	for (i = 0; i < READERS; i++) {
		check_true(taken[i] >= 0 && taken[i] < READERS);
		times[taken[i]]++;
	}
	for (n = 0; n < READERS; n++) {
		context("message %d", n);
		check_eq(times[n], 1);
	}
	end_context();
	check_empty(fd);
	return 0;
}
