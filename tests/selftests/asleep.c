// SPDX-License-Identifier: GPL-2.0
/*
 * A tool for the shell tests: asleep PID open|read|write|ioctl|flock|nap waits
 * until a process is asleep in that system call; nap is for clock_nanosleep.
 */
#include "selftest.h"

int main(int argc, char **argv)
{
	long call = SYS_read;

	if (argc != 3) {
		fprintf(stderr, "usage: asleep PID open|read|write|ioctl|flock|nap\n");
		return 2;
	}
	test_alarm_start();
	context("process %s, %s", argv[1], argv[2]);
	if (!strcmp(argv[2], "ioctl"))
		call = SYS_ioctl;
	else if (!strcmp(argv[2], "open"))
		call = SYS_openat;
	else if (!strcmp(argv[2], "write"))
		call = SYS_write;
	else if (!strcmp(argv[2], "flock"))
		call = SYS_flock;
	else if (!strcmp(argv[2], "nap"))
		call = SYS_clock_nanosleep;
	wait_blocked(atoi(argv[1]), call);
	return 0;
}
