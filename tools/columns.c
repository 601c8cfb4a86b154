// SPDX-License-Identifier: GPL-2.0
/* What there is to tell of a pipe. */

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "columns.h"

/* From here on, in percent, a pipe is shown as nearly full. */
#define FULL_WARN	80

enum text {
	TEXT_ID,
	TEXT_NAME,
	TEXT_PATH,
	TEXT_MODE,
	TEXT_EOF,
};

enum owner {
	OWNER_USER,
	OWNER_GROUP,
	OWNER_PERM,
};

static void cell_text(struct cell *cell, const char *text)
{
	cell->known = *text;
	snprintf(cell->text, sizeof(cell->text), "%.*s",
		 (int)sizeof(cell->text) - 1, text);
}

static void get_text(void *row, int arg, struct cell *cell)
{
	const struct pipe *pipe = row;
	const char * const texts[] = {
		[TEXT_ID] = pipe->id,
		[TEXT_NAME] = pipe->name,
		[TEXT_PATH] = pipe->path,
		[TEXT_MODE] = pipe->mode,
		[TEXT_EOF] = pipe->eof,
	};

	cell_text(cell, texts[arg]);
}

static void get_index(void *row, int arg, struct cell *cell)
{
	const struct pipe *pipe = row;

	(void)arg;
	cell->known = true;
	cell->number = pipe->index;
}

static void get_field(void *row, int arg, struct cell *cell)
{
	cell->known = pipe_field(row, arg, &cell->number);
}

static void get_full(void *row, int arg, struct cell *cell)
{
	(void)arg;
	cell->known = pipe_full(row, &cell->number);
}

static void get_owner(void *row, int arg, struct cell *cell)
{
	const struct pipe *pipe = row;
	const struct passwd *user;
	const struct group *group;
	char text[32];
	struct stat st;

	if (stat(pipe->path, &st))
		return;
	switch (arg) {
	case OWNER_USER:
		user = getpwuid(st.st_uid);
		snprintf(text, sizeof(text), "%u", st.st_uid);
		cell_text(cell, user ? user->pw_name : text);
		break;
	case OWNER_GROUP:
		group = getgrgid(st.st_gid);
		snprintf(text, sizeof(text), "%u", st.st_gid);
		cell_text(cell, group ? group->gr_name : text);
		break;
	case OWNER_PERM:
		snprintf(text, sizeof(text), "%04o", st.st_mode & 07777);
		cell_text(cell, text);
	}
}

