// SPDX-License-Identifier: GPL-2.0
/*
 * epoll(7): level-triggered as poll(2); edge-triggered one event for every
 * message, also for one that joins others in the queue, since a user who reads
 * one message for each event would sleep on the rest.
 */
#include <sys/epoll.h>

#include "selftest.h"

#ifndef SYS_epoll_wait
#define SYS_epoll_wait	SYS_epoll_pwait
#endif

static int fd;

/* An epoll instance that watches the pipe for events. */
static int watch(uint32_t events)
{
	struct epoll_event event = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event))
		die("epoll");
	return ep;
}

/* What is reported at once: 0 if nothing. */
static uint32_t report(int ep)
{
	struct epoll_event event = { .events = 0 };
	int n = epoll_wait(ep, &event, 1, 0);

	if (n < 0)
		die("epoll_wait");
	return n ? event.events : 0;
}

static void level(void)
{
	int ep = watch(EPOLLIN);

	context("level-triggered");
	check_eq(report(ep), 0);
	check_send(fd, "1", 1);
	check_send(fd, "2", 1);
	check_eq(report(ep), EPOLLIN);
	check_eq(report(ep), EPOLLIN);
	check_receive(fd, "1", 1);
	check_eq(report(ep), EPOLLIN);
	check_receive(fd, "2", 1);
	check_eq(report(ep), 0);
	close(ep);
}

static void edge_in(size_t size)
{
	unsigned char *data = xmalloc(size);
	int ep = watch(EPOLLIN | EPOLLET), i;

	context("edge-triggered, size %zu", size);
	fill_bytes(data, size, size);
	check_eq(report(ep), 0);
	for (i = 0; i < 5; i++) {
		check_send(fd, data, size);
		check_eq(report(ep), EPOLLIN);
		check_eq(report(ep), 0);
	}
	while (i--)
		check_receive(fd, data, size);
	check_eq(report(ep), 0);
	check_send(fd, data, size);
	check_eq(report(ep), EPOLLIN);
	check_receive(fd, data, size);
	close(ep);
	free(data);
}

static void edge_out(void)
{
	int ep, i;
	char c;

	context("edge-triggered, full pipe");
	fill_pipe(fd, 1);
	ep = watch(EPOLLOUT | EPOLLET);
	check_eq(report(ep), 0);
	for (i = 0; i < 5; i++) {
		check_ret(read(fd, &c, 1), 1);
		check_eq(report(ep), EPOLLOUT);
		check_eq(report(ep), 0);
		check_send(fd, "x", 1);
		check_eq(report(ep), 0);
	}
	close(ep);
	drain_pipe();
}

static void one_shot(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };
	int ep = watch(EPOLLIN | EPOLLONESHOT);

	context("one shot");
	check_send(fd, "1", 1);
	check_eq(report(ep), EPOLLIN);
	check_send(fd, "2", 1);
	check_eq(report(ep), 0);
	check_ret(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &event), 0);
	check_eq(report(ep), EPOLLIN);
	close(ep);
	check_receive(fd, "1", 1);
	check_receive(fd, "2", 1);
}

/* Asleep in epoll_wait(), and woken for each of three messages. */
static void asleep(void)
{
	int ep = watch(EPOLLIN | EPOLLET), i;
	int *woken = share_memory(sizeof(*woken));
	struct epoll_event event;
	pid_t child;

	context("asleep");
	child = fork_child();
	if (!child) {
		for (i = 1; i <= 3; i++) {
			check_ret(epoll_wait(ep, &event, 1, -1), 1);
			check_eq(event.events, EPOLLIN);
			__atomic_store_n(woken, i, __ATOMIC_SEQ_CST);
		}
		_exit(0);
	}
	/* Nothing is read in between. */
	for (i = 1; i <= 3; i++) {
		wait_blocked(child, SYS_epoll_wait);
		check_send(fd, "x", 1);
		test_at(__FILE__, __LINE__, "epoll_wait() returns");
		while (__atomic_load_n(woken, __ATOMIC_SEQ_CST) < i)
			short_pause();
	}
	check_child(child, 0);
	check_eq(drain_pipe(), 3);
	close(ep);
}

/*
 * Four who share the work with EPOLLEXCLUSIVE: not all are woken each time, but
 * always one who takes the message.
 */
static void exclusive(void)
{
	enum { WORKERS = 4, MESSAGES = 200 };
	int *taken = share_memory(sizeof(*taken));
	pid_t worker[WORKERS];
	int i;

	context("exclusive");
	for (i = 0; i < WORKERS; i++) {
		worker[i] = fork_child();
		if (!worker[i]) {
			int ep = watch(EPOLLIN | EPOLLEXCLUSIVE);
			struct epoll_event event;
			char c;

			for (;;) {
				if (epoll_wait(ep, &event, 1, -1) != 1)
					die("epoll_wait");
				check_eq(event.events, EPOLLIN);
				if (read(fd, &c, 1) != 1)
					continue;
				if (c == 'e')
					_exit(0);
				__atomic_fetch_add(taken, 1, __ATOMIC_SEQ_CST);
			}
		}
	}
	for (i = 0; i < WORKERS; i++)
		wait_blocked(worker[i], SYS_epoll_wait);
	for (i = 1; i <= MESSAGES; i++) {
		check_send(fd, "x", 1);
		if (i % 10)
			continue;
		test_at(__FILE__, __LINE__, "all messages are taken");
		while (__atomic_load_n(taken, __ATOMIC_SEQ_CST) < i)
			short_pause();
	}
	for (i = 0; i < WORKERS; i++)
		check_send(fd, "e", 1);
	for (i = 0; i < WORKERS; i++)
		check_child(worker[i], 0);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	level();
	edge_in(64);
	edge_in(4000);
	edge_out();
	one_shot();
	asleep();
	exclusive();
	return 0;
}
