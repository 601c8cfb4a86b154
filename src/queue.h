/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_QUEUE_H
#define KMSGPIPE_QUEUE_H

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/timerqueue.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "log.h"
#include "uapi/linux/kmsgpipe.h"

/**
 * DOC: messages and the queue
 *
 * A message is one node, allocated once, that goes round and round::
 *
 *	alloc --> fill --> push --> [ queued, FIFO ] --> pop --> drain
 *	           ^                                               |
 *	           '---------- [ free, LIFO, bounded ] <-----------'
 *
 * so that a pipe in steady state neither allocates nor zeroes memory, and the
 * node that a writer fills is the one that a reader left warm in the cache.
 *
 * A payload of up to about 2 KiB follows its node in one kmalloc() object, whose
 * size is a power of two. A larger one lies in single pages: nothing of a high
 * order that would fail on fragmented memory, and nothing from vmalloc space,
 * where hardened user copies may take a global lock.
 *
 * There is a FIFO for each priority and a word that tells which are not empty.
 * Messages that expire are in a second order as well, by deadline. In stream
 * mode a node is a piece of the byte stream: all have priority 0, none expires,
 * and @seq counts bytes.
 *
 * This floor knows nothing of files, user memory or sleeping. A function whose
 * comment says "under the lock" wants kmsgpipe_queue.lock held and neither
 * allocates nor frees: what is to be freed goes back to the caller.
 */

/* What a parameter or a setting may be. */
struct kmsgpipe_range {
	u32 min;
	u32 max;
};

#define KMSGPIPE_MSG_SIZE_MAX	(1024 * 1024)

/* The one place that says how far the limits go. */
#define KMSGPIPE_MAX_MSGS_RANGE	{ 1, 65536 }
#define KMSGPIPE_MSG_SIZE_RANGE	{ 1, KMSGPIPE_MSG_SIZE_MAX }
#define KMSGPIPE_MAX_BYTES_RANGE { 1, 256 * 1024 * 1024 }
#define KMSGPIPE_TOTAL_BYTES_RANGE { 64 * 1024, 1024 * 1024 * 1024 }

static inline bool kmsgpipe_within(u32 value, struct kmsgpipe_range range)
{
	return value >= range.min && value <= range.max;
}

#define KMSGPIPE_PRIOS		(KMSGPIPE_PRIO_MAX + 1)

/* Stream mode: a write of up to this much is not mixed with others. */
#define KMSGPIPE_ATOMIC		4096

/* Internal results of one try to send or receive: nothing was done, because ... */
#define KMSGPIPE_TAKE_LARGE	(-ENOBUFS)	/* the large path must do it */
#define KMSGPIPE_STALE		(-ESTALE)	/* try anew: expired, mode changed */

/**
 * struct kmsgpipe_msg - a message node
 * @node: links it into the queue or into the list of large free nodes
 * @next_free: links it into the stack of small free nodes
 * @seq: its place in the order of sending; set when it is queued
 * @len: bytes of payload
 * @off: where the payload begins; not 0 only for a stream's piece partly read
 * @capacity: bytes that the node can hold
 * @nr_pages: pages that hold the payload; 0 if it is inline
 * @prio: priority
 * @pins: callers that look at it unlocked while it stays where it is
 * @gone: it left the queue while it was pinned; the last to unpin recycles it
 * @pid: thread group of the sender, in the initial namespace
 * @uid: effective user of the sender
 * @sent: when it was sent, in jiffies
 * @timer: @expires is its deadline, CLOCK_BOOTTIME; 0 if it has none
 * @data: the payload if it is inline, else the array of its pages
 */
struct kmsgpipe_msg {
	union {
		struct list_head node;
		struct kmsgpipe_msg *next_free;
	};
	u64 seq;
	u32 len;
	u32 off;
	u32 capacity;
	u16 nr_pages;
	u8 prio;
	bool gone;
	u32 pins;
	u32 pid;
	kuid_t uid;
	u64 sent;
	struct timerqueue_node timer;
	u8 data[] __aligned(8);
};

/* The smallest node, 512 bytes with its header; any of them holds this much. */
#define KMSGPIPE_MSG_SMALL	(512 - sizeof(struct kmsgpipe_msg))

struct kmsgpipe_msg *kmsgpipe_msg_alloc(u32 len, bool over);
void kmsgpipe_msg_free(struct kmsgpipe_msg *msg);
void kmsgpipe_msg_free_list(struct list_head *list);
long kmsgpipe_msg_memory(void);

