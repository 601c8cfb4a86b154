// SPDX-License-Identifier: GPL-2.0
/* Sending and receiving; io.h tells the idea. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/uio.h>

#include "compat.h"
#include "copy.h"
#include "io.h"
#include "pipe.h"
#include "stream.h"
#include "trace.h"
#include "wait.h"

/* How often a small call brings its page in before it takes the large path. */
#define KMSGPIPE_FAULTS_MAX	3

/*
 * Queues a filled node with all that a message carries beside its payload.
 * Under the lock. Return: whether kmsgpipe_expiry_arm() has to follow.
 */
__always_inline bool
kmsgpipe_msg_push(struct kmsgpipe_queue *q, struct kmsgpipe_msg *msg, u32 len,
		  const struct kmsgpipe_message *attr)
{
	u32 prio = attr ? attr->prio : 0;
	u64 expires = 0;
	u64 ttl = q->ttl;

	if (attr && attr->ttl_ms)
		ttl = kmsgpipe_ttl_ns(attr->ttl_ms);
	if (unlikely(ttl))
		expires = kmsgpipe_clock() + ttl;

	msg->pid = attr && (attr->flags & KMSGPIPE_IO_NOBODY) ? 0 :
		   current->tgid;
	msg->uid = current_euid();
	msg->sent = get_jiffies_64();
	kmsgpipe_queue_push(q, msg, len, 1, prio, expires);
	trace_kmsgpipe_send(q, msg->seq, len, prio, msg->pid);
	return expires;
}

/*
 * One try to send a message of at most KMSGPIPE_SMALL_MAX bytes. @log: it is all
 * that the call does, so log that it was done.
 */
static __always_inline ssize_t kmsgpipe_send_small(struct kmsgpipe *pipe,
						   const char __user *buf,
						   size_t len, bool log)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *msg;
	ssize_t ret;
	bool timed;

	spin_lock(&q->lock);
	ret = kmsgpipe_queue_check(q, KMSGPIPE_MODE_MESSAGE, len);
	if (unlikely(ret))
		goto unlock;

	msg = q->free_small;
	if (unlikely(!msg)) {
		ret = KMSGPIPE_TAKE_LARGE;
		goto unlock;
	}
	if (unlikely(!kmsgpipe_copy_in(msg->data, buf, len))) {
		ret = -EFAULT;
		goto unlock;
	}
	kmsgpipe_queue_get_small(q);
	timed = kmsgpipe_msg_push(q, msg, len, NULL);
	if (log)
		kmsgpipe_log_add(&q->log, msg->sent, "send", len, len);
	spin_unlock(&q->lock);

	if (unlikely(timed))
		kmsgpipe_expiry_arm(&pipe->expiry);
	return len;

unlock:
	spin_unlock(&q->lock);
	return ret;
}

/* One try to send a message of any size. */
static ssize_t kmsgpipe_send_large(struct kmsgpipe *pipe, struct iov_iter *from,
				   struct kmsgpipe_message *attr)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	size_t len = iov_iter_count(from);
	struct kmsgpipe_msg *msg;
	bool timed = false;
	ssize_t ret;

	msg = kmsgpipe_msg_from_iter(q, KMSGPIPE_MODE_MESSAGE, from);
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	/* The queue may have filled, or changed, since the first look. */
	spin_lock(&q->lock);
	ret = kmsgpipe_queue_check(q, KMSGPIPE_MODE_MESSAGE, len);
	if (!ret) {
		timed = kmsgpipe_msg_push(q, msg, len, attr);
		if (attr)
			attr->seq = msg->seq;
	}
	spin_unlock(&q->lock);
	if (ret) {
		iov_iter_revert(from, len);
		kmsgpipe_queue_recycle(q, msg);
		return ret;
	}
	if (timed)
		kmsgpipe_expiry_arm(&pipe->expiry);
	return len;
}

static bool kmsgpipe_is_stream(const struct kmsgpipe *pipe)
{
	return unlikely(READ_ONCE(pipe->queue.mode) == KMSGPIPE_MODE_STREAM);
}

/* 0 in message mode; else why what only messages have cannot be had. */
int kmsgpipe_not_messages(const struct kmsgpipe *pipe)
{
	if (!kmsgpipe_is_stream(pipe))
		return 0;
	return READ_ONCE(pipe->removed) ? -ENODEV : -EINVAL;
}

