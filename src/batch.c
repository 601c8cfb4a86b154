// SPDX-License-Identifier: GPL-2.0
/* Sending and receiving several messages at a time; batch.h tells the idea. */

#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "batch.h"
#include "command.h"
#include "compat.h"
#include "copy.h"
#include "io.h"
#include "pipe.h"
#include "trace.h"
#include "wait.h"

/**
 * struct kmsgpipe_entry - one message of a batch
 * @message: what the caller's entry says, and gets
 * @msg: the node that is filled for it, or delivered to it; or NULL
 */
struct kmsgpipe_entry {
	struct kmsgpipe_message message;
	struct kmsgpipe_msg *msg;
};

/**
 * struct kmsgpipe_entries - the messages of a batch
 * @uaddr: where the caller's are
 * @size: of each of them
 * @nr: how many
 * @entry: ours
 */
struct kmsgpipe_entries {
	char __user *uaddr;
	u32 size;
	u32 nr;
	struct kmsgpipe_entry *entry;
};

static void __user *kmsgpipe_entry_uaddr(const struct kmsgpipe_entries *es,
					 u32 i)
{
	return es->uaddr + (size_t)i * es->size;
}

static int kmsgpipe_entry_out(const struct kmsgpipe_entries *es, u32 i)
{
	return kmsgpipe_argument_out(kmsgpipe_entry_uaddr(es, i), es->size,
				     &es->entry[i].message,
				     sizeof(es->entry[i].message));
}

static void kmsgpipe_entries_put(struct kmsgpipe_entries *es)
{
	kvfree(es->entry);
}

/*
 * Copies the entries in; @valid says whether one is. Return: 0, and
 * kmsgpipe_entries_put() follows, or an error.
 */
static int
kmsgpipe_entries_get(struct kmsgpipe_entries *es,
		     const struct kmsgpipe_batch *batch,
		     bool (*valid)(const struct kmsgpipe_message *, u32))
{
	struct kmsgpipe_message *message;
	int err;
	u32 i;

	if ((batch->flags & ~KMSGPIPE_IO_NONBLOCK) || batch->reserved ||
	    !batch->count || batch->count > KMSGPIPE_BATCH_MAX)
		return -EINVAL;
	es->uaddr = u64_to_user_ptr(batch->entries);
	es->nr = batch->count;
	if (get_user(es->size, (u32 __user *)es->uaddr))
		return -EFAULT;
	es->entry = kvmalloc_array(es->nr, sizeof(*es->entry),
				   GFP_KERNEL_ACCOUNT);
	if (!es->entry)
		return -ENOMEM;

	for (i = 0; i < es->nr; i++) {
		message = &es->entry[i].message;
		es->entry[i].msg = NULL;
		err = kmsgpipe_argument_in(message, sizeof(*message),
					   kmsgpipe_entry_uaddr(es, i),
					   es->size);
		if (!err && (message->size != es->size || !valid(message, 0)))
			err = -EINVAL;
		if (err) {
			kmsgpipe_entries_put(es);
			return err;
		}
	}
	return 0;
}

/*
 * Takes free nodes for as many entries as the queue would take now. An entry
 * whose node has to be made has none then. Return: how many entries, or why the
 * queue does not take the first.
 */
static int kmsgpipe_batch_reserve(struct kmsgpipe_queue *q,
				  struct kmsgpipe_entries *es)
{
	struct kmsgpipe_entry *entry = es->entry;
	u32 room, len, left, nr = 0;
	int err;

	spin_lock(&q->lock);
	err = kmsgpipe_queue_check(q, KMSGPIPE_MODE_MESSAGE,
				   entry->message.len);
	if (!err) {
		room = kmsgpipe_queue_room(q);
		left = min(es->nr, q->limits.max_msgs - q->count);
		for (; nr < left; nr++, entry++) {
			len = entry->message.len;
			if (len > room || len > q->limits.msg_size)
				break;
			room -= len;
			entry->msg = kmsgpipe_queue_get_free(q, len);
		}
	}
	spin_unlock(&q->lock);
	return err ?: nr;
}

