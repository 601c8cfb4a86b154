// SPDX-License-Identifier: GPL-2.0
/* Settings and state of one pipe; settings.h tells the idea. */

#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "pipe.h"
#include "settings.h"

/**
 * kmsgpipe_pipe_set_limits - change how much a pipe takes
 * @pipe: the pipe
 * @new: the request; gets how many messages were dropped
 *
 * Return: 0, or -EINVAL and nothing is changed.
 */
int kmsgpipe_pipe_set_limits(struct kmsgpipe *pipe,
			     struct kmsgpipe_set_limits *new)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_limits limits;

	if (new->flags & ~KMSGPIPE_LIMITS_TRUNCATE)
		return -EINVAL;

	spin_lock(&q->lock);
	limits = q->limits;
	limits.max_msgs = new->max_msgs ?: limits.max_msgs;
	limits.msg_size = new->msg_size ?: limits.msg_size;
	limits.max_bytes = new->max_bytes ?: limits.max_bytes;
	if (!kmsgpipe_limits_valid(&limits)) {
		spin_unlock(&q->lock);
		return -EINVAL;
	}
	WRITE_ONCE(q->limits.max_msgs, limits.max_msgs);
	WRITE_ONCE(q->limits.msg_size, limits.msg_size);
	WRITE_ONCE(q->limits.max_bytes, limits.max_bytes);
	spin_unlock(&q->lock);

	kmsgpipe_pipe_expire(pipe);
	new->truncated = 0;
	if (new->flags & KMSGPIPE_LIMITS_TRUNCATE)
		new->truncated = kmsgpipe_queue_truncate(q);
	/* There may be room now, or a message may never fit again. */
	kmsgpipe_pipe_wake_all(pipe);
	return 0;
}

/* Changes the life of the messages to come, in milliseconds; 0: for ever. */
void kmsgpipe_pipe_set_ttl(struct kmsgpipe *pipe, u32 ttl_ms)
{
	spin_lock(&pipe->queue.lock);
	pipe->queue.ttl = kmsgpipe_ttl_ns(ttl_ms);
	spin_unlock(&pipe->queue.lock);
}

/* Changes the end-of-file policy. Return: 0 or -EINVAL. */
int kmsgpipe_pipe_set_eof(struct kmsgpipe *pipe, u32 eof)
{
	if (eof > KMSGPIPE_EOF_HANGUP)
		return -EINVAL;

	spin_lock(&pipe->queue.lock);
	WRITE_ONCE(pipe->eof, eof);
	kmsgpipe_pipe_update(pipe);
	spin_unlock(&pipe->queue.lock);
	kmsgpipe_pipe_wake_all(pipe);
	return 0;
}

/* Changes what the pipe carries. Return: 0, -EINVAL, -EBUSY if it holds any. */
int kmsgpipe_pipe_set_mode(struct kmsgpipe *pipe, u32 mode)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	int err = 0;

	if (mode > KMSGPIPE_MODE_STREAM)
		return -EINVAL;

	kmsgpipe_pipe_expire(pipe);
	spin_lock(&q->lock);
	if (q->mode != mode) {
		if (q->count || q->in_flight)
			err = -EBUSY;
		else
			WRITE_ONCE(q->mode, mode);
	}
	spin_unlock(&q->lock);
	if (!err)
		kmsgpipe_pipe_wake_all(pipe);
	return err;
}

/* Changes trimming. @interval_ms 0: as it is. Return: 0 or -EINVAL. */
int kmsgpipe_pipe_set_cleanup(struct kmsgpipe *pipe, u32 enable,
			      u32 interval_ms)
{
	const struct kmsgpipe_range range = KMSGPIPE_INTERVAL_RANGE;

	if (enable > 1 ||
	    (interval_ms && !kmsgpipe_within(interval_ms, range)))
		return -EINVAL;

	kmsgpipe_expiry_set(&pipe->expiry, enable, interval_ms);
	return 0;
}

/* Changes how often to trim, whether enabled or not. Return: 0 or -EINVAL. */
int kmsgpipe_pipe_set_interval(struct kmsgpipe *pipe, u32 interval_ms)
{
	const struct kmsgpipe_range range = KMSGPIPE_INTERVAL_RANGE;

	if (!kmsgpipe_within(interval_ms, range))
		return -EINVAL;

	kmsgpipe_expiry_set(&pipe->expiry, -1, interval_ms);
	return 0;
}

/**
 * kmsgpipe_pipe_set_node - change to whom the device node belongs
 * @pipe: the pipe
 * @new: the request
 *
 * udev makes it so.
 *
 * Return: 0, -EINVAL, or -ENODEV if the pipe was removed.
 */
