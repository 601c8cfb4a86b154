// SPDX-License-Identifier: GPL-2.0
/* One pipe: create, find, remove, settings; pipe.h tells the idea. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "compat.h"
#include "pipe.h"

static const struct kmsgpipe_host *kmsgpipe_host;

/*
 * Guards kmsgpipe_pipes and the names in it. Held while a device comes or goes,
 * so no attribute or file operation of a pipe may take it.
 */
static DEFINE_MUTEX(kmsgpipe_pipes_lock);
static DEFINE_IDR(kmsgpipe_pipes);

static void kmsgpipe_pipe_release(struct device *dev)
{
	struct kmsgpipe *pipe = container_of(dev, struct kmsgpipe, dev);

	kmsgpipe_queue_destroy(&pipe->queue);
	kfree(pipe);
}

static int kmsgpipe_pipe_uevent(KMSGPIPE_DEVICE_CONST struct device *dev,
				struct kobj_uevent_env *env)
{
	KMSGPIPE_DEVICE_CONST struct kmsgpipe *pipe =
		container_of(dev, struct kmsgpipe, dev);

	int err = 0;

	/* For udev: the symlink to make, and whether the group is its own. */
	if (pipe->name[0])
		err = add_uevent_var(env, "KMSGPIPE_NAME=%s", pipe->name);
	if (!err && gid_valid(pipe->gid))
		err = add_uevent_var(env, "KMSGPIPE_GROUP_SET=1");
	return err;
}

/* Owner and mode from the start: there is no moment with wrong ones. */
static char *kmsgpipe_pipe_devnode(KMSGPIPE_DEVICE_CONST struct device *dev,
				   umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	KMSGPIPE_DEVICE_CONST struct kmsgpipe *pipe =
		container_of(dev, struct kmsgpipe, dev);

	/* The node's removal asks for its name alone. */
	if (mode)
		*mode = pipe->perm;
	if (uid && uid_valid(pipe->uid))
		*uid = pipe->uid;
	if (gid && gid_valid(pipe->gid))
		*gid = pipe->gid;
	return NULL;
}

static const struct device_type kmsgpipe_pipe_type = {
	.name		= "kmsgpipe",
	.uevent		= kmsgpipe_pipe_uevent,
	.devnode	= kmsgpipe_pipe_devnode,
	.release	= kmsgpipe_pipe_release,
};

static void kmsgpipe_pipe_room(struct kmsgpipe_expiry *expiry)
{
	kmsgpipe_wake_writer(container_of(expiry, struct kmsgpipe, expiry));
}

/*
 * Sets what senders and readers of an empty queue get, after anything that
 * decides it has changed. Under the queue's lock. Return: whether that makes a
 * difference, so that all have to be woken.
 */
static bool kmsgpipe_pipe_update(struct kmsgpipe *pipe)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	bool hangup = pipe->eof == KMSGPIPE_EOF_HANGUP;
	int drained = -EAGAIN;
	int closed = 0;
	bool changed;

	if (pipe->removed) {
		closed = -ENODEV;
		drained = -ENODEV;
	} else {
		if (hangup && !pipe->nr_readers)
			closed = -EPIPE;
		if ((hangup && !pipe->nr_writers) ||
		    pipe->eof == KMSGPIPE_EOF_EMPTY)
			drained = 0;
	}
	changed = closed != q->closed || drained != q->drained;
	WRITE_ONCE(q->closed, closed);
	WRITE_ONCE(q->drained, drained);
	return changed;
}

static void kmsgpipe_pipe_wake_all(struct kmsgpipe *pipe)
{
	wake_up_interruptible_all(&pipe->openers);
	/* 0 stands for all, and no key for whatever a poller awaits. */
	__wake_up(&pipe->readers, TASK_INTERRUPTIBLE, 0, NULL);
	__wake_up(&pipe->writers, TASK_INTERRUPTIBLE, 0, NULL);
	kill_fasync(&pipe->fasync_readers, SIGIO, POLL_IN);
	kill_fasync(&pipe->fasync_writers, SIGIO, POLL_OUT);
}

static bool kmsgpipe_name_valid(const char *name)
{
	if (strnlen(name, KMSGPIPE_NAME_MAX) == KMSGPIPE_NAME_MAX ||
	    name[0] == '.')
		return false;
	for (; *name; name++) {
		if (!isascii(*name) || !(isalnum(*name) || *name == '.' ||
					 *name == '_' || *name == '-'))
			return false;
	}
	return true;
}

