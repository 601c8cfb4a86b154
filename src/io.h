/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_IO_H
#define KMSGPIPE_IO_H

#include <linux/poll.h>
#include <linux/types.h>

struct iov_iter;
struct kmsgpipe;

/**
 * DOC: sending and receiving
 *
 * The one core that every plane shares: sleeping, waking and moving payload
 * between a caller's memory and a node. There are two paths, one set of rules.
 *
 * Small: a plain system call with up to KMSGPIPE_SMALL_MAX bytes. One hold of
 * the queue's lock and one copy under it, with page faults disabled. A copy that
 * would fault changes nothing: the lock is dropped, the page is brought in (only
 * the caller waits for it), and the call starts anew.
 *
 * Large: everything else. A writer fills a node before it takes the lock; a
 * reader takes the message out, copies it unlocked, and gives it back to its old
 * place if the copy fails.
 *
 * So nobody ever waits for another process's page fault.
 *
 * Sleepers are exclusive: one reader is woken for each message, one writer for
 * each place that becomes free. Whoever was woken and then did not use the wake
 * passes it on. No wake is left out because "the queue was not empty before":
 * an edge-triggered poller is owed an event for every message.
 *
 * All functions return -EAGAIN instead of sleeping if @nonblock, -ERESTARTSYS
 * on a signal, -EFAULT on bad memory, and then nothing was sent or lost.
 */

ssize_t kmsgpipe_send_user(struct kmsgpipe *pipe, const char __user *buf,
			   size_t len, bool nonblock);
ssize_t kmsgpipe_send_iter(struct kmsgpipe *pipe, struct iov_iter *from,
			   bool nonblock);
ssize_t kmsgpipe_recv_user(struct kmsgpipe *pipe, char __user *buf,
			   size_t len, bool nonblock);
ssize_t kmsgpipe_recv_iter(struct kmsgpipe *pipe, struct iov_iter *to,
			   bool nonblock);
__poll_t kmsgpipe_poll_mask(struct kmsgpipe *pipe);

#endif /* KMSGPIPE_IO_H */
