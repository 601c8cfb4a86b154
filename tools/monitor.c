// SPDX-License-Identifier: GPL-2.0
/* The verb monitor: what goes through pipes, a line for each interval. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "colour.h"
#include "columns.h"
#include "error.h"
#include "escape.h"
#include "pipe.h"
#include "util.h"
#include "verbs.h"

/* Lines after which a terminal gets the headings again. */
#define HEADINGS_EVERY	20

static const struct legal interval = { KIND_TIME, 10, 86400000, NULL };

static const struct opt monitor_opts[] = {
	{ "interval", 'i', "TIME", "how often (1s)", &interval },
	{ "count", 'c', "NUMBER", "how many times", &legal_number },
	{ "json", 'J', NULL, "each line as an object of JSON", NULL },
	{ "noheadings", 'n', NULL, "without the line of headings", NULL },
	{ 0 }
};

/*
 * A column: the sum of @nr fields, as it is or, for a @rate, what it has grown by
 * in a second.
 */
static const struct {
	const char *heading;
	const char *json;
	int width;
	bool rate;
	enum field fields[3];
	int nr;
} columns[] = {
	{ "MSGS", "messages", 6, false, { FIELD_MESSAGES }, 1 },
	{ "BYTES", "bytes", 7, false, { FIELD_BYTES }, 1 },
	{ "RWAIT", "waiting_readers", 5, false, { FIELD_WAITING_READERS }, 1 },
	{ "WWAIT", "waiting_writers", 5, false, { FIELD_WAITING_WRITERS }, 1 },
	{ "SENT/s", "sent_per_s", 8, true, { FIELD_SENT }, 1 },
	{ "RECV/s", "received_per_s", 8, true, { FIELD_RECEIVED }, 1 },
	{ "IN/s", "bytes_sent_per_s", 7, true, { FIELD_BYTES_SENT }, 1 },
	{ "OUT/s", "bytes_received_per_s", 7, true,
	  { FIELD_BYTES_RECEIVED }, 1 },
	{ "DROP/s", "dropped_per_s", 7, true,
	  { FIELD_EXPIRED, FIELD_TRUNCATED, FIELD_CLEARED }, 3 },
	{ "WAKE/s", "wakeups_per_s", 7, true,
	  { FIELD_READER_WAKEUPS, FIELD_WRITER_WAKEUPS }, 2 },
};

/* What was counted at one moment. */
struct sample {
	struct timespec when;
	struct pipes pipes;
};

struct monitor {
	uint64_t interval_ms;
	uint64_t count;
	bool json;
	bool noheadings;
	unsigned int lines;
	size_t id_width;
};

static uint64_t value(struct pipe *pipe, size_t column)
{
	uint64_t sum = 0, one;
	int i;

	for (i = 0; i < columns[column].nr; i++)
		if (pipe_field(pipe, columns[column].fields[i], &one))
			sum += one;
	return sum;
}

static bool is_bytes(size_t column)
{
	return strstr(columns[column].json, "bytes");
}

/* Takes the numbers of the pipes that were asked for and are still there. */
static void sample_take(struct sample *s, int nr, char **args)
{
	size_t i, j;

	pipes_load(&s->pipes);
	pipes_select(&s->pipes, nr, args);
	for (i = 0; i < s->pipes.nr; i++)
		for (j = 0; j < ARRAY_SIZE(columns); j++)
			value(&s->pipes.pipe[i], j);
	clock_gettime(CLOCK_MONOTONIC, &s->when);
}

/* The same pipe in an earlier sample; one that was replaced is another one. */
static struct pipe *before(struct sample *s, const struct pipe *pipe)
{
	struct pipe *old;
	size_t i;

	for (i = 0; i < s->pipes.nr; i++) {
		old = &s->pipes.pipe[i];
		if (old->index == pipe->index && !strcmp(old->name, pipe->name))
			return old;
	}
	return NULL;
}

static double rate(struct pipe *old, struct pipe *pipe, size_t column,
		   double seconds)
{
	uint64_t was = old ? value(old, column) : 0, is = value(pipe, column);

	return is > was ? (is - was) / seconds : 0;
}

static void headings(struct monitor *m)
{
	size_t i;

	if (m->noheadings || m->json)
		return;
	colour(COLOUR_STRONG);
	printf("%-*s", (int)m->id_width, "PIPE");
	for (i = 0; i < ARRAY_SIZE(columns); i++)
		printf(" %*s", columns[i].width, columns[i].heading);
	colour(COLOUR_NONE);
	putchar('\n');
	m->lines = 0;
}

