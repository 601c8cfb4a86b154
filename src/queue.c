// SPDX-License-Identifier: GPL-2.0
/* Messages and the queue; queue.h tells the idea. */

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "queue.h"
#include "trace.h"

/* Inline payloads end where node and payload would outgrow this object. */
#define KMSGPIPE_NODE_MAX	2048

/* How many messages are dropped in one hold of the lock. */
#define KMSGPIPE_DROP_BATCH	64

/* The bytes of large free nodes that are kept. */
#define KMSGPIPE_FREE_LARGE_MAX	KMSGPIPE_MSG_SIZE_MAX

u32 kmsgpipe_total_bytes = 64 * 1024 * 1024;

/* Bytes in all nodes of all pipes, queued, free and on their way. */
static atomic_long_t kmsgpipe_memory = ATOMIC_LONG_INIT(0);

/* Guards the list of all queues, for those who need memory that they keep. */
static DEFINE_MUTEX(kmsgpipe_queues_lock);
static LIST_HEAD(kmsgpipe_queues);

static size_t kmsgpipe_msg_footprint(const struct kmsgpipe_msg *msg)
{
	if (!msg->nr_pages)
		return sizeof(*msg) + msg->capacity;
	return sizeof(*msg) +
	       msg->nr_pages * (sizeof(struct page *) + PAGE_SIZE);
}

/* Frees all nodes that any pipe keeps for reuse. */
static void kmsgpipe_queues_shrink(void)
{
	struct kmsgpipe_queue *q;

	mutex_lock(&kmsgpipe_queues_lock);
	list_for_each_entry(q, &kmsgpipe_queues, all) {
		LIST_HEAD(excess);

		spin_lock(&q->lock);
		while (q->free_small)
			list_add(&kmsgpipe_queue_get_small(q)->node, &excess);
		list_splice_init(&q->free_large, &excess);
		q->free_large_bytes = 0;
		spin_unlock(&q->lock);
		kmsgpipe_msg_free_list(&excess);
	}
	mutex_unlock(&kmsgpipe_queues_lock);
}

static bool kmsgpipe_memory_charge(size_t size, bool over)
{
	if (atomic_long_add_return(size, &kmsgpipe_memory) <=
	    READ_ONCE(kmsgpipe_total_bytes) || over)
		return true;
	atomic_long_sub(size, &kmsgpipe_memory);
	return false;
}

/**
 * kmsgpipe_msg_alloc - make a node
 * @len: bytes of payload it must hold, at most KMSGPIPE_MSG_SIZE_MAX
 * @over: may go over kmsgpipe_total_bytes; for a node that a reader needs for a
 *	moment, so that what is full can be drained
 *
 * May sleep. The memory is charged to the caller's memory cgroup. Before it
 * fails for lack of memory, the nodes kept for reuse are given up.
 *
 * Return: the node, of which only @capacity and @nr_pages are set; -ENOSPC if
 * all pipes together would hold more than kmsgpipe_total_bytes; -ENOMEM.
 */
struct kmsgpipe_msg *kmsgpipe_msg_alloc(u32 len, bool over)
{
	size_t size = sizeof(struct kmsgpipe_msg) + len;
	struct kmsgpipe_msg *msg;
	u32 nr_pages = 0;
	size_t footprint;
	u32 i;

	if (WARN_ON_ONCE(len > KMSGPIPE_MSG_SIZE_MAX))
		return ERR_PTR(-EMSGSIZE);
	if (size <= KMSGPIPE_NODE_MAX) {
		size = max_t(size_t, roundup_pow_of_two(size),
			     sizeof(*msg) + KMSGPIPE_MSG_SMALL);
	} else {
		nr_pages = DIV_ROUND_UP(len, PAGE_SIZE);
		size = sizeof(*msg) + nr_pages * sizeof(struct page *);
	}
	footprint = size + nr_pages * PAGE_SIZE;

