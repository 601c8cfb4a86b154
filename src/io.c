// SPDX-License-Identifier: GPL-2.0
/* Sending and receiving; io.h tells the idea. */

#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "compat.h"
#include "io.h"
#include "pipe.h"

/* The most that is copied under the lock. */
#define KMSGPIPE_SMALL_MAX	256

/* How often a small call brings its page in before it takes the large path. */
#define KMSGPIPE_FAULTS_MAX	3

/* Internal result: nothing was done, take the large path. */
#define KMSGPIPE_TAKE_LARGE	(-ENOBUFS)

/*
 * Copies without sleeping: a page that is not there is a failure, not a fault.
 * Word by word in a user_access section, because the bounds are known here and
 * the usual copies check them once more against the slab object.
 */
static __always_inline bool kmsgpipe_copy_in(u8 *dst, const char __user *src,
					     size_t len)
{
	pagefault_disable();
	if (!user_read_access_begin(src, len))
		goto no_access;
	for (; len >= sizeof(long); len -= sizeof(long)) {
		unsafe_get_user(*(long *)dst, (long __user *)src, fault);
		dst += sizeof(long);
		src += sizeof(long);
	}
	for (; len; len--, dst++, src++)
		unsafe_get_user(*dst, (u8 __user *)src, fault);
	user_read_access_end();
	pagefault_enable();
	return true;

fault:
	user_read_access_end();
no_access:
	pagefault_enable();
	return false;
}

static __always_inline bool kmsgpipe_copy_out(char __user *dst, const u8 *src,
					      size_t len)
{
	pagefault_disable();
	if (!user_write_access_begin(dst, len))
		goto no_access;
	for (; len >= sizeof(long); len -= sizeof(long)) {
		unsafe_put_user(*(const long *)src, (long __user *)dst, fault);
		dst += sizeof(long);
		src += sizeof(long);
	}
	for (; len; len--, src++, dst++)
		unsafe_put_user(*src, (u8 __user *)dst, fault);
	user_write_access_end();
	pagefault_enable();
	return true;

fault:
	user_write_access_end();
no_access:
	pagefault_enable();
	return false;
}

/*
 * Copies between a node and an iterator, which may sleep. Returns how many
 * bytes went; fewer than msg->len means bad memory.
 */
static size_t kmsgpipe_msg_copy(struct kmsgpipe_msg *msg, struct iov_iter *iter,
				size_t (*copy)(void *addr, size_t bytes,
					       struct iov_iter *iter))
{
	size_t done = 0;
	u32 i;

	if (!msg->nr_pages)
		return copy(msg->data, msg->len, iter);

	for (i = 0; done < msg->len; i++) {
		size_t want = min_t(size_t, msg->len - done, PAGE_SIZE);
		size_t got = copy(page_address(kmsgpipe_msg_pages(msg)[i]),
				  want, iter);

		done += got;
		if (got < want)
			break;
	}
	return done;
}

static size_t kmsgpipe_copy_from_iter(void *addr, size_t bytes,
				      struct iov_iter *iter)
{
	return copy_from_iter(addr, bytes, iter);
}

static size_t kmsgpipe_copy_to_iter(void *addr, size_t bytes,
				    struct iov_iter *iter)
{
	return copy_to_iter(addr, bytes, iter);
}

/*
 * Wake-ups. wq_has_sleeper()'s barrier stands between the change of the queue
 * and the look at the wait queue; it pairs with the one in set_current_state()
 * (prepare_to_wait_event()) or in kmsgpipe_poll_mask(), which stand between
 * joining the wait queue and the look at the queue. So one sees the other.
 */
static void kmsgpipe_wake_reader(struct kmsgpipe *pipe)
{
	if (wq_has_sleeper(&pipe->readers))
		wake_up_interruptible_sync_poll(&pipe->readers,
						EPOLLIN | EPOLLRDNORM);
}

static void kmsgpipe_wake_writer(struct kmsgpipe *pipe)
{
	if (wq_has_sleeper(&pipe->writers))
		wake_up_interruptible_sync_poll(&pipe->writers,
						EPOLLOUT | EPOLLWRNORM);
}

/* Puts a node that is done with back among the free ones. */
static void kmsgpipe_recycle(struct kmsgpipe_queue *q, struct kmsgpipe_msg *msg)
{
	LIST_HEAD(excess);

	spin_lock(&q->lock);
	kmsgpipe_queue_put_free(q, msg, &excess);
	spin_unlock(&q->lock);
	kmsgpipe_msg_free_list(&excess);
}

static __always_inline int kmsgpipe_send_small(struct kmsgpipe *pipe,
					       const char __user *buf,
					       size_t len)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *msg;
	LIST_HEAD(excess);
	int ret;

	if (len > KMSGPIPE_SMALL_MAX)
		return KMSGPIPE_TAKE_LARGE;

	spin_lock(&q->lock);
	ret = kmsgpipe_queue_check(q, len);
	if (unlikely(ret))
		goto unlock;

	msg = kmsgpipe_queue_get_free(q, len);
	if (unlikely(!msg)) {
		ret = KMSGPIPE_TAKE_LARGE;
		goto unlock;
	}
	if (unlikely(!kmsgpipe_copy_in(msg->data, buf, len))) {
		/* Back where it was: nothing becomes excess. */
		kmsgpipe_queue_put_free(q, msg, &excess);
		ret = -EFAULT;
		goto unlock;
	}
	msg->len = len;
	kmsgpipe_queue_push(q, msg);
