// SPDX-License-Identifier: GPL-2.0
/* Sending from other modules, as include/linux/kmsgpipe.h tells it. */

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/irq_work.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "expiry.h"
#include "include/linux/kmsgpipe.h"
#include "io.h"
#include "pipe.h"

/* When to try again after there was no memory for a message. */
#define KMSGPIPE_RETRY_DELAY	(HZ / 10)

/**
 * DOC: senders
 *
 * The queue's lock is taken in process context only, and with interrupts on: so
 * no other context may take it. A sender is a ring of places before the queue::
 *
 *	caller --> [ tail ... places ... head ] --> work --> kmsgpipe_send_iter()
 *
 * A caller claims the place at @head with a cmpxchg, fills it, marks it ready
 * and has the work run; through an irq_work, since queue_work() takes locks that
 * its caller may hold, or an NMI may have interrupted. The work empties ready
 * places from @tail on. One that is claimed but not ready holds it up; who
 * claimed it has the work run once more.
 *
 * The work does not sleep while the pipe is full, which would keep a thread. It
 * leaves an entry among the pipe's sleeping writers, which has the work run
 * again when such a writer would be woken.
 */

/**
 * struct kmsgpipe_place - room for one message
 * @ready: it was filled and is the work's
 * @len: bytes in @data
 * @prio: priority
 * @ttl_ms: life, as in struct kmsgpipe_message
 * @data: payload
 */
struct kmsgpipe_place {
	bool ready;
	u32 len;
	u32 prio;
	u32 ttl_ms;
	u8 data[];
};

/**
 * struct kmsgpipe_sender - a way into a pipe from any context
 * @pipe: where to
 * @size: the largest message
 * @count: how many places may be in use
 * @mask: their number, rounded up to a power of two, less one
 * @stride: bytes from one place to the next
 * @places: the ring
 * @head: counts places claimed
 * @tail: counts places emptied; the work's alone to change
 * @done: bytes of the message at @tail that went, in stream mode; the work's
 * @lost: messages that could not be sent; the work's to change
 * @stopped: the work is to do nothing more
 * @kick: queues the work
 * @work: empties the ring
 * @room: among the pipe's sleeping writers while it is full
 * @wanted: the room that @room waits for
 * @woken: @room took a wake, to be handed on
 * @idle: those who wait in kmsgpipe_sender_flush()
 */
struct kmsgpipe_sender {
	struct kmsgpipe *pipe;
	u32 size;
	u32 count;
	u32 mask;
	size_t stride;
	u8 *places;
	atomic_t head;
	u32 tail;
	u32 done;
	unsigned long lost;
	bool stopped;
	struct irq_work kick;
	struct delayed_work work;
	struct wait_queue_entry room;
	u32 wanted;
	bool woken;
	wait_queue_head_t idle;
};

static int kmsgpipe_count_writer(struct kmsgpipe *pipe)
{
	u32 writers_seen;

	return kmsgpipe_pipe_open(pipe, false, true, true, &writers_seen);
}

struct kmsgpipe *kmsgpipe_get(const char *name)
{
	struct kmsgpipe *pipe = kmsgpipe_pipe_find(name);
	int err;

	if (!pipe)
		return ERR_PTR(-ENOENT);
	err = kmsgpipe_count_writer(pipe);
	if (err) {
		kmsgpipe_pipe_put(pipe);
		return ERR_PTR(err);
	}
	return pipe;
}
EXPORT_SYMBOL_GPL(kmsgpipe_get);

void kmsgpipe_put(struct kmsgpipe *pipe)
{
	kmsgpipe_pipe_close(pipe, false, true);
	kmsgpipe_pipe_put(pipe);
}
EXPORT_SYMBOL_GPL(kmsgpipe_put);

static ssize_t kmsgpipe_send_kvec(struct kmsgpipe *pipe, const void *buf,
				  size_t len, u32 prio, u32 ttl_ms, u32 flags,
				  bool nonblock)
{
	struct kmsgpipe_message attr = {
		.flags = KMSGPIPE_IO_KERNEL | flags,
		.prio = prio,
		.ttl_ms = ttl_ms,
	};
	struct kvec vec = {
		.iov_base = (void *)buf,
		.iov_len = len,
	};
	struct iov_iter from;

	if (prio > KMSGPIPE_PRIO_MAX)
		return -EINVAL;
	iov_iter_kvec(&from, WRITE, &vec, 1, len);
	return kmsgpipe_send_iter(pipe, &from, &attr, nonblock);
}

ssize_t kmsgpipe_send_kernel(struct kmsgpipe *pipe, const void *buf, size_t len,
			     u32 prio, u32 ttl_ms, bool nonblock)
{
	might_sleep();
	return kmsgpipe_send_kvec(pipe, buf, len, prio, ttl_ms, 0, nonblock);
}
EXPORT_SYMBOL_GPL(kmsgpipe_send_kernel);

static struct kmsgpipe_place *
kmsgpipe_sender_place(const struct kmsgpipe_sender *sender, u32 n)
{
	return (void *)(sender->places + (n & sender->mask) * sender->stride);
}

