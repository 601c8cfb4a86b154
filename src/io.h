/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_IO_H
#define KMSGPIPE_IO_H

#include <linux/types.h>

struct iov_iter;
struct kmsgpipe;
struct kmsgpipe_message;
struct kmsgpipe_msg;
struct kmsgpipe_queue;

/**
 * DOC: sending and receiving
 *
 * The one core that every plane shares: sleeping, waking and moving payload
 * between a caller's memory and a node. There are two paths, one set of rules.
 *
 * Small: a plain system call with up to KMSGPIPE_SMALL_MAX bytes. One hold of
 * the queue's lock and one copy under it, with page faults disabled. A copy that
 * would fault changes nothing: the lock is dropped, the page is brought in (only
 * the caller waits for it), and the call starts anew.
 *
 * Large: everything else. A writer fills a node before it takes the lock; a
 * reader takes the message out, copies it unlocked, and gives it back to its old
 * place if the copy fails.
 *
 * So nobody ever waits for another process's page fault.
 *
 * wait.c has the sleeping, stream.c has the stream mode's way of putting
 * bytes in and taking them out; everything else is common to both modes.
 *
 * All functions return -EAGAIN instead of sleeping if @nonblock, -ERESTARTSYS
 * on a signal, -EFAULT on bad memory, -ENODEV from a removed pipe, and then
 * nothing was sent or lost; in stream mode, the short count if there is one.
 */

/* Beside KMSGPIPE_IO_*, for the kernel alone: no process sent the message. */
#define KMSGPIPE_IO_NOBODY	0x80000000U
/* Likewise: a pipe in stream mode takes it, too, if it has no prio and no ttl_ms. */
#define KMSGPIPE_IO_KERNEL	0x40000000U

ssize_t kmsgpipe_send_user(struct kmsgpipe *pipe, const char __user *buf,
			   size_t len, bool nonblock);
ssize_t kmsgpipe_send_iter(struct kmsgpipe *pipe, struct iov_iter *from,
			   struct kmsgpipe_message *attr, bool nonblock);
ssize_t kmsgpipe_recv_user(struct kmsgpipe *pipe, char __user *buf,
			   size_t len, bool nonblock);
ssize_t kmsgpipe_recv_iter(struct kmsgpipe *pipe, struct iov_iter *to,
			   struct kmsgpipe_message *attr, bool nonblock);

/* The steps that a batch consists of, too. */
bool kmsgpipe_msg_push(struct kmsgpipe_queue *q, struct kmsgpipe_msg *msg,
		       u32 len, const struct kmsgpipe_message *attr);
ssize_t kmsgpipe_recv_check(struct kmsgpipe_queue *q, struct kmsgpipe_msg **msg,
			    size_t room);
void kmsgpipe_msg_describe(const struct kmsgpipe_msg *msg,
			   struct kmsgpipe_message *attr);
void kmsgpipe_unpop(struct kmsgpipe *pipe, struct kmsgpipe_msg *msg);
int kmsgpipe_not_messages(const struct kmsgpipe *pipe);

#endif /* KMSGPIPE_IO_H */
