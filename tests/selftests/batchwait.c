// SPDX-License-Identifier: GPL-2.0
/*
 * Batches for which somebody waits: who is woken, what ends a wait, and several
 * at a time.
 */
#include <sys/epoll.h>

#include "batch.h"

static pid_t start_reader(void)
{
	char buf[16];
	pid_t pid = fork_child();

	if (!pid) {
		check_ret(read(blocking, buf, sizeof(buf)), 1);
		_exit(0);
	}
	wait_blocked(pid, SYS_read);
	return pid;
}

/* As many sleepers are woken as there are messages, and no more. */
static void wakes(void)
{
	struct kmsgpipe_stats stats;
	pid_t reader[8];
	uint32_t i, left;

	start(CONFIG());
	for (i = 0; i < 8; i++)
		reader[i] = start_reader();
	fill(5);
	check_ret(send_batch(5), 5);
	wait_until(get_stats(fd).received == 5);
	stats = get_stats(fd);
	check_eq(stats.reader_wakeups, 5);
	fill(3);
	check_ret(send_batch(3), 3);
	for (i = 0; i < 8; i++)
		check_child(reader[i], 0);
	check_eq(get_stats(fd).reader_wakeups, 8);
	check_empty(fd);

	context("a batch for one sleeper");
	reader[0] = fork_child();
	if (!reader[0]) {
		empty(4);
		left = 9;
		while (left) {
			long got = batch(blocking, KMSGPIPE_RECV_BATCH, 0, 4);

			check_true(got > 0 && got <= 4);
			check_entries(got, 9 - left);
			left -= got;
			empty(4);
		}
		_exit(0);
	}
	wait_blocked(reader[0], SYS_ioctl);
	fill(9);
	check_ret(send_batch(9), 9);
	check_child(reader[0], 0);
	check_empty(fd);

	context("room for a sleeping batch");
	start(CONFIG(.max_msgs = 4));
	fill(4);
	check_ret(send_batch(4), 4);
	reader[0] = fork_child();
	if (!reader[0]) {
		long sent;

		fill(4);
		sent = batch(blocking, KMSGPIPE_SEND_BATCH, 0, 4);
		check_true(sent >= 1 && sent <= 4);
		_exit(0);
	}
	wait_blocked(reader[0], SYS_ioctl);
	empty(4);
	check_ret(recv_batch(4), 4);
	check_child(reader[0], 0);
	check_receive(fd, "0", 1);

	context("room for several sleepers");
	drop_messages(fd, KMSGPIPE_CLEAR_QUEUE);
	fill(4);
	check_ret(send_batch(4), 4);
	for (i = 0; i < 4; i++) {
		reader[i] = fork_child();
		if (!reader[i]) {
			check_send(blocking, "x", 1);
			_exit(0);
		}
		wait_blocked(reader[i], SYS_write);
	}
	empty(4);
	check_ret(recv_batch(4), 4);
	for (i = 0; i < 4; i++)
		check_child(reader[i], 0);
	check_eq(get_info(fd).messages, 4);
}

/* A batch is one event for who polls, with all messages there already. */
static void one_event(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	start(CONFIG());
	check_ret(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event), 0);
	check_ret(epoll_wait(ep, &event, 1, 0), 0);
	fill(7);
	check_ret(send_batch(7), 7);
	check_ret(epoll_wait(ep, &event, 1, -1), 1);
	check_ret(epoll_wait(ep, &event, 1, 0), 0);
	empty(MAX);
	check_ret(recv_batch(MAX), 7);
	fill(1);
	check_ret(send_batch(1), 1);
	check_ret(epoll_wait(ep, &event, 1, -1), 1);
	close(ep);
}

static int *handled;		/* how many signals sleepers have caught */

static void count(int sig)
{
	(void)sig;
	__atomic_fetch_add(handled, 1, __ATOMIC_SEQ_CST);
}

/* A child asleep with a batch, of which there will be room or text for one. */
static pid_t sleeper(unsigned long cmd, int flags)
{
	struct sigaction action = { .sa_handler = count, .sa_flags = flags };
	pid_t pid;

	*handled = 0;
	pid = fork_child();
	if (!pid) {
		long done;

		sigaction(SIGINT, &action, NULL);
		if (cmd == KMSGPIPE_SEND_BATCH)
			fill(2);
		else
			empty(2);
		done = batch(blocking, cmd, 0, 2);
		if (done < 0 && errno == EINTR)
			_exit(2);
		check_ret(done, 1);
		_exit(0);
	}
	wait_blocked(pid, SYS_ioctl);
	return pid;
}

