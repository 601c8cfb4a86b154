// SPDX-License-Identifier: GPL-2.0
/*
 * A message whose time is over is gone: nobody gets it, nothing counts it, and
 * what it kept is free, also if nobody looks.
 */
#include <pthread.h>

#include "own.h"
#include "uffd.h"

#define SHORT	30	/* milliseconds */
#define HOUR	3600000

static int fd;

static void pipe_of(uint32_t max_msgs, uint32_t enable, uint32_t interval_ms)
{
	own_pipe(CONFIG(.max_msgs = max_msgs));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_ret(set_cleanup(fd, enable, interval_ms), 0);
}

/* Queue a message with a short life, and wait until that is over. */
static void send_expired(const char *text)
{
	check_ret(send_ttl(fd, text, strlen(text), 0, SHORT), 0);
	wait_boottime(boottime_ms() + SHORT + 1);
}

/* Whoever asks first, there is nothing. */
static void unseen(void)
{
	struct kmsgpipe_message m;
	char buf[64];
	struct iovec part = { buf, sizeof(buf) };

	pipe_of(100, 0, 0);
	context("read");
	send_expired("gone");
	check_err(read(fd, buf, sizeof(buf)), EAGAIN);
	context("readv");
	send_expired("gone");
	check_err(readv(fd, &part, 1), EAGAIN);
	context("a buffer too small");
	send_expired("gone");
	check_err(read(fd, buf, 1), EAGAIN);
	context("RECV");
	send_expired("gone");
	m = MESSAGE(buf, sizeof(buf));
	check_err(ioctl(fd, KMSGPIPE_RECV, &m), EAGAIN);
	context("PEEK");
	send_expired("gone");
	m = MESSAGE(buf, sizeof(buf), .flags = KMSGPIPE_IO_PEEK);
	check_err(ioctl(fd, KMSGPIPE_RECV, &m), EAGAIN);
	context("poll");
	send_expired("gone");
	check_eq(poll_now(fd), POLL_WRITABLE);
	context("FIONREAD");
	send_expired("gone");
	check_eq(bytes_ready(fd), 0);
	context("GET_INFO");
	send_expired("gone");
	check_eq(get_info(fd).messages, 0);
	send_expired("gone");
	check_eq(get_info(fd).bytes, 0);
	context("GET_STATS");
	send_expired("gone");
	check_eq(get_stats(fd).expired, 10);
	check_eq(get_stats(fd).sent, 10);
	check_eq(get_stats(fd).received, 0);
	context("CLEAR_QUEUE");
	send_expired("gone");
	check_eq(drop_messages(fd, KMSGPIPE_CLEAR_QUEUE), 0);
	context("SET_MODE");
	send_expired("gone");
	check_ret(set_value(fd, KMSGPIPE_SET_MODE, KMSGPIPE_MODE_STREAM), 0);
	check_eq(get_stats(fd).expired, 12);

	/* A full pipe is not full, and the others are all there. */
	context("write");
	pipe_of(2, 0, 0);
	check_send(fd, "stays", 5);
	send_expired("gone");
	check_send(fd, "last", 4);
	check_err(write(fd, "x", 1), EAGAIN);
	check_receive(fd, "stays", 5);
	check_receive(fd, "last", 4);
	check_empty(fd);
	/* It did not run by itself. */
	check_eq(get_info(fd).last_cleanup_ns, 0);
}

/* Nobody touches the pipe; who sleeps in poll() learns that there is room. */
static void by_itself(void)
{
	struct pollfd p;
	pid_t pid;

	pipe_of(1, 1, 10);
	check_ret(send_ttl(fd, "gone", 4, 0, 300), 0);
	pid = fork_child();
	if (!pid) {
		p = (struct pollfd){ .fd = fd, .events = POLLOUT };
		check_ret(poll(&p, 1, -1), 1);
		_exit(p.revents);
	}
	check_child(pid, POLLOUT);
	check_eq(get_stats(fd).expired, 1);
	wait_until(get_info(fd).last_cleanup_ns);
}