	if (!kmsgpipe_memory_charge(footprint, over)) {
		kmsgpipe_queues_shrink();
		if (!kmsgpipe_memory_charge(footprint, over))
			return ERR_PTR(-ENOSPC);
	}

	msg = kmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!msg)
		goto uncharge;
	msg->nr_pages = nr_pages;
	msg->capacity = nr_pages ? nr_pages * PAGE_SIZE : size - sizeof(*msg);
	msg->pins = 0;
	msg->gone = false;
	timerqueue_init(&msg->timer);

	for (i = 0; i < nr_pages; i++) {
		kmsgpipe_msg_pages(msg)[i] = alloc_page(GFP_KERNEL_ACCOUNT);
		if (!kmsgpipe_msg_pages(msg)[i])
			goto free;
	}
	return msg;

free:
	while (i)
		__free_page(kmsgpipe_msg_pages(msg)[--i]);
	kfree(msg);
uncharge:
	atomic_long_sub(footprint, &kmsgpipe_memory);
	return ERR_PTR(-ENOMEM);
}

/* Ends a node that is in no list. */
void kmsgpipe_msg_free(struct kmsgpipe_msg *msg)
{
	u32 i;

	atomic_long_sub(kmsgpipe_msg_footprint(msg), &kmsgpipe_memory);
	for (i = 0; i < msg->nr_pages; i++)
		__free_page(kmsgpipe_msg_pages(msg)[i]);
	kfree(msg);
}

/* Ends all nodes of a list, which must not be used again. */
void kmsgpipe_msg_free_list(struct list_head *list)
{
	struct kmsgpipe_msg *msg, *next;

	list_for_each_entry_safe(msg, next, list, node)
		kmsgpipe_msg_free(msg);
}

/* Bytes in all nodes of all pipes; 0 once every pipe is gone. */
long kmsgpipe_msg_memory(void)
{
	return atomic_long_read(&kmsgpipe_memory);
}

/* Makes an empty queue without limits, which the caller sets. */
void kmsgpipe_queue_init(struct kmsgpipe_queue *q)
{
	u32 prio;

	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->free_large);
	timerqueue_init_head(&q->timed);
	for (prio = 0; prio < KMSGPIPE_PRIOS; prio++)
		INIT_LIST_HEAD(&q->msgs[prio]);
	q->drained = -EAGAIN;

	mutex_lock(&kmsgpipe_queues_lock);
	list_add_tail(&q->all, &kmsgpipe_queues);
	mutex_unlock(&kmsgpipe_queues_lock);
}

/* Frees all nodes of a queue that nobody uses any more. */
void kmsgpipe_queue_destroy(struct kmsgpipe_queue *q)
{
	u32 prio;

	mutex_lock(&kmsgpipe_queues_lock);
	list_del(&q->all);
	mutex_unlock(&kmsgpipe_queues_lock);

	for (prio = 0; prio < KMSGPIPE_PRIOS; prio++)
		kmsgpipe_msg_free_list(&q->msgs[prio]);
	kmsgpipe_msg_free_list(&q->free_large);
	while (q->free_small)
		kmsgpipe_msg_free(kmsgpipe_queue_get_small(q));
}

/**
 * kmsgpipe_queue_get_free - take a free node that holds a payload
 * @q: the queue, under the lock
 * @len: bytes of payload
 *
 * Return: the node, or NULL if the most recent one of its kind does not do.
 */
struct kmsgpipe_msg *kmsgpipe_queue_get_free(struct kmsgpipe_queue *q, u32 len)
{
	struct kmsgpipe_msg *msg;

	if (len <= KMSGPIPE_MSG_SMALL)
		return q->free_small ? kmsgpipe_queue_get_small(q) : NULL;

	msg = list_first_entry_or_null(&q->free_large, struct kmsgpipe_msg,
				       node);
	/* Nor one that is far too large: it would hold memory for nothing. */
	if (!msg || msg->capacity < len ||
	    msg->capacity > 2 * (len + PAGE_SIZE))
		return NULL;
	list_del(&msg->node);
	q->free_large_bytes -= msg->capacity;
	return msg;
}

