// SPDX-License-Identifier: GPL-2.0
/*
 * collector: a log that many write to and none waits for.
 *
 *	collector send PIPE TTL_MS	each line of standard input is a message
 *	collector print PIPE		prints them, with time, process and user
 *
 * A sender never sleeps: it opens the pipe with O_NONBLOCK, and if the pipe is
 * full, the line is dropped and counted. A line that nobody has collected within
 * TTL_MS is old news and goes by itself. Who sent a line, and when, the kernel
 * says, not the sender.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kmsgpipe.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "plain.h"

static char text[4096];

static int send_lines(int fd, const char *path, unsigned int ttl_ms)
{
	int dropped = 0;

	while (fgets(text, sizeof(text), stdin)) {
		struct kmsgpipe_message message = {
			.size = sizeof(message),
			.buf = (uintptr_t)text,
			.len = strcspn(text, "\n"),
			.ttl_ms = ttl_ms,
		};

		/* There are no empty messages. */
		if (!message.len)
			continue;
		if (!ioctl(fd, KMSGPIPE_SEND, &message))
			continue;
		if (errno != EAGAIN)
			err(1, "%s", path);
		dropped++;
	}
	if (dropped)
		warnx("%s: full, %d lines dropped", path, dropped);
	return dropped != 0;
}

static int print_lines(int fd, const char *path)
{
	for (;;) {
		/* In each call anew: len and more is overwritten. */
		struct kmsgpipe_message message = {
			.size = sizeof(message),
			.buf = (uintptr_t)text,
			.len = sizeof(text),
		};
		char date[32];
		time_t sent;

		if (ioctl(fd, KMSGPIPE_RECV, &message))
			err(1, "%s", path);
		/* The end of the file, where the pipe has one: see eof. */
		if (!message.len)
			return 0;
		message.len = make_plain(text, message.len);
		sent = message.sent_ns / 1000000000;
		strftime(date, sizeof(date), "%FT%T", gmtime(&sent));
		printf("%s.%03uZ pid=%u uid=%u %.*s\n", date,
		       (unsigned int)(message.sent_ns / 1000000 % 1000),
		       message.pid, message.uid, (int)message.len, text);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	int sends = argc == 4 && !strcmp(argv[1], "send");
	int prints = argc == 3 && !strcmp(argv[1], "print");
	int fd;

	if (!sends && !prints)
		errx(2, "usage: collector send PIPE TTL_MS | print PIPE");
	fd = open(argv[2], sends ? O_WRONLY | O_NONBLOCK : O_RDONLY);
	if (fd < 0)
		err(1, "%s", argv[2]);
	return sends ? send_lines(fd, argv[2], strtoul(argv[3], NULL, 10)) :
		       print_lines(fd, argv[2]);
}
