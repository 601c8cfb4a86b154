// SPDX-License-Identifier: GPL-2.0
/* The data plane: file operations of /dev/kmsgpipeN. */

#include <linux/cdev.h>
#include <linux/module.h>
#include <linux/uio.h>

#include "file.h"
#include "io.h"
#include "pipe.h"

static int kmsgpipe_open(struct inode *inode, struct file *file)
{
	file->private_data = container_of(inode->i_cdev, struct kmsgpipe, cdev);
	/* The core never sleeps when it is asked not to: io_uring may try. */
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

/*
 * .read and .write beside their iter twins: the plain system calls are the fast
 * path, and building an iov_iter for them costs half as much again. The iter
 * calls serve readv, writev and io_uring.
 */
static ssize_t kmsgpipe_read(struct file *file, char __user *buf, size_t len,
			     loff_t *ppos)
{
	return kmsgpipe_recv_user(file->private_data, buf, len,
				  file->f_flags & O_NONBLOCK);
}

static ssize_t kmsgpipe_write(struct file *file, const char __user *buf,
			      size_t len, loff_t *ppos)
{
	return kmsgpipe_send_user(file->private_data, buf, len,
				  file->f_flags & O_NONBLOCK);
}

static bool kmsgpipe_iocb_nonblock(const struct kiocb *iocb)
{
	return (iocb->ki_flags & IOCB_NOWAIT) ||
	       (iocb->ki_filp->f_flags & O_NONBLOCK);
}

static ssize_t kmsgpipe_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return kmsgpipe_recv_iter(iocb->ki_filp->private_data, to,
				  kmsgpipe_iocb_nonblock(iocb));
}

static ssize_t kmsgpipe_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	return kmsgpipe_send_iter(iocb->ki_filp->private_data, from,
				  kmsgpipe_iocb_nonblock(iocb));
}

static __poll_t kmsgpipe_poll(struct file *file, poll_table *wait)
{
	struct kmsgpipe *pipe = file->private_data;

	poll_wait(file, &pipe->readers, wait);
	poll_wait(file, &pipe->writers, wait);
	return kmsgpipe_poll_mask(pipe);
}

const struct file_operations kmsgpipe_fops = {
	.owner		= THIS_MODULE,
	.open		= kmsgpipe_open,
	.read		= kmsgpipe_read,
	.write		= kmsgpipe_write,
	.read_iter	= kmsgpipe_read_iter,
	.write_iter	= kmsgpipe_write_iter,
	.poll		= kmsgpipe_poll,
};
