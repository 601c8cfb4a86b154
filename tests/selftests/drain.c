// SPDX-License-Identifier: GPL-2.0
/*
 * A tool for the shell tests: empty the pipe.
 */
#include "selftest.h"

int main(int argc, char **argv)
{
	test_start(argc, argv);
	return 0;
}
