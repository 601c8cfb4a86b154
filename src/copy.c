// SPDX-License-Identifier: GPL-2.0
/* Copying payload through iterators; copy.h tells the idea. */

#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/uio.h>

#include "copy.h"

/* Return: bytes copied into a node; fewer than its @len if the memory is bad. */
size_t kmsgpipe_copy_from_iter(struct kmsgpipe_msg *msg, struct iov_iter *from)
{
	u32 done, part, run;
	size_t got;

	for (done = 0; done < msg->len; done += part) {
		u8 *at = kmsgpipe_msg_at(msg, msg->off + done, &run);

		part = min(run, msg->len - done);
		got = copy_from_iter(at, part, from);
		if (got < part)
			return done + got;
	}
	return done;
}

/**
 * kmsgpipe_msg_from_iter - make a filled node, if the queue would take it now
 * @q: the queue, whose lock the caller does not hold
 * @mode: KMSGPIPE_MODE_*, what the caller takes it for
 * @from: the payload: all of it, or in stream mode a piece that there is room
 *	for; moved on by as much
 *
 * Until the node is queued, room and mode may change: to be asked for again.
 *
 * Return: the node with @off and @len set; -EFAULT, and @from is where it was;
 * or an error of kmsgpipe_queue_check() or kmsgpipe_msg_alloc().
 */
struct kmsgpipe_msg *kmsgpipe_msg_from_iter(struct kmsgpipe_queue *q, u32 mode,
					    struct iov_iter *from)
{
	size_t left = iov_iter_count(from);
	struct kmsgpipe_msg *msg = NULL;
	u32 len = left;
	size_t copied;
	int err;

	spin_lock(&q->lock);
	err = kmsgpipe_queue_check(q, mode, left);
	if (!err) {
		if (mode == KMSGPIPE_MODE_STREAM)
			len = min_t(size_t, kmsgpipe_queue_room(q),
				    min_t(size_t, left, KMSGPIPE_ATOMIC));
		msg = kmsgpipe_queue_get_free(q, len);
	}
	spin_unlock(&q->lock);
	if (err)
		return ERR_PTR(err);

	if (!msg)
		msg = kmsgpipe_msg_alloc(len, false);
	if (IS_ERR(msg))
		return msg;

	msg->off = 0;
	msg->len = len;
	copied = kmsgpipe_copy_from_iter(msg, from);
	if (copied < len) {
		iov_iter_revert(from, copied);
		kmsgpipe_queue_recycle(q, msg);
		return ERR_PTR(-EFAULT);
	}
	return msg;
}

/* The reverse: where a node's payload goes. Return: bytes copied, likewise. */
size_t kmsgpipe_copy_to_iter(struct kmsgpipe_msg *msg, struct iov_iter *to)
{
	u32 done, part, run;
	size_t got;

	for (done = 0; done < msg->len; done += part) {
		u8 *at = kmsgpipe_msg_at(msg, msg->off + done, &run);

		part = min(run, msg->len - done);
		got = copy_to_iter(at, part, to);
		if (got < part)
			return done + got;
	}
	return done;
}