/* The most that kmsgpipe_msg_memory() may be; whoever sets it needs no lock. */
extern u32 kmsgpipe_total_bytes;

static inline struct page **kmsgpipe_msg_pages(struct kmsgpipe_msg *msg)
{
	return (struct page **)msg->data;
}

/* Where byte @off of a node is, and how many follow it in one piece. */
static inline u8 *kmsgpipe_msg_at(struct kmsgpipe_msg *msg, u32 off, u32 *run)
{
	if (!msg->nr_pages) {
		*run = msg->capacity - off;
		return msg->data + off;
	}
	*run = PAGE_SIZE - off % PAGE_SIZE;
	return (u8 *)page_address(kmsgpipe_msg_pages(msg)[off / PAGE_SIZE]) +
	       off % PAGE_SIZE;
}

/**
 * struct kmsgpipe_limits - how much a queue takes
 * @max_msgs: messages queued at a time; stream mode does not ask
 * @msg_size: bytes in one message; stream mode does not ask
 * @max_bytes: bytes queued at a time
 */
struct kmsgpipe_limits {
	u32 max_msgs;
	u32 msg_size;
	u32 max_bytes;
};

static inline bool kmsgpipe_limits_valid(const struct kmsgpipe_limits *limits)
{
	const struct kmsgpipe_range max_msgs = KMSGPIPE_MAX_MSGS_RANGE;
	const struct kmsgpipe_range msg_size = KMSGPIPE_MSG_SIZE_RANGE;
	const struct kmsgpipe_range max_bytes = KMSGPIPE_MAX_BYTES_RANGE;

	return kmsgpipe_within(limits->max_msgs, max_msgs) &&
	       kmsgpipe_within(limits->msg_size, msg_size) &&
	       kmsgpipe_within(limits->max_bytes, max_bytes);
}

/* What a queue has done. Fields as in struct kmsgpipe_stats. */
struct kmsgpipe_counters {
	u64 sent;
	u64 received;
	u64 bytes_sent;
	u64 bytes_received;
	u64 expired;
	u64 truncated;
	u64 cleared;
	u64 faults;
	u32 max_messages;
	u32 max_bytes;
};

/**
 * struct kmsgpipe_queue - the messages of one pipe
 * @lock: guards all that follows and the messages in it. Held for one copy of
 *	at most a page and some dozens of instructions, or for a batch some
 *	dozens for each message; nothing sleeps or allocates under it. @count,
 *	@bytes, @limits, @mode, @closed and @drained may be read without it for
 *	a first look.
 * @ready: bit P is set if @msgs[P] is not empty
 * @count: nodes queued
 * @bytes: bytes in them
 * @in_flight: nodes popped that may yet be given back
 * @mode: KMSGPIPE_MODE_*; changes only while the queue is empty
 * @closed: the error that senders get; 0 while the queue takes messages
 * @drained: what a reader of an empty queue gets: -EAGAIN to wait, 0 for end of
 *	file, or an error
 * @limits: how much the queue takes
 * @next_seq: the seq of the next message
 * @ttl: life of a message in nanoseconds; 0: for ever
 * @timed: the messages that have a deadline, next to expire first
 * @stats: what the queue has done
 * @free_small: free nodes of the smallest size, a stack
 * @free_large: free nodes of any other size
 * @nr_free_small: nodes in @free_small
 * @free_large_bytes: capacity of the nodes in @free_large
 * @all: links it into the list of all queues, whose lock guards this
 * @msgs: queued messages by priority, next to be read first, in order of seq
 * @log: who did what last
 */
struct kmsgpipe_queue {
	spinlock_t lock;	/* guards all that follows but @all */
	u32 ready;
	u32 count;
	u32 bytes;
	u32 in_flight;
	u32 mode;
	int closed;
	int drained;
	struct kmsgpipe_limits limits;
	u64 next_seq;
	u64 ttl;
	struct timerqueue_head timed;
	struct kmsgpipe_counters stats;
	struct kmsgpipe_msg *free_small;
	struct list_head free_large;
	u32 nr_free_small;
	u32 free_large_bytes;
	struct list_head all;
	struct list_head msgs[KMSGPIPE_PRIOS];
	struct kmsgpipe_log log;
};