const struct column pipe_columns[] = {
	{ "pipe", COLUMN_TEXT, "kmsgpipeN", get_text, TEXT_ID },
	{ "index", COLUMN_COUNT, "the N", get_index, 0 },
	{ "name", COLUMN_TEXT, "its name", get_text, TEXT_NAME },
	{ "path", COLUMN_TEXT, "its node", get_text, TEXT_PATH },
	{ "owner", COLUMN_TEXT, "owner of the node", get_owner, OWNER_USER },
	{ "group", COLUMN_TEXT, "group of the node", get_owner, OWNER_GROUP },
	{ "perm", COLUMN_TEXT, "permissions of the node", get_owner,
	  OWNER_PERM },
	{ "mode", COLUMN_TEXT, "message or stream", get_text, TEXT_MODE },
	{ "eof", COLUMN_TEXT, "what a read of the empty pipe does: never (wait), empty (end of file) or hangup (wait for the last writer)",
	  get_text, TEXT_EOF },
	{ "messages", COLUMN_COUNT, "messages queued", get_field,
	  FIELD_MESSAGES },
	{ "max_msgs", COLUMN_COUNT, "messages it holds", get_field,
	  FIELD_MAX_MSGS },
	{ "bytes", COLUMN_BYTES, "bytes queued", get_field, FIELD_BYTES },
	{ "max_bytes", COLUMN_BYTES, "bytes it holds", get_field,
	  FIELD_MAX_BYTES },
	{ "full", COLUMN_COUNT, "how full it is, in percent, of messages or bytes, whichever is more",
	  get_full, 0 },
	{ "msg_size", COLUMN_BYTES, "the longest message", get_field,
	  FIELD_MSG_SIZE },
	{ "ttl_ms", COLUMN_TTL, "life of a message", get_field, FIELD_TTL_MS },
	{ "cleanup_enabled", COLUMN_BOOL, "whether expired messages are dropped by themselves",
	  get_field, FIELD_CLEANUP_ENABLED },
	{ "cleanup_interval_ms", COLUMN_TIME, "how often", get_field,
	  FIELD_CLEANUP_INTERVAL_MS },
	{ "last_cleanup_ns", COLUMN_DATE, "when it was done last", get_field,
	  FIELD_LAST_CLEANUP_NS },
	{ "readers", COLUMN_COUNT, "files open for reading", get_field,
	  FIELD_READERS },
	{ "writers", COLUMN_COUNT, "files open for writing", get_field,
	  FIELD_WRITERS },
	{ "files", COLUMN_COUNT, "files open", get_field, FIELD_FILES },
	{ "waiting_readers", COLUMN_COUNT, "calls asleep for want of a message",
	  get_field, FIELD_WAITING_READERS },
	{ "waiting_writers", COLUMN_COUNT, "calls asleep for want of room",
	  get_field, FIELD_WAITING_WRITERS },
	{ "sent", COLUMN_COUNT, "messages queued so far", get_field,
	  FIELD_SENT },
	{ "received", COLUMN_COUNT, "messages delivered", get_field,
	  FIELD_RECEIVED },
	{ "bytes_sent", COLUMN_BYTES, "bytes queued so far", get_field,
	  FIELD_BYTES_SENT },
	{ "bytes_received", COLUMN_BYTES, "bytes delivered", get_field,
	  FIELD_BYTES_RECEIVED },
	{ "expired", COLUMN_COUNT, "messages dropped because their time was over",
	  get_field, FIELD_EXPIRED },
	{ "truncated", COLUMN_COUNT, "messages dropped by set --truncate",
	  get_field, FIELD_TRUNCATED },
	{ "cleared", COLUMN_COUNT, "messages dropped by clear", get_field,
	  FIELD_CLEARED },
	{ "reader_wakeups", COLUMN_COUNT, "times that a sleeping reader was woken",
	  get_field, FIELD_READER_WAKEUPS },
	{ "writer_wakeups", COLUMN_COUNT, "times that a sleeping writer was woken",
	  get_field, FIELD_WRITER_WAKEUPS },
	{ "faults", COLUMN_COUNT, "times that a page was missing in a small read or write",
	  get_field, FIELD_FAULTS },
	{ "peak_messages", COLUMN_COUNT, "most messages queued at a time",
	  get_field, FIELD_PEAK_MESSAGES },
	{ "peak_bytes", COLUMN_BYTES, "most bytes queued at a time", get_field,
	  FIELD_PEAK_BYTES },
	{ 0 }
};

const struct column *pipe_column(const char *name)
{
	const struct column *column = pipe_columns;

	while (strcmp(column->name, name))
		column++;
	return column;
}

static uint64_t percent_of(uint64_t part, uint64_t whole)
{
	return whole ? part * 100 / whole : 0;
}

bool pipe_full(struct pipe *pipe, uint64_t *percent)
{
	uint64_t messages, max_msgs, bytes, max_bytes;

	if (!pipe_field(pipe, FIELD_MESSAGES, &messages) ||
	    !pipe_field(pipe, FIELD_MAX_MSGS, &max_msgs) ||
	    !pipe_field(pipe, FIELD_BYTES, &bytes) ||
	    !pipe_field(pipe, FIELD_MAX_BYTES, &max_bytes))
		return false;
	*percent = percent_of(messages, max_msgs);
	if (percent_of(bytes, max_bytes) > *percent)
		*percent = percent_of(bytes, max_bytes);
	return true;
}

enum colour pipe_colour(struct pipe *pipe)
{
	uint64_t percent;

	if (!pipe_full(pipe, &percent) || percent < FULL_WARN)
		return COLOUR_NONE;
	return percent < 100 ? COLOUR_WARN : COLOUR_BAD;
}