unlock:
	spin_unlock(&q->lock);
	return ret;
}

static int kmsgpipe_send_large(struct kmsgpipe *pipe, struct iov_iter *from)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	size_t len = iov_iter_count(from);
	struct kmsgpipe_msg *msg = NULL;
	size_t copied;
	int ret;

	spin_lock(&q->lock);
	ret = kmsgpipe_queue_check(q, len);
	if (!ret)
		msg = kmsgpipe_queue_get_free(q, len);
	spin_unlock(&q->lock);
	if (ret)
		return ret;

	if (!msg)
		msg = kmsgpipe_msg_alloc(len);
	if (!msg)
		return -ENOMEM;

	msg->len = len;
	copied = kmsgpipe_msg_copy(msg, from, kmsgpipe_copy_from_iter);
	if (copied < len) {
		ret = -EFAULT;
		goto undo;
	}

	/* The queue may have filled, and limits changed, since the first look. */
	spin_lock(&q->lock);
	ret = kmsgpipe_queue_check(q, len);
	if (!ret)
		kmsgpipe_queue_push(q, msg);
	spin_unlock(&q->lock);
	if (ret)
		goto undo;
	return 0;

undo:
	iov_iter_revert(from, copied);
	kmsgpipe_recycle(q, msg);
	return ret;
}

/* One try for a plain write(), of any size. */
static __always_inline int kmsgpipe_try_send_user(struct kmsgpipe *pipe,
						  const char __user *buf,
						  size_t len)
{
	struct iovec iov = {
		.iov_base = (void __user *)buf,
		.iov_len = len,
	};
	struct iov_iter from;
	unsigned int faults;
	int ret;

	for (faults = 0; faults < KMSGPIPE_FAULTS_MAX; faults++) {
		ret = kmsgpipe_send_small(pipe, buf, len);
		if (likely(ret != -EFAULT))
			break;
		if (kmsgpipe_fault_in_readable(buf, len))
			return -EFAULT;
	}
	if (likely(ret != -EFAULT && ret != KMSGPIPE_TAKE_LARGE))
		return ret;

	iov_iter_init(&from, WRITE, &iov, 1, len);
	return kmsgpipe_send_large(pipe, &from);
}

static bool kmsgpipe_full(const struct kmsgpipe_queue *q, size_t len)
{
	return kmsgpipe_queue_check(q, len) == -EAGAIN;
}

static __always_inline ssize_t kmsgpipe_send(struct kmsgpipe *pipe,
					     const char __user *buf,
					     struct iov_iter *from, size_t len,
					     bool nonblock)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	bool slept = false;
	int ret;

	if (unlikely(!len))
		return 0;

	for (;;) {
		ret = from ? kmsgpipe_send_large(pipe, from) :
			     kmsgpipe_try_send_user(pipe, buf, len);
		if (likely(ret != -EAGAIN) || nonblock)
			break;
		ret = wait_event_interruptible_exclusive(pipe->writers,
							 !kmsgpipe_full(q, len));
		if (ret)
			break;
		slept = true;
	}

	if (likely(!ret)) {
		kmsgpipe_wake_reader(pipe);
		return len;
	}
	if (slept)
		kmsgpipe_wake_writer(pipe);
	return ret;
}

/**
 * kmsgpipe_send_user - send a message from user memory
 * @pipe: the pipe
 * @buf: the message
 * @len: bytes in it; 0 sends nothing
 * @nonblock: do not sleep
 *
 * Return: @len; -EMSGSIZE if that is over the pipe's msg_size; -ENOMEM; or as
 * io.h says.
 */
ssize_t kmsgpipe_send_user(struct kmsgpipe *pipe, const char __user *buf,
			   size_t len, bool nonblock)
{
	return kmsgpipe_send(pipe, buf, NULL, len, nonblock);
}

/* The same for all that an iterator describes, joined into one message. */
ssize_t kmsgpipe_send_iter(struct kmsgpipe *pipe, struct iov_iter *from,
			   bool nonblock)
{
	return kmsgpipe_send(pipe, NULL, from, iov_iter_count(from), nonblock);
}

