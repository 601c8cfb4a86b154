// SPDX-License-Identifier: GPL-2.0
/* Trimming expired messages; expiry.h tells the idea. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ratelimit.h>

#include "expiry.h"

struct workqueue_struct *kmsgpipe_workqueue;

/**
 * kmsgpipe_expiry_trim - drop all messages of a pipe whose time is over
 * @expiry: the pipe's
 *
 * May sleep. Writers for whom there is room now are woken.
 *
 * Return: how many were dropped.
 */
u32 kmsgpipe_expiry_trim(struct kmsgpipe_expiry *expiry)
{
	u32 nr = kmsgpipe_queue_expire(expiry->queue);

	if (nr)
		expiry->room(expiry);
	return nr;
}

/* Under the queue's lock, so that nothing is armed after @stopped is set. */
static void __kmsgpipe_expiry_arm(struct kmsgpipe_expiry *expiry)
{
	if (expiry->enabled && !expiry->stopped &&
	    kmsgpipe_queue_timed(expiry->queue))
		queue_delayed_work(kmsgpipe_workqueue, &expiry->work,
				   msecs_to_jiffies(expiry->interval_ms));
}

/* Trims now, as the work does. May sleep. Return: how many were dropped. */
u32 kmsgpipe_expiry_run(struct kmsgpipe_expiry *expiry)
{
	u32 nr = kmsgpipe_expiry_trim(expiry);

	if (nr)
		pr_info_ratelimited("%s: dropped %u expired message%s\n",
				    expiry->name, nr, nr == 1 ? "" : "s");

	spin_lock(&expiry->queue->lock);
	expiry->last_ns = ktime_get_real_ns();
	__kmsgpipe_expiry_arm(expiry);
	spin_unlock(&expiry->queue->lock);
	return nr;
}

static void kmsgpipe_expiry_work(struct work_struct *work)
{
	kmsgpipe_expiry_run(container_of(work, struct kmsgpipe_expiry,
					 work.work));
}

/* To be called after a message with a deadline was queued. */
void kmsgpipe_expiry_arm(struct kmsgpipe_expiry *expiry)
{
	spin_lock(&expiry->queue->lock);
	__kmsgpipe_expiry_arm(expiry);
	spin_unlock(&expiry->queue->lock);
}

/*
 * Changes when to trim; a work that waits begins a new interval. A negative
 * @enabled, or an @interval_ms of 0: as it is. May sleep.
 */
void kmsgpipe_expiry_set(struct kmsgpipe_expiry *expiry, int enabled,
			 u32 interval_ms)
{
	spin_lock(&expiry->queue->lock);
	if (enabled >= 0)
		expiry->enabled = enabled;
	if (interval_ms)
		expiry->interval_ms = interval_ms;
	spin_unlock(&expiry->queue->lock);

	cancel_delayed_work_sync(&expiry->work);
	kmsgpipe_expiry_arm(expiry);
}

/* Prepares a pipe's expiry, disabled until kmsgpipe_expiry_set(). */
void kmsgpipe_expiry_setup(struct kmsgpipe_expiry *expiry,
			   struct kmsgpipe_queue *queue,
			   void (*room)(struct kmsgpipe_expiry *),
			   const char *name)
{
	expiry->queue = queue;
	expiry->room = room;
	expiry->name = name;
	INIT_DELAYED_WORK(&expiry->work, kmsgpipe_expiry_work);
}

/* Ends it for good. May sleep until a running work has finished. */
void kmsgpipe_expiry_stop(struct kmsgpipe_expiry *expiry)
{
	spin_lock(&expiry->queue->lock);
	expiry->stopped = true;
	spin_unlock(&expiry->queue->lock);
	cancel_delayed_work_sync(&expiry->work);
}

/* Makes the workqueue. Return: 0 or -ENOMEM. */
int kmsgpipe_expiry_init(void)
{
	kmsgpipe_workqueue = alloc_workqueue("kmsgpipe", WQ_UNBOUND, 0);
	return kmsgpipe_workqueue ? 0 : -ENOMEM;
}

/* Ends it; all pipes have been stopped. */
void kmsgpipe_expiry_exit(void)
{
	destroy_workqueue(kmsgpipe_workqueue);
}