static int kmsgpipe_entry_fill(struct kmsgpipe_entry *entry)
{
	struct kmsgpipe_message *message = &entry->message;
	struct iovec iov = {
		.iov_base = u64_to_user_ptr(message->buf),
		.iov_len = message->len,
	};
	struct kmsgpipe_msg *msg = entry->msg;
	struct iov_iter from;

	if (!msg)
		msg = kmsgpipe_msg_alloc(message->len, false);
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	entry->msg = msg;
	msg->off = 0;
	msg->len = message->len;
	iov_iter_init(&from, WRITE, &iov, 1, message->len);
	return kmsgpipe_copy_from_iter(msg, &from) < msg->len ? -EFAULT : 0;
}

/* One try to send. Return: how many were sent, or why the first was not. */
static int kmsgpipe_try_send_batch(struct kmsgpipe *pipe,
				   struct kmsgpipe_entries *es)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_entry *entry;
	u32 filled, done, i;
	bool timed = false;
	LIST_HEAD(excess);
	int reserved;
	int err;

	err = kmsgpipe_not_messages(pipe);
	if (err)
		return err;
	reserved = kmsgpipe_batch_reserve(q, es);
	if (reserved < 0)
		return reserved;
	for (filled = 0; filled < reserved; filled++) {
		err = kmsgpipe_entry_fill(&es->entry[filled]);
		if (err)
			break;
	}

	/* The queue may have filled, or changed, since the first look. */
	spin_lock(&q->lock);
	for (done = 0; done < filled; done++) {
		entry = &es->entry[done];
		err = kmsgpipe_queue_check(q, KMSGPIPE_MODE_MESSAGE,
					   entry->message.len);
		if (err)
			break;
		timed |= kmsgpipe_msg_push(q, entry->msg, entry->message.len,
					   &entry->message);
		entry->message.seq = entry->msg->seq;
		entry->msg = NULL;
	}
	for (i = done; i < reserved; i++) {
		entry = &es->entry[i];
		if (entry->msg)
			kmsgpipe_queue_put_free(q, entry->msg, &excess);
		entry->msg = NULL;
	}
	spin_unlock(&q->lock);

	if (timed)
		kmsgpipe_expiry_arm(&pipe->expiry);
	if (done)
		kmsgpipe_wake_readers(pipe, done);
	kmsgpipe_msg_free_list(&excess);
	return done ?: err;
}

static int kmsgpipe_send_entries(struct kmsgpipe *pipe,
				 struct kmsgpipe_entries *es, bool nonblock)
{
	bool slept = false;
	int ret;

	for (;;) {
		kmsgpipe_pipe_expire(pipe);
		ret = kmsgpipe_try_send_batch(pipe, es);
		if (ret == KMSGPIPE_STALE)
			continue;
		if (ret != -EAGAIN || nonblock)
			break;
		ret = kmsgpipe_wait(pipe, es->entry[0].message.len, &slept);
		if (ret)
			break;
	}
	/* There may be room for another, or the wake was not used. */
	if (slept)
		kmsgpipe_wake_writer(pipe);
	return ret;
}

/**
 * kmsgpipe_send_batch - send several messages
 * @pipe: the pipe
 * @batch: where they are; gets how many were sent
 * @nonblock: do not sleep, whatever the batch says
 *
 * Return: 0 if at least one was sent, else why not, as
 * <linux/kmsgpipe.h> tells.
 */
int kmsgpipe_send_batch(struct kmsgpipe *pipe, struct kmsgpipe_batch *batch,
			bool nonblock)
{
	struct kmsgpipe_entries es;
	int ret;
	u32 i;

	ret = kmsgpipe_entries_get(&es, batch, kmsgpipe_may_send);
	if (ret)
		return ret;
	nonblock |= batch->flags & KMSGPIPE_IO_NONBLOCK;

	/* Can the seqs be delivered? Not to be found out when all is sent. */
	if (kmsgpipe_fault_in_writeable(es.uaddr, (size_t)es.size * es.nr))
		ret = -EFAULT;
	else
		ret = kmsgpipe_send_entries(pipe, &es, nonblock);
	if (ret > 0) {
		batch->count = ret;
		ret = 0;
		for (i = 0; i < batch->count && !ret; i++)
			ret = kmsgpipe_entry_out(&es, i);
	}
	kmsgpipe_entries_put(&es);
	return ret;
}