/* Under kmsgpipe_pipes_lock. */
static bool kmsgpipe_name_taken(const char *name)
{
	struct kmsgpipe *pipe;
	int index;

	idr_for_each_entry(&kmsgpipe_pipes, pipe, index) {
		if (!strcmp(pipe->name, name))
			return true;
	}
	return false;
}

static bool kmsgpipe_limits_valid(const struct kmsgpipe_limits *limits)
{
	return limits->max_msgs >= 1 &&
	       limits->max_msgs <= KMSGPIPE_MAX_MSGS_MAX &&
	       limits->msg_size >= 1 &&
	       limits->msg_size <= KMSGPIPE_MSG_SIZE_MAX &&
	       limits->max_bytes >= 1 &&
	       limits->max_bytes <= KMSGPIPE_MAX_BYTES_MAX;
}

/* Makes the pipe that a configuration describes, not yet to be seen. */
static struct kmsgpipe *
kmsgpipe_pipe_alloc(const struct kmsgpipe_config *config)
{
	const struct kmsgpipe_config *defaults = &kmsgpipe_host->defaults;
	const struct kmsgpipe_limits limits = {
		.max_msgs = config->max_msgs ?: defaults->max_msgs,
		.msg_size = config->msg_size ?: defaults->msg_size,
		.max_bytes = config->max_bytes ?: defaults->max_bytes,
	};
	kuid_t uid = make_kuid(current_user_ns(), config->uid);
	kgid_t gid = make_kgid(current_user_ns(), config->gid);
	struct kmsgpipe *pipe;

	if (config->flags || config->mode > KMSGPIPE_MODE_STREAM ||
	    config->eof > KMSGPIPE_EOF_HANGUP || (config->perm & ~0777) ||
	    !kmsgpipe_limits_valid(&limits) ||
	    !kmsgpipe_name_valid(config->name) ||
	    (config->uid != ~0U && !uid_valid(uid)) ||
	    (config->gid != ~0U && !gid_valid(gid)))
		return ERR_PTR(-EINVAL);

	pipe = kzalloc(sizeof(*pipe), GFP_KERNEL);
	if (!pipe)
		return ERR_PTR(-ENOMEM);

	kmsgpipe_queue_init(&pipe->queue);
	pipe->queue.limits = limits;
	pipe->queue.mode = config->mode;
	pipe->queue.ttl = (u64)config->ttl_ms * NSEC_PER_MSEC;
	init_waitqueue_head(&pipe->readers);
	init_waitqueue_head(&pipe->writers);
	init_waitqueue_head(&pipe->openers);
	pipe->eof = config->eof;
	kmsgpipe_pipe_update(pipe);
	pipe->uid = uid;
	pipe->gid = gid;
	pipe->perm = config->perm ?: 0660;
	strscpy(pipe->name, config->name, sizeof(pipe->name));
	return pipe;
}

/* Gives the pipe a device. From here on its reference count rules. */
static int kmsgpipe_pipe_add(struct kmsgpipe *pipe)
{
	int err;

	device_initialize(&pipe->dev);
	pipe->dev.class = kmsgpipe_host->class;
	pipe->dev.type = &kmsgpipe_pipe_type;
	pipe->dev.devt = kmsgpipe_host->base + pipe->index;

	err = dev_set_name(&pipe->dev, "kmsgpipe%u", pipe->index);
	if (err)
		return err;

	kmsgpipe_expiry_setup(&pipe->expiry, &pipe->queue, kmsgpipe_pipe_room,
			      dev_name(&pipe->dev));
	kmsgpipe_expiry_set(&pipe->expiry, true,
			    kmsgpipe_host->cleanup_interval_ms);

	cdev_init(&pipe->cdev, kmsgpipe_host->fops);
	pipe->cdev.owner = THIS_MODULE;
	return cdev_device_add(&pipe->cdev, &pipe->dev);
}

/**
 * kmsgpipe_pipe_create - make a pipe and its device node
 * @config: what it is to be; gets its index
 *
 * Return: 0, or an error as told at KMSGPIPE_CREATE.
 */
int kmsgpipe_pipe_create(struct kmsgpipe_config *config)
{
	struct kmsgpipe *pipe;
	int ret;

	pipe = kmsgpipe_pipe_alloc(config);
	if (IS_ERR(pipe))
		return PTR_ERR(pipe);

	mutex_lock(&kmsgpipe_pipes_lock);
	ret = -EEXIST;
	if (pipe->name[0] && kmsgpipe_name_taken(pipe->name))
		goto free;

	ret = idr_alloc(&kmsgpipe_pipes, pipe, 0, kmsgpipe_host->max_devices,
			GFP_KERNEL);
	if (ret < 0)
		goto free;

	pipe->index = ret;
	ret = kmsgpipe_pipe_add(pipe);
	if (ret)
		goto put;
	config->index = pipe->index;
	mutex_unlock(&kmsgpipe_pipes_lock);
	return 0;

put:
	idr_remove(&kmsgpipe_pipes, pipe->index);
	put_device(&pipe->dev);
	mutex_unlock(&kmsgpipe_pipes_lock);
	return ret;

free:
	mutex_unlock(&kmsgpipe_pipes_lock);
	kmsgpipe_queue_destroy(&pipe->queue);
	kfree(pipe);
	return ret;
}

