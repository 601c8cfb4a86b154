// SPDX-License-Identifier: GPL-2.0
/*
 * kmsgpipe: message queues behind character devices.
 *
 * Load and unload, module parameters, device numbers and the class. Where a
 * message goes is told in queue.h, io.h and pipe.h, from the bottom up.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "compat.h"
#include "file.h"
#include "pipe.h"

static unsigned int devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "pipes made at load, 1 to 256 (default 1)");

static unsigned int max_msgs = 1024;
module_param(max_msgs, uint, 0444);
MODULE_PARM_DESC(max_msgs,
		 "messages a pipe holds, 1 to 65536 (default 1024)");

static unsigned int msg_size = 4096;
module_param(msg_size, uint, 0444);
MODULE_PARM_DESC(msg_size,
		 "bytes in one message, 1 to 1048576 (default 4096)");

static const struct {
	const char *name;
	const unsigned int *value;
	unsigned int max;
} kmsgpipe_params[] = {
	{ "devices", &devices, KMSGPIPE_DEVICES_MAX },
	{ "max_msgs", &max_msgs, KMSGPIPE_MAX_MSGS_MAX },
	{ "msg_size", &msg_size, KMSGPIPE_MSG_SIZE_MAX },
};

/* Group access from the start: udev has only the group to name. */
static char *kmsgpipe_devnode(KMSGPIPE_DEVNODE_CONST struct device *dev,
			      umode_t *mode)
{
	if (mode)
		*mode = 0660;
	return NULL;
}

static struct class kmsgpipe_class = {
	.name		= "kmsgpipe",
	.devnode	= kmsgpipe_devnode,
};

static struct kmsgpipe_host kmsgpipe_host = {
	.class		= &kmsgpipe_class,
	.fops		= &kmsgpipe_fops,
};

static struct kmsgpipe *kmsgpipe_pipes[KMSGPIPE_DEVICES_MAX];

static int __init kmsgpipe_check_params(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kmsgpipe_params); i++) {
		unsigned int value = *kmsgpipe_params[i].value;
		unsigned int max = kmsgpipe_params[i].max;

		if (value < 1 || value > max) {
			pr_err("%s=%u is out of range (1..%u)\n",
			       kmsgpipe_params[i].name, value, max);
			return -EINVAL;
		}
	}
	return 0;
}

static void kmsgpipe_remove_pipes(unsigned int nr)
{
	while (nr)
		kmsgpipe_pipe_remove(kmsgpipe_pipes[--nr]);
}

static int __init kmsgpipe_init(void)
{
	const struct kmsgpipe_limits limits = {
		.max_msgs = max_msgs,
		.msg_size = msg_size,
	};
	unsigned int i;
	int err;

	err = kmsgpipe_check_params();
	if (err)
		return err;

	err = alloc_chrdev_region(&kmsgpipe_host.base, 0, KMSGPIPE_DEVICES_MAX,
				  "kmsgpipe");
	if (err)
		return err;

	err = class_register(&kmsgpipe_class);
	if (err)
		goto unregister_region;

	for (i = 0; i < devices; i++) {
		kmsgpipe_pipes[i] = kmsgpipe_pipe_create(&kmsgpipe_host, i,
							 &limits);
		if (IS_ERR(kmsgpipe_pipes[i])) {
			err = PTR_ERR(kmsgpipe_pipes[i]);
			goto remove_pipes;
		}
	}

	pr_info("loaded, version %s, %u pipe%s\n", KMSGPIPE_VERSION, devices,
		devices == 1 ? "" : "s");
	return 0;

remove_pipes:
	kmsgpipe_remove_pipes(i);
	class_unregister(&kmsgpipe_class);
unregister_region:
	unregister_chrdev_region(kmsgpipe_host.base, KMSGPIPE_DEVICES_MAX);
	return err;
}

static void __exit kmsgpipe_exit(void)
{
	kmsgpipe_remove_pipes(devices);
	class_unregister(&kmsgpipe_class);
	unregister_chrdev_region(kmsgpipe_host.base, KMSGPIPE_DEVICES_MAX);

	WARN(kmsgpipe_msg_memory(), "%ld bytes of messages leaked",
	     kmsgpipe_msg_memory());
	pr_info("unloaded\n");
}

module_init(kmsgpipe_init);
module_exit(kmsgpipe_exit);

MODULE_DESCRIPTION("Message queues behind character devices");
MODULE_AUTHOR("The kmsgpipe maintainers");
MODULE_LICENSE("GPL");
MODULE_VERSION(KMSGPIPE_VERSION);
