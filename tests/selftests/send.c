// SPDX-License-Identifier: GPL-2.0
/*
 * A tool for the shell tests: send PIPE COUNT SIZE queues COUNT messages of
 * SIZE bytes, without sleeping and without emptying the pipe first.
 */
#include "selftest.h"

int main(int argc, char **argv)
{
	long count, size, i;
	char *buf;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: send PIPE COUNT SIZE\n");
		return 2;
	}
	test.path = argv[1];
	count = atol(argv[2]);
	size = atol(argv[3]);

	buf = xmalloc(size);
	fd = open_pipe(O_WRONLY | O_NONBLOCK);
	for (i = 1; i <= count; i++) {
		fill_bytes(buf, size, i);
		if (write(fd, buf, size) != size) {
			fprintf(stderr, "send: message %ld: %s\n", i,
				strerror(errno));
			return 1;
		}
	}
	return 0;
}