static void print_text(struct monitor *m, struct pipe *old, struct pipe *pipe,
		       double seconds)
{
	char buf[SHOW_MAX];
	double number;
	size_t i;

	if (m->lines == HEADINGS_EVERY && isatty(STDOUT_FILENO))
		headings(m);
	m->lines++;
	colour(pipe_colour(pipe));
	printf("%-*s", (int)m->id_width, *pipe->name ? pipe->name : pipe->id);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		number = columns[i].rate ? rate(old, pipe, i, seconds) :
					   value(pipe, i);
		if (is_bytes(i))
			show_bytes(buf, number + 0.5);
		else
			snprintf(buf, sizeof(buf), "%.0f", number);
		printf(" %*s", columns[i].width, buf);
	}
	colour(COLOUR_NONE);
	putchar('\n');
}

static void print_json(struct pipe *old, struct pipe *pipe, double seconds)
{
	struct timespec now;
	char time[SHOW_MAX];
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	show_utc(time, now.tv_sec * UINT64_C(1000000000) + now.tv_nsec);
	printf("{\"time\":\"%s\",\"pipe\":\"%s\",\"name\":", time,
	       pipe->id);
	if (*pipe->name)
		escape_json(stdout, pipe->name, strlen(pipe->name));
	else
		fputs("null", stdout);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		printf(",\"%s\":", columns[i].json);
		if (columns[i].rate)
			printf("%.1f", rate(old, pipe, i, seconds));
		else
			printf("%" PRIu64, value(pipe, i));
	}
	puts("}");
}

/* Wide enough from now on for the longest name. */
static void widen(struct monitor *m, const struct pipes *pipes)
{
	const struct pipe *pipe;
	size_t i, width;

	for (i = 0; i < pipes->nr; i++) {
		pipe = &pipes->pipe[i];
		width = strlen(*pipe->name ? pipe->name : pipe->id);
		if (width > m->id_width)
			m->id_width = width;
	}
}

/* Before the next wait. */
static void flush(void)
{
	if (fflush(stdout))
		fail(STATUS_FAILED, "standard output: %s", strerror(errno));
}

static void print(struct monitor *m, struct sample *old, struct sample *new)
{
	double seconds = new->when.tv_sec - old->when.tv_sec +
			 (new->when.tv_nsec - old->when.tv_nsec) / 1e9;
	struct pipe *pipe;
	size_t i;

	widen(m, &new->pipes);
	for (i = 0; i < new->pipes.nr; i++) {
		pipe = &new->pipes.pipe[i];
		if (m->json)
			print_json(before(old, pipe), pipe, seconds);
		else
			print_text(m, before(old, pipe), pipe, seconds);
	}
	flush();
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec ||
	       (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/*
 * The next moment of a steady beat. Those that are over, because the program was
 * stopped or nobody took its lines, are left out.
 */
static void wait_until(struct timespec *next, uint64_t ms)
{
	struct timespec now;

	next->tv_nsec += ms % 1000 * 1000000;
	next->tv_sec += ms / 1000 + next->tv_nsec / 1000000000;
	next->tv_nsec %= 1000000000;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (is_before(next, &now))
		*next = now;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL) ==
	       EINTR)
		;
}

static int monitor(const struct verb *verb, int argc, char **argv)
{
	struct monitor m = { .interval_ms = 1000, .count = UINT64_MAX };
	struct sample old, new;
	const struct opt *opt;
	struct timespec next;

	while ((opt = opt_next(verb, argc, argv))) {
		if (opt_is(opt, "interval"))
			m.interval_ms = parse_option(opt->name, optarg,
						     opt->legal);
		else if (opt_is(opt, "count"))
			m.count = parse_option(opt->name, optarg, opt->legal);
		else if (opt_is(opt, "json"))
			m.json = true;
		else
			m.noheadings = true;
	}
	m.id_width = strlen("kmsgpipe0");
	sample_take(&old, argc - optind, argv + optind);
	next = old.when;
	widen(&m, &old.pipes);
	headings(&m);
	flush();
	for (; m.count; m.count--) {
		wait_until(&next, m.interval_ms);
		sample_take(&new, argc - optind, argv + optind);
		print(&m, &old, &new);
		pipes_free(&old.pipes);
		old = new;
	}
	pipes_free(&old.pipes);
	return STATUS_OK;
}

static void monitor_help(void)
{
	puts("\nColumns:");
	help_line("MSGS, BYTES", "queued now");
	help_line("RWAIT, WWAIT", "calls asleep for want of a message, and of room");
	help_line("SENT/s, RECV/s", "messages in a second");
	help_line("IN/s, OUT/s", "bytes sent and received in a second");
	help_line("DROP/s", "messages that expired, were truncated or cleared");
	help_line("WAKE/s", "times that somebody who waited was woken");
}

const struct verb verb_monitor = {
	.name = "monitor",
	.args = "[PIPE]...",
	.max_args = -1,
	.summary = "print a line for each pipe and interval, as vmstat does",
	.opts = { monitor_opts },
	.more_help = monitor_help,
	.run = monitor,
};