/**
 * kmsgpipe_queue_put_free - keep a node for reuse
 * @q: the queue, under the lock
 * @msg: a node that is done with, in no list
 * @excess: gets the nodes that are too many, for kmsgpipe_msg_free_list()
 */
void kmsgpipe_queue_put_free(struct kmsgpipe_queue *q,
			     struct kmsgpipe_msg *msg,
			     struct list_head *excess)
{
	struct kmsgpipe_msg *oldest;

	/* Somebody still looks at it, and does this when he has finished. */
	if (unlikely(msg->pins)) {
		msg->gone = true;
		return;
	}

	if (msg->capacity == KMSGPIPE_MSG_SMALL) {
		if (!kmsgpipe_queue_put_small(q, msg))
			list_add(&msg->node, excess);
		return;
	}

	/* Sizes differ here: old nodes make room for what is in use now. */
	q->free_large_bytes += msg->capacity;
	list_add(&msg->node, &q->free_large);
	while (q->free_large_bytes > KMSGPIPE_FREE_LARGE_MAX) {
		oldest = list_last_entry(&q->free_large, struct kmsgpipe_msg,
					 node);
		q->free_large_bytes -= oldest->capacity;
		list_move(&oldest->node, excess);
	}
}

/**
 * kmsgpipe_queue_relink - put back what kmsgpipe_queue_unlink() took out
 * @q: the queue, under the lock
 * @msg: the message
 *
 * It goes where it stood, before all that were sent after it, also when several
 * readers give back at a time. The queue may be over its limits until drained.
 */
void kmsgpipe_queue_relink(struct kmsgpipe_queue *q, struct kmsgpipe_msg *msg)
{
	struct list_head *list = &q->msgs[msg->prio];
	struct kmsgpipe_msg *pos;

	list_for_each_entry(pos, list, node) {
		if (pos->seq > msg->seq)
			break;
	}
	/* Before @pos; if the loop ran out, that is the list's end. */
	WRITE_ONCE(q->bytes, q->bytes + msg->len);
	kmsgpipe_queue_link(q, msg, &pos->node, msg->prio, msg->timer.expires);
}

/* Ends the use of a node that is in no list. Takes the lock, may sleep. */
void kmsgpipe_queue_recycle(struct kmsgpipe_queue *q, struct kmsgpipe_msg *msg)
{
	LIST_HEAD(excess);

	spin_lock(&q->lock);
	kmsgpipe_queue_put_free(q, msg, &excess);
	spin_unlock(&q->lock);
	kmsgpipe_msg_free_list(&excess);
}

/* Tells those who trace that bytes are gone; @counter says why. */
static void kmsgpipe_queue_trace(const struct kmsgpipe_queue *q,
				 const struct kmsgpipe_msg *msg, u64 seq,
				 u32 len, const u64 *counter)
{
	if (counter == &q->stats.expired)
		trace_kmsgpipe_expire(q, seq, len, msg->prio, msg->pid);
	else
		trace_kmsgpipe_drop(q, seq, len, msg->prio, msg->pid,
				    counter == &q->stats.truncated);
}

/*
 * Drops whatever @next finds, until that is NULL or @max are dropped, adds to
 * @counter and logs that as @op. Takes the lock, but never for long, and may
 * sleep in between. Return: how many.
 */
static u32
kmsgpipe_queue_drop(struct kmsgpipe_queue *q, const char *op, u32 max,
		    u64 *counter,
		    struct kmsgpipe_msg *(*next)(struct kmsgpipe_queue *q))
{
	struct kmsgpipe_msg *msg;
	u32 total = 0;
	u32 bytes = 0;
	u32 nr;

