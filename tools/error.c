// SPDX-License-Identifier: GPL-2.0
/* How the tool fails. */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "escape.h"

const char * const status_texts[STATUS_NR] = {
	[STATUS_OK] = "done",
	[STATUS_FAILED] = "failed",
	[STATUS_USAGE] = "the command line makes no sense",
	[STATUS_ABSENT] = "no such pipe, or the module is not loaded",
	[STATUS_TIMEOUT] = "timed out, or the end of the pipe came first",
	[STATUS_DENIED] = "not permitted",
};

const char *error_verb;

/* What is in @fmt's arguments may come from anywhere, so it is made harmless. */
static void print_error(const char *fmt, va_list args, const char *more)
{
	int err = errno;
	char *text;

	fflush(stdout);
	fputs("kmsgpipectl: ", stderr);
	if (vasprintf(&text, fmt, args) >= 0) {
		escape_line(stderr, text, strlen(text));
		free(text);
	}
	fprintf(stderr, "%s\n", more);
	errno = err;
}

void complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_error(fmt, args, "");
	va_end(args);
}

void fail(enum status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_error(fmt, args, "");
	va_end(args);
	exit(status);
}

void usage_error(const char *fmt, ...)
{
	char more[64];
	va_list args;

	snprintf(more, sizeof(more), ": see kmsgpipectl %s%s--help",
		 error_verb ? error_verb : "", error_verb ? " " : "");
	va_start(args, fmt);
	print_error(fmt, args, more);
	va_end(args);
	exit(STATUS_USAGE);
}

enum status status_of(int err)
{
	switch (err) {
	case 0:
		return STATUS_OK;
	case EPERM:
	case EACCES:
		return STATUS_DENIED;
	case ENOENT:
	case ENODEV:
		return STATUS_ABSENT;
	case EAGAIN:
		return STATUS_TIMEOUT;
	default:
		return STATUS_FAILED;
	}
}

void *need(void *memory)
{
	if (!memory)
		fail(STATUS_FAILED, "there is no memory left");
	return memory;
}

void output_needed(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		fail(STATUS_FAILED, "standard output: %s", strerror(EBADF));
}

void finish(enum status status)
{
	bool failed = ferror(stdout);

	/*
	 * A full disk shows when the last of the output is written, or at its
	 * close. Not fclose(): stdio may still be used to tell of that. If it
	 * has shown before, errno is another's by now; but it shows again.
	 */
	errno = EIO;
	if (fflush(stdout) || failed || close(STDOUT_FILENO))
		fail(STATUS_FAILED, "standard output: %s", strerror(errno));
	exit(status);
}