/* Whether @attr says what a stream cannot do. */
static bool kmsgpipe_wants_message(const struct kmsgpipe_message *attr)
{
	return attr && (!(attr->flags & KMSGPIPE_IO_KERNEL) || attr->prio ||
			attr->ttl_ms);
}

/* One try for what an iterator describes. */
static ssize_t kmsgpipe_try_send_iter(struct kmsgpipe *pipe,
				      struct iov_iter *from,
				      struct kmsgpipe_message *attr)
{
	if (!kmsgpipe_is_stream(pipe))
		return kmsgpipe_send_large(pipe, from, attr);
	if (kmsgpipe_wants_message(attr))
		return kmsgpipe_not_messages(pipe) ?: KMSGPIPE_STALE;
	return kmsgpipe_stream_send(pipe, from);
}

static noinline ssize_t kmsgpipe_try_send_buf(struct kmsgpipe *pipe,
					      const char __user *buf,
					      size_t len)
{
	struct iovec iov = {
		.iov_base = (void __user *)buf,
		.iov_len = len,
	};
	struct iov_iter from;

	iov_iter_init(&from, WRITE, &iov, 1, len);
	return kmsgpipe_try_send_iter(pipe, &from, NULL);
}

/* A page was missing in a small call. */
static void kmsgpipe_count_fault(struct kmsgpipe_queue *q)
{
	spin_lock(&q->lock);
	q->stats.faults++;
	spin_unlock(&q->lock);
}

/*
 * One try for a plain write(). @ret: what a small try for it gave already, or
 * KMSGPIPE_STALE.
 */
static ssize_t kmsgpipe_try_send_user(struct kmsgpipe *pipe,
				      const char __user *buf, size_t len,
				      ssize_t ret)
{
	unsigned int faults;

	if (len > KMSGPIPE_SMALL_MAX)
		return kmsgpipe_try_send_buf(pipe, buf, len);

	for (faults = 0; faults < KMSGPIPE_FAULTS_MAX; faults++) {
		if (ret == KMSGPIPE_STALE)
			ret = kmsgpipe_is_stream(pipe) ?
				kmsgpipe_stream_send_small(pipe, buf, len) :
				kmsgpipe_send_small(pipe, buf, len, false);
		if (ret == KMSGPIPE_TAKE_LARGE)
			break;
		if (ret != -EFAULT)
			return ret;
		kmsgpipe_count_fault(&pipe->queue);
		if (kmsgpipe_fault_in_readable(buf, len))
			return -EFAULT;
		ret = KMSGPIPE_STALE;
	}
	return kmsgpipe_try_send_buf(pipe, buf, len);
}

/* Sends what @from, or else @buf, has; @ret: as above. */
static noinline ssize_t kmsgpipe_send(struct kmsgpipe *pipe,
				      const char __user *buf,
				      struct iov_iter *from, size_t len,
				      struct kmsgpipe_message *attr,
				      bool nonblock, ssize_t ret)
{
	bool slept = false;
	size_t done = 0;

	if (unlikely(!len))
		return 0;

	for (;;) {
		ret = from ? kmsgpipe_try_send_iter(pipe, from, attr) :
			     kmsgpipe_try_send_user(pipe, buf + done,
						    len - done, ret);
		if (likely(ret > 0)) {
			kmsgpipe_wake_reader(pipe);
			done += ret;
			if (likely(done == len))
				break;
			ret = KMSGPIPE_STALE;
			continue;
		}
		if (ret != -EAGAIN && ret != KMSGPIPE_STALE)
			break;
		if (!kmsgpipe_pipe_expire(pipe) && ret == -EAGAIN) {
			if (nonblock)
				break;
			ret = kmsgpipe_wait(pipe, len - done, &slept);
			if (ret)
				break;
		}
		ret = KMSGPIPE_STALE;
	}

	/* There may be room for another, or the wake was not used. */
	if (unlikely(slept))
		kmsgpipe_wake_writer(pipe);
	if (done)
		ret = done;
	kmsgpipe_pipe_log(pipe, "send", len, ret);
	kmsgpipe_pipe_debug(pipe, "send", ret);
	return ret;
}

