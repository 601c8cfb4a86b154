/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kmsgpipe for other modules: find a pipe, hold it, send to it.
 */
#ifndef _LINUX_KMSGPIPE_H
#define _LINUX_KMSGPIPE_H

#include <linux/types.h>

/* KMSGPIPE_PRIO_MAX, KMSGPIPE_TTL_NEVER */
#include "../../uapi/linux/kmsgpipe.h"

/**
 * DOC: sending to a pipe from another module
 *
 * Process context: kmsgpipe_get() the pipe, kmsgpipe_send_kernel() to it,
 * kmsgpipe_put() it.
 *
 * Any other context: kmsgpipe_sender_create() a sender for the pipe while you
 * may sleep; then kmsgpipe_sender_send() copies a message into a place set aside
 * for it and returns, and a work of kmsgpipe's puts it into the pipe as soon as
 * there is room. A sender has a fixed number of places. When all are taken the
 * next message is refused with -EAGAIN; what was not refused arrives, in order,
 * or is counted as lost.
 *
 * A held pipe is like an open file: it may be removed at any time, and then
 * takes no more messages, but is there until it is put. Each hold and each
 * sender counts as a file open for writing (O_WRONLY | O_NONBLOCK): with the
 * hangup policy, readers get the end of file when the last one is gone.
 *
 * A module that uses these functions keeps kmsgpipe loaded by that alone.
 */

struct kmsgpipe;
struct kmsgpipe_sender;

/**
 * kmsgpipe_get - find a pipe and hold it
 * @name: its name, or "kmsgpipeN"
 *
 * Context: process; may sleep.
 *
 * Return: the pipe, to be given back with kmsgpipe_put(); or an ERR_PTR():
 * -ENOENT if there is none of that name, -ENXIO if it has the hangup policy and
 * no reader, -ENODEV if it is being removed.
 */
struct kmsgpipe *kmsgpipe_get(const char *name);

/**
 * kmsgpipe_put - let go of a pipe
 * @pipe: what kmsgpipe_get() gave; not to be used any more
 *
 * Senders made for it stay as they are. What was sent stays in the pipe.
 *
 * Context: process; may sleep.
 */
void kmsgpipe_put(struct kmsgpipe *pipe);

/**
 * kmsgpipe_send_kernel - send a message from kernel memory
 * @pipe: the pipe, held by the caller
 * @buf: the message
 * @len: how many bytes; 0 sends nothing
 * @prio: 0 to KMSGPIPE_PRIO_MAX; a higher one is read first
 * @ttl_ms: its life in milliseconds; 0: as the pipe has it; KMSGPIPE_TTL_NEVER:
 *	for ever
 * @nonblock: do not wait for room
 *
 * It behaves as write() does, without SIGPIPE. A pipe in stream mode takes bytes
 * of priority 0 and life 0, and perhaps only the first of them. The sender that
 * readers are told is the current process.
 *
 * Context: process; may sleep, with @nonblock too: for memory, not for readers.
 *
 * Return: @len, in stream mode perhaps less; or an error, and nothing was sent:
 * -EAGAIN if the pipe is full, with @nonblock; -ERESTARTSYS on a signal;
 * -EMSGSIZE if the pipe takes no message of this size; -EINVAL for a @prio that
 * there is not, or for one or a @ttl_ms in stream mode; -ENODEV if the pipe was
 * removed; -EPIPE if it has the hangup policy and no reader; -ENOSPC if all
 * pipes together hold as much as they may; -ENOMEM.
 */
ssize_t kmsgpipe_send_kernel(struct kmsgpipe *pipe, const void *buf, size_t len,
			     u32 prio, u32 ttl_ms, bool nonblock);

/**
 * kmsgpipe_sender_create - make a sender, to send from any context
 * @pipe: where to, held by the caller; the sender then has its own hold on it
 * @count: how many messages can be on their way to the pipe at a time, up to
 *	65536
 * @size: the size of the largest, up to 1 MiB; all of them together, 256 MiB
 *
 * Memory for all of them is set aside now.
 *
 * Context: process; may sleep.
 *
 * Return: the sender, to be ended with kmsgpipe_sender_destroy(); or an
 * ERR_PTR(): -EINVAL, -ENOMEM, -ENXIO, -ENODEV (as kmsgpipe_get()).
 */
struct kmsgpipe_sender *kmsgpipe_sender_create(struct kmsgpipe *pipe, u32 count,
					       u32 size);

/**
 * kmsgpipe_sender_send - send a message from any context
 * @sender: the sender
 * @buf: the message; copied, so it is the caller's again on return
 * @len: how many bytes; 0 sends nothing
 * @prio: as for kmsgpipe_send_kernel()
 * @ttl_ms: likewise; its life begins when it enters the pipe
 *
 * Messages of one sender enter the pipe in the order of the calls; of calls at
 * the same time on several processors, in any order. Readers are told that the
 * process 0 of user 0 sent them, whatever was interrupted.
 *
 * Context: any: process, softirq, hard interrupt, NMI, with interrupts off and
 * under raw spinlocks. It neither sleeps nor waits nor takes a lock.
 *
 * Return: 0: the message is on its way, and is lost only if the pipe is removed,
 * or changes so that it can no longer take it, or if the sender is destroyed
 * first, and then it is counted. Or an error, and it was not sent: -EAGAIN if
 * @count messages are on their way; -EMSGSIZE if it is larger than the @size of
 * the sender or than the pipe takes; -EINVAL, -ENODEV, -EPIPE as for
 * kmsgpipe_send_kernel().
 */
int kmsgpipe_sender_send(struct kmsgpipe_sender *sender, const void *buf,
			 size_t len, u32 prio, u32 ttl_ms);

/**
 * kmsgpipe_sender_flush - wait until the messages sent so far are in the pipe
 * @sender: the sender
 *
 * Of a full pipe somebody has to read meanwhile. Removing the pipe ends this.
 *
 * Context: process; sleeps.
 *
 * Return: how many messages the sender has lost in its life; or -ERESTARTSYS on
 * a signal.
 */
long kmsgpipe_sender_flush(struct kmsgpipe_sender *sender);

/**
 * kmsgpipe_sender_destroy - end a sender
 * @sender: the sender, which nobody uses any more; or NULL
 *
 * Messages that are not in the pipe yet are lost: flush it first if they matter.
 * This waits for no reader.
 *
 * Context: process; may sleep.
 *
 * Return: how many messages the sender has lost in its life.
 */
unsigned long kmsgpipe_sender_destroy(struct kmsgpipe_sender *sender);

#endif /* _LINUX_KMSGPIPE_H */
