// SPDX-License-Identifier: GPL-2.0
/* The control plane of one pipe: ioctls, as <linux/kmsgpipe.h> tells them. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <asm/ioctls.h>

#include "batch.h"
#include "command.h"
#include "io.h"
#include "ioctl.h"
#include "pipe.h"
#include "settings.h"

static int kmsgpipe_get_info(struct file *file, union kmsgpipe_argument *arg)
{
	kmsgpipe_pipe_get_info(kmsgpipe_of(file), &arg->info);
	return 0;
}

static int kmsgpipe_get_stats(struct file *file, union kmsgpipe_argument *arg)
{
	kmsgpipe_pipe_get_stats(kmsgpipe_of(file), &arg->stats);
	return 0;
}

static int kmsgpipe_clear_queue(struct file *file, union kmsgpipe_argument *arg)
{
	arg->count.count = kmsgpipe_pipe_clear(kmsgpipe_of(file));
	return 0;
}

static int kmsgpipe_trigger_cleanup(struct file *file,
				    union kmsgpipe_argument *arg)
{
	arg->count.count = kmsgpipe_expiry_run(&kmsgpipe_of(file)->expiry);
	return 0;
}

static int kmsgpipe_set_limits(struct file *file, union kmsgpipe_argument *arg)
{
	return kmsgpipe_pipe_set_limits(kmsgpipe_of(file),
					&arg->set_limits);
}

static int kmsgpipe_set_ttl(struct file *file, union kmsgpipe_argument *arg)
{
	kmsgpipe_pipe_set_ttl(kmsgpipe_of(file), arg->set.value);
	return 0;
}

static int kmsgpipe_set_eof(struct file *file, union kmsgpipe_argument *arg)
{
	return kmsgpipe_pipe_set_eof(kmsgpipe_of(file), arg->set.value);
}

static int kmsgpipe_set_mode(struct file *file, union kmsgpipe_argument *arg)
{
	return kmsgpipe_pipe_set_mode(kmsgpipe_of(file), arg->set.value);
}

static int kmsgpipe_set_node(struct file *file, union kmsgpipe_argument *arg)
{
	return kmsgpipe_pipe_set_node(kmsgpipe_of(file), &arg->set_node);
}

static int kmsgpipe_set_cleanup(struct file *file, union kmsgpipe_argument *arg)
{
	if (arg->set_cleanup.reserved)
		return -EINVAL;
	return kmsgpipe_pipe_set_cleanup(kmsgpipe_of(file), arg->set_cleanup.enable,
					 arg->set_cleanup.interval_ms);
}

static bool kmsgpipe_ioctl_nonblock(const struct file *file,
				    const struct kmsgpipe_message *message)
{
	return (file->f_flags & O_NONBLOCK) ||
	       (message->flags & KMSGPIPE_IO_NONBLOCK);
}

/* Logs what is refused without a look at the pipe, which the core will not. */
static int kmsgpipe_refuse(struct file *file, const char *name, int err)
{
	kmsgpipe_pipe_log(kmsgpipe_of(file), name, 0, err);
	return err;
}

static int kmsgpipe_send_message(struct file *file,
				 union kmsgpipe_argument *arg)
{
	struct kmsgpipe_message *message = &arg->message;
	struct iovec iov = {
		.iov_base = u64_to_user_ptr(message->buf),
		.iov_len = message->len,
	};
	struct iov_iter from;
	ssize_t ret;

	if (!(file->f_mode & FMODE_WRITE))
		return kmsgpipe_refuse(file, "SEND", -EBADF);
	if (!kmsgpipe_may_send(message, KMSGPIPE_IO_NONBLOCK))
		return kmsgpipe_refuse(file, "SEND", -EINVAL);

	iov_iter_init(&from, WRITE, &iov, 1, message->len);
	ret = kmsgpipe_send_iter(kmsgpipe_of(file), &from, message,
				 kmsgpipe_ioctl_nonblock(file, message));
	return ret < 0 ? ret : 0;
}

static int kmsgpipe_recv_message(struct file *file,
				 union kmsgpipe_argument *arg)
{
	struct kmsgpipe_message *message = &arg->message;
	struct iovec iov = {
		.iov_base = u64_to_user_ptr(message->buf),
		.iov_len = message->len,
	};
	struct iov_iter to;
	ssize_t ret;

