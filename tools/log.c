// SPDX-License-Identifier: GPL-2.0
/* The verb log: the last operations, from debugfs. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "pipe.h"
#include "table.h"
#include "verbs.h"

#define DEBUGFS		"/sys/kernel/debug"
/* The log has ten operations; leave room for more. */
#define ENTRIES_MAX	1000
#define WORDS		7

/* A line of the log, taken apart in place. */
struct entry {
	char *line;
	char *word[WORDS];
};

enum word {
	WORD_TIME,
	WORD_PIPE,
	WORD_PID,
	WORD_COMM,
	WORD_OP,
	WORD_SIZE,
	WORD_RESULT,
};

static void get_word(void *row, int arg, struct cell *cell)
{
	const struct entry *entry = row;
	const char *word = entry->word[arg];

	cell->known = word && strcmp(word, "-");
	if (cell->known)
		snprintf(cell->text, sizeof(cell->text), "%s", word);
}

static void get_number(void *row, int arg, struct cell *cell)
{
	const struct entry *entry = row;

	cell->known = entry->word[arg];
	if (cell->known)
		cell->number = strtoull(entry->word[arg], NULL, 10);
}

/* Seconds with a point, in nanoseconds. */
static void get_time(void *row, int arg, struct cell *cell)
{
	const struct entry *entry = row;
	char *end, digits[10] = "000000000";
	size_t len;

	cell->known = entry->word[arg];
	if (!cell->known)
		return;
	cell->number = strtoull(entry->word[arg], &end, 10) * 1000000000;
	if (*end == '.') {
		len = strlen(end + 1);
		memcpy(digits, end + 1, len > 9 ? 9 : len);
		cell->number += strtoull(digits, NULL, 10);
	}
}

static bool is_error(const struct entry *entry)
{
	return entry->word[WORD_RESULT] && *entry->word[WORD_RESULT] == '-';
}

static void get_result(void *row, int arg, struct cell *cell)
{
	if (!is_error(row))
		get_number(row, arg, cell);
}

static void get_error(void *row, int arg, struct cell *cell)
{
	const struct entry *entry = row;

	cell->known = is_error(entry);
	if (cell->known)
		snprintf(cell->text, sizeof(cell->text), "%s",
			 strerror(atoi(entry->word[arg] + 1)));
}

static const struct column log_columns[] = {
	{ "time", COLUMN_DATE, "when", get_time, WORD_TIME },
	{ "pipe", COLUMN_TEXT, "which pipe", get_word, WORD_PIPE },
	{ "pid", COLUMN_COUNT, "process", get_number, WORD_PID },
	{ "command", COLUMN_TEXT, "its name", get_word, WORD_COMM },
	{ "operation", COLUMN_TEXT, "what it did", get_word, WORD_OP },
	{ "size", COLUMN_BYTES, "bytes to send, or room for them", get_number,
	  WORD_SIZE },
	{ "result", COLUMN_COUNT, "bytes sent or received, messages dropped",
	  get_result, WORD_RESULT },
	{ "error", COLUMN_TEXT, "why it failed", get_error, WORD_RESULT },
	{ 0 }
};

/* The log of one pipe leaves out which one it is. */
static void entry_parse(struct entry *entry, char *line, const char *pipe)
{
	char *rest = line;
	int i;

	memset(entry, 0, sizeof(*entry));
	entry->line = line;
	line[strcspn(line, "\n")] = 0;
	for (i = 0; i < WORDS; i++)
		entry->word[i] = pipe && i == WORD_PIPE ? (char *)pipe :
				 strsep(&rest, " ");
}

static size_t log_read(struct entry *entries, const char *path,
		       const char *pipe)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t size = 0, nr = 0;

	if (!in && (errno == EACCES || errno == EPERM))
		fail(STATUS_DENIED, "the log is for root: run \"sudo kmsgpipectl log\"");
	if (!in && errno == ENOENT && access(DEBUGFS "/kmsgpipe", F_OK))
		fail(STATUS_FAILED, "the log is in debugfs: run \"mount -t debugfs none %s\" as root",
		     DEBUGFS);
	if (!in)
		fail(status_of(errno), "%s: %s", path, strerror(errno));
	while (nr < ENTRIES_MAX && getline(&line, &size, in) >= 0) {
		entry_parse(&entries[nr++], line, pipe);
		line = NULL;
		size = 0;
	}
	free(line);
	fclose(in);
	return nr;
}

static int show_log(const struct verb *verb, int argc, char **argv)
{
	static struct entry entries[ENTRIES_MAX];
	struct table table = { .columns = log_columns };
	struct pipe *pipe = NULL;
	const struct opt *opt;
	struct pipes pipes;
	char path[128];
	size_t nr, i;

	while ((opt = opt_next(verb, argc, argv)))
		table_option(&table, opt, optarg);
	table_check(&table);
	pipes_load(&pipes);
	if (optind < argc) {
		pipe = pipe_find(&pipes, argv[optind]);
		if (!pipe) {
			pipes_free(&pipes);
			return STATUS_ABSENT;
		}
	}
	snprintf(path, sizeof(path), DEBUGFS "/kmsgpipe/%s%slog",
		 pipe ? pipe->id : "", pipe ? "/" : "");
	nr = log_read(entries, path, pipe ? pipe->id : NULL);
	table_print(&table, "log", entries, nr, sizeof(*entries));
	for (i = 0; i < nr; i++)
		free(entries[i].line);
	pipes_free(&pipes);
	return STATUS_OK;
}

static void log_help(void)
{
	table_help(log_columns, "all");
}

const struct verb verb_log = {
	.name = "log",
	.args = "[PIPE]",
	.max_args = 1,
	.summary = "tell the last operations, on one pipe or all; for root",
	.opts = { table_opts },
	.more_help = log_help,
	.run = show_log,
};