/* The next message to be put into the pipe, or NULL. */
static struct kmsgpipe_place *
kmsgpipe_sender_first(const struct kmsgpipe_sender *sender)
{
	struct kmsgpipe_place *place =
		kmsgpipe_sender_place(sender, sender->tail);

	/* Pairs with the release in kmsgpipe_sender_send(): it is filled. */
	return smp_load_acquire(&place->ready) ? place : NULL;
}

/* Gives the first place back. */
static void kmsgpipe_sender_advance(struct kmsgpipe_sender *sender,
				    struct kmsgpipe_place *place)
{
	sender->done = 0;
	place->ready = false;
	/* Pairs with the acquires of @tail: all use of the place is over. */
	smp_store_release(&sender->tail, sender->tail + 1);
	wake_up(&sender->idle);
}

/* Puts a message into the pipe. Return: 0, or why not; -EAGAIN: not all of it */
static int kmsgpipe_sender_try(struct kmsgpipe_sender *sender,
			       const struct kmsgpipe_place *place)
{
	ssize_t ret = kmsgpipe_send_kvec(sender->pipe,
					 place->data + sender->done,
					 place->len - sender->done,
					 place->prio, place->ttl_ms,
					 KMSGPIPE_IO_NOBODY, true);

	if (ret < 0)
		return ret;
	sender->done += ret;
	return sender->done < place->len ? -EAGAIN : 0;
}

static bool kmsgpipe_sender_must_wait(const struct kmsgpipe_sender *sender)
{
	const struct kmsgpipe_queue *q = &sender->pipe->queue;

	return kmsgpipe_queue_check(q, READ_ONCE(q->mode),
				    READ_ONCE(sender->wanted)) == -EAGAIN;
}

/* There may be room: as kmsgpipe_wake_waiter(), but for the work. */
static int kmsgpipe_sender_room(struct wait_queue_entry *entry,
				unsigned int mode, int sync, void *key)
{
	struct kmsgpipe_sender *sender =
		container_of(entry, struct kmsgpipe_sender, room);

	if (kmsgpipe_sender_must_wait(sender))
		return 0;
	sender->pipe->writer_wakeups++;
	WRITE_ONCE(sender->woken, true);
	/* Even if it waits for memory: the wake is not to wait with it. */
	mod_delayed_work(kmsgpipe_workqueue, &sender->work, 0);
	/* Last: from here on @sender may be gone. */
	list_del_init_careful(&entry->entry);
	return 1;
}

/* Joins the sleeping writers. Return: whether there is anything to wait for. */
static bool kmsgpipe_sender_wait(struct kmsgpipe_sender *sender, u32 wanted)
{
	WRITE_ONCE(sender->wanted, wanted);
	/*
	 * Looks at @room under the lock: the wake that has the work run now may
	 * not have taken it away yet. The barrier in it pairs with
	 * wq_has_sleeper() in kmsgpipe_wake_writer().
	 */
	prepare_to_wait_exclusive(&sender->pipe->writers, &sender->room,
				  TASK_RUNNING);
	return kmsgpipe_sender_must_wait(sender);
}

static void kmsgpipe_sender_work(struct work_struct *work)
{
	struct kmsgpipe_sender *sender =
		container_of(work, struct kmsgpipe_sender, work.work);
	bool woken = xchg(&sender->woken, false);
	struct kmsgpipe_place *place;
	bool wait = false;
	int err;

	while (!wait && !READ_ONCE(sender->stopped)) {
		place = kmsgpipe_sender_first(sender);
		if (!place)
			break;
		err = kmsgpipe_sender_try(sender, place);
		if (err == -ENOMEM || err == -ENOSPC) {
			queue_delayed_work(kmsgpipe_workqueue, &sender->work,
					   KMSGPIPE_RETRY_DELAY);
			break;
		}
		if (err == -EAGAIN) {
			wait = kmsgpipe_sender_wait(sender, place->len -
						    sender->done);
			continue;
		}
		if (err)
			WRITE_ONCE(sender->lost, sender->lost + 1);
		kmsgpipe_sender_advance(sender, place);
		cond_resched();
	}

	if (!wait)
		finish_wait(&sender->pipe->writers, &sender->room);
	/* There may be room for another, or the wake was not used. */
	if (woken)
		kmsgpipe_wake_writer(sender->pipe);
}

static void kmsgpipe_sender_kick(struct irq_work *kick)
{
	struct kmsgpipe_sender *sender =
		container_of(kick, struct kmsgpipe_sender, kick);

	queue_delayed_work(kmsgpipe_workqueue, &sender->work, 0);
}

