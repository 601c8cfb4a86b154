/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_PIPE_H
#define KMSGPIPE_PIPE_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/wait.h>

#include "expiry.h"
#include "queue.h"

/**
 * DOC: a pipe and its life
 *
 * A pipe is a queue with a character device in front and two crowds of sleepers
 * beside it. It lives as long as somebody holds its device: the class from
 * kmsgpipe_pipe_create() to kmsgpipe_pipe_remove(), and each open file through
 * the cdev, whose parent the device is. The last one to let go frees the queue.
 *
 * A pipe that was removed while files are open takes nothing more; readers get
 * what is left and then an error. Its number may be that of a new pipe by then:
 * the two share nothing.
 *
 * What a pipe's device needs from the floors above (class, file operations,
 * attributes) main.c hands down in struct kmsgpipe_host.
 *
 * kmsgpipe_pipes_lock guards the table of pipes and, with it, who may come and
 * go; a pipe's own settings and counts are guarded by its queue's lock.
 */

/* Device numbers reserved, and so the most pipes there can be. */
#define KMSGPIPE_DEVICES_MAX	256

/**
 * struct kmsgpipe_owner - to whom a device node belongs
 * @uid: its owner
 * @gid: its group; invalid: left to udev
 * @perm: its permissions
 */
struct kmsgpipe_owner {
	kuid_t uid;
	kgid_t gid;
	umode_t perm;
};

/**
 * struct kmsgpipe - a pipe
 * @queue: the messages; its lock guards all that is not constant here
 * @readers: those who sleep or poll until there is a message
 * @writers: those who sleep or poll until there is room
 * @reader_wakeups: sleepers woken in @readers, whose lock guards this
 * @writer_wakeups: sleepers woken in @writers, whose lock guards this
 * @waiting_readers: calls in kmsgpipe_wait() for a message
 * @waiting_writers: likewise for room
 * @fasync_readers: readers who want SIGIO
 * @fasync_writers: writers who want SIGIO
 * @expiry: trims the queue
 * @eof: KMSGPIPE_EOF_*
 * @removed: the pipe is gone for all but those who have it open
 * @nr_readers: files open for reading
 * @nr_writers: files open for writing
 * @nr_files: files open
 * @readers_seen: counts opens for reading, to tell whether one came since
 * @writers_seen: counts opens for writing, likewise
 * @openers: those who wait in open() for the other side to come
 * @failures: calls that failed
 * @ioctls: ioctls, and @polls: asked by poll; no lock is needed to count them
 * @polls: see @ioctls
 * @debugfs: its directory there; constant from its creation to its removal
 * @dev: /sys/class/kmsgpipe/kmsgpipeN; its reference count is the pipe's
 * @cdev: /dev/kmsgpipeN
 * @index: N, constant
 * @owner: of the node; read under @queue's lock or @node_lock, changed under both
 * @node_lock: held from a change of @owner until udev is told, so that it hears of
 *	changes in their order, and of none when the node is gone; taken before
 *	@queue's lock
 * @node_gone: the node is going, or gone; guarded by @node_lock
 * @name: constant, may be empty
 */
struct kmsgpipe {
	struct kmsgpipe_queue queue;
	wait_queue_head_t readers;
	wait_queue_head_t writers;
	u64 reader_wakeups;
	u64 writer_wakeups;
	atomic_t waiting_readers;
	atomic_t waiting_writers;
	struct fasync_struct *fasync_readers;
	struct fasync_struct *fasync_writers;
	struct kmsgpipe_expiry expiry;
	u32 eof;
	bool removed;
	u32 nr_readers;
	u32 nr_writers;
	u32 nr_files;
	u32 readers_seen;
	u32 writers_seen;
	wait_queue_head_t openers;
	u64 failures;
	atomic_long_t ioctls;
	atomic_long_t polls;
	struct dentry *debugfs;
	struct device dev;
	struct cdev cdev;
	u32 index;
	struct kmsgpipe_owner owner;
	struct mutex node_lock;	/* from a change of @owner until udev knows */
	bool node_gone;
	char name[KMSGPIPE_NAME_MAX];
};

/**
 * struct kmsgpipe_file - an open file, its private_data
 * @pipe: the pipe, held by the file's cdev
 * @writers_seen: see kmsgpipe_pipe_open()
 */
struct kmsgpipe_file {
	struct kmsgpipe *pipe;
	u32 writers_seen;
};

static inline struct kmsgpipe *kmsgpipe_of(const struct file *file)
{
	return ((struct kmsgpipe_file *)file->private_data)->pipe;
}

/**
 * struct kmsgpipe_host - what pipes are created from
 * @class: the device class
 * @fops: the file operations of a pipe
 * @groups: the attributes of a pipe's device
 * @base: the device number of pipe 0
 * @lock: guards all that follows, which may be read without it where one number
 *	is enough. Held while a pipe is created, so that who changes a default
 *	and then all pipes forgets none. Taken before kmsgpipe_pipes_lock, and so
 *	by no attribute of a pipe either
 * @max_devices: how many pipes there may be
 * @added: called with each new pipe, under kmsgpipe_pipes_lock; with those that
 *	the load makes when it has succeeded
 * @leaving: called with one that nobody finds any more; may wait for those who
 *	use what @added made
 * @defaults: the settings of a pipe that asks for none
 * @cleanup_enabled: likewise
 * @cleanup_interval_ms: likewise
 */
