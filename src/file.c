// SPDX-License-Identifier: GPL-2.0
/* The data plane: file operations of /dev/kmsgpipeN. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cdev.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "compat.h"
#include "file.h"
#include "io.h"
#include "ioctl.h"
#include "pipe.h"
#include "splice.h"
#include "wait.h"

static int kmsgpipe_open(struct inode *inode, struct file *file)
{
	struct kmsgpipe_file *kf;
	int err;

	kf = kzalloc(sizeof(*kf), GFP_KERNEL_ACCOUNT);
	if (!kf)
		return -ENOMEM;

	kf->pipe = container_of(inode->i_cdev, struct kmsgpipe, cdev);
	err = kmsgpipe_pipe_open(kf->pipe, file->f_mode & FMODE_READ,
				 file->f_mode & FMODE_WRITE,
				 file->f_flags & O_NONBLOCK,
				 &kf->writers_seen);
	kmsgpipe_pipe_log(kf->pipe, "open", 0, err);
	kmsgpipe_pipe_debug(kf->pipe, "open", err);
	if (err) {
		kfree(kf);
		return err;
	}
	file->private_data = kf;
	/* It waits for no message and no room if told so: io_uring may try. */
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

static int kmsgpipe_release(struct inode *inode, struct file *file)
{
	struct kmsgpipe *pipe = kmsgpipe_of(file);

	kmsgpipe_pipe_close(pipe, file->f_mode & FMODE_READ,
			    file->f_mode & FMODE_WRITE);
	kmsgpipe_pipe_log(pipe, "close", 0, 0);
	kmsgpipe_pipe_debug(pipe, "close", 0);
	kfree(file->private_data);
	return 0;
}

/*
 * As with a pipe, a write that nobody can read any more is a signal too, even if
 * a part of it went before.
 */
static ssize_t kmsgpipe_written(const struct kmsgpipe *pipe, size_t len,
				ssize_t ret, bool nosignal)
{
	bool cut = ret >= 0 && ret < len &&
		   READ_ONCE(pipe->queue.closed) == -EPIPE;

	if (unlikely(ret == -EPIPE || cut) && !nosignal)
		send_sig(SIGPIPE, current, 0);
	return ret;
}

/*
 * .read and .write beside their iter twins: the plain system calls are the fast
 * path, and building an iov_iter for them costs half as much again. The iter
 * calls serve readv, writev and io_uring.
 */
static ssize_t kmsgpipe_read(struct file *file, char __user *buf, size_t len,
			     loff_t *ppos)
{
	return kmsgpipe_recv_user(kmsgpipe_of(file), buf, len,
				  file->f_flags & O_NONBLOCK);
}

static ssize_t kmsgpipe_write(struct file *file, const char __user *buf,
			      size_t len, loff_t *ppos)
{
	struct kmsgpipe *pipe = kmsgpipe_of(file);
	ssize_t ret = kmsgpipe_send_user(pipe, buf, len,
					 file->f_flags & O_NONBLOCK);

	return kmsgpipe_written(pipe, len, ret, false);
}

static bool kmsgpipe_iocb_nonblock(const struct kiocb *iocb)
{
	return (iocb->ki_flags & IOCB_NOWAIT) ||
	       (iocb->ki_filp->f_flags & O_NONBLOCK);
}

static ssize_t kmsgpipe_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return kmsgpipe_recv_iter(kmsgpipe_of(iocb->ki_filp), to, NULL,
				  kmsgpipe_iocb_nonblock(iocb));
}

static ssize_t kmsgpipe_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct kmsgpipe *pipe = kmsgpipe_of(iocb->ki_filp);
	size_t len = iov_iter_count(from);
	ssize_t ret = kmsgpipe_send_iter(pipe, from, NULL,
					 kmsgpipe_iocb_nonblock(iocb));

	return kmsgpipe_written(pipe, len, ret,
				iocb->ki_flags & KMSGPIPE_IOCB_NOSIGNAL);
}

static __poll_t kmsgpipe_poll(struct file *file, poll_table *wait)
{
	struct kmsgpipe_file *kf = file->private_data;
	struct kmsgpipe *pipe = kf->pipe;

	atomic_long_inc(&pipe->polls);
	poll_wait(file, &pipe->readers, wait);
	poll_wait(file, &pipe->writers, wait);
	return kmsgpipe_poll_mask(pipe, file->f_mode,
				  READ_ONCE(pipe->writers_seen) !=
				  kf->writers_seen);
}

static int kmsgpipe_fasync(int fd, struct file *file, int on)
{
	struct kmsgpipe *pipe = kmsgpipe_of(file);
	int ret = 0;

	if (file->f_mode & FMODE_READ)
		ret = fasync_helper(fd, file, on, &pipe->fasync_readers);
	if (ret < 0 || !(file->f_mode & FMODE_WRITE))
		return ret;
	ret = fasync_helper(fd, file, on, &pipe->fasync_writers);
	/* A file is in both lists or in neither. */
	if (ret < 0 && (file->f_mode & FMODE_READ))
		fasync_helper(-1, file, 0, &pipe->fasync_readers);
	return ret;
}

const struct file_operations kmsgpipe_fops = {
	.owner		= THIS_MODULE,
	.open		= kmsgpipe_open,
	.release	= kmsgpipe_release,
	.read		= kmsgpipe_read,
	.write		= kmsgpipe_write,
	.read_iter	= kmsgpipe_read_iter,
	.write_iter	= kmsgpipe_write_iter,
	.splice_read	= kmsgpipe_splice_read,
	.splice_write	= kmsgpipe_splice_write,
	.poll		= kmsgpipe_poll,
	.fasync		= kmsgpipe_fasync,
	.unlocked_ioctl	= kmsgpipe_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};