	if (!(file->f_mode & FMODE_READ))
		return kmsgpipe_refuse(file, "RECV", -EBADF);
	if (!kmsgpipe_may_recv(message,
			       KMSGPIPE_IO_NONBLOCK | KMSGPIPE_IO_PEEK))
		return kmsgpipe_refuse(file, "RECV", -EINVAL);

	iov_iter_init(&to, READ, &iov, 1, message->len);
	ret = kmsgpipe_recv_iter(kmsgpipe_of(file), &to, message,
				 kmsgpipe_ioctl_nonblock(file, message));
	if (!ret)
		message->len = 0;
	return ret < 0 ? ret : 0;
}

static int kmsgpipe_send_messages(struct file *file,
				  union kmsgpipe_argument *arg)
{
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return kmsgpipe_send_batch(kmsgpipe_of(file), &arg->batch,
				   file->f_flags & O_NONBLOCK);
}

static int kmsgpipe_recv_messages(struct file *file,
				  union kmsgpipe_argument *arg)
{
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	return kmsgpipe_recv_batch(kmsgpipe_of(file), &arg->batch,
				   file->f_flags & O_NONBLOCK);
}

/* FIONREAD is the one besides these. */
static const struct kmsgpipe_command kmsgpipe_commands[] = {
	KMSGPIPE_COMMAND(GET_VERSION, version, true, false,
			 kmsgpipe_get_version),
	KMSGPIPE_COMMAND(GET_INFO, info, true, false, kmsgpipe_get_info),
	KMSGPIPE_COMMAND(GET_STATS, stats, true, false, kmsgpipe_get_stats),
	KMSGPIPE_COMMAND(CLEAR_QUEUE, count, true, true, kmsgpipe_clear_queue),
	KMSGPIPE_COMMAND(SET_LIMITS, set_limits, true, true,
			 kmsgpipe_set_limits),
	KMSGPIPE_COMMAND(SET_TTL, set, false, true, kmsgpipe_set_ttl),
	KMSGPIPE_COMMAND(SET_CLEANUP, set_cleanup, false, true,
			 kmsgpipe_set_cleanup),
	KMSGPIPE_COMMAND(TRIGGER_CLEANUP, count, true, true,
			 kmsgpipe_trigger_cleanup),
	KMSGPIPE_COMMAND(SET_EOF, set, false, true, kmsgpipe_set_eof),
	KMSGPIPE_COMMAND(SET_MODE, set, false, true, kmsgpipe_set_mode),
	KMSGPIPE_COMMAND(SET_NODE, set_node, false, true, kmsgpipe_set_node),
	KMSGPIPE_COMMAND(SEND, message, true, false, kmsgpipe_send_message),
	KMSGPIPE_COMMAND(RECV, message, true, false, kmsgpipe_recv_message),
	KMSGPIPE_COMMAND(SEND_BATCH, batch, true, false, kmsgpipe_send_messages),
	KMSGPIPE_COMMAND(RECV_BATCH, batch, true, false, kmsgpipe_recv_messages),
};

long kmsgpipe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct kmsgpipe_command *command;
	struct kmsgpipe *pipe = kmsgpipe_of(file);
	void __user *uarg = (void __user *)arg;
	const char *name = "ioctl";
	bool begun = false;
	long ret;

	atomic_long_inc(&pipe->ioctls);
	if (cmd == FIONREAD) {
		name = "FIONREAD";
		ret = put_user(kmsgpipe_pipe_next_len(pipe), (int __user *)uarg);
		kmsgpipe_pipe_debug(pipe, name, ret);
	} else {
		command = kmsgpipe_command_find(kmsgpipe_commands,
						ARRAY_SIZE(kmsgpipe_commands),
						cmd);
		if (command)
			name = command->name;
		ret = kmsgpipe_command_run(command, file, uarg, &begun);
	}
	/* The core logs these, as send, recv or peek. */
	if (!begun || (cmd != KMSGPIPE_SEND && cmd != KMSGPIPE_RECV))
		kmsgpipe_pipe_log(pipe, name, 0, ret);
	return ret;
}