/* A signal that is caught: EINTR at once, or on with it, as the handler says. */
static void caught(unsigned long cmd)
{
	uint32_t queued = get_info(fd).messages;
	pid_t pid;

	context("%s, no SA_RESTART",
		cmd == KMSGPIPE_SEND_BATCH ? "SEND_BATCH" : "RECV_BATCH");
	pid = sleeper(cmd, 0);
	kill(pid, SIGINT);
	check_child(pid, 2);
	check_eq(*handled, 1);
	check_eq(get_info(fd).messages, queued);

	context("%s, SA_RESTART",
		cmd == KMSGPIPE_SEND_BATCH ? "SEND_BATCH" : "RECV_BATCH");
	pid = sleeper(cmd, SA_RESTART);
	kill(pid, SIGINT);
	wait_until(__atomic_load_n(handled, __ATOMIC_SEQ_CST));
	wait_blocked(pid, SYS_ioctl);
	if (cmd == KMSGPIPE_SEND_BATCH)
		check_receive(fd, "0", 1);
	else
		check_send(fd, "0", 1);
	check_child(pid, 0);
	check_eq(*handled, 1);
	check_eq(get_info(fd).messages, queued);
	end_context();
}

/* Asleep with a batch: a signal, a removal. */
static void cut_short(void)
{
	int removed;
	pid_t pid;

	handled = share_memory(sizeof(*handled));
	start(CONFIG(.max_msgs = 1));
	caught(KMSGPIPE_RECV_BATCH);
	check_send(fd, "0", 1);
	caught(KMSGPIPE_SEND_BATCH);
	check_receive(fd, "0", 1);

	pid = fork_child();
	if (!pid) {
		empty(2);
		batch(blocking, KMSGPIPE_RECV_BATCH, 0, 2);
		_exit(0);
	}
	wait_blocked(pid, SYS_ioctl);
	kill_child(pid);
	fill(2);
	check_ret(send_batch(2), 1);
	pid = fork_child();
	if (!pid) {
		fill(2);
		check_err(batch(blocking, KMSGPIPE_SEND_BATCH, 0, 2), ENODEV);
		_exit(0);
	}
	wait_blocked(pid, SYS_ioctl);
	removed = fd;
	remove_own();
	check_child(pid, 0);
	empty(2);
	check_ret(batch(removed, KMSGPIPE_RECV_BATCH, 0, 2), 1);
	check_err(batch(removed, KMSGPIPE_RECV_BATCH, 0, 2), ENODEV);
	fill(2);
	check_err(batch(removed, KMSGPIPE_SEND_BATCH, 0, 2), ENODEV);
}

#define WORKERS		4
#define EACH		2000

/* Several send and receive batches at once: nothing is lost or doubled. */
static void parallel(void)
{
	unsigned char *seen = share_memory(WORKERS * EACH);
	uint32_t *count = share_memory(sizeof(*count));
	pid_t pid[2 * WORKERS];
	uint32_t w, i;

	start(CONFIG(.max_msgs = 50));
	for (w = 0; w < WORKERS; w++) {
		pid[w] = fork_child();
		if (!pid[w]) {
			uint32_t id[MAX], next = 0, want;
			long sent;

			while (next < EACH) {
				want = 1 + next * 7 % 90;
				if (want > EACH - next)
					want = EACH - next;
				for (i = 0; i < want; i++) {
					id[i] = w * EACH + next + i;
					entries[i] = MESSAGE(&id[i], 4);
				}
				sent = batch(blocking, KMSGPIPE_SEND_BATCH, 0,
					     want);
				check_true(sent > 0);
				next += sent;
			}
			_exit(0);
		}
	}
	for (w = 0; w < WORKERS; w++) {
		pid[WORKERS + w] = fork_child();
		if (!pid[WORKERS + w]) {
			uint32_t id[MAX];
			long got;

			for (;;) {
				for (i = 0; i < 40; i++)
					entries[i] = MESSAGE(&id[i], 4);
				got = batch(blocking, KMSGPIPE_RECV_BATCH, 0,
					    1 + w * 13);
				check_true(got > 0);
				for (i = 0; i < got; i++) {
					check_true(id[i] < WORKERS * EACH);
					seen[id[i]]++;
				}
				__atomic_add_fetch(count, got,
						   __ATOMIC_SEQ_CST);
			}
		}
	}
	for (w = 0; w < WORKERS; w++)
		check_child(pid[w], 0);
	wait_until(__atomic_load_n(count, __ATOMIC_SEQ_CST) == WORKERS * EACH);
	for (w = 0; w < WORKERS; w++)
		kill_child(pid[WORKERS + w]);
	for (i = 0; i < WORKERS * EACH; i++)
		check_eq(seen[i], 1);
	check_empty(fd);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "wakes", wakes },
		{ "one-event", one_event },
		{ "cut-short", cut_short },
		{ "parallel", parallel },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
