// SPDX-License-Identifier: GPL-2.0
/* The verbs clear and cleanup: drop messages. */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "error.h"
#include "pipe.h"
#include "verbs.h"

static const struct opt clear_opts[] = {
	{ "verbose", 'v', NULL, "tell how many messages were dropped", NULL },
	{ 0 }
};

/* Gives each pipe a command that drops messages and counts them. */
static int drop(const struct verb *verb, int argc, char **argv,
		unsigned long cmd)
{
	struct kmsgpipe_count count = { .size = sizeof(count) };
	int fd, status = STATUS_OK;
	bool verbose = false;
	struct pipes pipes;
	struct pipe *pipe;
	struct kmsgpipe_info info;
	size_t i;

	while (opt_next(verb, argc, argv))
		verbose = true;
	pipes_load(&pipes);
	pipes_select(&pipes, argc - optind, argv + optind);
	for (i = 0; i < pipes.nr; i++) {
		pipe = &pipes.pipe[i];
		fd = pipe_open(pipe, PIPE_COMMANDS, &info);
		if (fd < 0) {
			status = status_of(errno);
			continue;
		}
		if (command(fd, pipe->id, cmd, &count))
			status = status_of(errno);
		else if (verbose)
			printf("%s: %u dropped\n", pipe->id, count.count);
		close(fd);
	}
	pipes_free(&pipes);
	return status;
}

static int clear(const struct verb *verb, int argc, char **argv)
{
	return drop(verb, argc, argv, KMSGPIPE_CLEAR_QUEUE);
}

const struct verb verb_clear = {
	.name = "clear",
	.args = "PIPE...",
	.min_args = 1,
	.max_args = -1,
	.summary = "drop all that is queued in pipes",
	.opts = { clear_opts },
	.run = clear,
};

static int cleanup(const struct verb *verb, int argc, char **argv)
{
	return drop(verb, argc, argv, KMSGPIPE_TRIGGER_CLEANUP);
}

const struct verb verb_cleanup = {
	.name = "cleanup",
	.args = "[PIPE]...",
	.max_args = -1,
	.summary = "drop the messages whose time is over, of all pipes or those given",
	.opts = { clear_opts },
	.run = cleanup,
};
