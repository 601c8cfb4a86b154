// SPDX-License-Identifier: GPL-2.0
/* The control node: create and remove, as <linux/kmsgpipe.h> tells them. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "command.h"
#include "control.h"
#include "log.h"
#include "pipe.h"

static int kmsgpipe_control_create(struct file *file,
				   union kmsgpipe_argument *arg)
{
	struct kmsgpipe_config *config = &arg->config;
	int err;

	err = kmsgpipe_pipe_create(config);
	if (!err)
		pr_info("kmsgpipe%u: created\n", config->index);
	return err;
}

static int kmsgpipe_control_remove(struct file *file,
				   union kmsgpipe_argument *arg)
{
	u32 index = arg->remove.index;
	int err = kmsgpipe_pipe_remove(index);

	if (!err)
		pr_info("kmsgpipe%u: removed\n", index);
	return err;
}

static const struct kmsgpipe_command kmsgpipe_control_commands[] = {
	KMSGPIPE_COMMAND(CREATE, config, true, true, kmsgpipe_control_create),
	KMSGPIPE_COMMAND(REMOVE, remove, false, true, kmsgpipe_control_remove),
	KMSGPIPE_COMMAND(GET_VERSION, version, true, false,
			 kmsgpipe_get_version),
};

static long kmsgpipe_control_ioctl(struct file *file, unsigned int cmd,
				   unsigned long arg)
{
	const struct kmsgpipe_command *command =
		kmsgpipe_command_find(kmsgpipe_control_commands,
				      ARRAY_SIZE(kmsgpipe_control_commands),
				      cmd);
	bool begun;
	long ret = kmsgpipe_command_run(command, file, (void __user *)arg,
					&begun);

	/* Pipes that come and go are logged where they do. */
	if (command && ret)
		kmsgpipe_log_module(command->name, KMSGPIPE_LOG_NO_PIPE, ret);
	return ret;
}

static const struct file_operations kmsgpipe_control_fops = {
	.owner		= THIS_MODULE,
	.open		= nonseekable_open,
	.unlocked_ioctl	= kmsgpipe_control_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice kmsgpipe_control = {
	.minor		= MISC_DYNAMIC_MINOR,
	.name		= "kmsgpipe-control",
	.fops		= &kmsgpipe_control_fops,
	.mode		= 0600,
};

int kmsgpipe_control_init(void)
{
	return misc_register(&kmsgpipe_control);
}

void kmsgpipe_control_exit(void)
{
	misc_deregister(&kmsgpipe_control);
}
