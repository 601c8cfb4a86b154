// SPDX-License-Identifier: GPL-2.0
/* Copying payload through iterators; copy.h tells the idea. */

#include <linux/minmax.h>
#include <linux/uio.h>

#include "copy.h"

/**
 * kmsgpipe_copy_from_iter - fill a node
 * @msg: a node with @off and @len set
 * @from: the payload
 *
 * Return: bytes copied; fewer than @len if the memory is bad.
 */
size_t kmsgpipe_copy_from_iter(struct kmsgpipe_msg *msg, struct iov_iter *from)
{
	u32 done, part, run;
	size_t got;

	for (done = 0; done < msg->len; done += part) {
		u8 *at = kmsgpipe_msg_at(msg, msg->off + done, &run);

		part = min(run, msg->len - done);
		got = copy_from_iter(at, part, from);
		if (got < part)
			return done + got;
	}
	return done;
}

/* The reverse: where a node's payload goes. Return: likewise. */
size_t kmsgpipe_copy_to_iter(struct kmsgpipe_msg *msg, struct iov_iter *to)
{
	u32 done, part, run;
	size_t got;

	for (done = 0; done < msg->len; done += part) {
		u8 *at = kmsgpipe_msg_at(msg, msg->off + done, &run);

		part = min(run, msg->len - done);
		got = copy_to_iter(at, part, to);
		if (got < part)
			return done + got;
	}
	return done;
}
