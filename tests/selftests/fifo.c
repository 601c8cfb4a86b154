// SPDX-License-Identifier: GPL-2.0
/*
 * Messages come out in the order in which they went in, however full the pipe
 * is meanwhile and whichever open file they came through.
 */
#include "selftest.h"

static int in, in2, out;

static void send_number(int i)
{
	context("message %d", i);
	/* Small and large ones take different paths through the driver. */
	if (i % 7) {
		check_send(i % 2 ? in : in2, &i, sizeof(i));
	} else {
		int large[700];

		fill_bytes(large, sizeof(large), i);
		large[0] = i;
		check_send(i % 2 ? in : in2, large, sizeof(large));
	}
}

static void receive_number(int want)
{
	int got[700];

	context("message %d", want);
	check_ret(read(out, got, sizeof(got)),
		  want % 7 ? sizeof(int) : sizeof(got));
	check_eq(got[0], want);
}

int main(int argc, char **argv)
{
	int limit, n, sent = 0, received = 0, step;

	test_start(argc, argv);
	in = open_pipe(O_WRONLY | O_NONBLOCK);
	in2 = open_pipe(O_RDWR | O_NONBLOCK);
	out = open_pipe(O_RDONLY | O_NONBLOCK);
	limit = pipe_limit("max_msgs");
	if (limit > 1000)
		limit = 1000;

	/* All in, all out. */
	for (n = 0; n < limit; n++)
		send_number(n);
	for (n = 0; n < limit; n++)
		receive_number(n);
	check_empty(out);

	/* In bursts of 1, 2, 3 …, with some left over from each. */
	for (step = 1; step <= 40; step++) {
		while (sent - received < limit && sent < received + step)
			send_number(sent++);
		while (sent - received > step / 2)
			receive_number(received++);
	}
	while (received < sent)
		receive_number(received++);
	check_empty(out);
	return 0;
}