/* A writer asleep gets in. */
static void writer(void)
{
	pid_t pid;
	int large;

	for (large = 0; large < 2; large++) {
		context(large ? "max_bytes" : "max_msgs");
		own_pipe(CONFIG(.max_msgs = large ? 100 : 1,
				.max_bytes = 4096));
		fd = open_pipe(O_RDWR | O_NONBLOCK);
		check_ret(set_cleanup(fd, 1, 10), 0);
		check_ret(send_ttl(fd, "gone", 4, 0, 500), 0);
		pid = fork_child();
		if (!pid) {
			static char data[4096] = "next";

			check_send(open_pipe(O_WRONLY), data,
				   large ? 4096 : 4);
			_exit(0);
		}
		check_child(pid, 0);
		check_eq(get_info(fd).bytes, large ? 4096 : 4);
		check_eq(get_info(fd).messages, 1);
		check_eq(get_stats(fd).expired, 1);
	}
}

/* Only those whose time is over go, wherever they stand. */
static void mixed(void)
{
	static const struct {
		const char *text;
		uint32_t prio, ttl_ms;
	} messages[] = {
		{ "a", 0, SHORT }, { "b", 0, 0 }, { "c", 5, HOUR },
		{ "d", 5, SHORT / 2 }, { "e", 31, SHORT }, { "f", 0, SHORT },
		{ "g", 0, KMSGPIPE_TTL_NEVER }, { "h", 31, HOUR },
		{ "i", 7, 1 },
	};
	uint64_t before;
	size_t i;

	pipe_of(100, 0, 0);
	for (i = 0; i < ARRAY_SIZE(messages); i++)
		check_ret(send_ttl(fd, messages[i].text, 1, messages[i].prio,
				   messages[i].ttl_ms), 0);
	wait_boottime(boottime_ms() + SHORT + 1);
	before = get_info(fd).last_cleanup_ns;
	check_eq(before, 0);
	check_eq(get_info(fd).messages, 4);
	check_eq(get_stats(fd).expired, 5);
	check_receive(fd, "h", 1);
	check_receive(fd, "c", 1);
	check_receive(fd, "b", 1);
	check_receive(fd, "g", 1);
	check_empty(fd);

	/* More than go in one hold of the lock. */
	own_pipe(CONFIG(.max_msgs = 1000, .ttl_ms = SHORT));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_ret(set_cleanup(fd, 0, 0), 0);
	for (i = 0; i < 500; i++)
		check_ret(send_ttl(fd, "x", 1, i % 32, i % 5 ? 0 : HOUR), 0);
	wait_boottime(boottime_ms() + SHORT + 1);
	check_eq(drop_messages(fd, KMSGPIPE_TRIGGER_CLEANUP), 400);
	check_true(get_info(fd).last_cleanup_ns != 0);
	check_eq(get_info(fd).messages, 100);
	check_eq(drop_messages(fd, KMSGPIPE_TRIGGER_CLEANUP), 0);
	check_eq(drop_messages(fd, KMSGPIPE_CLEAR_QUEUE), 100);
}

/* Disabled, nothing happens until somebody asks. */
static void disabled(void)
{
	pid_t pid;

	pipe_of(1, 0, 10);
	check_eq(get_info(fd).cleanup_enabled, 0);
	check_eq(get_info(fd).cleanup_interval_ms, 10);
	check_ret(send_ttl(fd, "gone", 4, 0, 500), 0);
	pid = fork_child();
	if (!pid) {
		check_send(open_pipe(O_WRONLY), "next", 4);
		_exit(0);
	}
	wait_blocked(pid, SYS_write);
	/* Five intervals after the message's time. */
	wait_boottime(boottime_ms() + 500 + 50);
	check_true(is_blocked(pid, SYS_write));
	check_eq(drop_messages(fd, KMSGPIPE_TRIGGER_CLEANUP), 1);
	check_child(pid, 0);
	check_receive(fd, "next", 4);
	check_true(get_info(fd).last_cleanup_ns != 0);

	context("enabled again");
	check_ret(send_ttl(fd, "gone", 4, 0, 500), 0);
	pid = fork_child();
	if (!pid) {
		check_send(open_pipe(O_WRONLY), "next", 4);
		_exit(0);
	}
	wait_blocked(pid, SYS_write);
	check_ret(set_cleanup(fd, 1, 0), 0);
	check_eq(get_info(fd).cleanup_interval_ms, 10);
	check_child(pid, 0);
	check_receive(fd, "next", 4);

	context("a shorter interval");
	check_ret(set_cleanup(fd, 1, HOUR), 0);
	check_ret(send_ttl(fd, "gone", 4, 0, 500), 0);
	pid = fork_child();
	if (!pid) {
		check_send(open_pipe(O_WRONLY), "next", 4);
		_exit(0);
	}
	wait_blocked(pid, SYS_write);
	check_ret(set_cleanup(fd, 1, 10), 0);
	check_child(pid, 0);

	context("bad values");
	check_err(set_cleanup(fd, 2, 10), EINVAL);
	check_err(set_cleanup(fd, 1, 9), EINVAL);
	check_err(set_cleanup(fd, 1, HOUR + 1), EINVAL);
	check_eq(get_info(fd).cleanup_enabled, 1);
	check_eq(get_info(fd).cleanup_interval_ms, 10);
}

