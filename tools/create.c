// SPDX-License-Identifier: GPL-2.0
/* The verbs create and remove: pipes come and go. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "pipe.h"
#include "settings.h"
#include "verbs.h"

static int create(const struct verb *verb, int argc, char **argv)
{
	struct settings settings = { 0 };
	const struct opt *opt;
	const char *name;
	int index;

	while ((opt = opt_next(verb, argc, argv)))
		settings_option(&settings, opt, optarg);
	name = argv[optind];
	if (name && name_wrong(name))
		fail(STATUS_USAGE, "'%s' %s", name, name_wrong(name));
	output_needed();
	index = settings_create(&settings, name);
	if (index < 0)
		return status_of(errno);
	printf("/dev/kmsgpipe%d\n", index);
	return STATUS_OK;
}

const struct verb verb_create = {
	.name = "create",
	.args = "[NAME]",
	.max_args = 1,
	.summary = "create a pipe, and print the path of its node",
	.text = "What is not given is the module's default, see /sys/module/kmsgpipe/parameters.\n"
		"A pipe with a name has its node at /dev/kmsgpipe/NAME, too.\n",
	.opts = { pipe_settings, node_settings },
	.run = create,
};

/*
 * REMOVE goes by the number, which may be another pipe's by now: the node tells.
 */
static int remove_pipe(int control, const struct pipe *pipe)
{
	struct kmsgpipe_remove remove = {
		.size = sizeof(remove),
		.index = pipe->index,
	};
	struct kmsgpipe_info info;
	int ret, fd = pipe_open(pipe, PIPE_COMMANDS, &info);

	if (fd < 0)
		return -1;
	ret = command(control, pipe->id, KMSGPIPE_REMOVE, &remove);
	close(fd);
	return ret;
}

static int remove_pipes(const struct verb *verb, int argc, char **argv)
{
	int control, status = STATUS_OK;
	struct pipes pipes;
	size_t i;

	while (opt_next(verb, argc, argv))
		;
	pipes_load(&pipes);
	pipes_select(&pipes, argc - optind, argv + optind);
	control = control_open();
	if (control < 0) {
		status = status_of(errno);
		pipes.nr = 0;
	}
	for (i = 0; i < pipes.nr; i++)
		if (remove_pipe(control, &pipes.pipe[i]))
			status = status_of(errno);
	if (control >= 0)
		close(control);
	pipes_free(&pipes);
	return status;
}

const struct verb verb_remove = {
	.name = "remove",
	.args = "PIPE...",
	.min_args = 1,
	.max_args = -1,
	.summary = "remove pipes, with what is queued in them",
	.text = "Who has a pipe open can still read what is queued.\n",
	.run = remove_pipes,
};
