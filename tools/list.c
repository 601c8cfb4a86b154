// SPDX-License-Identifier: GPL-2.0
/* The verbs list and stats: tables of pipes. */

#include <stdio.h>

#include "columns.h"
#include "error.h"
#include "verbs.h"

#define LIST_COLUMNS	"pipe,name,mode,eof,messages,max_msgs,bytes,max_bytes,readers,writers"
#define STATS_COLUMNS	"pipe,sent,received,expired,truncated,cleared,bytes_sent,bytes_received,reader_wakeups,writer_wakeups"

static int table_of_pipes(const struct verb *verb, int argc, char **argv,
			  const char *shown)
{
	struct table table = { .columns = pipe_columns, .shown = shown };
	const struct opt *opt;
	struct pipes pipes;

	while ((opt = opt_next(verb, argc, argv)))
		table_option(&table, opt, optarg);
	table_check(&table);
	pipes_load(&pipes);
	pipes_select(&pipes, argc - optind, argv + optind);
	table_print(&table, "pipes", pipes.pipe, pipes.nr,
		    sizeof(*pipes.pipe));
	pipes_free(&pipes);
	return STATUS_OK;
}

static void list_help(void)
{
	table_help(pipe_columns, LIST_COLUMNS);
}

static int list(const struct verb *verb, int argc, char **argv)
{
	return table_of_pipes(verb, argc, argv, LIST_COLUMNS);
}

const struct verb verb_list = {
	.name = "list",
	.args = "[PIPE]...",
	.max_args = -1,
	.summary = "list pipes, with what is queued and who has them open",
	.opts = { table_opts },
	.more_help = list_help,
	.run = list,
};

static void stats_help(void)
{
	table_help(pipe_columns, STATS_COLUMNS);
}

static int stats(const struct verb *verb, int argc, char **argv)
{
	return table_of_pipes(verb, argc, argv, STATS_COLUMNS);
}

const struct verb verb_stats = {
	.name = "stats",
	.args = "[PIPE]...",
	.max_args = -1,
	.summary = "tell what has gone through pipes since they were created",
	.opts = { table_opts },
	.more_help = stats_help,
	.run = stats,
};
