// SPDX-License-Identifier: GPL-2.0
/*
 * workers: several processes share the jobs in one pipe.
 *
 *	workers PIPE NUMBER
 *
 * Each message is a job, and goes to one worker, whoever is free. All wait with
 * epoll; EPOLLEXCLUSIVE wakes one of them for each job instead of all. With
 * eof=hangup they end after the last sender has closed the pipe and all is done,
 * else when the pipe is removed.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plain.h"

#define JOB_MAX	4096

/* The job of this example is to be printed, in one write so as not to mix. */
static void do_job(int worker, char *job, size_t len)
{
	char line[JOB_MAX + 32];
	int n;

	n = snprintf(line, sizeof(line), "worker %d: %.*s\n", worker,
		     (int)make_plain(job, len), job);
	if (write(STDOUT_FILENO, line, n) != n)
		err(1, "standard output");
}

static void work(int worker, int fd, const char *path)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	char job[JOB_MAX];
	ssize_t len;
	int ep;

	/* An epoll of his own, or the workers would share its events. */
	ep = epoll_create1(0);
	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event))
		err(1, "epoll");
	for (;;) {
		if (epoll_wait(ep, &event, 1, -1) < 0 && errno != EINTR)
			err(1, "epoll_wait");
		len = read(fd, job, sizeof(job));
		if (len > 0)
			do_job(worker, job, len);
		else if (!len || errno == ENODEV)
			return;
		/* EAGAIN: somebody else was quicker. */
		else if (errno != EAGAIN && errno != EINTR)
			err(1, "%s", path);
	}
}

int main(int argc, char **argv)
{
	int fd, i, number, status, failed = 0;

	number = argc == 3 ? atoi(argv[2]) : 0;
	if (number < 1)
		errx(2, "usage: workers PIPE NUMBER");
	fd = open(argv[1], O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		err(1, "%s", argv[1]);
	for (i = 1; i <= number; i++) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			work(i, fd, argv[1]);
			exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	return !!failed;
}
