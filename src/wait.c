// SPDX-License-Identifier: GPL-2.0
/* Sleeping for a message or for room; wait.h tells the idea. */

#include <linux/sched.h>

#include "pipe.h"
#include "wait.h"

/**
 * struct kmsgpipe_waiter - somebody asleep in read() or write()
 * @entry: links him into the readers or the writers
 * @pipe: whose
 * @len: what he wants to send; 0: he is a reader
 */
struct kmsgpipe_waiter {
	struct wait_queue_entry entry;
	struct kmsgpipe *pipe;
	size_t len;
};

static bool kmsgpipe_must_wait(const struct kmsgpipe_waiter *waiter)
{
	const struct kmsgpipe_queue *q = &waiter->pipe->queue;

	if (waiter->len)
		return kmsgpipe_queue_check(q, READ_ONCE(q->mode),
					    waiter->len) == -EAGAIN;
	return !kmsgpipe_queue_readable(q) && READ_ONCE(q->drained) == -EAGAIN;
}

/* Wakes only one who can go on; the wake is then for the next. */
static int kmsgpipe_wake_waiter(struct wait_queue_entry *entry,
				unsigned int mode, int sync, void *key)
{
	struct kmsgpipe_waiter *waiter =
		container_of(entry, struct kmsgpipe_waiter, entry);
	struct kmsgpipe *pipe = waiter->pipe;
	bool writer = waiter->len;

	if (kmsgpipe_must_wait(waiter))
		return 0;
	/* Once woken, @waiter may be gone. */
	if (!autoremove_wake_function(entry, mode, sync, key))
		return 0;
	if (writer)
		pipe->writer_wakeups++;
	else
		pipe->reader_wakeups++;
	return 1;
}

/**
 * kmsgpipe_wait - sleep until a call can go on
 * @pipe: the pipe
 * @len: how much is to be sent; 0: something is to be received
 * @slept: whether the call has slept before: then what it was woken for may do
 *	for another writer; set
 *
 * Return: 0, or -ERESTARTSYS.
 */
int kmsgpipe_wait(struct kmsgpipe *pipe, size_t len, bool *slept)
{
	struct wait_queue_head *wq = len ? &pipe->writers : &pipe->readers;
	atomic_t *waiting = len ? &pipe->waiting_writers :
				  &pipe->waiting_readers;
	struct kmsgpipe_waiter waiter = {
		.pipe = pipe,
		.len = len,
	};
	bool woken = false;
	long err;

	if (*slept && len)
		kmsgpipe_wake_writer(pipe);
	*slept = true;

	init_wait_entry(&waiter.entry, WQ_FLAG_EXCLUSIVE);
	waiter.entry.func = kmsgpipe_wake_waiter;

	atomic_inc(waiting);
	for (;;) {
		/* With a signal pending this leaves the queue: no wake is lost. */
		err = prepare_to_wait_event(wq, &waiter.entry,
					    TASK_INTERRUPTIBLE);
		if (!kmsgpipe_must_wait(&waiter)) {
			err = 0;
			break;
		}
		/* Who was woken and finds no use for it hands the wake on. */
		if (woken && len)
			kmsgpipe_wake_writer(pipe);
		else if (woken)
			kmsgpipe_wake_reader(pipe);
		if (err)
			break;
		schedule();
		woken = true;
	}
	finish_wait(wq, &waiter.entry);
	atomic_dec(waiting);
	return err;
}

/*
 * What poll reports now for a file open with @mode. The caller has joined both
 * wait queues. @hangup: there was a writer while the file was open, so that
 * there being none is the end.
 */
__poll_t kmsgpipe_poll_mask(struct kmsgpipe *pipe, fmode_t mode, bool hangup)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	bool removed = READ_ONCE(pipe->removed);
	u32 eof = READ_ONCE(pipe->eof);
	__poll_t mask = 0;
	u32 queue_mode;
	u32 legal;
	int err;

	/* Pairs with wq_has_sleeper() in the wake-ups, see there. */
	smp_mb();
	kmsgpipe_pipe_expire(pipe);

	if (mode & FMODE_READ) {
		if (kmsgpipe_queue_readable(q) ||
		    (eof == KMSGPIPE_EOF_EMPTY && !removed))
			mask |= EPOLLIN | EPOLLRDNORM;
		if (hangup && eof == KMSGPIPE_EOF_HANGUP &&
		    !READ_ONCE(pipe->nr_writers))
			mask |= EPOLLHUP;
	}
	if (mode & FMODE_WRITE) {
		queue_mode = READ_ONCE(q->mode);
		legal = KMSGPIPE_ATOMIC;
		if (queue_mode == KMSGPIPE_MODE_MESSAGE)
			legal = min(READ_ONCE(q->limits.msg_size),
				    READ_ONCE(q->limits.max_bytes));
		err = kmsgpipe_queue_check(q, queue_mode, legal);
		/* As with a pipe: without a reader a write does not block. */
		if (!err || err == -EPIPE)
			mask |= EPOLLOUT | EPOLLWRNORM;
		if (err == -EPIPE)
			mask |= EPOLLERR;
	}
	if (removed)
		mask |= EPOLLHUP | EPOLLERR;
	return mask;
}