/**
 * kmsgpipe_pipe_remove - take a pipe away
 * @index: its number
 *
 * Who sleeps in it is woken. Its memory goes when its last open file is closed.
 *
 * Return: 0, or -ENODEV if there is no such pipe.
 */
int kmsgpipe_pipe_remove(u32 index)
{
	struct kmsgpipe *pipe;

	mutex_lock(&kmsgpipe_pipes_lock);
	pipe = idr_find(&kmsgpipe_pipes, index);
	if (!pipe) {
		mutex_unlock(&kmsgpipe_pipes_lock);
		return -ENODEV;
	}
	/* The node goes first, so that nobody comes in after the last look. */
	cdev_device_del(&pipe->cdev, &pipe->dev);

	spin_lock(&pipe->queue.lock);
	pipe->removed = true;
	kmsgpipe_pipe_update(pipe);
	spin_unlock(&pipe->queue.lock);
	kmsgpipe_pipe_wake_all(pipe);
	kmsgpipe_expiry_stop(&pipe->expiry);

	idr_remove(&kmsgpipe_pipes, index);
	put_device(&pipe->dev);
	mutex_unlock(&kmsgpipe_pipes_lock);
	return 0;
}

/**
 * kmsgpipe_pipe_open - count a file in
 * @pipe: the pipe
 * @read: whether it can read
 * @write: whether it can write
 * @nonblock: do not wait
 * @writers_seen: gets what the pipe's counter of that name was when there was no
 *	writer yet; so if that has changed, there was one while the file was open
 *
 * With the hangup policy this waits for the other side as fifo(7) does; but a
 * reader also comes in to what is queued already.
 *
 * Return: 0; -ENODEV if the pipe was removed; -ENXIO for a writer who finds no
 * reader and may not wait; -ERESTARTSYS.
 */
int kmsgpipe_pipe_open(struct kmsgpipe *pipe, bool read, bool write,
		       bool nonblock, u32 *writers_seen)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	const u32 *seen = read ? &pipe->writers_seen : &pipe->readers_seen;
	bool wait = false;
	int err = 0;
	u32 before;

	spin_lock(&q->lock);
	if (pipe->removed) {
		spin_unlock(&q->lock);
		return -ENODEV;
	}
	*writers_seen = pipe->writers_seen - !!pipe->nr_writers;
	before = *seen;
	pipe->nr_readers += read;
	pipe->nr_writers += write;
	pipe->readers_seen += read;
	pipe->writers_seen += write;
	kmsgpipe_pipe_update(pipe);
	if (pipe->eof == KMSGPIPE_EOF_HANGUP) {
		if (read)
			wait = !pipe->nr_writers && !q->count && !nonblock;
		else if (!pipe->nr_readers && nonblock)
			err = -ENXIO;
		else
			wait = write && !pipe->nr_readers;
	}
	spin_unlock(&q->lock);
	wake_up_interruptible_all(&pipe->openers);

	/* Who came and left meanwhile counts too: the counters only grow. */
	if (wait)
		err = wait_event_interruptible(pipe->openers,
					       READ_ONCE(pipe->removed) ||
					       READ_ONCE(pipe->eof) !=
					       KMSGPIPE_EOF_HANGUP ||
					       READ_ONCE(*seen) != before);
	if (!err && READ_ONCE(pipe->removed))
		err = -ENODEV;
	if (err)
		kmsgpipe_pipe_close(pipe, read, write);
	return err;
}

/* Counts a file out. */
void kmsgpipe_pipe_close(struct kmsgpipe *pipe, bool read, bool write)
{
	bool changed;

	spin_lock(&pipe->queue.lock);
	pipe->nr_readers -= read;
	pipe->nr_writers -= write;
	changed = kmsgpipe_pipe_update(pipe);
	spin_unlock(&pipe->queue.lock);
	if (changed)
		kmsgpipe_pipe_wake_all(pipe);
}

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
	u32 nr;

	if (new->flags & ~KMSGPIPE_LIMITS_TRUNCATE || new->truncated)
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
	if (new->flags & KMSGPIPE_LIMITS_TRUNCATE) {
		do {
			LIST_HEAD(excess);

			spin_lock(&q->lock);
			nr = kmsgpipe_queue_truncate(q, &excess);
			spin_unlock(&q->lock);
			kmsgpipe_msg_free_list(&excess);
			new->truncated += nr;
			cond_resched();
		} while (nr);
	}
	/* There may be room now, or a message may never fit again. */
	kmsgpipe_pipe_wake_all(pipe);
	return 0;
}