/**
 * kmsgpipe_send_user - send from user memory
 * @pipe: the pipe
 * @buf: the message; in stream mode, the bytes
 * @len: how many bytes; 0 sends nothing
 * @nonblock: do not sleep
 *
 * Return: @len, in stream mode perhaps less; -EMSGSIZE if the pipe takes no such
 * message; -EPIPE if nobody is there to read and the hangup policy asks for
 * that; -ENOSPC if the module has no memory left; -ENOMEM; or as io.h says.
 */
ssize_t kmsgpipe_send_user(struct kmsgpipe *pipe, const char __user *buf,
			   size_t len, bool nonblock)
{
	ssize_t ret = KMSGPIPE_STALE;

	if (likely(len - 1 < KMSGPIPE_SMALL_MAX)) {
		ret = kmsgpipe_send_small(pipe, buf, len, true);
		if (likely(ret > 0)) {
			kmsgpipe_wake_reader(pipe);
			kmsgpipe_pipe_debug(pipe, "send", ret);
			return ret;
		}
	}
	return kmsgpipe_send(pipe, buf, NULL, len, NULL, nonblock, ret);
}

/*
 * The same for all that an iterator describes, joined into one message. @attr,
 * if any, says its prio and ttl_ms and gets its seq; -EINVAL in stream mode,
 * but for KMSGPIPE_IO_KERNEL.
 */
ssize_t kmsgpipe_send_iter(struct kmsgpipe *pipe, struct iov_iter *from,
			   struct kmsgpipe_message *attr, bool nonblock)
{
	return kmsgpipe_send(pipe, NULL, from, iov_iter_count(from), attr,
			     nonblock, KMSGPIPE_STALE);
}

/*
 * The length of the next message, *@msg, if it can be received into @room bytes;
 * or why not. *@msg is set also with -EMSGSIZE. Under the lock.
 */
__always_inline ssize_t kmsgpipe_recv_check(struct kmsgpipe_queue *q,
					    struct kmsgpipe_msg **msg,
					    size_t room)
{
	if (unlikely(!q->ready))
		return q->drained;
	*msg = kmsgpipe_queue_first(q);
	if (unlikely(q->mode != KMSGPIPE_MODE_MESSAGE) ||
	    kmsgpipe_msg_expired(*msg))
		return KMSGPIPE_STALE;
	if (unlikely(room < (*msg)->len))
		return -EMSGSIZE;
	return (*msg)->len;
}

/*
 * One try to receive a message of at most KMSGPIPE_SMALL_MAX bytes. If a page
 * is missing, *@want is how many bytes will be written. @log: as above.
 */
static __always_inline ssize_t kmsgpipe_recv_small(struct kmsgpipe *pipe,
						   char __user *buf, size_t len,
						   size_t *want, bool log)
{
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *msg;
	ssize_t ret;
	bool kept;

	spin_lock(&q->lock);
	ret = kmsgpipe_recv_check(q, &msg, len);
	if (unlikely(ret <= 0))
		goto unlock;
	/* A message that somebody peeks at needs the last of them to end it. */
	if (ret > KMSGPIPE_SMALL_MAX || unlikely(msg->pins)) {
		ret = KMSGPIPE_TAKE_LARGE;
		goto unlock;
	}
	if (unlikely(!kmsgpipe_copy_out(buf, msg->data, ret))) {
		*want = ret;
		ret = -EFAULT;
		goto unlock;
	}
	kmsgpipe_queue_pop(q, msg);
	trace_kmsgpipe_recv(q, msg->seq, ret, msg->prio, msg->pid);
	if (log)
		kmsgpipe_log_add(&q->log, get_jiffies_64(), "recv", len, ret);
	kept = kmsgpipe_queue_put_small(q, msg);
	spin_unlock(&q->lock);

	if (unlikely(!kept))
		kmsgpipe_msg_free(msg);
	kmsgpipe_wake_writer(pipe);
	return ret;

unlock:
	spin_unlock(&q->lock);
	return ret;
}

/* The sender as the caller sees him: 0 in a namespace that does not know him. */
static u32 kmsgpipe_pid_seen(u32 global)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	u32 seen;

	if (ns == &init_pid_ns)
		return global;
	rcu_read_lock();
	seen = pid_nr_ns(find_pid_ns(global, &init_pid_ns), ns);
	rcu_read_unlock();
	return seen;
}