void kmsgpipe_queue_init(struct kmsgpipe_queue *q);
void kmsgpipe_queue_destroy(struct kmsgpipe_queue *q);
struct kmsgpipe_msg *kmsgpipe_queue_get_free(struct kmsgpipe_queue *q, u32 len);
void kmsgpipe_queue_put_free(struct kmsgpipe_queue *q,
			     struct kmsgpipe_msg *msg,
			     struct list_head *excess);
void kmsgpipe_queue_relink(struct kmsgpipe_queue *q, struct kmsgpipe_msg *msg);
void kmsgpipe_queue_recycle(struct kmsgpipe_queue *q, struct kmsgpipe_msg *msg);
u32 kmsgpipe_queue_expire(struct kmsgpipe_queue *q);
u32 kmsgpipe_queue_clear(struct kmsgpipe_queue *q);
u32 kmsgpipe_queue_truncate(struct kmsgpipe_queue *q);

/* The small free nodes that are kept: bursts of so many allocate nothing. */
#define KMSGPIPE_FREE_SMALL_MAX	1024

/* Takes the small free node that is on top; there is one. Under the lock. */
static inline struct kmsgpipe_msg *
kmsgpipe_queue_get_small(struct kmsgpipe_queue *q)
{
	struct kmsgpipe_msg *msg = q->free_small;

	q->free_small = msg->next_free;
	q->nr_free_small--;
	return msg;
}

/* Keeps a small node for reuse. Under the lock. Return: whether it did. */
static inline bool kmsgpipe_queue_put_small(struct kmsgpipe_queue *q,
					    struct kmsgpipe_msg *msg)
{
	if (unlikely(q->nr_free_small == KMSGPIPE_FREE_SMALL_MAX))
		return false;
	q->nr_free_small++;
	msg->next_free = q->free_small;
	q->free_small = msg;
	return true;
}

/* Messages queued; the pieces of a stream are none. Under the lock. */
static inline u32 kmsgpipe_queue_messages(const struct kmsgpipe_queue *q)
{
	return q->mode == KMSGPIPE_MODE_STREAM ? 0 : q->count;
}

/* A life in nanoseconds, 0 for ever, from one in milliseconds, 0 likewise. */
static inline u64 kmsgpipe_ttl_ns(u32 ttl_ms)
{
	return ttl_ms == KMSGPIPE_TTL_NEVER ? 0 : (u64)ttl_ms * NSEC_PER_MSEC;
}

/* Now, as deadlines count it. */
static inline u64 kmsgpipe_clock(void)
{
	return ktime_get_boottime_ns();
}

/* Bytes that there is room for; one who waits in vain has to ask again. */
static inline u32 kmsgpipe_queue_room(const struct kmsgpipe_queue *q)
{
	u32 max_bytes = READ_ONCE(q->limits.max_bytes);

	return max_bytes - min(max_bytes, READ_ONCE(q->bytes));
}

/**
 * kmsgpipe_queue_check - would the queue take this now?
 * @q: the queue
 * @mode: KMSGPIPE_MODE_*, what the caller takes it for
 * @len: bytes in the message; in stream mode, of the write or what is left
 *
 * In stream mode a write that must not be split asks for all its room, a longer
 * one is content with a byte. An answer got without the lock is a first look,
 * to be asked for again.
 *
 * Return: 0, -EMSGSIZE if it never will, -EAGAIN if it is full, KMSGPIPE_STALE
 * if the mode is another, or @q->closed.
 */
static __always_inline int kmsgpipe_queue_check(const struct kmsgpipe_queue *q,
						u32 mode, size_t len)
{
	u32 max_bytes = READ_ONCE(q->limits.max_bytes);

	if (unlikely(READ_ONCE(q->closed)))
		return READ_ONCE(q->closed);
	if (unlikely(READ_ONCE(q->mode) != mode))
		return KMSGPIPE_STALE;
	if (mode == KMSGPIPE_MODE_STREAM) {
		len = len > KMSGPIPE_ATOMIC ? 1 : min_t(u32, len, max_bytes);
	} else {
		if (unlikely(len > READ_ONCE(q->limits.msg_size) ||
			     len > max_bytes))
			return -EMSGSIZE;
		if (unlikely(READ_ONCE(q->count) >=
			     READ_ONCE(q->limits.max_msgs)))
			return -EAGAIN;
	}
	if (unlikely(READ_ONCE(q->bytes) + len > max_bytes))
		return -EAGAIN;
	return 0;
}

/* Whether there is something to read; without the lock, a first look. */
static inline bool kmsgpipe_queue_readable(const struct kmsgpipe_queue *q)
{
	return READ_ONCE(q->count);
}

