// SPDX-License-Identifier: GPL-2.0
/* One pipe: create, find, remove; pipe.h tells the idea. */

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
#include "trace.h"

static struct kmsgpipe_host *kmsgpipe_host;

/*
 * Guards kmsgpipe_pipes, how many there are, and the names in it. Held while a
 * device comes, so no attribute or file operation of a pipe may take it. Not
 * while one goes, which waits for whoever reads its files in debugfs.
 */
static DEFINE_MUTEX(kmsgpipe_pipes_lock);
static DEFINE_IDR(kmsgpipe_pipes);
static u32 kmsgpipe_nr_pipes;

/*
 * The load has succeeded. Written under kmsgpipe_pipes_lock. If a load fails the
 * module goes at once, whoever has something open: until then nobody has.
 */
static bool kmsgpipe_loaded;

const char * const kmsgpipe_mode_names[KMSGPIPE_MODES] = {
	[KMSGPIPE_MODE_MESSAGE] = "message",
	[KMSGPIPE_MODE_STREAM] = "stream",
};

const char * const kmsgpipe_eof_names[KMSGPIPE_EOFS] = {
	[KMSGPIPE_EOF_NEVER] = "never",
	[KMSGPIPE_EOF_EMPTY] = "empty",
	[KMSGPIPE_EOF_HANGUP] = "hangup",
};

static void kmsgpipe_pipe_release(struct device *dev)
{
	struct kmsgpipe *pipe = container_of(dev, struct kmsgpipe, dev);

	kmsgpipe_queue_destroy(&pipe->queue);
	kfree(pipe);
}

/* As it is at one moment. */
static struct kmsgpipe_owner
kmsgpipe_pipe_owner(KMSGPIPE_DEVICE_CONST struct device *dev)
{
	struct kmsgpipe *pipe = container_of(dev, struct kmsgpipe, dev);
	struct kmsgpipe_owner owner;

	spin_lock(&pipe->queue.lock);
	owner = pipe->owner;
	spin_unlock(&pipe->queue.lock);
	return owner;
}

static int kmsgpipe_pipe_uevent(KMSGPIPE_DEVICE_CONST struct device *dev,
				struct kobj_uevent_env *env)
{
	const struct kmsgpipe *pipe = container_of(dev, struct kmsgpipe, dev);
	u32 mode = READ_ONCE(pipe->queue.mode);
	struct kmsgpipe_owner owner = kmsgpipe_pipe_owner(dev);
	int err;

	err = add_uevent_var(env, "KMSGPIPE_MODE=%s",
			     kmsgpipe_mode_names[mode]) ?:
	      add_uevent_var(env, "KMSGPIPE_PERM=%04o", owner.perm) ?:
	      add_uevent_var(env, "KMSGPIPE_UID=%u",
			     __kuid_val(owner.uid));
	/* For udev: the symlink to make, and whether the group is its own. */
	if (!err && pipe->name[0])
		err = add_uevent_var(env, "KMSGPIPE_NAME=%s", pipe->name);
	if (!err && gid_valid(owner.gid))
		err = add_uevent_var(env, "KMSGPIPE_GID=%u",
				     __kgid_val(owner.gid)) ?:
		      add_uevent_var(env, "KMSGPIPE_GROUP_SET=1");
	return err;
}