/* Tells all that a message carries beside its payload. */
void kmsgpipe_msg_describe(const struct kmsgpipe_msg *msg,
			   struct kmsgpipe_message *attr)
{
	u64 expires = msg->timer.expires;
	u64 now;

	attr->prio = msg->prio;
	attr->pid = kmsgpipe_pid_seen(msg->pid);
	attr->uid = from_kuid_munged(current_user_ns(), msg->uid);
	attr->seq = msg->seq;
	/* Both clocks move at ticks, so this is never later than the sending. */
	attr->sent_ns = ktime_get_coarse_real_ns() -
			jiffies64_to_nsecs(get_jiffies_64() - msg->sent);
	attr->ttl_ms = KMSGPIPE_TTL_NEVER;
	if (expires) {
		now = kmsgpipe_clock();
		attr->ttl_ms = expires > now ?
			div_u64(expires - now, NSEC_PER_MSEC) : 0;
	}
}

/* Gives back a message that could not be delivered. */
void kmsgpipe_unpop(struct kmsgpipe *pipe, struct kmsgpipe_msg *msg)
{
	bool timed = msg->timer.expires;

	spin_lock(&pipe->queue.lock);
	pipe->queue.in_flight--;
	kmsgpipe_queue_unpop(&pipe->queue, msg);
	spin_unlock(&pipe->queue.lock);
	/* The trimmer may have found nothing to wait for and stopped. */
	if (timed)
		kmsgpipe_expiry_arm(&pipe->expiry);
	kmsgpipe_wake_given_back(pipe);
}

/*
 * One try to receive a message of any size; with KMSGPIPE_IO_PEEK it stays, and
 * is pinned while it is copied.
 */
static ssize_t kmsgpipe_recv_large(struct kmsgpipe *pipe, struct iov_iter *to,
				   struct kmsgpipe_message *attr)
{
	bool peek = attr && (attr->flags & KMSGPIPE_IO_PEEK);
	struct kmsgpipe_queue *q = &pipe->queue;
	struct kmsgpipe_msg *msg;
	LIST_HEAD(excess);
	size_t copied;
	ssize_t ret;

	spin_lock(&q->lock);
	ret = kmsgpipe_recv_check(q, &msg, iov_iter_count(to));
	if (attr && (ret > 0 || ret == -EMSGSIZE))
		attr->len = msg->len;
	if (ret > 0) {
		if (peek) {
			msg->pins++;
		} else {
			kmsgpipe_queue_pop(q, msg);
			q->in_flight++;
		}
	}
	spin_unlock(&q->lock);
	if (ret <= 0)
		return ret;
	if (!peek)
		kmsgpipe_wake_writer(pipe);

	copied = kmsgpipe_copy_to_iter(msg, to);
	if (attr)
		kmsgpipe_msg_describe(msg, attr);
	if (unlikely(copied < ret)) {
		iov_iter_revert(to, copied);
		ret = -EFAULT;
	}

	if (unlikely(ret < 0) && !peek) {
		kmsgpipe_unpop(pipe, msg);
		return ret;
	}

	spin_lock(&q->lock);
	if (!peek) {
		q->in_flight--;
		trace_kmsgpipe_recv(q, msg->seq, ret, msg->prio, msg->pid);
		kmsgpipe_queue_put_free(q, msg, &excess);
	} else if (!--msg->pins && msg->gone) {
		msg->gone = false;
		kmsgpipe_queue_put_free(q, msg, &excess);
	}
	spin_unlock(&q->lock);
	kmsgpipe_msg_free_list(&excess);
	return ret;
}

/* One try for what an iterator describes. */
static ssize_t kmsgpipe_try_recv_iter(struct kmsgpipe *pipe,
				      struct iov_iter *to,
				      struct kmsgpipe_message *attr)
{
	if (!kmsgpipe_is_stream(pipe))
		return kmsgpipe_recv_large(pipe, to, attr);
	if (attr)
		return kmsgpipe_not_messages(pipe) ?: KMSGPIPE_STALE;
	return kmsgpipe_stream_recv(pipe, to);
}

static noinline ssize_t kmsgpipe_try_recv_buf(struct kmsgpipe *pipe,
					      char __user *buf, size_t len)
{
	struct iovec iov = {
		.iov_base = buf,
		.iov_len = len,
	};
	struct iov_iter to;

	iov_iter_init(&to, READ, &iov, 1, len);
	return kmsgpipe_try_recv_iter(pipe, &to, NULL);
}

