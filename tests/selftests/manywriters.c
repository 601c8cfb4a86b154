// SPDX-License-Identifier: GPL-2.0
/*
 * Many writers, then one reader: all that was written is read, each writer's
 * messages in its order. And many writers asleep on a full pipe: one read lets
 * one of them in and wakes no other.
 */
#include "selftest.h"

#define WRITERS	20
#define EACH	40

struct message {
	int writer;
	int number;
	unsigned char text[300];
};

static int fd;

/* Of odd numbers the first part only: small and large ones side by side. */
static size_t message_size(const struct message *m)
{
	return m->number % 2 ? offsetof(struct message, text) + 50 :
			       sizeof(*m);
}

static void write_messages(int writer)
{
	struct message m = { .writer = writer };
	int own = open_pipe(O_WRONLY);

	for (m.number = 0; m.number < EACH; m.number++) {
		context("writer %d, message %d", writer, m.number);
		fill_bytes(m.text, sizeof(m.text), writer * EACH + m.number);
		check_send(own, &m, message_size(&m));
	}
}

static void write_then_read(void)
{
	int next[WRITERS] = { 0 };
	pid_t writer[WRITERS];
	struct message m;
	unsigned char text[sizeof(m.text)];
	int i;

	for (i = 0; i < WRITERS; i++) {
		writer[i] = fork_child();
		if (!writer[i]) {
			write_messages(i);
			_exit(0);
		}
	}
	for (i = 0; i < WRITERS; i++)
		check_child(writer[i], 0);

	for (i = 0; i < WRITERS * EACH; i++) {
		ssize_t len;

		context("message %d of %d", i, WRITERS * EACH);
		len = read(fd, &m, sizeof(m));
		check_true(len > 0);
		check_true(m.writer >= 0 && m.writer < WRITERS);
		check_eq(m.number, next[m.writer]);
		next[m.writer]++;
		check_eq(len, message_size(&m));
		fill_bytes(text, sizeof(text), m.writer * EACH + m.number);
		check_bytes(m.text, text,
			    len - offsetof(struct message, text));
	}
	end_context();
	check_empty(fd);
}

static void one_at_a_time(void)
{
	pid_t writer[WRITERS];
	long slept[WRITERS];
	int i, n, status, limit;

	limit = fill_pipe(fd, 8);
	for (i = 0; i < WRITERS; i++) {
		writer[i] = fork_child();
		if (!writer[i]) {
			check_send(open_pipe(O_WRONLY), "sleeper!", 8);
			_exit(0);
		}
	}
	for (i = 0; i < WRITERS; i++)
		wait_blocked(writer[i], SYS_write);

	for (n = 0; n < 3; n++) {
		pid_t pid;

		context("%d writers asleep", WRITERS - n);
		for (i = 0; i < WRITERS; i++)
			if (writer[i])
				slept[i] = times_slept(writer[i]);
		check_receive(fd, "ffffffff", 8);
		test_at(__FILE__, __LINE__, "a writer gets in");
		pid = wait(&status);
		check_eq(status, 0);
		for (i = 0; i < WRITERS; i++) {
			if (writer[i] == pid)
				writer[i] = 0;
			if (!writer[i])
				continue;
			wait_blocked(writer[i], SYS_write);
			check_eq(times_slept(writer[i]), slept[i]);
		}
		check_err(write(fd, "x", 1), EAGAIN);
	}

	/* The rest get in as room is made. */
	for (; n < limit; n++)
		check_receive(fd, "ffffffff", 8);
	for (i = 0; i < WRITERS; i++)
		if (writer[i])
			check_child(writer[i], 0);
	for (i = 0; i < WRITERS; i++)
		check_receive(fd, "sleeper!", 8);
	check_empty(fd);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	fd = open_pipe(O_RDWR | O_NONBLOCK);
	check_true(pipe_limit("max_msgs") >= WRITERS * EACH);
	write_then_read();
	one_at_a_time();
	return 0;
}