/* Owner and mode from the start: there is no moment with wrong ones. */
static char *kmsgpipe_pipe_devnode(KMSGPIPE_DEVICE_CONST struct device *dev,
				   umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	struct kmsgpipe_owner owner = kmsgpipe_pipe_owner(dev);

	/* The node's removal asks for its name alone. */
	if (mode)
		*mode = owner.perm;
	if (uid)
		*uid = owner.uid;
	if (gid && gid_valid(owner.gid))
		*gid = owner.gid;
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
bool kmsgpipe_pipe_update(struct kmsgpipe *pipe)
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

/* Wakes all who sleep in the pipe, wait in open() or want SIGIO. */
void kmsgpipe_pipe_wake_all(struct kmsgpipe *pipe)
{
	wake_up_interruptible_all(&pipe->openers);
	/* 0 stands for all, and no key for whatever a poller awaits. */
	__wake_up(&pipe->readers, TASK_INTERRUPTIBLE, 0, NULL);
	__wake_up(&pipe->writers, TASK_INTERRUPTIBLE, 0, NULL);
	kill_fasync(&pipe->fasync_readers, SIGIO, POLL_IN);
	kill_fasync(&pipe->fasync_writers, SIGIO, POLL_OUT);
}

/* Whether a pipe may be called so; the empty name is valid. */
bool kmsgpipe_name_valid(const char *name)
{
	static const char device[] = "kmsgpipe";
	const size_t prefix = sizeof(device) - 1;

	if (strnlen(name, KMSGPIPE_NAME_MAX) == KMSGPIPE_NAME_MAX ||
	    name[0] == '.' || name[0] == '-')
		return false;
	/* No pipe is to be taken for another one's device. */
	if (!strncmp(name, device, prefix) && isdigit(name[prefix]))
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

/*
 * Takes @uid, @gid and @perm as struct kmsgpipe_set_node has them. Return: 0, or
 * -EINVAL and nothing is changed.
 */
int kmsgpipe_owner_change(struct kmsgpipe_owner *owner, u32 uid, u32 gid,
			  u32 perm)
{
	kuid_t kuid = make_kuid(current_user_ns(), uid);
	kgid_t kgid = make_kgid(current_user_ns(), gid);

	if ((perm & ~0777) || (uid != ~0U && !uid_valid(kuid)) ||
	    (gid != ~0U && !gid_valid(kgid)))
		return -EINVAL;

	if (uid != ~0U)
		owner->uid = kuid;
	if (gid != ~0U)
		owner->gid = kgid;
	if (perm)
		owner->perm = perm;
	return 0;
}

/*
 * Makes the pipe that a configuration describes, not yet to be seen. Under the
 * host's lock.
 */
static struct kmsgpipe *
kmsgpipe_pipe_alloc(const struct kmsgpipe_config *config)
{
	const struct kmsgpipe_config *defaults = &kmsgpipe_host->defaults;
	const struct kmsgpipe_limits limits = {
		.max_msgs = config->max_msgs ?: defaults->max_msgs,
		.msg_size = config->msg_size ?: defaults->msg_size,
		.max_bytes = config->max_bytes ?: defaults->max_bytes,
	};
	struct kmsgpipe_owner owner = { GLOBAL_ROOT_UID, INVALID_GID, 0660 };
	u32 mode = config->mode == ~0U ? defaults->mode : config->mode;
	u32 ttl_ms = config->ttl_ms ?: defaults->ttl_ms;
	struct kmsgpipe *pipe;

	if (config->flags || mode > KMSGPIPE_MODE_STREAM ||
	    config->eof > KMSGPIPE_EOF_HANGUP ||
	    !kmsgpipe_limits_valid(&limits) ||
	    !kmsgpipe_name_valid(config->name) ||
	    kmsgpipe_owner_change(&owner, config->uid, config->gid,
				  config->perm))
		return ERR_PTR(-EINVAL);

	pipe = kzalloc(sizeof(*pipe), GFP_KERNEL);
	if (!pipe)
		return ERR_PTR(-ENOMEM);

	kmsgpipe_queue_init(&pipe->queue);
	pipe->queue.limits = limits;
	pipe->queue.mode = mode;
	pipe->queue.ttl = kmsgpipe_ttl_ns(ttl_ms);
	init_waitqueue_head(&pipe->readers);
	init_waitqueue_head(&pipe->writers);
	init_waitqueue_head(&pipe->openers);
	mutex_init(&pipe->node_lock);
	pipe->eof = config->eof;
	kmsgpipe_pipe_update(pipe);
	pipe->owner = owner;
	strscpy(pipe->name, config->name, sizeof(pipe->name));
	return pipe;
}

/* Ends the life of a pipe for all but those who have it open. */
static void kmsgpipe_pipe_end(struct kmsgpipe *pipe)
{
	spin_lock(&pipe->queue.lock);
	pipe->removed = true;
	kmsgpipe_pipe_update(pipe);
	spin_unlock(&pipe->queue.lock);
	kmsgpipe_pipe_wake_all(pipe);
	kmsgpipe_expiry_stop(&pipe->expiry);
}

/*
 * Gives the pipe a device. From here on its reference count rules. Under the
 * host's lock.
 */
static int kmsgpipe_pipe_add(struct kmsgpipe *pipe)
{
	int err;

	device_initialize(&pipe->dev);
	pipe->dev.class = kmsgpipe_host->class;
	pipe->dev.type = &kmsgpipe_pipe_type;
	/* Before udev hears of the device: it finds them there. */
	pipe->dev.groups = kmsgpipe_host->groups;
	pipe->dev.devt = kmsgpipe_host->base + pipe->index;

	err = dev_set_name(&pipe->dev, "kmsgpipe%u", pipe->index);
	if (err)
		return err;

	kmsgpipe_expiry_setup(&pipe->expiry, &pipe->queue, kmsgpipe_pipe_room,
			      dev_name(&pipe->dev));
	kmsgpipe_expiry_set(&pipe->expiry, kmsgpipe_host->cleanup_enabled,
			    kmsgpipe_host->cleanup_interval_ms);

	cdev_init(&pipe->cdev, kmsgpipe_host->fops);
	pipe->cdev.owner = THIS_MODULE;
	err = cdev_device_add(&pipe->cdev, &pipe->dev);
	/* By its number it could be opened for a moment. */
	if (err)
		kmsgpipe_pipe_end(pipe);
	return err;
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

	mutex_lock(&kmsgpipe_host->lock);
	pipe = kmsgpipe_pipe_alloc(config);
	if (IS_ERR(pipe)) {
		ret = PTR_ERR(pipe);
		goto unlock_host;
	}

	mutex_lock(&kmsgpipe_pipes_lock);
	ret = -EEXIST;
	if (pipe->name[0] && kmsgpipe_name_taken(pipe->name))
		goto free;

	/* There may be more than that if it has become less. */
	ret = -ENOSPC;
	if (kmsgpipe_nr_pipes >= kmsgpipe_host->max_devices)
		goto free;

	ret = idr_alloc(&kmsgpipe_pipes, pipe, 0, KMSGPIPE_DEVICES_MAX,
			GFP_KERNEL);
	if (ret < 0)
		goto free;

	pipe->index = ret;
	ret = kmsgpipe_pipe_add(pipe);
	if (ret)
		goto put;
	kmsgpipe_nr_pipes++;
	config->index = pipe->index;
	if (kmsgpipe_loaded)
		kmsgpipe_host->added(pipe);
	trace_kmsgpipe_create(pipe);
	kmsgpipe_log_module("create", pipe->index, 0);
	goto unlock;

put:
	idr_remove(&kmsgpipe_pipes, pipe->index);
	put_device(&pipe->dev);
	goto unlock;
free:
	kmsgpipe_queue_destroy(&pipe->queue);
	kfree(pipe);
unlock:
	mutex_unlock(&kmsgpipe_pipes_lock);
unlock_host:
	mutex_unlock(&kmsgpipe_host->lock);
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

	/* From here on nobody finds it; its number is taken until it is gone. */
	mutex_lock(&kmsgpipe_pipes_lock);
	pipe = idr_find(&kmsgpipe_pipes, index);
	if (pipe)
		idr_replace(&kmsgpipe_pipes, NULL, index);
	mutex_unlock(&kmsgpipe_pipes_lock);
	if (!pipe)
		return -ENODEV;

	mutex_lock(&pipe->node_lock);
	pipe->node_gone = true;
	mutex_unlock(&pipe->node_lock);

	/* The node goes first; who is in open() by then sees @removed. */
	cdev_device_del(&pipe->cdev, &pipe->dev);
	kmsgpipe_pipe_end(pipe);

	/* May take long, and the number has to stay taken until then. */
	kmsgpipe_host->leaving(pipe);

	trace_kmsgpipe_remove(pipe);
	kmsgpipe_log_module("remove", index, 0);

	mutex_lock(&kmsgpipe_pipes_lock);
	idr_remove(&kmsgpipe_pipes, index);
	kmsgpipe_nr_pipes--;
	mutex_unlock(&kmsgpipe_pipes_lock);
	put_device(&pipe->dev);
	return 0;
}

/* Logs what the current task did, unless that was done under the lock. */
void kmsgpipe_pipe_log(struct kmsgpipe *pipe, const char *op, u64 size,
		       s64 result)
{
	struct kmsgpipe_queue *q = &pipe->queue;

	spin_lock(&q->lock);
	kmsgpipe_log_add(&q->log, get_jiffies_64(), op, size, result);
	if (result < 0)
		pipe->failures++;
	spin_unlock(&q->lock);
}

/* Ends the use of what kmsgpipe_pipe_next() or kmsgpipe_pipe_find() gave. */
void kmsgpipe_pipe_put(struct kmsgpipe *pipe)
{
	put_device(&pipe->dev);
}

/**
 * kmsgpipe_pipe_next - walk all pipes
 * @index: where to begin; gets the index of the pipe that is found
 *
 * Pipes may come and go between two calls. May sleep; not for an attribute of a
 * pipe's device.
 *
 * Return: the first pipe of this index or a higher one, held until
 * kmsgpipe_pipe_put(), or NULL.
 */
struct kmsgpipe *kmsgpipe_pipe_next(u32 *index)
{
	struct kmsgpipe *pipe;
	int id = *index;

	mutex_lock(&kmsgpipe_pipes_lock);
	pipe = idr_get_next(&kmsgpipe_pipes, &id);
	if (pipe) {
		get_device(&pipe->dev);
		*index = id;
	}
	mutex_unlock(&kmsgpipe_pipes_lock);
	return pipe;
}

/**
 * kmsgpipe_pipe_find - find a pipe by its name
 * @name: its name, or "kmsgpipeN"
 *
 * May sleep; not for an attribute of a pipe's device.
 *
 * Return: the pipe, held until kmsgpipe_pipe_put(), or NULL.
 */
struct kmsgpipe *kmsgpipe_pipe_find(const char *name)
{
	struct kmsgpipe *pipe;
	u32 index;

	for (index = 0; (pipe = kmsgpipe_pipe_next(&index)); index++) {
		if ((pipe->name[0] && !strcmp(pipe->name, name)) ||
		    !strcmp(dev_name(&pipe->dev), name))
			break;
		kmsgpipe_pipe_put(pipe);
	}
	return pipe;
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
 * reader also comes in to what is queued already. Everybody, even with @nonblock,
 * waits for the end of a load.
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

	/* A load that fails removes the pipe. */
	if (!READ_ONCE(kmsgpipe_loaded))
		err = wait_event_interruptible(pipe->openers,
					       READ_ONCE(kmsgpipe_loaded) ||
					       READ_ONCE(pipe->removed));
	if (err)
		return err;

	kmsgpipe_pipe_expire(pipe);
	spin_lock(&q->lock);
	if (pipe->removed)
		err = -ENODEV;
	/* Not even for a moment is he a writer, for whom a reader comes in. */
	else if (pipe->eof == KMSGPIPE_EOF_HANGUP && write && !read &&
		 nonblock && !pipe->nr_readers)
		err = -ENXIO;
	if (err) {
		spin_unlock(&q->lock);
		return err;
	}
	*writers_seen = pipe->writers_seen - !!pipe->nr_writers;
	before = *seen;
	pipe->nr_readers += read;
	pipe->nr_writers += write;
	pipe->nr_files++;
	pipe->readers_seen += read;
	pipe->writers_seen += write;
	kmsgpipe_pipe_update(pipe);
	if (pipe->eof == KMSGPIPE_EOF_HANGUP) {
		if (read)
			wait = !pipe->nr_writers && !q->count && !nonblock;
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
					       READ_ONCE(*seen) != before ||
					       (read && READ_ONCE(q->count)));
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
	pipe->nr_files--;
	changed = kmsgpipe_pipe_update(pipe);
	spin_unlock(&pipe->queue.lock);
	if (changed)
		kmsgpipe_pipe_wake_all(pipe);
}

/* Makes the table of pipes; @host stays the caller's and is not changed. */
void kmsgpipe_pipes_init(struct kmsgpipe_host *host)
{
	kmsgpipe_host = host;
}

/* The load has succeeded: the pipes that it has made can be opened now. */
void kmsgpipe_pipes_ready(void)
{
	struct kmsgpipe *pipe;
	int id;

	mutex_lock(&kmsgpipe_pipes_lock);
	WRITE_ONCE(kmsgpipe_loaded, true);
	idr_for_each_entry(&kmsgpipe_pipes, pipe, id) {
		kmsgpipe_host->added(pipe);
		wake_up_interruptible_all(&pipe->openers);
	}
	mutex_unlock(&kmsgpipe_pipes_lock);
}

/* Whether kmsgpipe_pipes_ready() was called. */
bool kmsgpipe_pipes_are_ready(void)
{
	return READ_ONCE(kmsgpipe_loaded);
}

/* Removes all pipes; none is open. */
void kmsgpipe_pipes_exit(void)
{
	u32 index;

	for (index = 0; index < KMSGPIPE_DEVICES_MAX; index++)
		kmsgpipe_pipe_remove(index);
	idr_destroy(&kmsgpipe_pipes);
}
