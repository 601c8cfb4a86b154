// SPDX-License-Identifier: GPL-2.0
/* What all ioctls have in common: finding them, privilege, argument structs. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "command.h"

/*
 * Copies an argument struct in. @usize is what its first field said before; the
 * caller may have changed that since.
 */
int kmsgpipe_argument_in(void *arg, u32 size, const void __user *uarg,
			 u32 usize)
{
	if (usize < sizeof(u32))
		return -EINVAL;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(arg, size, uarg, usize);
}

/* Writes it back; what the caller's struct has beyond ours is 0. */
int kmsgpipe_argument_out(void __user *uarg, u32 usize, const void *arg,
			  u32 size)
{
	u32 both = min(usize, size);

	if (copy_to_user(uarg, arg, both) ||
	    clear_user((char __user *)uarg + both, usize - both))
		return -EFAULT;
	return 0;
}

/* The one command that pipes and the control node have in common. */
int kmsgpipe_get_version(struct file *file, union kmsgpipe_argument *arg)
{
	struct kmsgpipe_version *version = &arg->version;

	memset(version, 0, sizeof(*version));
	version->abi = KMSGPIPE_ABI;
	if (sscanf(KMSGPIPE_VERSION, "%u.%u.%u", &version->major,
		   &version->minor, &version->patch) != 3)
		return -EINVAL;
	return 0;
}

/* Finds @cmd among @nr @commands. Return: the command, or NULL. */
const struct kmsgpipe_command *
kmsgpipe_command_find(const struct kmsgpipe_command *commands, u32 nr,
		      unsigned int cmd)
{
	for (; nr; commands++, nr--) {
		if (commands->cmd == cmd)
			return commands;
	}
	return NULL;
}

static long kmsgpipe_command_do(const struct kmsgpipe_command *command,
				struct file *file, void __user *uarg,
				bool *begun)
{
	union kmsgpipe_argument arg;
	u32 usize;
	int ret;

	if (command->admin && !capable(CAP_SYS_ADMIN))
		return -EPERM;

	if (get_user(usize, (u32 __user *)uarg))
		return -EFAULT;
	ret = kmsgpipe_argument_in(&arg, command->size, uarg, usize);
	if (ret)
		return ret;
	arg.size = usize;

	/* Can the answer be delivered? To be known before anything is done. */
	if (command->answers) {
		ret = kmsgpipe_argument_out(uarg, usize, &arg, command->size);
		if (ret)
			return ret;
	}

	*begun = true;
	ret = command->run(file, &arg);
	/* EMSGSIZE of a RECV comes with the size that is needed. */
	if (!command->answers || (ret && ret != -EMSGSIZE))
		return ret;
	arg.size = usize;
	return kmsgpipe_argument_out(uarg, usize, &arg, command->size) ?: ret;
}

/**
 * kmsgpipe_command_run - do an ioctl
 * @command: what kmsgpipe_command_find() found
 * @file: the file it came on
 * @uarg: the caller's argument struct
 * @begun: gets whether @command->run was called
 *
 * Return: 0, or an error as <linux/kmsgpipe.h> tells; -ENOTTY for no command.
 */
long kmsgpipe_command_run(const struct kmsgpipe_command *command,
			  struct file *file, void __user *uarg, bool *begun)
{
	long ret = -ENOTTY;

	*begun = false;
	if (command)
		ret = kmsgpipe_command_do(command, file, uarg, begun);
	pr_debug("%pD: %s by %d (%s): %ld\n", file,
		 command ? command->name : "ioctl", current->tgid,
		 current->comm, ret);
	return ret;
}
