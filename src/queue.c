// SPDX-License-Identifier: GPL-2.0
/* Messages and the queue; queue.h tells the idea. */

#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "queue.h"

/* Inline payloads end where node and payload would outgrow this object. */
#define KMSGPIPE_NODE_MAX	2048

/* How much a pipe keeps for reuse: bursts within these bounds allocate nothing. */
#define KMSGPIPE_FREE_SMALL_MAX	128
#define KMSGPIPE_FREE_LARGE_MAX	(256 * 1024)

/* Bytes in all nodes of all pipes, queued, free and on their way. */
static atomic_long_t kmsgpipe_memory = ATOMIC_LONG_INIT(0);

static size_t kmsgpipe_msg_footprint(const struct kmsgpipe_msg *msg)
{
	if (!msg->nr_pages)
		return sizeof(*msg) + msg->capacity;
	return struct_size(msg, data, msg->nr_pages * sizeof(struct page *)) +
	       msg->nr_pages * PAGE_SIZE;
}

static void kmsgpipe_msg_free_pages(struct kmsgpipe_msg *msg, u32 nr)
{
	while (nr)
		__free_page(kmsgpipe_msg_pages(msg)[--nr]);
}

/**
 * kmsgpipe_msg_alloc - make a node
 * @len: bytes of payload it must hold, at most KMSGPIPE_MSG_SIZE_MAX
 *
 * May sleep. The memory is charged to the caller's memory cgroup.
 *
 * Return: the node, @len not set, or NULL.
 */
struct kmsgpipe_msg *kmsgpipe_msg_alloc(u32 len)
{
	size_t size = sizeof(struct kmsgpipe_msg) + len;
	struct kmsgpipe_msg *msg;
	u32 nr_pages = 0;
	u32 i;

	if (size <= KMSGPIPE_NODE_MAX) {
		size = max_t(size_t, roundup_pow_of_two(size),
			     sizeof(*msg) + KMSGPIPE_MSG_SMALL);
	} else {
		nr_pages = DIV_ROUND_UP(len, PAGE_SIZE);
		size = sizeof(*msg) + nr_pages * sizeof(struct page *);
	}

	msg = kmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!msg)
		return NULL;
	msg->nr_pages = nr_pages;
	msg->capacity = nr_pages ? nr_pages * PAGE_SIZE : size - sizeof(*msg);

	for (i = 0; i < nr_pages; i++) {
		kmsgpipe_msg_pages(msg)[i] = alloc_page(GFP_KERNEL_ACCOUNT);
		if (!kmsgpipe_msg_pages(msg)[i])
			goto free;
	}
	atomic_long_add(kmsgpipe_msg_footprint(msg), &kmsgpipe_memory);
	return msg;

free:
	kmsgpipe_msg_free_pages(msg, i);
	kfree(msg);
	return NULL;
}

/* Ends a node that is in no list. NULL is fine. */
void kmsgpipe_msg_free(struct kmsgpipe_msg *msg)
{
	if (!msg)
		return;
	atomic_long_sub(kmsgpipe_msg_footprint(msg), &kmsgpipe_memory);
	kmsgpipe_msg_free_pages(msg, msg->nr_pages);
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

/* Makes an empty queue. */
void kmsgpipe_queue_init(struct kmsgpipe_queue *q,
			 const struct kmsgpipe_limits *limits)
{
	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->msgs);
	INIT_LIST_HEAD(&q->free_small);
	INIT_LIST_HEAD(&q->free_large);
	q->limits = *limits;
}

/* Frees all nodes of a queue that nobody uses any more. */
void kmsgpipe_queue_destroy(struct kmsgpipe_queue *q)
{
	kmsgpipe_msg_free_list(&q->msgs);
	kmsgpipe_msg_free_list(&q->free_small);
	kmsgpipe_msg_free_list(&q->free_large);
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
	struct list_head *list;
	struct kmsgpipe_msg *msg;

	list = len <= KMSGPIPE_MSG_SMALL ? &q->free_small : &q->free_large;
	msg = list_first_entry_or_null(list, struct kmsgpipe_msg, node);
	if (!msg || msg->capacity < len)
		return NULL;

	list_del(&msg->node);
	if (list == &q->free_small)
		q->nr_free_small--;
	else
		q->free_large_bytes -= msg->capacity;
	return msg;
}

/**
 * kmsgpipe_queue_put_free - keep a node for reuse
 * @q: the queue, under the lock
 * @msg: a node in no list
 * @excess: gets the nodes that are too many, for kmsgpipe_msg_free_list()
 */
void kmsgpipe_queue_put_free(struct kmsgpipe_queue *q,
			     struct kmsgpipe_msg *msg,
			     struct list_head *excess)
{
	struct kmsgpipe_msg *oldest;

	if (msg->capacity == KMSGPIPE_MSG_SMALL) {
		if (q->nr_free_small == KMSGPIPE_FREE_SMALL_MAX) {
			list_add(&msg->node, excess);
			return;
		}
		q->nr_free_small++;
		list_add(&msg->node, &q->free_small);
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
 * kmsgpipe_queue_unpop - give a message back that could not be delivered
 * @q: the queue, under the lock
 * @msg: what kmsgpipe_queue_pop() took out
 *
 * It goes where it stood, before all that were sent after it, also when several
 * readers give back at a time. The queue may be over its limits until drained.
 */
void kmsgpipe_queue_unpop(struct kmsgpipe_queue *q, struct kmsgpipe_msg *msg)
{
	struct kmsgpipe_msg *pos;

	list_for_each_entry(pos, &q->msgs, node) {
		if (pos->seq > msg->seq)
			break;
	}
	/* Before @pos; if the loop ran out, that is the list's end. */
	list_add_tail(&msg->node, &pos->node);
	WRITE_ONCE(q->count, q->count + 1);
}