/* Changes the life of the messages to come, in milliseconds; 0: for ever. */
void kmsgpipe_pipe_set_ttl(struct kmsgpipe *pipe, u32 ttl_ms)
{
	spin_lock(&pipe->queue.lock);
	pipe->queue.ttl = (u64)ttl_ms * NSEC_PER_MSEC;
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
	if (!interval_ms)
		interval_ms = READ_ONCE(pipe->expiry.interval_ms);
	if (enable > 1 || interval_ms < KMSGPIPE_INTERVAL_MIN ||
	    interval_ms > KMSGPIPE_INTERVAL_MAX)
		return -EINVAL;

	kmsgpipe_expiry_set(&pipe->expiry, enable, interval_ms);
	return 0;
}

/* Drops all that is queued now. Return: how many messages. */
u32 kmsgpipe_pipe_clear(struct kmsgpipe *pipe)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	u32 left, nr, total = 0;

	kmsgpipe_pipe_expire(pipe);
	/* Not until it is empty: others may go on sending. */
	for (left = READ_ONCE(q->count); left; left -= nr) {
		LIST_HEAD(excess);

		spin_lock(&q->lock);
		nr = kmsgpipe_queue_clear(q, left, &excess);
		spin_unlock(&q->lock);
		kmsgpipe_msg_free_list(&excess);
		if (!nr)
			break;
		kmsgpipe_wake_writer(pipe);
		total += nr;
		cond_resched();
	}
	return total;
}

/* Tells settings and state as they are at one moment. */
void kmsgpipe_pipe_get_info(struct kmsgpipe *pipe, struct kmsgpipe_info *info)
{
	struct kmsgpipe_queue *q = &pipe->queue;

	kmsgpipe_pipe_expire(pipe);
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->index = pipe->index;
	strscpy(info->name, pipe->name, sizeof(info->name));

	spin_lock(&q->lock);
	info->mode = q->mode;
	info->eof = pipe->eof;
	info->max_msgs = q->limits.max_msgs;
	info->msg_size = q->limits.msg_size;
	info->max_bytes = q->limits.max_bytes;
	info->ttl_ms = div_u64(q->ttl, NSEC_PER_MSEC);
	info->cleanup_enabled = pipe->expiry.enabled;
	info->cleanup_interval_ms = pipe->expiry.interval_ms;
	info->messages = q->mode == KMSGPIPE_MODE_STREAM ? 0 : q->count;
	info->bytes = q->bytes;
	info->readers = pipe->nr_readers;
	info->writers = pipe->nr_writers;
	info->last_cleanup_ns = pipe->expiry.last_ns;
	spin_unlock(&q->lock);
}

/* Tells what the pipe has done, as it is at one moment. */
void kmsgpipe_pipe_get_stats(struct kmsgpipe *pipe,
			     struct kmsgpipe_stats *stats)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_counters c;
	bool stream;

	kmsgpipe_pipe_expire(pipe);
	spin_lock(&q->lock);
	c = q->stats;
	stream = q->mode == KMSGPIPE_MODE_STREAM;
	spin_unlock(&q->lock);

	*stats = (struct kmsgpipe_stats) {
		.size = sizeof(*stats),
		.sent = c.sent,
		.received = c.received,
		.bytes_sent = c.bytes_sent,
		.bytes_received = c.bytes_received,
		.expired = c.expired,
		.truncated = c.truncated,
		.cleared = c.cleared,
		.reader_wakeups = READ_ONCE(pipe->reader_wakeups),
		.writer_wakeups = READ_ONCE(pipe->writer_wakeups),
		.faults = c.faults,
		.max_messages = stream ? 0 : c.max_messages,
		.max_bytes = c.max_bytes,
	};
}

/* Makes the table of pipes; @host stays the caller's and is not changed. */
void kmsgpipe_pipes_init(const struct kmsgpipe_host *host)
{
	kmsgpipe_host = host;
}

/* Removes all pipes; none is open. */
void kmsgpipe_pipes_exit(void)
{
	u32 index;

	for (index = 0; index < kmsgpipe_host->max_devices; index++)
		kmsgpipe_pipe_remove(index);
	idr_destroy(&kmsgpipe_pipes);
}
