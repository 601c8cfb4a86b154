// SPDX-License-Identifier: GPL-2.0
/* The verb send: messages go into a pipe. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "interrupt.h"
#include "pipe.h"
#include "progress.h"
#include "records.h"
#include "verbs.h"

static const struct legal priority = { KIND_COUNT, 0, KMSGPIPE_PRIO_MAX, NULL };

static const struct opt send_opts[] = {
	{ "file", 'f', "FILE", "one message: all of FILE (-: standard input)",
	  NULL },
	{ "null", '0', NULL, "messages on standard input end with a NUL", NULL },
	{ "priority", 'p', "NUMBER", "higher ones are read first", &priority },
	{ "ttl", 't', "TIME", "life of the messages", &legal_ttl },
	{ "batch", 'b', "NUMBER", "messages from standard input sent at a time",
	  &legal_batch },
	{ "timeout", 'w', "TIME", "how long to wait for room", &legal_timeout },
	{ 0 }
};

/**
 * struct sender - what sending needs to know
 * @pipe: where to
 * @fd: its node
 * @info: how it was when it was opened, or a message was too long
 * @file: --file
 * @null: --null
 * @prio: --priority
 * @ttl_ms: --ttl; 0: the pipe's
 * @batch: --batch
 * @timeout: --timeout
 * @entries: the batch that is being filled
 * @count: entries there
 * @sent: messages that went, or in stream mode bytes
 */
struct sender {
	const struct pipe *pipe;
	int fd;
	struct kmsgpipe_info info;
	const char *file;
	bool null;
	uint32_t prio;
	uint32_t ttl_ms;
	uint32_t batch;
	uint64_t timeout;
	struct kmsgpipe_message entries[KMSGPIPE_BATCH_MAX];
	uint32_t count;
	uint64_t sent;
};

/* The most that one message may be. */
static uint32_t most(const struct sender *s)
{
	return s->info.msg_size < s->info.max_bytes ? s->info.msg_size :
	       s->info.max_bytes;
}

/* Whether it may be that long, also if the limits have changed meanwhile. */
static bool fits(struct sender *s, size_t len)
{
	struct kmsgpipe_info info = { .size = sizeof(info) };

	if (len > most(s) && !command_quiet(s->fd, KMSGPIPE_GET_INFO, &info))
		s->info = info;
	return len <= most(s);
}

__attribute__((noreturn))
static void failed(struct sender *s, int err, size_t len)
{
	unsigned long long sent = s->sent;

	progress_end();
	switch (err) {
	case EINTR:
	case EAGAIN:
		fail(STATUS_TIMEOUT, "%s: it is full%s: %llu sent before",
		     s->pipe->id,
		     err == EINTR ? ", and nobody has made room in time" : "",
		     sent);
	case EMSGSIZE:
		/* What is there now. */
		fits(s, SIZE_MAX);
		fail(STATUS_FAILED, "%s: a message of %zu bytes is too long: up to %u fit: %llu sent before",
		     s->pipe->id, len, most(s), sent);
	case ENOSPC:
		fail(STATUS_FAILED, "%s: all pipes together hold as much as they may: see /sys/module/kmsgpipe/parameters/total_bytes: %llu sent before",
		     s->pipe->id, sent);
	case EPIPE:
		fail(STATUS_FAILED, "%s: nobody has it open for reading any more: %llu sent before",
		     s->pipe->id, sent);
	}
	command_failed(s->pipe->id, err);
	exit(status_of(err));
}

static struct kmsgpipe_message message(const struct sender *s, const char *data,
				       size_t len)
{
	return (struct kmsgpipe_message) {
		.size = sizeof(struct kmsgpipe_message),
		.buf = (uintptr_t)data,
		.len = len,
		.prio = s->prio,
		.ttl_ms = s->ttl_ms,
	};
}

static void send_one(struct sender *s, const char *data, size_t len)
{
	struct kmsgpipe_message m = message(s, data, len);
	int ret;

	if (!fits(s, len))
		failed(s, EMSGSIZE, len);
	if (!s->timeout)
		m.flags = KMSGPIPE_IO_NONBLOCK;
	else
		interrupt_begin(s->timeout);
	ret = command_quiet(s->fd, KMSGPIPE_SEND, &m);
	if (ret)
		failed(s, errno, len);
	interrupt_end();
	s->sent++;
	progress_add(1, len);
}

