// SPDX-License-Identifier: GPL-2.0
/*
 * A tool for the shell tests: asleep PID read|write waits until a process is
 * asleep in that system call.
 */
#include "selftest.h"

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: asleep PID read|write\n");
		return 2;
	}
	test_alarm_start();
	context("process %s, %s", argv[1], argv[2]);
	wait_blocked(atoi(argv[1]),
		     strcmp(argv[2], "write") ? SYS_read : SYS_write);
	return 0;
}
