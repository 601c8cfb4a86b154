// SPDX-License-Identifier: GPL-2.0
/* One pipe: create and remove; pipe.h tells the idea. */

#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "pipe.h"

static void kmsgpipe_pipe_release(struct device *dev)
{
	struct kmsgpipe *pipe = container_of(dev, struct kmsgpipe, dev);

	kmsgpipe_queue_destroy(&pipe->queue);
	kfree(pipe);
}

/**
 * kmsgpipe_pipe_create - make a pipe and its device node
 * @host: where it lives
 * @index: its number, free and below KMSGPIPE_DEVICES_MAX
 * @limits: how much it takes, within the ranges of queue.h
 *
 * Return: the pipe, or an ERR_PTR().
 */
struct kmsgpipe *kmsgpipe_pipe_create(const struct kmsgpipe_host *host,
				      unsigned int index,
				      const struct kmsgpipe_limits *limits)
{
	struct kmsgpipe *pipe;
	int err;

	pipe = kzalloc(sizeof(*pipe), GFP_KERNEL);
	if (!pipe)
		return ERR_PTR(-ENOMEM);

	kmsgpipe_queue_init(&pipe->queue, limits);
	init_waitqueue_head(&pipe->readers);
	init_waitqueue_head(&pipe->writers);
	pipe->index = index;

	/* From here on the device owns the pipe: put, do not free. */
	device_initialize(&pipe->dev);
	pipe->dev.class = host->class;
	pipe->dev.devt = host->base + index;
	pipe->dev.release = kmsgpipe_pipe_release;

	err = dev_set_name(&pipe->dev, "kmsgpipe%u", index);
	if (err)
		goto put;

	cdev_init(&pipe->cdev, host->fops);
	pipe->cdev.owner = THIS_MODULE;
	err = cdev_device_add(&pipe->cdev, &pipe->dev);
	if (err)
		goto put;
	return pipe;

put:
	put_device(&pipe->dev);
	return ERR_PTR(err);
}

/* Takes a pipe away; its memory goes when its last open file is closed. */
void kmsgpipe_pipe_remove(struct kmsgpipe *pipe)
{
	cdev_device_del(&pipe->cdev, &pipe->dev);
	put_device(&pipe->dev);
}
