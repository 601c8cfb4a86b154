/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_BATCH_H
#define KMSGPIPE_BATCH_H

#include "uapi/linux/kmsgpipe.h"

struct kmsgpipe;

/**
 * DOC: batches
 *
 * Several messages in one call, with the large path's rules: a sender fills
 * nodes before they are queued, a receiver takes messages out, copies them
 * unlocked and gives back those that it could not deliver. What that costs once
 * for each message costs once for the batch here: all become readable in one
 * hold of the lock and with one wake, for as many readers as there are messages;
 * all are taken in one hold, and the writers get one wake. A second hold takes
 * free nodes before, or gives them back after.
 *
 * A batch keeps no more nodes than it has entries, and no more bytes than the
 * pipe has room for.
 */

/* Whether a message is one that may be sent, with no flags but these. */
static inline bool kmsgpipe_may_send(const struct kmsgpipe_message *message,
				     u32 flags)
{
	return !(message->flags & ~flags) && !message->reserved &&
	       !message->pid && !message->uid && !message->sent_ns &&
	       message->prio <= KMSGPIPE_PRIO_MAX && message->len;
}

/* Whether a message may be received into it, likewise. */
static inline bool kmsgpipe_may_recv(const struct kmsgpipe_message *message,
				     u32 flags)
{
	return !(message->flags & ~flags) && !message->reserved && message->len;
}

int kmsgpipe_send_batch(struct kmsgpipe *pipe, struct kmsgpipe_batch *batch,
			bool nonblock);
int kmsgpipe_recv_batch(struct kmsgpipe *pipe, struct kmsgpipe_batch *batch,
			bool nonblock);

#endif /* KMSGPIPE_BATCH_H */
