// SPDX-License-Identifier: GPL-2.0
/* The verb recv: messages come out of a pipe. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "escape.h"
#include "interrupt.h"
#include "pipe.h"
#include "progress.h"
#include "verbs.h"

/* Memory for a batch of the longest messages. */
#define BATCH_BYTES	(16 * 1024 * 1024)

static const struct opt recv_opts[] = {
	{ "follow", 'f', NULL, "go on until the end of the pipe, or a signal",
	  NULL },
	{ "count", 'n', "NUMBER", "how many messages (1)", &legal_number },
	{ "timeout", 'w', "TIME", "how long to wait for each", &legal_timeout },
	{ "peek", 'p', NULL, "leave the message where it is", NULL },
	{ "json", 'J', NULL, "each as a line of JSON, with all that it carries",
	  NULL },
	{ "null", '0', NULL, "a NUL after each, instead of a line's end", NULL },
	{ "raw", 'r', NULL, "nothing after a message, and bytes as they are on a terminal too",
	  NULL },
	{ "batch", 'b', "NUMBER", "messages received at a time", &legal_batch },
	{ 0 }
};

/**
 * struct receiver - what receiving needs to know
 * @pipe: where from
 * @fd: its node
 * @info: how it was when it was opened
 * @left: how many messages are to come; UINT64_MAX: any number
 * @follow: --follow
 * @peek: --peek
 * @json: --json
 * @null: --null
 * @raw: --raw
 * @escape: for the eye: what is not printable is escaped
 * @batch: --batch
 * @timeout: --timeout
 * @buf: where messages go
 * @room: bytes there for each message of a batch
 * @entries: the batch
 */
struct receiver {
	const struct pipe *pipe;
	int fd;
	struct kmsgpipe_info info;
	uint64_t left;
	bool follow;
	bool peek;
	bool json;
	bool null;
	bool raw;
	bool escape;
	uint32_t batch;
	uint64_t timeout;
	char *buf;
	uint32_t room;
	struct kmsgpipe_message entries[KMSGPIPE_BATCH_MAX];
};

/*
 * Showing
 */

static void show_json(const struct kmsgpipe_message *m, const char *data)
{
	char sent[SHOW_MAX];

	printf("{\"seq\":%llu,\"priority\":%u,\"ttl_ms\":",
	       (unsigned long long)m->seq, m->prio);
	if (m->ttl_ms == KMSGPIPE_TTL_NEVER)
		fputs("null", stdout);
	else
		printf("%u", m->ttl_ms);
	printf(",\"pid\":%u,\"uid\":%u,\"sent\":\"%s\",\"bytes\":%u,",
	       m->pid, m->uid, show_utc(sent, m->sent_ns), m->len);
	if (is_utf8(data, m->len)) {
		fputs("\"data\":", stdout);
		escape_json(stdout, data, m->len);
	} else {
		fputs("\"base64\":\"", stdout);
		write_base64(stdout, data, m->len);
		putchar('"');
	}
	puts("}");
}

static void show(const struct receiver *r, const struct kmsgpipe_message *m,
		 const char *data)
{
	if (r->json) {
		show_json(m, data);
		return;
	}
	if (r->escape)
		escape_text(stdout, data, m->len);
	else
		fwrite(data, 1, m->len, stdout);
	if (r->null)
		putchar(0);
	else if (!r->raw && data[m->len - 1] != '\n')
		putchar('\n');
}

/*
 * What was received is out before the next call, which may wait. If it cannot be
 * written it is lost, unless it was only looked at.
 */
static void shown(const struct receiver *r, uint64_t messages, uint64_t bytes)
{
	char lost[80] = "";

	if (fflush(stdout) || ferror(stdout)) {
		if (!r->peek)
			snprintf(lost, sizeof(lost), ": up to %" PRIu64 " received %s were not written",
				 messages ? messages : bytes,
				 messages ? "messages" : "bytes");
		progress_end();
		fail(STATUS_FAILED, "standard output: %s%s", strerror(errno),
		     lost);
	}
	progress_add(messages, bytes);
}

/*
 * Receiving
 */

static void room_make(struct receiver *r, uint32_t room)
{
	if (room <= r->room)
		return;
	/* Cleared: valgrind does not see what the ioctls write. */
	free(r->buf);
	r->buf = need(calloc(r->batch, room));
	r->room = room;
}

/* Takes up to @nr messages. Return: how many, 0 at the end; -1 with errno. */
static int take(struct receiver *r, uint32_t nr)
{
	struct kmsgpipe_batch b = {
		.size = sizeof(b),
		.flags = r->timeout ? 0 : KMSGPIPE_IO_NONBLOCK,
		.entries = (uintptr_t)r->entries,
		.count = nr,
	};
	struct kmsgpipe_message *m = r->entries;
	uint32_t i;

	for (i = 0; i < nr; i++)
		m[i] = (struct kmsgpipe_message) {
			.size = sizeof(*m),
			.buf = (uintptr_t)r->buf + (size_t)i * r->room,
			.len = r->room,
		};
	if (r->batch > 1)
		return command_quiet(r->fd, KMSGPIPE_RECV_BATCH, &b) ?
		       -1 : (int)b.count;
	m->flags = b.flags | (r->peek ? KMSGPIPE_IO_PEEK : 0);
	if (command_quiet(r->fd, KMSGPIPE_RECV, m))
		return -1;
	return !!m->len;
}

/* The same; the message may be longer than the pipe now takes. */
static int take_any(struct receiver *r, uint32_t nr)
{
	int ret;

	do {
		ret = take(r, nr);
		if (ret < 0 && errno == EMSGSIZE)
			room_make(r, r->entries[0].len);
	} while (ret < 0 && errno == EMSGSIZE);
	return ret;
}

