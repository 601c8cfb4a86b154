/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_EXPIRY_H
#define KMSGPIPE_EXPIRY_H

#include <linux/workqueue.h>

#include "queue.h"

/**
 * DOC: expiry
 *
 * A message whose time is over is never delivered: whoever reads, polls or asks
 * drops it first. But when nobody does, it would hold its memory and keep
 * writers out. So a delayed work of each pipe trims the queue at an interval,
 * as long as that is enabled and a message with a deadline is queued; whoever
 * queues the first one arms it. All works run on the module's own workqueue.
 */

/* How far the interval goes, in milliseconds. */
#define KMSGPIPE_INTERVAL_RANGE	{ 10, 3600 * 1000 }

/**
 * struct kmsgpipe_expiry - trims one pipe
 * @queue: what to trim; its lock guards all that follows
 * @room: called, unlocked, when messages were dropped
 * @name: of the pipe, for the log
 * @work: runs until nothing can expire any more
 * @enabled: whether the work may run by itself
 * @stopped: the pipe is going away, never arm again
 * @interval_ms: how often
 * @last_ns: when it was trimmed last, CLOCK_REALTIME nanoseconds; 0: never
 */
struct kmsgpipe_expiry {
	struct kmsgpipe_queue *queue;
	void (*room)(struct kmsgpipe_expiry *expiry);
	const char *name;
	struct delayed_work work;
	bool enabled;
	bool stopped;
	u32 interval_ms;
	u64 last_ns;
};

/* The module's own, from kmsgpipe_expiry_init() to kmsgpipe_expiry_exit(). */
extern struct workqueue_struct *kmsgpipe_workqueue;

int kmsgpipe_expiry_init(void);
void kmsgpipe_expiry_exit(void);

void kmsgpipe_expiry_setup(struct kmsgpipe_expiry *expiry,
			   struct kmsgpipe_queue *queue,
			   void (*room)(struct kmsgpipe_expiry *),
			   const char *name);
void kmsgpipe_expiry_arm(struct kmsgpipe_expiry *expiry);
void kmsgpipe_expiry_set(struct kmsgpipe_expiry *expiry, int enabled,
			 u32 interval_ms);
void kmsgpipe_expiry_stop(struct kmsgpipe_expiry *expiry);
u32 kmsgpipe_expiry_trim(struct kmsgpipe_expiry *expiry);
u32 kmsgpipe_expiry_run(struct kmsgpipe_expiry *expiry);

#endif /* KMSGPIPE_EXPIRY_H */
