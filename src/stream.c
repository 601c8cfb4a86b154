// SPDX-License-Identifier: GPL-2.0
/* Stream mode; stream.h tells the idea. */

#include <linux/err.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "copy.h"
#include "pipe.h"
#include "stream.h"
#include "trace.h"

/* How many pieces one read takes out in one hold of the lock. */
#define KMSGPIPE_STREAM_BATCH	32

/* The last piece of the stream, if @len bytes more go into it. */
static struct kmsgpipe_msg *kmsgpipe_stream_tail(struct kmsgpipe_queue *q,
						 size_t len)
{
	struct kmsgpipe_msg *tail;

	if (list_empty(&q->msgs[0]))
		return NULL;
	tail = list_last_entry(&q->msgs[0], struct kmsgpipe_msg, node);
	/* What came after it may be with a reader who will give it back. */
	if (tail->seq + tail->len != q->next_seq || tail->nr_pages > 1 ||
	    tail->capacity - tail->off - tail->len < len)
		return NULL;
	return tail;
}

/* Queues a filled piece, whose place is that of its bytes. Under the lock. */
static void kmsgpipe_stream_push(struct kmsgpipe_queue *q,
				 struct kmsgpipe_msg *msg, u32 len)
{
	/* Several may add to it. */
	msg->pid = 0;
	kmsgpipe_queue_push(q, msg, len, len, 0, 0);
}

/* Tells those who trace of bytes that were just put in. Under the lock. */
static void kmsgpipe_stream_trace(const struct kmsgpipe_queue *q, u32 len)
{
	trace_kmsgpipe_send(q, q->next_seq - len, len, 0, current->tgid);
}

/* Copies what is in a filled piece to the end of the last. Under the lock. */
static void kmsgpipe_stream_append(struct kmsgpipe_queue *q,
				   struct kmsgpipe_msg *tail,
				   struct kmsgpipe_msg *msg, u32 len)
{
	u32 run;

	memcpy(kmsgpipe_msg_at(tail, tail->off + tail->len, &run),
	       kmsgpipe_msg_at(msg, 0, &run), len);
	tail->len += len;
	kmsgpipe_queue_add(q, len, len);
}

ssize_t kmsgpipe_stream_send_small(struct kmsgpipe *pipe,
				   const char __user *buf, size_t len)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *tail, *msg;
	LIST_HEAD(excess);
	ssize_t ret;
	u32 run;
	u8 *at;

	spin_lock(&q->lock);
	ret = kmsgpipe_queue_check(q, KMSGPIPE_MODE_STREAM, len);
	if (ret)
		goto unlock;
	/* Only a part would fit. */
	ret = KMSGPIPE_TAKE_LARGE;
	if (len > q->limits.max_bytes)
		goto unlock;

	tail = kmsgpipe_stream_tail(q, len);
	msg = tail ?: kmsgpipe_queue_get_free(q, len);
	if (!msg)
		goto unlock;
	at = kmsgpipe_msg_at(msg, tail ? msg->off + msg->len : 0, &run);
	if (!kmsgpipe_copy_in(at, buf, len)) {
		if (!tail)
			/* Back where it was: nothing becomes excess. */
			kmsgpipe_queue_put_free(q, msg, &excess);
		ret = -EFAULT;
		goto unlock;
	}
	if (tail) {
		tail->len += len;
		kmsgpipe_queue_add(q, len, len);
	} else {
		kmsgpipe_stream_push(q, msg, len);
	}
	kmsgpipe_stream_trace(q, len);
	ret = len;
unlock:
	spin_unlock(&q->lock);
	return ret;
}

ssize_t kmsgpipe_stream_send(struct kmsgpipe *pipe, struct iov_iter *from)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	size_t left = iov_iter_count(from);
	struct kmsgpipe_msg *msg, *tail;
	LIST_HEAD(excess);
	u32 copied, len;
	ssize_t ret;

	msg = kmsgpipe_msg_from_iter(q, KMSGPIPE_MODE_STREAM, from);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	copied = msg->len;

	/* The queue may have filled, or changed, since the first look. */
	spin_lock(&q->lock);
	ret = kmsgpipe_queue_check(q, KMSGPIPE_MODE_STREAM, left);
	if (ret) {
		kmsgpipe_queue_put_free(q, msg, &excess);
	} else {
		len = min(copied, kmsgpipe_queue_room(q));
		tail = kmsgpipe_stream_tail(q, len);
		if (tail) {
			kmsgpipe_stream_append(q, tail, msg, len);
			kmsgpipe_queue_put_free(q, msg, &excess);
		} else {
			kmsgpipe_stream_push(q, msg, len);
		}
		kmsgpipe_stream_trace(q, len);
		ret = len;
	}
	spin_unlock(&q->lock);
	kmsgpipe_msg_free_list(&excess);
	iov_iter_revert(from, copied - max_t(ssize_t, ret, 0));
	return ret;
}

/* Takes @len bytes off the front of a piece. Under the lock. */
static void kmsgpipe_stream_consume(struct kmsgpipe_queue *q,
				    struct kmsgpipe_msg *msg, u32 len)
{
	msg->seq += len;
	msg->off += len;
	msg->len -= len;
	WRITE_ONCE(q->bytes, q->bytes - len);
}