struct kmsgpipe_sender *kmsgpipe_sender_create(struct kmsgpipe *pipe, u32 count,
					       u32 size)
{
	/* A sender may hold what a pipe may. */
	const struct kmsgpipe_limits limits = {
		.max_msgs = count,
		.msg_size = size,
		.max_bytes = min_t(u64, (u64)count * size, U32_MAX),
	};
	struct kmsgpipe_sender *sender;
	int err;

	if (!kmsgpipe_limits_valid(&limits))
		return ERR_PTR(-EINVAL);
	sender = kzalloc(sizeof(*sender), GFP_KERNEL);
	if (!sender)
		return ERR_PTR(-ENOMEM);

	sender->pipe = pipe;
	sender->size = size;
	sender->count = count;
	sender->mask = roundup_pow_of_two(count) - 1;
	sender->stride = ALIGN(sizeof(struct kmsgpipe_place) + size,
			       __alignof__(struct kmsgpipe_place));
	sender->kick = IRQ_WORK_INIT_HARD(kmsgpipe_sender_kick);
	INIT_DELAYED_WORK(&sender->work, kmsgpipe_sender_work);
	init_waitqueue_func_entry(&sender->room, kmsgpipe_sender_room);
	INIT_LIST_HEAD(&sender->room.entry);
	init_waitqueue_head(&sender->idle);

	err = -ENOMEM;
	sender->places = kvcalloc(sender->mask + 1, sender->stride, GFP_KERNEL);
	if (!sender->places)
		goto free_sender;
	err = kmsgpipe_count_writer(pipe);
	if (err)
		goto free_places;
	get_device(&pipe->dev);
	return sender;

free_places:
	kvfree(sender->places);
free_sender:
	kfree(sender);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(kmsgpipe_sender_create);

int kmsgpipe_sender_send(struct kmsgpipe_sender *sender, const void *buf,
			 size_t len, u32 prio, u32 ttl_ms)
{
	const struct kmsgpipe_queue *q = &sender->pipe->queue;
	u32 mode = READ_ONCE(q->mode);
	struct kmsgpipe_place *place;
	u32 head, tail;
	int err;

	if (!len)
		return 0;
	if (prio > KMSGPIPE_PRIO_MAX ||
	    (mode == KMSGPIPE_MODE_STREAM && (prio || ttl_ms)))
		return -EINVAL;
	if (len > sender->size)
		return -EMSGSIZE;
	/* A first look, so that what never will be taken is refused here. */
	err = kmsgpipe_queue_check(q, mode, len);
	if (err && err != -EAGAIN && err != KMSGPIPE_STALE)
		return err;

	do {
		/*
		 * The older of the two: if it seems that all places are taken,
		 * they are, and if not, the cmpxchg tells.
		 */
		head = atomic_read_acquire(&sender->head);
		/* Pairs with the release in kmsgpipe_sender_advance(). */
		tail = smp_load_acquire(&sender->tail);
		if ((s32)(head - tail) >= (s32)sender->count)
			return -EAGAIN;
	} while (atomic_cmpxchg(&sender->head, head, head + 1) != head);

	place = kmsgpipe_sender_place(sender, head);
	place->len = len;
	place->prio = prio;
	place->ttl_ms = ttl_ms;
	memcpy(place->data, buf, len);
	/* Pairs with the acquire in kmsgpipe_sender_first(). */
	smp_store_release(&place->ready, true);
	irq_work_queue(&sender->kick);
	return 0;
}
EXPORT_SYMBOL_GPL(kmsgpipe_sender_send);

/* Whether all that was claimed before @head has left the ring. */
static bool kmsgpipe_sender_past(const struct kmsgpipe_sender *sender, u32 head)
{
	/* Pairs with the release in kmsgpipe_sender_advance(). */
	return (s32)(smp_load_acquire(&sender->tail) - head) >= 0;
}

long kmsgpipe_sender_flush(struct kmsgpipe_sender *sender)
{
	u32 head = atomic_read(&sender->head);
	int err = wait_event_interruptible(sender->idle,
					   kmsgpipe_sender_past(sender, head));

	return err ?: (long)READ_ONCE(sender->lost);
}
EXPORT_SYMBOL_GPL(kmsgpipe_sender_flush);

unsigned long kmsgpipe_sender_destroy(struct kmsgpipe_sender *sender)
{
	unsigned long lost;

	if (!sender)
		return 0;
	WRITE_ONCE(sender->stopped, true);
	irq_work_sync(&sender->kick);
	/*
	 * Two of them may run at a time, and the end of the first is taken for
	 * the end of both. They are hard interrupts, with PREEMPT_RT too, and
	 * for these RCU waits.
	 */
	synchronize_rcu();
	cancel_delayed_work_sync(&sender->work);
	/* Now @room is not joined again, and then nobody queues the work. */
	finish_wait(&sender->pipe->writers, &sender->room);
	cancel_delayed_work_sync(&sender->work);
	if (sender->woken)
		kmsgpipe_wake_writer(sender->pipe);

	lost = sender->lost + (u32)(atomic_read(&sender->head) - sender->tail);
	kmsgpipe_put(sender->pipe);
	kvfree(sender->places);
	kfree(sender);
	return lost;
}
EXPORT_SYMBOL_GPL(kmsgpipe_sender_destroy);