/* Sends what is in the batch, in as many calls as it takes. */
static void batch_send(struct sender *s)
{
	struct kmsgpipe_batch b;
	uint32_t done, i;

	for (done = 0; done < s->count; done += b.count) {
		b = (struct kmsgpipe_batch) {
			.size = sizeof(b),
			.flags = s->timeout ? 0 : KMSGPIPE_IO_NONBLOCK,
			.entries = (uintptr_t)&s->entries[done],
			.count = s->count - done,
		};
		if (s->timeout)
			interrupt_begin(s->timeout);
		if (command_quiet(s->fd, KMSGPIPE_SEND_BATCH, &b))
			failed(s, errno, s->entries[done].len);
		interrupt_end();
		s->sent += b.count;
		for (i = done; i < done + b.count; i++)
			progress_add(1, s->entries[i].len);
	}
	s->count = 0;
}

static void batch_add(struct sender *s, const char *data, size_t len)
{
	if (!fits(s, len)) {
		/* Those before it are good. */
		batch_send(s);
		failed(s, EMSGSIZE, len);
	}
	s->entries[s->count++] = message(s, data, len);
	if (s->count == s->batch)
		batch_send(s);
}

/* Sends each record; what is there goes before more is waited for. */
static void send_records(struct sender *s)
{
	struct records records = {
		.fd = STDIN_FILENO,
		.what = "standard input",
		.end = s->null ? 0 : '\n',
	};
	size_t len;
	char *data;

	while (records_fill(&records)) {
		while (records_next(&records, &data, &len)) {
			/* There are no empty messages. */
			if (!len)
				continue;
			if (s->batch > 1)
				batch_add(s, data, len);
			else
				send_one(s, data, len);
		}
		batch_send(s);
	}
	records_free(&records);
}

/* To a stream, all of a buffer. */
static void write_all(struct sender *s, const char *data, size_t len)
{
	ssize_t done;

	while (len) {
		interrupt_begin(s->timeout);
		done = write(s->fd, data, len);
		if (done < 0)
			failed(s, errno, len);
		interrupt_end();
		s->sent += done;
		progress_add(0, done);
		data += done;
		len -= done;
	}
}

static void write_file(struct sender *s, int in, const char *what)
{
	char buf[65536];
	ssize_t got;

	while ((got = read(in, buf, sizeof(buf)))) {
		if (got < 0)
			fail(STATUS_FAILED, "%s: %s", what, strerror(errno));
		write_all(s, buf, got);
	}
}

static int file_open(const char *name)
{
	int fd;

	if (!strcmp(name, "-"))
		return STDIN_FILENO;
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(STATUS_FAILED, "%s: %s", name, strerror(errno));
	return fd;
}

/* All of a file as one message, which is refused before it is all in memory. */
static void send_file(struct sender *s)
{
	size_t room = (size_t)most(s) + 1, len = 0;
	int in = file_open(s->file);
	char *buf = need(malloc(room));
	ssize_t got;

	while (len < room && (got = read(in, buf + len, room - len))) {
		if (got < 0)
			fail(STATUS_FAILED, "%s: %s", s->file, strerror(errno));
		len += got;
	}
	if (len == room)
		fail(STATUS_FAILED, "%s is longer than a message on %s may be: up to %" PRIu32 " bytes",
		     s->file, s->pipe->id, most(s));
	if (!len)
		fail(STATUS_FAILED, "%s is empty, and there are no empty messages",
		     s->file);
	send_one(s, buf, len);
	free(buf);
	close(in);
}

static void send_stream(struct sender *s, int nr, char **args)
{
	int i, in;

	if (s->null || s->prio || s->ttl_ms || s->batch > 1)
		usage_error("%s is in stream mode, and has no messages to be separated, or to have a priority or a life",
			    s->pipe->id);
	if (!nr) {
		in = file_open(s->file ? s->file : "-");
		write_file(s, in, s->file ? s->file : "standard input");
		close(in);
	}
	for (i = 0; i < nr; i++)
		write_all(s, args[i], strlen(args[i]));
}