ssize_t kmsgpipe_stream_recv_small(struct kmsgpipe *pipe, char __user *buf,
				   size_t len, size_t *want)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *msg, *next;
	LIST_HEAD(excess);
	ssize_t ret;
	u32 done, run;
	u64 seq;

	if (len > KMSGPIPE_SMALL_MAX)
		return KMSGPIPE_TAKE_LARGE;

	spin_lock(&q->lock);
	if (!q->count) {
		ret = q->drained;
		goto unlock;
	}
	if (q->mode != KMSGPIPE_MODE_STREAM) {
		ret = KMSGPIPE_TAKE_LARGE;
		goto unlock;
	}
	len = min_t(size_t, len, q->bytes);

	/* All is copied before anything is taken: a fault changes nothing. */
	done = 0;
	list_for_each_entry(msg, &q->msgs[0], node) {
		u32 part = min_t(u32, len - done, msg->len);

		if (!kmsgpipe_copy_out(buf + done,
				       kmsgpipe_msg_at(msg, msg->off, &run),
				       part)) {
			*want = len;
			ret = -EFAULT;
			goto unlock;
		}
		done += part;
		if (done == len)
			break;
	}

	done = 0;
	q->stats.received++;
	q->stats.bytes_received += len;
	seq = kmsgpipe_queue_first(q)->seq;
	list_for_each_entry_safe(msg, next, &q->msgs[0], node) {
		if (msg->len > len - done) {
			kmsgpipe_stream_consume(q, msg, len - done);
			break;
		}
		done += msg->len;
		kmsgpipe_queue_unlink(q, msg);
		kmsgpipe_queue_put_free(q, msg, &excess);
		if (done == len)
			break;
	}
	trace_kmsgpipe_recv(q, seq, len, 0, 0);
	ret = len;
unlock:
	spin_unlock(&q->lock);
	kmsgpipe_msg_free_list(&excess);
	if (ret > 0)
		kmsgpipe_wake_writer(pipe);
	return ret;
}

/*
 * Moves up to @len bytes from the front of the queue to @taken: whole pieces as
 * they are, and what is wanted of the next as a copy in a free node. Under the
 * lock. Return: bytes; or -ENOMEM and nothing moved, if there is no free node,
 * *@spare, for the copy.
 */
static ssize_t kmsgpipe_stream_take(struct kmsgpipe_queue *q, u32 len,
				    struct kmsgpipe_msg **spare,
				    struct list_head *taken)
{
	struct kmsgpipe_msg *msg, *part;
	u32 done = 0;
	u32 run, nr;

	for (nr = 0; nr < KMSGPIPE_STREAM_BATCH; nr++) {
		msg = kmsgpipe_queue_peek(q);
		if (!msg || done == len)
			return done;
		if (msg->len > len - done)
			break;
		done += msg->len;
		kmsgpipe_queue_unlink(q, msg);
		list_add_tail(&msg->node, taken);
	}
	if (nr == KMSGPIPE_STREAM_BATCH)
		return done;

	len -= done;
	part = *spare ?: kmsgpipe_queue_get_free(q, len);
	if (!part) {
		list_for_each_entry_safe_reverse(msg, part, taken, node) {
			list_del(&msg->node);
			kmsgpipe_queue_relink(q, msg);
		}
		return -ENOMEM;
	}
	*spare = NULL;
	memcpy(kmsgpipe_msg_at(part, 0, &run),
	       kmsgpipe_msg_at(msg, msg->off, &run), len);
	part->seq = msg->seq;
	part->pid = 0;
	part->len = len;
	part->off = 0;
	part->prio = 0;
	part->timer.expires = 0;
	kmsgpipe_stream_consume(q, msg, len);
	list_add_tail(&part->node, taken);
	return done + len;
}

ssize_t kmsgpipe_stream_recv(struct kmsgpipe *pipe, struct iov_iter *to)
{
	u32 len = min_t(size_t, iov_iter_count(to), KMSGPIPE_MSG_SIZE_MAX);
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *msg, *next, *spare = NULL;
	LIST_HEAD(excess);
	LIST_HEAD(taken);
	size_t copied;
	ssize_t ret;
	u64 seq = 0;

	for (;;) {
		spin_lock(&q->lock);
		if (!q->count) {
			ret = q->drained;
		} else if (q->mode != KMSGPIPE_MODE_STREAM) {
			ret = KMSGPIPE_STALE;
		} else {
			ret = kmsgpipe_stream_take(q, len, &spare, &taken);
			if (ret > 0)
				q->in_flight++;
		}
		spin_unlock(&q->lock);
		if (ret != -ENOMEM)
			break;
		/* Room for the most that can be wanted of a piece. */
		spare = kmsgpipe_msg_alloc(KMSGPIPE_ATOMIC, true);
		if (IS_ERR(spare))
			return PTR_ERR(spare);
	}
	if (ret > 0)
		kmsgpipe_wake_writer(pipe);

	copied = 0;
	list_for_each_entry(msg, &taken, node) {
		size_t part = kmsgpipe_copy_to_iter(msg, to);

		if (!copied)
			seq = msg->seq;
		copied += part;
		if (part < msg->len) {
			msg->seq += part;
			msg->off += part;
			msg->len -= part;
			break;
		}
		msg->len = 0;
	}

	spin_lock(&q->lock);
	if (spare)
		kmsgpipe_queue_put_free(q, spare, &excess);
	if (ret > 0)
		q->in_flight--;
	if (copied) {
		q->stats.received++;
		q->stats.bytes_received += copied;
		trace_kmsgpipe_recv(q, seq, copied, 0, 0);
	}
	list_for_each_entry_safe(msg, next, &taken, node) {
		list_del(&msg->node);
		if (msg->len)
			kmsgpipe_queue_relink(q, msg);
		else
			kmsgpipe_queue_put_free(q, msg, &excess);
	}
	spin_unlock(&q->lock);
	kmsgpipe_msg_free_list(&excess);

	if (ret > 0 && copied < ret) {
		kmsgpipe_wake_given_back(pipe);
		return copied ?: -EFAULT;
	}
	return ret;
}