/* The next message to be read; there is one. Under the lock. */
static inline struct kmsgpipe_msg *
kmsgpipe_queue_first(struct kmsgpipe_queue *q)
{
	return list_first_entry(&q->msgs[__fls(q->ready)], struct kmsgpipe_msg,
				node);
}

/* The same, or NULL if there is none. Under the lock. */
static inline struct kmsgpipe_msg *
kmsgpipe_queue_peek(struct kmsgpipe_queue *q)
{
	return q->ready ? kmsgpipe_queue_first(q) : NULL;
}

/* Whether any message can expire; without the lock, a first look. */
static inline bool kmsgpipe_queue_timed(struct kmsgpipe_queue *q)
{
	return timerqueue_getnext(&q->timed);
}

/* Whether a message's time is over. */
static inline bool kmsgpipe_msg_expired(const struct kmsgpipe_msg *msg)
{
	return unlikely(msg->timer.expires) &&
	       msg->timer.expires <= kmsgpipe_clock();
}

/*
 * Counts @len bytes in; they take up @places in the order of sending. Under the
 * lock. Return: the seq of the first.
 */
static inline u64 kmsgpipe_queue_add(struct kmsgpipe_queue *q, u32 len,
				     u32 places)
{
	u64 seq = q->next_seq;
	u32 bytes = q->bytes + len;

	q->next_seq = seq + places;
	WRITE_ONCE(q->bytes, bytes);
	q->stats.sent++;
	q->stats.bytes_sent += len;
	if (bytes > q->stats.max_bytes)
		q->stats.max_bytes = bytes;
	return seq;
}

/* Puts a message that is not queued before @next. Under the lock. */
static __always_inline void kmsgpipe_queue_link(struct kmsgpipe_queue *q,
						struct kmsgpipe_msg *msg,
						struct list_head *next,
						u32 prio, u64 expires)
{
	u32 count = q->count + 1;

	list_add_tail(&msg->node, next);
	q->ready |= 1U << prio;
	WRITE_ONCE(q->count, count);
	if (count > q->stats.max_messages)
		q->stats.max_messages = count;
	if (unlikely(expires))
		timerqueue_add(&q->timed, &msg->timer);
}

/**
 * kmsgpipe_queue_push - queue a filled node that kmsgpipe_queue_check() let in
 * @q: the queue, under the lock
 * @msg: the node
 * @len: bytes in it, from its beginning
 * @places: how much of the order of sending it takes up: 1, for a stream @len
 * @prio: its priority
 * @expires: its deadline, or 0
 */
static __always_inline void kmsgpipe_queue_push(struct kmsgpipe_queue *q,
						struct kmsgpipe_msg *msg,
						u32 len, u32 places, u32 prio,
						u64 expires)
{
	msg->len = len;
	msg->off = 0;
	msg->prio = prio;
	msg->timer.expires = expires;
	msg->seq = kmsgpipe_queue_add(q, len, places);
	kmsgpipe_queue_link(q, msg, &q->msgs[prio], prio, expires);
}

/* Takes a message out without counting it as received. Under the lock. */
static __always_inline void kmsgpipe_queue_unlink(struct kmsgpipe_queue *q,
						  struct kmsgpipe_msg *msg)
{
	const u32 prio = msg->prio;
	const u32 len = msg->len;

	/* The last of its priority has the list's head on both sides. */
	if (msg->node.next == msg->node.prev)
		q->ready &= ~(1U << prio);
	__list_del_entry(&msg->node);
	WRITE_ONCE(q->count, q->count - 1);
	WRITE_ONCE(q->bytes, q->bytes - len);
	if (unlikely(msg->timer.expires))
		timerqueue_del(&q->timed, &msg->timer);
}

/* Takes out a message to deliver it; the reverse follows. Under the lock. */
static inline void kmsgpipe_queue_pop(struct kmsgpipe_queue *q,
				      struct kmsgpipe_msg *msg)
{
	q->stats.received++;
	q->stats.bytes_received += msg->len;
	kmsgpipe_queue_unlink(q, msg);
}

/* Gives back a message that could not be delivered. Under the lock. */
static inline void kmsgpipe_queue_unpop(struct kmsgpipe_queue *q,
					struct kmsgpipe_msg *msg)
{
	kmsgpipe_queue_relink(q, msg);
	q->stats.received--;
	q->stats.bytes_received -= msg->len;
}

#endif /* KMSGPIPE_QUEUE_H */
