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

/* Return: whether all @len bytes went. */
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

/* Return: whether all @len bytes went. */
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

size_t kmsgpipe_copy_from_iter(struct kmsgpipe_msg *msg, struct iov_iter *from);
size_t kmsgpipe_copy_to_iter(struct kmsgpipe_msg *msg, struct iov_iter *to);

#endif /* KMSGPIPE_COPY_H */
