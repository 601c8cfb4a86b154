/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_COPY_H
#define KMSGPIPE_COPY_H

#include <linux/types.h>
#include <linux/uaccess.h>

#include "queue.h"

struct iov_iter;

/* The most that is copied from or to user memory under the lock. */
#define KMSGPIPE_SMALL_MAX	256

/**
 * DOC: copying payload
 *
 * Between a node and the caller's memory, in two ways. kmsgpipe_copy_in() and
 * kmsgpipe_copy_out() are for a few bytes under the queue's lock: a page that is
 * not there is a failure, not a fault. They go word by word in a user_access
 * section, because the bounds are known here, and the usual copies check them
 * once more against the slab object. The iterator copies are for the rest; they
 * may sleep.
 */

/* Words in one round of a copy: a loop costs more than what it copies. */
#define KMSGPIPE_COPY_WORDS	4

/* Return: whether all @len bytes went. */
static __always_inline bool kmsgpipe_copy_in(u8 *dst, const char __user *src,
					     size_t len)
{
	const long __user *from = (const long __user *)src;
	long *to = (long *)dst;

	pagefault_disable();
	if (!user_read_access_begin(src, len))
		goto no_access;
	for (; len >= KMSGPIPE_COPY_WORDS * sizeof(long);
	     len -= KMSGPIPE_COPY_WORDS * sizeof(long)) {
		unsafe_get_user(to[0], from + 0, fault);
		unsafe_get_user(to[1], from + 1, fault);
		unsafe_get_user(to[2], from + 2, fault);
		unsafe_get_user(to[3], from + 3, fault);
		to += KMSGPIPE_COPY_WORDS;
		from += KMSGPIPE_COPY_WORDS;
	}
	for (; len >= sizeof(long); len -= sizeof(long), to++, from++)
		unsafe_get_user(*to, from, fault);
	src = (const char __user *)from;
	dst = (u8 *)to;
	for (; len; len--, dst++, src++)
		unsafe_get_user(*dst, (const u8 __user *)src, fault);
	user_read_access_end();
	pagefault_enable();
	return true;

fault:
	user_read_access_end();
no_access:
	pagefault_enable();
	return false;
}

/* Return: whether all @len bytes went. */
static __always_inline bool kmsgpipe_copy_out(char __user *dst, const u8 *src,
					      size_t len)
{
	const long *from = (const long *)src;
	long __user *to = (long __user *)dst;

	pagefault_disable();
	if (!user_write_access_begin(dst, len))
		goto no_access;
	for (; len >= KMSGPIPE_COPY_WORDS * sizeof(long);
	     len -= KMSGPIPE_COPY_WORDS * sizeof(long)) {
		unsafe_put_user(from[0], to + 0, fault);
		unsafe_put_user(from[1], to + 1, fault);
		unsafe_put_user(from[2], to + 2, fault);
		unsafe_put_user(from[3], to + 3, fault);
		to += KMSGPIPE_COPY_WORDS;
		from += KMSGPIPE_COPY_WORDS;
	}
	for (; len >= sizeof(long); len -= sizeof(long), to++, from++)
		unsafe_put_user(*from, to, fault);
	dst = (char __user *)to;
	src = (const u8 *)from;
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

struct kmsgpipe_msg *kmsgpipe_msg_from_iter(struct kmsgpipe_queue *q, u32 mode,
					    struct iov_iter *from);
size_t kmsgpipe_copy_from_iter(struct kmsgpipe_msg *msg, struct iov_iter *from);
size_t kmsgpipe_copy_to_iter(struct kmsgpipe_msg *msg, struct iov_iter *to);

#endif /* KMSGPIPE_COPY_H */