/*
 * One try for a plain read(). @ret: what a small try for it gave already, or
 * KMSGPIPE_STALE.
 */
static ssize_t kmsgpipe_try_recv_user(struct kmsgpipe *pipe, char __user *buf,
				      size_t len, ssize_t ret)
{
	unsigned int faults;
	size_t want = 0;

	for (faults = 0; faults < KMSGPIPE_FAULTS_MAX; faults++) {
		/* After a fault anew: the next message may be another now. */
		if (ret == KMSGPIPE_STALE || ret == -EFAULT)
			ret = kmsgpipe_is_stream(pipe) ?
				kmsgpipe_stream_recv_small(pipe, buf, len,
							   &want) :
				kmsgpipe_recv_small(pipe, buf, len, &want,
						    false);
		if (ret == KMSGPIPE_TAKE_LARGE)
			break;
		if (ret != -EFAULT)
			return ret;
		kmsgpipe_count_fault(&pipe->queue);
		if (kmsgpipe_fault_in_writeable(buf, want) == want)
			return -EFAULT;
	}
	return kmsgpipe_try_recv_buf(pipe, buf, len);
}

/* Receives into what @to, or else @buf, has; @ret: as above. */
static noinline ssize_t kmsgpipe_recv(struct kmsgpipe *pipe, char __user *buf,
				      struct iov_iter *to, size_t len,
				      struct kmsgpipe_message *attr,
				      bool nonblock, ssize_t ret)
{
	const char *op = attr && (attr->flags & KMSGPIPE_IO_PEEK) ? "peek" :
								    "recv";
	bool slept = false;

	if (unlikely(!len))
		return 0;

	for (;;) {
		ret = to ? kmsgpipe_try_recv_iter(pipe, to, attr) :
			   kmsgpipe_try_recv_user(pipe, buf, len, ret);
		if (unlikely(ret == KMSGPIPE_STALE)) {
			kmsgpipe_pipe_expire(pipe);
			continue;
		}
		if (likely(ret != -EAGAIN) || nonblock)
			break;
		ret = kmsgpipe_wait(pipe, 0, &slept);
		if (ret)
			break;
		ret = KMSGPIPE_STALE;
	}

	/*
	 * The wake was not used up: the call failed, or only peeked, or there
	 * are more bytes than it had room for.
	 */
	if (unlikely(slept) && (ret < 0 || attr || kmsgpipe_is_stream(pipe)))
		kmsgpipe_wake_reader(pipe);
	kmsgpipe_pipe_log(pipe, op, len, ret);
	kmsgpipe_pipe_debug(pipe, op, ret);
	return ret;
}

/**
 * kmsgpipe_recv_user - receive one message, or bytes, into user memory
 * @pipe: the pipe
 * @buf: where to
 * @len: room there; 0 receives nothing
 * @nonblock: do not sleep
 *
 * Return: bytes received; 0 for end of file, if the policy has one; -EMSGSIZE if
 * the message needs more room, and it stays; or as io.h says.
 */
ssize_t kmsgpipe_recv_user(struct kmsgpipe *pipe, char __user *buf, size_t len,
			   bool nonblock)
{
	ssize_t ret = KMSGPIPE_STALE;
	size_t want;

	if (likely(len)) {
		ret = kmsgpipe_recv_small(pipe, buf, len, &want, true);
		if (likely(ret > 0)) {
			kmsgpipe_pipe_debug(pipe, "recv", ret);
			return ret;
		}
	}
	return kmsgpipe_recv(pipe, buf, NULL, len, NULL, nonblock, ret);
}

/*
 * The same into all that an iterator describes, filled part by part. @attr, if
 * any, says whether to peek and gets all that the message carries, and its
 * length also with -EMSGSIZE; -EINVAL in stream mode.
 */
ssize_t kmsgpipe_recv_iter(struct kmsgpipe *pipe, struct iov_iter *to,
			   struct kmsgpipe_message *attr, bool nonblock)
{
	return kmsgpipe_recv(pipe, NULL, to, iov_iter_count(to), attr,
			     nonblock, KMSGPIPE_STALE);
}
