// SPDX-License-Identifier: GPL-2.0
/* A file that is read record by record. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "records.h"

#define AT_LEAST	65536
/* Longer than any message: who sends such a thing shall not fill the memory. */
#define RECORD_MAX	(16 * 1024 * 1024)

bool records_next(struct records *records, char **data, size_t *len)
{
	char *end;

	*data = records->buf + records->start;
	*len = records->len - records->start;
	if (!*len)
		return false;
	end = memchr(*data, records->end, *len);
	if (end)
		*len = end - *data;
	else if (!records->eof)
		return false;
	records->start += *len + !!end;
	return true;
}

bool records_fill(struct records *records)
{
	ssize_t got;

	if (records->eof)
		return false;
	records->len -= records->start;
	if (records->len)
		memmove(records->buf, records->buf + records->start,
			records->len);
	records->start = 0;
	if (records->len > RECORD_MAX)
		fail(STATUS_FAILED, "%s: a message is longer than any can be: is the separator right?",
		     records->what);
	if (records->size - records->len < AT_LEAST) {
		records->size = 2 * records->size + AT_LEAST;
		records->buf = need(realloc(records->buf, records->size));
	}
	do
		got = read(records->fd, records->buf + records->len,
			   records->size - records->len);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		fail(STATUS_FAILED, "%s: %s", records->what, strerror(errno));
	records->len += got;
	records->eof = !got;
	/* The rest, if any, is a record without an end. */
	return got || records->len;
}

void records_free(struct records *records)
{
	free(records->buf);
}
