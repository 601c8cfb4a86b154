/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_STREAM_H
#define KMSGPIPE_STREAM_H

#include <linux/types.h>

struct iov_iter;
struct kmsgpipe;

/**
 * DOC: stream mode
 *
 * The queue as a FIFO of bytes. Nodes are pieces of the stream, of at most
 * KMSGPIPE_ATOMIC bytes; a short write goes into what is left of the last one.
 * A piece's seq is the position of its first byte, so that bytes that could not
 * be delivered find their place again.
 *
 * These are single tries: io.c sleeps, wakes and repeats. A try moves its bytes
 * in one hold of the lock, so that a write of up to KMSGPIPE_ATOMIC bytes, and a
 * read, is never mixed with another.
 *
 * Return: bytes moved, more than 0; 0 for end of file; KMSGPIPE_TAKE_LARGE or
 * KMSGPIPE_STALE; or an error as io.h says.
 */
ssize_t kmsgpipe_stream_send_small(struct kmsgpipe *pipe,
				   const char __user *buf, size_t len);
ssize_t kmsgpipe_stream_send(struct kmsgpipe *pipe, struct iov_iter *from);
ssize_t kmsgpipe_stream_recv_small(struct kmsgpipe *pipe, char __user *buf,
				   size_t len, size_t *want);
ssize_t kmsgpipe_stream_recv(struct kmsgpipe *pipe, struct iov_iter *to);

#endif /* KMSGPIPE_STREAM_H */