	do {
		LIST_HEAD(excess);

		spin_lock(&q->lock);
		for (nr = 0; nr < KMSGPIPE_DROP_BATCH && total < max; nr++) {
			msg = next(q);
			if (!msg)
				break;
			kmsgpipe_queue_unlink(q, msg);
			kmsgpipe_queue_trace(q, msg, msg->seq, msg->len,
					     counter);
			bytes += msg->len;
			kmsgpipe_queue_put_free(q, msg, &excess);
			total++;
		}
		*counter += nr;
		if (nr < KMSGPIPE_DROP_BATCH && total)
			kmsgpipe_log_add(&q->log, get_jiffies_64(), op, bytes,
					 total);
		spin_unlock(&q->lock);
		kmsgpipe_msg_free_list(&excess);
		cond_resched();
	} while (nr == KMSGPIPE_DROP_BATCH);
	return total;
}

static struct kmsgpipe_msg *kmsgpipe_queue_expired(struct kmsgpipe_queue *q)
{
	struct timerqueue_node *timer = timerqueue_getnext(&q->timed);

	if (!timer || timer->expires > kmsgpipe_clock())
		return NULL;
	return container_of(timer, struct kmsgpipe_msg, timer);
}

/* Drops messages whose time is over. May sleep. Return: how many. */
u32 kmsgpipe_queue_expire(struct kmsgpipe_queue *q)
{
	return kmsgpipe_queue_drop(q, "expire", U32_MAX, &q->stats.expired,
				   kmsgpipe_queue_expired);
}

/*
 * Drops what is queued now, and not what others go on sending. May sleep.
 * Return: how many.
 */
u32 kmsgpipe_queue_clear(struct kmsgpipe_queue *q)
{
	return kmsgpipe_queue_drop(q, "clear", READ_ONCE(q->count),
				   &q->stats.cleared, kmsgpipe_queue_peek);
}

/* Bytes queued beyond the limit. Under the lock. */
static u32 kmsgpipe_queue_over(const struct kmsgpipe_queue *q)
{
	return q->bytes - min(q->bytes, q->limits.max_bytes);
}

/* The newest message, if it has to go for the rest to be within the limits. */
static struct kmsgpipe_msg *kmsgpipe_queue_beyond(struct kmsgpipe_queue *q)
{
	bool stream = q->mode == KMSGPIPE_MODE_STREAM;
	struct kmsgpipe_msg *newest = NULL;
	u32 over = kmsgpipe_queue_over(q);
	unsigned long ready = q->ready;
	u32 prio;

	if (!over && (stream || q->count <= q->limits.max_msgs))
		return NULL;

	for_each_set_bit(prio, &ready, KMSGPIPE_PRIOS) {
		struct kmsgpipe_msg *msg = list_last_entry(&q->msgs[prio],
				struct kmsgpipe_msg, node);

		if (!newest || msg->seq > newest->seq)
			newest = msg;
	}
	return newest && stream && newest->len > over ? NULL : newest;
}

/*
 * Drops the newest messages, until what is left is within the limits; in stream
 * mode a part of one counts too. May sleep. Return: how many.
 */
u32 kmsgpipe_queue_truncate(struct kmsgpipe_queue *q)
{
	u32 total = kmsgpipe_queue_drop(q, "truncate", U32_MAX,
					&q->stats.truncated,
					kmsgpipe_queue_beyond);
	struct kmsgpipe_msg *last;
	u32 over;

	spin_lock(&q->lock);
	over = kmsgpipe_queue_over(q);
	if (over && q->mode == KMSGPIPE_MODE_STREAM && q->count) {
		last = list_last_entry(&q->msgs[0], struct kmsgpipe_msg, node);
		if (last->len > over) {
			last->len -= over;
			WRITE_ONCE(q->bytes, q->bytes - over);
			q->stats.truncated++;
			kmsgpipe_queue_trace(q, last, last->seq + last->len,
					     over, &q->stats.truncated);
			kmsgpipe_log_add(&q->log, get_jiffies_64(), "truncate",
					 over, 1);
			total++;
		}
	}
	spin_unlock(&q->lock);
	return total;
}