int kmsgpipe_pipe_set_node(struct kmsgpipe *pipe,
			   const struct kmsgpipe_set_node *new)
{
	struct kmsgpipe_owner owner;
	int err;

	mutex_lock(&pipe->node_lock);
	owner = pipe->owner;
	err = kmsgpipe_owner_change(&owner, new->uid, new->gid, new->perm);
	if (!err && pipe->node_gone)
		err = -ENODEV;
	if (!err) {
		spin_lock(&pipe->queue.lock);
		pipe->owner = owner;
		spin_unlock(&pipe->queue.lock);
		kobject_uevent(&pipe->dev.kobj, KOBJ_CHANGE);
	}
	mutex_unlock(&pipe->node_lock);
	return err;
}

/* Drops all that is queued now. Return: how many messages. */
u32 kmsgpipe_pipe_clear(struct kmsgpipe *pipe)
{
	u32 nr;

	kmsgpipe_pipe_expire(pipe);
	nr = kmsgpipe_queue_clear(&pipe->queue);
	if (nr)
		kmsgpipe_wake_writer(pipe);
	return nr;
}

/* Under the queue's lock. */
static void kmsgpipe_info_fill(struct kmsgpipe *pipe,
			       struct kmsgpipe_info *info)
{
	struct kmsgpipe_queue *q = &pipe->queue;

	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->index = pipe->index;
	info->mode = q->mode;
	info->eof = pipe->eof;
	info->max_msgs = q->limits.max_msgs;
	info->msg_size = q->limits.msg_size;
	info->max_bytes = q->limits.max_bytes;
	info->ttl_ms = div_u64(q->ttl, NSEC_PER_MSEC);
	info->cleanup_enabled = pipe->expiry.enabled;
	info->cleanup_interval_ms = pipe->expiry.interval_ms;
	info->messages = kmsgpipe_queue_messages(q);
	info->bytes = q->bytes;
	info->readers = pipe->nr_readers;
	info->writers = pipe->nr_writers;
	info->files = pipe->nr_files;
	info->waiting_readers = atomic_read(&pipe->waiting_readers);
	info->waiting_writers = atomic_read(&pipe->waiting_writers);
	info->last_cleanup_ns = pipe->expiry.last_ns;
	strscpy(info->name, pipe->name, sizeof(info->name));
}

/* Under the queue's lock. */
static void kmsgpipe_stats_fill(struct kmsgpipe *pipe,
				struct kmsgpipe_stats *stats)
{
	bool stream = pipe->queue.mode == KMSGPIPE_MODE_STREAM;
	const struct kmsgpipe_counters *c = &pipe->queue.stats;

	*stats = (struct kmsgpipe_stats) {
		.size = sizeof(*stats),
		.sent = c->sent,
		.received = c->received,
		.bytes_sent = c->bytes_sent,
		.bytes_received = c->bytes_received,
		.expired = c->expired,
		.truncated = c->truncated,
		.cleared = c->cleared,
		.reader_wakeups = READ_ONCE(pipe->reader_wakeups),
		.writer_wakeups = READ_ONCE(pipe->writer_wakeups),
		.faults = c->faults,
		.max_messages = stream ? 0 : c->max_messages,
		.max_bytes = c->max_bytes,
	};
}

/* Tells settings and state as they are at one moment. */
void kmsgpipe_pipe_get_info(struct kmsgpipe *pipe, struct kmsgpipe_info *info)
{
	kmsgpipe_pipe_expire(pipe);
	spin_lock(&pipe->queue.lock);
	kmsgpipe_info_fill(pipe, info);
	spin_unlock(&pipe->queue.lock);
}

/* Tells what the pipe has done, as it is at one moment. */
void kmsgpipe_pipe_get_stats(struct kmsgpipe *pipe,
			     struct kmsgpipe_stats *stats)
{
	kmsgpipe_pipe_expire(pipe);
	spin_lock(&pipe->queue.lock);
	kmsgpipe_stats_fill(pipe, stats);
	spin_unlock(&pipe->queue.lock);
}

/* Tells both, at the same moment. */
void kmsgpipe_pipe_get_state(struct kmsgpipe *pipe, struct kmsgpipe_info *info,
			     struct kmsgpipe_stats *stats)
{
	kmsgpipe_pipe_expire(pipe);
	spin_lock(&pipe->queue.lock);
	kmsgpipe_info_fill(pipe, info);
	kmsgpipe_stats_fill(pipe, stats);
	spin_unlock(&pipe->queue.lock);
}

/* Bytes in the next message, in stream mode in the queue; 0 if it is empty. */
u32 kmsgpipe_pipe_next_len(struct kmsgpipe *pipe)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *msg;
	u32 len;

	kmsgpipe_pipe_expire(pipe);
	spin_lock(&q->lock);
	msg = kmsgpipe_queue_peek(q);
	len = q->mode == KMSGPIPE_MODE_STREAM ? q->bytes : msg ? msg->len : 0;
	spin_unlock(&q->lock);
	return len;
}
