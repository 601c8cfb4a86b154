// SPDX-License-Identifier: GPL-2.0
/* The verb set: change a pipe. */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "error.h"
#include "pipe.h"
#include "settings.h"
#include "verbs.h"

static const struct opt set_opts[] = {
	{ "truncate", 0, NULL, "drop what is over new limits, the newest first, instead of keeping writers back",
	  NULL },
	{ "verbose", 'v', NULL, "tell how many messages were dropped", NULL },
	{ 0 }
};

static int set(const struct verb *verb, int argc, char **argv)
{
	bool truncate = false, verbose = false, any = false;
	struct settings settings = { 0 };
	int fd, status = STATUS_OK;
	const struct opt *opt;
	struct pipes pipes;
	struct pipe *pipe;
	struct kmsgpipe_info info;
	uint32_t dropped;
	size_t i;

	while ((opt = opt_next(verb, argc, argv))) {
		if (settings_option(&settings, opt, optarg))
			any = true;
		else if (opt_is(opt, "truncate"))
			truncate = true;
		else
			verbose = true;
	}
	if (!any && !truncate)
		usage_error("set: there is nothing to set");
	pipes_load(&pipes);
	pipes_select(&pipes, argc - optind, argv + optind);
	for (i = 0; i < pipes.nr; i++) {
		pipe = &pipes.pipe[i];
		fd = pipe_open(pipe, PIPE_COMMANDS, &info);
		if (fd < 0) {
			status = status_of(errno);
			continue;
		}
		if (settings_apply(&settings, fd, pipe->id, truncate,
				   &dropped) ||
		    settings_apply_node(&settings, fd, pipe->path))
			status = status_of(errno);
		else if (verbose)
			printf("%s: %u dropped\n", pipe->id, dropped);
		close(fd);
	}
	pipes_free(&pipes);
	return status;
}

const struct verb verb_set = {
	.name = "set",
	.args = "PIPE...",
	.min_args = 1,
	.max_args = -1,
	.summary = "change the settings of pipes",
	.text = "What is queued stays, unless --truncate is given. The mode changes only while a\n"
		"pipe is empty.\n",
	.opts = { pipe_settings, node_settings, set_opts },
	.run = set,
};