static void send_messages(struct sender *s, int nr, char **args)
{
	int i;

	/* All or none, as far as can be seen. */
	for (i = 0; i < nr; i++) {
		if (!*args[i])
			fail(STATUS_USAGE, "there are no empty messages");
		if (!fits(s, strlen(args[i])))
			failed(s, EMSGSIZE, strlen(args[i]));
	}
	for (i = 0; i < nr; i++)
		send_one(s, args[i], strlen(args[i]));
	if (!nr && s->file)
		send_file(s);
	else if (!nr)
		send_records(s);
}

static void sender_options(struct sender *s, const struct verb *verb, int argc,
			   char **argv)
{
	const struct opt *opt;

	while ((opt = opt_next(verb, argc, argv))) {
		if (opt_is(opt, "file"))
			s->file = optarg;
		else if (opt_is(opt, "null"))
			s->null = true;
		else if (opt_is(opt, "priority"))
			s->prio = parse_option(opt->name, optarg, opt->legal);
		else if (opt_is(opt, "ttl"))
			s->ttl_ms = parse_option(opt->name, optarg, opt->legal);
		else if (opt_is(opt, "batch"))
			s->batch = parse_option(opt->name, optarg, opt->legal);
		else if (opt_is(opt, "timeout"))
			s->timeout = parse_option(opt->name, optarg,
						  opt->legal);
	}
	if (s->file && argc - optind > 1)
		usage_error("send takes messages or --file, not both");
	if ((s->null || s->batch > 1) && (s->file || argc - optind > 1))
		usage_error("--%s is for messages on standard input",
			    s->null ? "null" : "batch");
}

/* Whether what is sent is in a file, not on standard input. */
static bool from_file(const struct sender *s)
{
	return s->file && strcmp(s->file, "-");
}

/* Bytes that will go through, for progress; 0: nobody knows. */
static uint64_t total_bytes(const struct sender *s)
{
	struct stat st;

	if (from_file(s) ? stat(s->file, &st) : fstat(STDIN_FILENO, &st))
		return 0;
	return S_ISREG(st.st_mode) ? st.st_size : 0;
}

static enum status send_all(struct sender *s, int nr, char **args)
{
	/* An error to be told, not the end of the program. */
	signal(SIGPIPE, SIG_IGN);
	if (s->timeout)
		interrupt_begin(s->timeout);
	s->fd = pipe_open(s->pipe, O_WRONLY | (s->timeout ? 0 : O_NONBLOCK),
			  &s->info);
	if (s->fd < 0 && errno == EINTR)
		complain("%s: nobody has opened it for reading in time",
			 s->pipe->id);
	if (s->fd < 0)
		return errno == ENXIO || errno == EINTR ? STATUS_TIMEOUT :
		       status_of(errno);
	interrupt_end();

	progress_begin(nr ? 0 : total_bytes(s),
		       nr || from_file(s) ? -1 : STDIN_FILENO);
	if (s->info.mode == KMSGPIPE_MODE_STREAM)
		send_stream(s, nr, args);
	else
		send_messages(s, nr, args);
	progress_end();
	close(s->fd);
	return STATUS_OK;
}

static int send(const struct verb *verb, int argc, char **argv)
{
	struct sender s = { .batch = 1, .timeout = TIMEOUT_NEVER };
	enum status status = STATUS_ABSENT;
	struct pipes pipes;

	sender_options(&s, verb, argc, argv);
	pipes_load(&pipes);
	s.pipe = pipe_find(&pipes, argv[optind]);
	if (s.pipe)
		status = send_all(&s, argc - optind - 1, argv + optind + 1);
	pipes_free(&pipes);
	return status;
}

const struct verb verb_send = {
	.name = "send",
	.args = "PIPE [MESSAGE]...",
	.min_args = 1,
	.max_args = -1,
	.summary = "send messages: arguments, a file, or the lines of standard input",
	.text = "None of the arguments is sent if one is empty or too long. A line is sent\n"
		"without its end, and empty lines are left out. Waits while the pipe is full.\n"
		"To a pipe in stream mode all goes as it is.\n",
	.opts = { send_opts },
	.run = send,
};