/* Sets *@want to the message's length if a page is missing. */
static __always_inline ssize_t kmsgpipe_recv_small(struct kmsgpipe *pipe,
						   char __user *buf, size_t len,
						   size_t *want)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *msg;
	LIST_HEAD(excess);
	ssize_t ret;

	spin_lock(&q->lock);
	msg = kmsgpipe_queue_peek(q);
	if (unlikely(!msg)) {
		ret = -EAGAIN;
		goto unlock;
	}
	ret = msg->len;
	if (unlikely(len < msg->len)) {
		ret = -EMSGSIZE;
		goto unlock;
	}
	if (msg->len > KMSGPIPE_SMALL_MAX) {
		ret = KMSGPIPE_TAKE_LARGE;
		goto unlock;
	}
	if (unlikely(!kmsgpipe_copy_out(buf, msg->data, msg->len))) {
		*want = msg->len;
		ret = -EFAULT;
		goto unlock;
	}
	kmsgpipe_queue_pop(q, msg);
	kmsgpipe_queue_put_free(q, msg, &excess);
unlock:
	spin_unlock(&q->lock);
	if (unlikely(!list_empty(&excess)))
		kmsgpipe_msg_free_list(&excess);
	return ret;
}

static ssize_t kmsgpipe_recv_large(struct kmsgpipe *pipe, struct iov_iter *to)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *msg;
	size_t copied;
	ssize_t ret;

	spin_lock(&q->lock);
	msg = kmsgpipe_queue_peek(q);
	if (!msg) {
		ret = -EAGAIN;
	} else if (iov_iter_count(to) < msg->len) {
		ret = -EMSGSIZE;
	} else {
		ret = msg->len;
		kmsgpipe_queue_pop(q, msg);
	}
	spin_unlock(&q->lock);
	if (ret < 0)
		return ret;

	copied = kmsgpipe_msg_copy(msg, to, kmsgpipe_copy_to_iter);
	if (unlikely(copied < msg->len)) {
		iov_iter_revert(to, copied);
		spin_lock(&q->lock);
		kmsgpipe_queue_unpop(q, msg);
		spin_unlock(&q->lock);
		/* Who came meanwhile found no message and went to sleep. */
		kmsgpipe_wake_reader(pipe);
		return -EFAULT;
	}
	kmsgpipe_recycle(q, msg);
	return ret;
}

/* One try for a plain read(), of any size. */
static __always_inline ssize_t kmsgpipe_try_recv_user(struct kmsgpipe *pipe,
						      char __user *buf,
						      size_t len)
{
	struct iovec iov = {
		.iov_base = buf,
		.iov_len = len,
	};
	unsigned int faults;
	struct iov_iter to;
	size_t want = 0;
	ssize_t ret;

	for (faults = 0; faults < KMSGPIPE_FAULTS_MAX; faults++) {
		ret = kmsgpipe_recv_small(pipe, buf, len, &want);
		if (likely(ret != -EFAULT))
			break;
		if (kmsgpipe_fault_in_writeable(buf, want))
			return -EFAULT;
	}
	if (likely(ret != -EFAULT && ret != KMSGPIPE_TAKE_LARGE))
		return ret;

	iov_iter_init(&to, READ, &iov, 1, len);
	return kmsgpipe_recv_large(pipe, &to);
}

static __always_inline ssize_t kmsgpipe_recv(struct kmsgpipe *pipe,
					     char __user *buf,
					     struct iov_iter *to, size_t len,
					     bool nonblock)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	bool slept = false;
	ssize_t ret;

	if (unlikely(!len))
		return 0;

	for (;;) {
		ret = to ? kmsgpipe_recv_large(pipe, to) :
			   kmsgpipe_try_recv_user(pipe, buf, len);
		if (likely(ret != -EAGAIN) || nonblock)
			break;
		ret = wait_event_interruptible_exclusive(pipe->readers,
							 kmsgpipe_queue_readable(q));
		if (ret)
			break;
		slept = true;
	}

	if (likely(ret >= 0))
		kmsgpipe_wake_writer(pipe);
	else if (slept)
		kmsgpipe_wake_reader(pipe);
	return ret;
}

/**
 * kmsgpipe_recv_user - receive one message into user memory
 * @pipe: the pipe
 * @buf: where to
 * @len: room there; 0 receives nothing
 * @nonblock: do not sleep
 *
 * Return: bytes in the message; -EMSGSIZE if it needs more room, and it stays;
 * or as io.h says.
 */
ssize_t kmsgpipe_recv_user(struct kmsgpipe *pipe, char __user *buf, size_t len,
			   bool nonblock)
{
	return kmsgpipe_recv(pipe, buf, NULL, len, nonblock);
}

/* The same into all that an iterator describes, filled part by part. */
ssize_t kmsgpipe_recv_iter(struct kmsgpipe *pipe, struct iov_iter *to,
			   bool nonblock)
{
	return kmsgpipe_recv(pipe, NULL, to, iov_iter_count(to), nonblock);
}

/* What poll reports now. The caller has joined both wait queues. */
__poll_t kmsgpipe_poll_mask(struct kmsgpipe *pipe)
{
	const struct kmsgpipe_queue *q = &pipe->queue;
	__poll_t mask = 0;

	/* Pairs with wq_has_sleeper() in the wake-ups, see there. */
	smp_mb();
	if (kmsgpipe_queue_readable(q))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (!kmsgpipe_queue_check(q, 0))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}