/* The end of it, before all that was asked for came, or when nothing was. */
static enum status ended(const struct receiver *r, int ret, int err, bool any)
{
	progress_end();
	interrupt_finish();
	if (r->follow && (ret == 0 || (any && (err == EAGAIN || err == EINTR))))
		return STATUS_OK;
	if (ret == 0)
		complain("%s: the end of the pipe came first", r->pipe->id);
	else if (err == EAGAIN)
		complain("%s: it is empty", r->pipe->id);
	else if (err == EINTR)
		complain("%s: nothing has come in time", r->pipe->id);
	else
		command_failed(r->pipe->id, err);
	return ret == 0 || err == EINTR ? STATUS_TIMEOUT : status_of(err);
}

static enum status recv_messages(struct receiver *r)
{
	bool any = false;
	uint64_t bytes;
	uint32_t nr;
	int ret, i;

	while (r->left) {
		nr = r->left < r->batch ? r->left : r->batch;
		interrupt_begin(r->timeout);
		ret = interrupt_asked() ? -1 : take_any(r, nr);
		if (ret <= 0)
			return ended(r, ret, errno, any);
		interrupt_end();
		for (i = 0, bytes = 0; i < ret; i++) {
			show(r, &r->entries[i],
			     r->buf + (size_t)i * r->room);
			bytes += r->entries[i].len;
		}
		shown(r, ret, bytes);
		any = true;
		if (!r->follow)
			r->left -= ret;
	}
	return STATUS_OK;
}

static enum status recv_stream(struct receiver *r)
{
	char buf[65536];
	bool any = false;
	ssize_t got;

	if (r->peek || r->json || r->null || r->batch > 1 ||
	    (r->left != 1 && !r->follow))
		usage_error("%s is in stream mode, and has no messages to be counted, separated or looked at",
			    r->pipe->id);
	do {
		interrupt_begin(r->timeout);
		errno = EINTR;
		got = interrupt_asked() ? -1 : read(r->fd, buf, sizeof(buf));
		if (got <= 0)
			return ended(r, got, errno, any);
		interrupt_end();
		if (r->escape)
			escape_text(stdout, buf, got);
		else
			fwrite(buf, 1, got, stdout);
		shown(r, 0, got);
		any = true;
	} while (r->follow);
	return STATUS_OK;
}

static void receiver_options(struct receiver *r, const struct verb *verb,
			     int argc, char **argv)
{
	const struct opt *opt;

	while ((opt = opt_next(verb, argc, argv))) {
		if (opt_is(opt, "follow"))
			r->follow = true;
		else if (opt_is(opt, "count"))
			r->left = parse_option(opt->name, optarg, opt->legal);
		else if (opt_is(opt, "timeout"))
			r->timeout = parse_option(opt->name, optarg,
						  opt->legal);
		else if (opt_is(opt, "peek"))
			r->peek = true;
		else if (opt_is(opt, "json"))
			r->json = true;
		else if (opt_is(opt, "null"))
			r->null = true;
		else if (opt_is(opt, "raw"))
			r->raw = true;
		else if (opt_is(opt, "batch"))
			r->batch = parse_option(opt->name, optarg, opt->legal);
	}
	if (r->follow && r->left)
		usage_error("--follow and --count exclude each other");
	if (r->peek && (r->follow || r->left > 1 || r->batch > 1))
		usage_error("--peek is for one message, the next");
	if (r->json + r->null + r->raw > 1)
		usage_error("--json, --null and --raw exclude each other");
	if (!r->left)
		r->left = r->follow ? UINT64_MAX : 1;
	r->escape = isatty(STDOUT_FILENO) && !r->raw;
}

static enum status recv_all(struct receiver *r)
{
	enum status status;
	uint32_t fit;

	interrupt_catch();
	interrupt_begin(r->timeout);
	r->fd = pipe_open(r->pipe, O_RDONLY | (r->timeout ? 0 : O_NONBLOCK),
			  &r->info);
	if (r->fd < 0 && errno != EINTR)
		return status_of(errno);
	if (r->fd < 0) {
		interrupt_finish();
		complain("%s: nobody has opened it for writing in time",
			 r->pipe->id);
		return STATUS_TIMEOUT;
	}
	interrupt_end();

	/* Nobody knows how much there will be. */
	progress_begin(0, STDOUT_FILENO);
	if (r->info.mode == KMSGPIPE_MODE_STREAM) {
		status = recv_stream(r);
	} else {
		fit = BATCH_BYTES / r->info.msg_size;
		if (r->batch > fit)
			r->batch = fit;
		room_make(r, r->info.msg_size);
		status = recv_messages(r);
	}
	progress_end();
	free(r->buf);
	close(r->fd);
	interrupt_finish();
	return status;
}

static int recv(const struct verb *verb, int argc, char **argv)
{
	struct receiver r = { .batch = 1, .timeout = TIMEOUT_NEVER };
	enum status status = STATUS_ABSENT;
	struct pipes pipes;

	receiver_options(&r, verb, argc, argv);
	output_needed();
	pipes_load(&pipes);
	r.pipe = pipe_find(&pipes, argv[optind]);
	if (r.pipe)
		status = recv_all(&r);
	pipes_free(&pipes);
	return status;
}

const struct verb verb_recv = {
	.name = "recv",
	.args = "PIPE",
	.min_args = 1,
	.max_args = 1,
	.summary = "receive messages, and print them",
	.text = "Receives one message, and waits for it, unless told otherwise. A line's end is\n"
		"printed after a message that has none. On a terminal, what is not printable is\n"
		"shown as \\xNN; a pipe or file gets the bytes as they are.\n"
		"From a pipe in stream mode one read is printed, or with --follow all.\n",
	.opts = { recv_opts },
	.run = recv,
};
