// SPDX-License-Identifier: GPL-2.0
/* The verb status: one pipe in a few lines. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "columns.h"
#include "error.h"
#include "verbs.h"

static const struct opt status_opts[] = {
	{ "json", 'J', NULL, "as JSON, with all columns of list", NULL },
	{ 0 }
};

/* Prints a line in which a word in braces stands for that column of the pipe. */
static void line(struct pipe *pipe, const char *label, const char *text)
{
	const struct column *column;
	char name[64], buf[CELL_MAX];
	struct cell cell;
	size_t len;

	printf("%10s: ", label);
	for (; *text; text++) {
		if (*text != '{') {
			putchar(*text);
			continue;
		}
		for (len = 0, text++; *text != '}'; text++)
			name[len++] = *text;
		name[len] = 0;
		column = pipe_column(name);
		cell_get(&cell, column, pipe);
		fputs(cell_show(buf, column, &cell), stdout);
	}
	putchar('\n');
}

static void status_of_pipe(struct pipe *pipe)
{
	/* A stream has no messages, whatever the settings say. */
	bool stream = !strcmp(pipe->mode, mode_names[KMSGPIPE_MODE_STREAM]);

	colour(COLOUR_STRONG);
	printf("%s%s%s", pipe->id, *pipe->name ? " - " : "", pipe->name);
	colour(COLOUR_NONE);
	putchar('\n');
	line(pipe, "Node", "{path}, {owner}:{group} {perm}");
	line(pipe, "Mode", "{mode}, eof {eof}");
	colour(pipe_colour(pipe));
	line(pipe, "Queued", stream ? "{bytes} of {max_bytes} bytes ({full}%)" :
	     "{messages} of {max_msgs} messages, {bytes} of {max_bytes} bytes ({full}%)");
	colour(COLOUR_NONE);
	if (!stream)
		line(pipe, "Message", "up to {msg_size} bytes");
	line(pipe, "Life", "{ttl_ms}, cleanup {cleanup_enabled}, every {cleanup_interval_ms}, last {last_cleanup_ns}");
	line(pipe, "Open", "{files} files, {readers} for reading, {writers} for writing");
	line(pipe, "Waiting", "{waiting_readers} readers, {waiting_writers} writers");
	line(pipe, "Sent", "{sent} messages, {bytes_sent} bytes");
	line(pipe, "Received", "{received} messages, {bytes_received} bytes");
	line(pipe, "Dropped", "{expired} expired, {truncated} truncated, {cleared} cleared");
	line(pipe, "Most", "{peak_messages} messages, {peak_bytes} bytes");
}

static int status(const struct verb *verb, int argc, char **argv)
{
	struct table table = { .columns = pipe_columns };
	struct pipes pipes;
	size_t i;

	while (opt_next(verb, argc, argv))
		table.json = true;
	pipes_load(&pipes);
	pipes_select(&pipes, argc - optind, argv + optind);
	if (table.json)
		table_print(&table, "pipes", pipes.pipe, pipes.nr,
			    sizeof(*pipes.pipe));
	for (i = 0; i < pipes.nr && !table.json; i++) {
		if (i)
			putchar('\n');
		status_of_pipe(&pipes.pipe[i]);
	}
	pipes_free(&pipes);
	return STATUS_OK;
}

const struct verb verb_status = {
	.name = "status",
	.args = "PIPE...",
	.min_args = 1,
	.max_args = -1,
	.summary = "tell all about a pipe",
	.opts = { status_opts },
	.run = status,
};
