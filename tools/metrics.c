// SPDX-License-Identifier: GPL-2.0
/* The verb metrics: numbers for Prometheus. */

#include <inttypes.h>
#include <stdio.h>

#include "error.h"
#include "escape.h"
#include "pipe.h"
#include "util.h"
#include "verbs.h"

static const struct opt no_opts[] = {
	{ 0 }
};

/* Names as Prometheus wants them: base units, and _total for what only grows. */
static const struct {
	const char *name;
	const char *type;
	const char *help;
	enum field field;
	unsigned int divisor;
} metrics[] = {
	{ "queued_messages", "gauge", "Messages queued.", FIELD_MESSAGES, 1 },
	{ "queued_bytes", "gauge", "Bytes queued.", FIELD_BYTES, 1 },
	{ "limit_messages", "gauge", "Messages that the pipe holds.",
	  FIELD_MAX_MSGS, 1 },
	{ "limit_bytes", "gauge", "Bytes that the pipe holds.",
	  FIELD_MAX_BYTES, 1 },
	{ "limit_message_bytes", "gauge", "Bytes in the longest message.",
	  FIELD_MSG_SIZE, 1 },
	{ "ttl_seconds", "gauge", "Life of a message, 0 for ever.",
	  FIELD_TTL_MS, 1000 },
	{ "readers", "gauge", "Files open for reading.", FIELD_READERS, 1 },
	{ "writers", "gauge", "Files open for writing.", FIELD_WRITERS, 1 },
	{ "open_files", "gauge", "Files open.", FIELD_FILES, 1 },
	{ "waiting_readers", "gauge", "Calls asleep for want of a message.",
	  FIELD_WAITING_READERS, 1 },
	{ "waiting_writers", "gauge", "Calls asleep for want of room.",
	  FIELD_WAITING_WRITERS, 1 },
	{ "sent_messages_total", "counter", "Messages queued.", FIELD_SENT, 1 },
	{ "received_messages_total", "counter", "Messages delivered.",
	  FIELD_RECEIVED, 1 },
	{ "sent_bytes_total", "counter", "Bytes queued.", FIELD_BYTES_SENT, 1 },
	{ "received_bytes_total", "counter", "Bytes delivered.",
	  FIELD_BYTES_RECEIVED, 1 },
	{ "expired_messages_total", "counter",
	  "Messages dropped because their time was over.", FIELD_EXPIRED, 1 },
	{ "truncated_messages_total", "counter",
	  "Messages dropped because limits became less.", FIELD_TRUNCATED, 1 },
	{ "cleared_messages_total", "counter",
	  "Messages dropped on request.", FIELD_CLEARED, 1 },
	{ "reader_wakeups_total", "counter",
	  "Times that a sleeping reader was woken.", FIELD_READER_WAKEUPS, 1 },
	{ "writer_wakeups_total", "counter",
	  "Times that a sleeping writer was woken.", FIELD_WRITER_WAKEUPS, 1 },
	{ "faults_total", "counter",
	  "Times that a page was missing in a small read or write.",
	  FIELD_FAULTS, 1 },
	{ "peak_messages", "gauge", "Most messages queued at a time.",
	  FIELD_PEAK_MESSAGES, 1 },
	{ "peak_bytes", "gauge", "Most bytes queued at a time.",
	  FIELD_PEAK_BYTES, 1 },
	{ "last_cleanup_timestamp_seconds", "gauge",
	  "When expired messages were trimmed last, 0 for never.",
	  FIELD_LAST_CLEANUP_NS, 1000000000 },
};

static void head(const char *name, const char *type, const char *help)
{
	printf("# HELP kmsgpipe_%s %s\n# TYPE kmsgpipe_%s %s\n", name, help,
	       name, type);
}

static void labels(const struct pipe *pipe)
{
	fputs("pipe=", stdout);
	escape_label(stdout, pipe->id);
	fputs(",name=", stdout);
	escape_label(stdout, pipe->name);
}

/* @value / @divisor, without loss. */
static void print_value(uint64_t value, unsigned int divisor)
{
	unsigned int digits = 0, d;

	for (d = divisor; d > 1; d /= 10)
		digits++;
	if (value % divisor)
		printf("%" PRIu64 ".%0*" PRIu64, value / divisor, digits,
		       value % divisor);
	else
		printf("%" PRIu64, value / divisor);
}

static void print_info(const struct pipes *pipes)
{
	const struct pipe *pipe;
	size_t i;

	head("pipe_info", "gauge", "What a pipe is; always 1.");
	for (i = 0; i < pipes->nr; i++) {
		pipe = &pipes->pipe[i];
		fputs("kmsgpipe_pipe_info{", stdout);
		labels(pipe);
		fputs(",mode=", stdout);
		escape_label(stdout, pipe->mode);
		fputs(",eof=", stdout);
		escape_label(stdout, pipe->eof);
		puts("} 1");
	}
}

static int print_metrics(const struct verb *verb, int argc, char **argv)
{
	struct pipes pipes;
	uint64_t value;
	size_t i, j;

	while (opt_next(verb, argc, argv))
		;
	pipes_load(&pipes);
	pipes_select(&pipes, argc - optind, argv + optind);
	head("pipes", "gauge", "Pipes shown here.");
	printf("kmsgpipe_pipes %zu\n", pipes.nr);
	print_info(&pipes);
	for (i = 0; i < ARRAY_SIZE(metrics); i++) {
		head(metrics[i].name, metrics[i].type, metrics[i].help);
		for (j = 0; j < pipes.nr; j++) {
			if (!pipe_field(&pipes.pipe[j], metrics[i].field,
					&value))
				continue;
			printf("kmsgpipe_%s{", metrics[i].name);
			labels(&pipes.pipe[j]);
			fputs("} ", stdout);
			print_value(value, metrics[i].divisor);
			putchar('\n');
		}
	}
	pipes_free(&pipes);
	return STATUS_OK;
}

const struct verb verb_metrics = {
	.name = "metrics",
	.args = "[PIPE]...",
	.max_args = -1,
	.summary = "print the numbers of pipes for Prometheus",
	.text = "For node_exporter's textfile collector, or anything that serves a file.\n",
	.opts = { no_opts },
	.run = print_metrics,
};
