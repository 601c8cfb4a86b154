/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_SPLICE_H
#define KMSGPIPE_SPLICE_H

#include <linux/types.h>

struct file;
struct pipe_inode_info;

/* splice(2) and sendfile(2): bytes between pipe(2) and a pipe in stream mode. */
ssize_t kmsgpipe_splice_read(struct file *in, loff_t *ppos,
			     struct pipe_inode_info *to, size_t len,
			     unsigned int flags);
ssize_t kmsgpipe_splice_write(struct pipe_inode_info *from, struct file *out,
			      loff_t *ppos, size_t len, unsigned int flags);

#endif /* KMSGPIPE_SPLICE_H */
