/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_QUEUE_H
#define KMSGPIPE_QUEUE_H

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/spinlock.h>
#include <linux/types.h>

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
 * This floor knows nothing of files, user memory or sleeping. A function whose
 * comment says "under the lock" wants kmsgpipe_queue.lock held and neither
 * allocates nor frees: what is to be freed goes back to the caller.
 */

/* The ranges of the limits: what a parameter or a setting may ask for. */
#define KMSGPIPE_MAX_MSGS_MAX	65536
#define KMSGPIPE_MSG_SIZE_MAX	(1024 * 1024)

/**
 * struct kmsgpipe_msg - a message node
 * @node: links it into the queue or into a list of free nodes
 * @seq: its place in the order of sending; set by kmsgpipe_queue_push()
 * @len: bytes of payload
 * @capacity: bytes of payload that the node can hold
 * @nr_pages: pages that hold the payload; 0 if it is inline
 * @data: the payload if it is inline, else the array of its pages
 */
struct kmsgpipe_msg {
	struct list_head node;
	u64 seq;
	u32 len;
	u32 capacity;
	u32 nr_pages;
	u8 data[] __aligned(8);
};

/* The smallest node, 512 bytes with its header; any of them holds this much. */
#define KMSGPIPE_MSG_SMALL	(512 - sizeof(struct kmsgpipe_msg))

struct kmsgpipe_msg *kmsgpipe_msg_alloc(u32 len);
void kmsgpipe_msg_free(struct kmsgpipe_msg *msg);
void kmsgpipe_msg_free_list(struct list_head *list);
long kmsgpipe_msg_memory(void);

static inline struct page **kmsgpipe_msg_pages(struct kmsgpipe_msg *msg)
{
	return (struct page **)msg->data;
}

/**
 * struct kmsgpipe_limits - how much a queue takes
 * @max_msgs: messages queued at a time
 * @msg_size: bytes in one message
 */
struct kmsgpipe_limits {
	u32 max_msgs;
	u32 msg_size;
};

/**
 * struct kmsgpipe_queue - the messages of one pipe
 * @lock: guards all that follows. Held for a few dozen instructions, one copy
 *	of a small message at the most; nothing sleeps or allocates under it.
 *	@count and @limits may be read without it for a first look.
 * @msgs: queued messages, next to be read first, in the order of their @seq
 * @count: messages in @msgs
 * @next_seq: the @seq of the next message
 * @limits: how much the queue takes
 * @free_small: free nodes of the smallest size
 * @free_large: free nodes of any other size
 * @nr_free_small: nodes in @free_small
 * @free_large_bytes: capacity of the nodes in @free_large
 */
struct kmsgpipe_queue {
	spinlock_t lock;	/* guards all that follows, see above */
	struct list_head msgs;
	u32 count;
	u64 next_seq;
	struct kmsgpipe_limits limits;
	struct list_head free_small;
	struct list_head free_large;
	u32 nr_free_small;
	u32 free_large_bytes;
};

void kmsgpipe_queue_init(struct kmsgpipe_queue *q,
			 const struct kmsgpipe_limits *limits);
void kmsgpipe_queue_destroy(struct kmsgpipe_queue *q);
struct kmsgpipe_msg *kmsgpipe_queue_get_free(struct kmsgpipe_queue *q, u32 len);
void kmsgpipe_queue_put_free(struct kmsgpipe_queue *q,
			     struct kmsgpipe_msg *msg,
			     struct list_head *excess);
void kmsgpipe_queue_unpop(struct kmsgpipe_queue *q, struct kmsgpipe_msg *msg);

/**
 * kmsgpipe_queue_check - would the queue take a message now?
 * @q: the queue
 * @len: bytes in the message
 *
 * An answer got without the lock is a first look, to be asked for again.
 *
 * Return: 0, -EMSGSIZE if it never will, -EAGAIN if it is full.
 */
static inline int kmsgpipe_queue_check(const struct kmsgpipe_queue *q,
				       size_t len)
{
	if (unlikely(len > READ_ONCE(q->limits.msg_size)))
		return -EMSGSIZE;
	if (unlikely(READ_ONCE(q->count) >= READ_ONCE(q->limits.max_msgs)))
		return -EAGAIN;
	return 0;
}

/* Whether there is a message to read; without the lock, a first look. */
static inline bool kmsgpipe_queue_readable(const struct kmsgpipe_queue *q)
{
	return READ_ONCE(q->count);
}

/* The next message to be read, or NULL. Under the lock. */
static inline struct kmsgpipe_msg *
kmsgpipe_queue_peek(struct kmsgpipe_queue *q)
{
	return list_first_entry_or_null(&q->msgs, struct kmsgpipe_msg, node);
}

/* Queues a filled node that kmsgpipe_queue_check() let in. Under the lock. */
static inline void kmsgpipe_queue_push(struct kmsgpipe_queue *q,
				       struct kmsgpipe_msg *msg)
{
	msg->seq = q->next_seq++;
	list_add_tail(&msg->node, &q->msgs);
	WRITE_ONCE(q->count, q->count + 1);
}

/* Takes a queued message out. Under the lock. */
static inline void kmsgpipe_queue_pop(struct kmsgpipe_queue *q,
				      struct kmsgpipe_msg *msg)
{
	list_del(&msg->node);
	WRITE_ONCE(q->count, q->count - 1);
}

#endif /* KMSGPIPE_QUEUE_H */