struct kmsgpipe_host {
	struct class *class;
	const struct file_operations *fops;
	const struct attribute_group **groups;
	dev_t base;
	struct mutex lock;	/* guards all that follows */
	u32 max_devices;
	void (*added)(struct kmsgpipe *pipe);
	void (*leaving)(struct kmsgpipe *pipe);
	struct kmsgpipe_config defaults;
	u32 cleanup_enabled;
	u32 cleanup_interval_ms;
};

/* The words for KMSGPIPE_MODE_* and KMSGPIPE_EOF_*. */
#define KMSGPIPE_MODES		(KMSGPIPE_MODE_STREAM + 1)
#define KMSGPIPE_EOFS		(KMSGPIPE_EOF_HANGUP + 1)
extern const char * const kmsgpipe_mode_names[KMSGPIPE_MODES];
extern const char * const kmsgpipe_eof_names[KMSGPIPE_EOFS];

bool kmsgpipe_name_valid(const char *name);

int kmsgpipe_owner_change(struct kmsgpipe_owner *owner, u32 uid, u32 gid,
			  u32 perm);
void kmsgpipe_pipes_init(struct kmsgpipe_host *host);
void kmsgpipe_pipes_ready(void);
bool kmsgpipe_pipes_are_ready(void);
void kmsgpipe_pipes_exit(void);
int kmsgpipe_pipe_create(struct kmsgpipe_config *config);
int kmsgpipe_pipe_remove(u32 index);
struct kmsgpipe *kmsgpipe_pipe_next(u32 *index);
struct kmsgpipe *kmsgpipe_pipe_find(const char *name);
void kmsgpipe_pipe_put(struct kmsgpipe *pipe);

int kmsgpipe_pipe_open(struct kmsgpipe *pipe, bool read, bool write,
		       bool nonblock, u32 *writers_seen);
void kmsgpipe_pipe_close(struct kmsgpipe *pipe, bool read, bool write);

void kmsgpipe_pipe_log(struct kmsgpipe *pipe, const char *op, u64 size,
		       s64 result);

/* Tells who has dynamic debug switched on what the current task did. */
#define kmsgpipe_pipe_debug(pipe, op, result)				\
	pr_debug("kmsgpipe%u: %s by %d (%s): %d\n", (pipe)->index, op,	\
		 current->tgid, current->comm, (int)(result))

bool kmsgpipe_pipe_update(struct kmsgpipe *pipe);
void kmsgpipe_pipe_wake_all(struct kmsgpipe *pipe);

/*
 * Wake-ups. wq_has_sleeper()'s barrier stands between the change of the queue
 * and the look at the wait queue; it pairs with the one in set_current_state()
 * (prepare_to_wait_event()) or in kmsgpipe_poll_mask(), which stand between
 * joining the wait queue and the look at the queue. So one sees the other.
 */
static inline void kmsgpipe_wake_reader(struct kmsgpipe *pipe)
{
	/* Sync: let the caller go on and queue more before the reader runs. */
	if (wq_has_sleeper(&pipe->readers))
		wake_up_interruptible_sync_poll(&pipe->readers,
						EPOLLIN | EPOLLRDNORM);
	if (unlikely(READ_ONCE(pipe->fasync_readers)))
		kill_fasync(&pipe->fasync_readers, SIGIO, POLL_IN);
}

/*
 * For @nr messages at a time. Of those who poll without EPOLLEXCLUSIVE each gets
 * one event for all: they became readable together.
 */
static inline void kmsgpipe_wake_readers(struct kmsgpipe *pipe, u32 nr)
{
	if (wq_has_sleeper(&pipe->readers))
		__wake_up(&pipe->readers, TASK_INTERRUPTIBLE, nr,
			  poll_to_key(EPOLLIN | EPOLLRDNORM));
	if (unlikely(READ_ONCE(pipe->fasync_readers)))
		kill_fasync(&pipe->fasync_readers, SIGIO, POLL_IN);
}

/*
 * Data was given back: who came meanwhile found none and went to sleep, perhaps
 * in open().
 */
static inline void kmsgpipe_wake_given_back(struct kmsgpipe *pipe)
{
	kmsgpipe_wake_reader(pipe);
	wake_up_interruptible_all(&pipe->openers);
}

/* The writer who is woken wakes the next, as long as there is room. */
static inline void kmsgpipe_wake_writer(struct kmsgpipe *pipe)
{
	if (wq_has_sleeper(&pipe->writers))
		wake_up_interruptible_sync_poll(&pipe->writers,
						EPOLLOUT | EPOLLWRNORM);
	if (unlikely(READ_ONCE(pipe->fasync_writers)))
		kill_fasync(&pipe->fasync_writers, SIGIO, POLL_OUT);
}

/*
 * Drops what has expired before a question is answered. Costs nothing while
 * no message can expire. Return: whether anything was dropped.
 */
static inline bool kmsgpipe_pipe_expire(struct kmsgpipe *pipe)
{
	return unlikely(kmsgpipe_queue_timed(&pipe->queue)) &&
	       kmsgpipe_expiry_trim(&pipe->expiry);
}

#endif /* KMSGPIPE_PIPE_H */
