// SPDX-License-Identifier: GPL-2.0
/*
 * For tests/bats/module.bats: has the name that kmsgpipe's control node wants. So
 * loading kmsgpipe fails at the last thing that can, when its pipes are there.
 */

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static const struct file_operations nodetaken_fops = {
	.owner	= THIS_MODULE,
};

static struct miscdevice nodetaken = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "kmsgpipe-control",
	.fops	= &nodetaken_fops,
	.mode	= 0600,
};

module_misc_device(nodetaken);

MODULE_DESCRIPTION("Test of loading kmsgpipe where that fails late");
MODULE_AUTHOR("The kmsgpipe maintainers");
MODULE_LICENSE("GPL");
