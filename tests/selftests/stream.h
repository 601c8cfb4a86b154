/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_STREAM_H
#define KMSGPIPE_STREAM_H

/* For the tests of stream mode: a stream of the test's own. */

#include "own.h"

#define ATOMIC	4096

static int fd;

static inline void stream(uint32_t max_bytes)
{
	own_pipe(CONFIG(.mode = KMSGPIPE_MODE_STREAM, .max_bytes = max_bytes));
	fd = open_pipe(O_RDWR | O_NONBLOCK);
}

#endif /* KMSGPIPE_STREAM_H */
