// SPDX-License-Identifier: GPL-2.0
/*
 * chat: talk to others, each at a terminal of his own.
 *
 *	chat NAME MINE OTHER...
 *
 * A message in a pipe is read once, by whoever comes first. So everybody has a
 * pipe that only he reads (MINE), and writes each line to the pipe of everybody
 * else (OTHER). Nobody ever gets his own line back. It ends at Ctrl+D.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plain.h"

#define LINE_MAX_BYTES	4096	/* as long as a message may be by default */

/* One message to everybody. A chat does not wait for who does not read. */
static void tell(const char *message, size_t len, char **paths, int *fds, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		if (write(fds[i], message, len) < 0)
			warn("%s: not sent", paths[i]);
}

/* What the others have written. Return: whether there may be more to come. */
static int hear(int fd, const char *path)
{
	char message[LINE_MAX_BYTES + 1];
	ssize_t len = read(fd, message, LINE_MAX_BYTES);

	if (len < 0 && errno == EAGAIN)
		return 1;
	if (len < 0)
		warn("%s", path);
	if (len <= 0)
		return 0;
	/* A message is a line, whatever is in it. */
	len = make_plain(message, len);
	message[len++] = '\n';
	/* One write, so that lines do not mix on the terminal. */
	return write(STDOUT_FILENO, message, len) == len;
}

int main(int argc, char **argv)
{
	char line[LINE_MAX_BYTES], message[LINE_MAX_BYTES];
	struct pollfd polled[2];
	int i, len, others[64], nr = argc - 3;

	if (nr < 1 || nr > 64)
		errx(2, "usage: chat NAME MINE OTHER...");
	for (i = 0; i < nr; i++) {
		others[i] = open(argv[3 + i], O_WRONLY | O_NONBLOCK);
		if (others[i] < 0)
			err(1, "%s", argv[3 + i]);
	}
	polled[0].fd = STDIN_FILENO;
	polled[0].events = POLLIN;
	polled[1].fd = open(argv[2], O_RDONLY | O_NONBLOCK);
	polled[1].events = POLLIN;
	if (polled[1].fd < 0)
		err(1, "%s", argv[2]);
	/* poll() does not see what stdio has read ahead: read line by line. */
	setvbuf(stdin, NULL, _IONBF, 0);

	for (;;) {
		if (poll(polled, 2, -1) < 0)
			err(1, "poll");
		/* POLLHUP: the pipe was removed; read() then says so. */
		if (polled[1].revents && !hear(polled[1].fd, argv[2]))
			return 1;
		if (!polled[0].revents)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		len = snprintf(message, sizeof(message), "%s: %s", argv[1],
			       line);
		if (len >= (int)sizeof(message))
			warnx("that line is too long: not sent");
		else
			tell(message, len, argv + 3, others, nr);
	}
}