/* The pipe's ttl is for the messages to come, and each may have its own. */
static void whose(void)
{
	own_pipe(CONFIG(.ttl_ms = SHORT));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_eq(get_info(fd).ttl_ms, SHORT);
	check_send(fd, "gone", 4);
	check_ret(send_ttl(fd, "stays", 5, 0, KMSGPIPE_TTL_NEVER), 0);
	check_ret(send_ttl(fd, "stays too", 9, 0, HOUR), 0);
	check_ret(set_value(fd, KMSGPIPE_SET_TTL, KMSGPIPE_TTL_NEVER), 0);
	check_eq(get_info(fd).ttl_ms, 0);
	check_ret(set_value(fd, KMSGPIPE_SET_TTL, 0), 0);
	check_send(fd, "after", 5);
	wait_boottime(boottime_ms() + SHORT + 1);
	check_receive(fd, "stays", 5);
	check_receive(fd, "stays too", 9);
	check_receive(fd, "after", 5);
	check_empty(fd);

	/* Bytes of a stream do not expire. */
	own_pipe(CONFIG(.ttl_ms = 1, .mode = KMSGPIPE_MODE_STREAM));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_send(fd, "bytes", 5);
	wait_boottime(boottime_ms() + 3);
	check_receive(fd, "bytes", 5);
}

/* A pipe may go while messages wait to expire. */
static void removed(void)
{
	int i;

	for (i = 0; i < 20; i++) {
		pipe_of(100, 1, i % 2 ? HOUR : 10);
		check_ret(send_ttl(fd, "x", 1, 0, i % 3 ? 1 : HOUR), 0);
		check_ret(send_ttl(fd, "y", 1, 0, HOUR), 0);
		if (i % 4)
			close(fd);
		remove_own();
		if (i % 4)
			continue;
		/* What is left can be read, what has expired cannot. */
		check_ret(set_cleanup(fd, 1, 10), 0);
		if (!(i % 3))
			check_receive(fd, "x", 1);
		else
			wait_boottime(boottime_ms() + 3);
		check_receive(fd, "y", 1);
		check_err(read(fd, &i, sizeof(i)), ENODEV);
		close(fd);
	}
}

static void *stalled_read(void *arg)
{
	struct stall *stall = arg;

	return (void *)(intptr_t)(read(fd, stall->page, page_size()) < 0 ?
				  errno : 0);
}

/*
 * A message is out of the queue with somebody who fails to take it, while the
 * work looks and finds nothing to wait for. Given back, it must still expire.
 */
static void given_back(void)
{
	static char data[1000];
	struct stall stall = stall_make();
	pthread_t reader;
	void *ret;
	pid_t pid;

	pipe_of(1, 1, 10);
	check_ret(send_ttl(fd, data, sizeof(data), 0, 2000), 0);
	if (pthread_create(&reader, NULL, stalled_read, &stall))
		die("pthread_create");
	stall_wait(&stall);
	/* Ten intervals. */
	wait_boottime(boottime_ms() + 100);
	stall_fail(&stall);
	pthread_join(reader, &ret);
	check_eq((intptr_t)ret, EFAULT);

	pid = fork_child();
	if (!pid) {
		check_send(open_pipe(O_WRONLY), "next", 4);
		_exit(0);
	}
	check_child(pid, 0);
	check_eq(get_stats(fd).expired, 1);
	check_receive(fd, "next", 4);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "unseen", unseen },
		{ "by-itself", by_itself },
		{ "writer", writer },
		{ "mixed", mixed },
		{ "disabled", disabled },
		{ "whose", whose },
		{ "removed", removed },
		{ "given-back", given_back },
	};

	return run_parts(argc, argv, parts, ARRAY_SIZE(parts));
}
