/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_PIPE_H
#define KMSGPIPE_PIPE_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/wait.h>

#include "queue.h"

/**
 * DOC: a pipe and its life
 *
 * A pipe is a queue with a character device in front and two crowds of sleepers
 * beside it. It lives as long as somebody holds its device: the class from
 * kmsgpipe_pipe_create() to kmsgpipe_pipe_remove(), and each open file through
 * the cdev, whose parent the device is. The last one to let go frees the queue.
 *
 * What a pipe's device needs from the floors above (the class, the file
 * operations) main.c hands down in struct kmsgpipe_host.
 */

/* Device numbers reserved, and so the most pipes there can be. */
#define KMSGPIPE_DEVICES_MAX	256

/**
 * struct kmsgpipe - a pipe
 * @queue: the messages
 * @readers: those who sleep or poll until there is a message
 * @writers: those who sleep or poll until there is room
 * @dev: /sys/class/kmsgpipe/kmsgpipeN; its reference count is the pipe's
 * @cdev: /dev/kmsgpipeN
 * @index: N
 */
struct kmsgpipe {
	struct kmsgpipe_queue queue;
	wait_queue_head_t readers;
	wait_queue_head_t writers;
	struct device dev;
	struct cdev cdev;
	unsigned int index;
};

/**
 * struct kmsgpipe_host - what pipes are created from
 * @class: the device class
 * @fops: the file operations of a pipe
 * @base: the device number of pipe 0
 */
struct kmsgpipe_host {
	struct class *class;
	const struct file_operations *fops;
	dev_t base;
};

struct kmsgpipe *kmsgpipe_pipe_create(const struct kmsgpipe_host *host,
				      unsigned int index,
				      const struct kmsgpipe_limits *limits);
void kmsgpipe_pipe_remove(struct kmsgpipe *pipe);

#endif /* KMSGPIPE_PIPE_H */
