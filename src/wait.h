/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_WAIT_H
#define KMSGPIPE_WAIT_H

#include <linux/poll.h>
#include <linux/types.h>

struct kmsgpipe;

/**
 * DOC: sleeping
 *
 * Sleepers are exclusive: one reader is woken for each message, one writer for
 * each place that becomes free, and only one that can go on: a writer who needs
 * more room than there is does not take the wake from one who needs less.
 * Whoever was woken and then did not use the wake passes it on. No wake is left
 * out because "the queue was not empty before": an edge-triggered poller is owed
 * an event for every message.
 */

int kmsgpipe_wait(struct kmsgpipe *pipe, size_t len, bool *slept);
__poll_t kmsgpipe_poll_mask(struct kmsgpipe *pipe, fmode_t mode, bool hangup);

#endif /* KMSGPIPE_WAIT_H */