/* Return: whether message and entry reached the caller. */
static bool kmsgpipe_entry_deliver(const struct kmsgpipe_entries *es, u32 i)
{
	struct kmsgpipe_message *message = &es->entry[i].message;
	struct kmsgpipe_msg *msg = es->entry[i].msg;
	struct iovec iov = {
		.iov_base = u64_to_user_ptr(message->buf),
		.iov_len = msg->len,
	};
	struct iov_iter to;

	iov_iter_init(&to, READ, &iov, 1, msg->len);
	if (kmsgpipe_copy_to_iter(msg, &to) < msg->len)
		return false;
	message->len = msg->len;
	kmsgpipe_msg_describe(msg, message);
	return !kmsgpipe_entry_out(es, i);
}

/*
 * One try to receive. Return: how many were received, 0 for end of file, or why
 * the first was not.
 */
static int kmsgpipe_try_recv_batch(struct kmsgpipe *pipe,
				   struct kmsgpipe_entries *es)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *msg;
	LIST_HEAD(excess);
	u32 nr, done, i;
	ssize_t ret;

	ret = kmsgpipe_not_messages(pipe);
	if (ret)
		return ret;

	spin_lock(&q->lock);
	for (nr = 0; nr < es->nr; nr++) {
		ret = kmsgpipe_recv_check(q, &msg, es->entry[nr].message.len);
		if (ret <= 0)
			break;
		kmsgpipe_queue_pop(q, msg);
		q->in_flight++;
		es->entry[nr].msg = msg;
	}
	if (!nr && ret == -EMSGSIZE)
		es->entry[0].message.len = msg->len;
	spin_unlock(&q->lock);
	if (!nr)
		return ret == -EMSGSIZE ? kmsgpipe_entry_out(es, 0) ?: ret :
					  ret;
	kmsgpipe_wake_writer(pipe);

	for (done = 0; done < nr; done++)
		if (!kmsgpipe_entry_deliver(es, done))
			break;
	/* The last one first: so each belongs where its list begins. */
	for (i = nr; i > done; i--)
		kmsgpipe_unpop(pipe, es->entry[i - 1].msg);

	spin_lock(&q->lock);
	q->in_flight -= done;
	for (i = 0; i < done; i++) {
		msg = es->entry[i].msg;
		trace_kmsgpipe_recv(q, msg->seq, msg->len, msg->prio, msg->pid);
		kmsgpipe_queue_put_free(q, msg, &excess);
	}
	spin_unlock(&q->lock);
	kmsgpipe_msg_free_list(&excess);
	return done ?: -EFAULT;
}

/**
 * kmsgpipe_recv_batch - receive several messages
 * @pipe: the pipe
 * @batch: where to; gets how many were received
 * @nonblock: do not sleep, whatever the batch says
 *
 * Return: 0 if at least one was received, or at the end of file; else why not,
 * as <linux/kmsgpipe.h> tells.
 */
int kmsgpipe_recv_batch(struct kmsgpipe *pipe, struct kmsgpipe_batch *batch,
			bool nonblock)
{
	struct kmsgpipe_entries es;
	bool slept = false;
	int ret;

	ret = kmsgpipe_entries_get(&es, batch, kmsgpipe_may_recv);
	if (ret)
		return ret;
	nonblock |= batch->flags & KMSGPIPE_IO_NONBLOCK;

	for (;;) {
		kmsgpipe_pipe_expire(pipe);
		ret = kmsgpipe_try_recv_batch(pipe, &es);
		if (ret == KMSGPIPE_STALE)
			continue;
		if (ret != -EAGAIN || nonblock)
			break;
		ret = kmsgpipe_wait(pipe, 0, &slept);
		if (ret)
			break;
	}
	/* The wake was not used up. */
	if (slept && ret < 0)
		kmsgpipe_wake_reader(pipe);
	kmsgpipe_entries_put(&es);
	if (ret < 0)
		return ret;
	batch->count = ret;
	return 0;
}
