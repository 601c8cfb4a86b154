/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_COMMAND_H
#define KMSGPIPE_COMMAND_H

#include <linux/types.h>

#include "uapi/linux/kmsgpipe.h"

struct file;

/* Any argument struct. */
union kmsgpipe_argument {
	u32 size;
	struct kmsgpipe_config config;
	struct kmsgpipe_remove remove;
	struct kmsgpipe_info info;
	struct kmsgpipe_stats stats;
	struct kmsgpipe_count count;
	struct kmsgpipe_set_limits set_limits;
	struct kmsgpipe_set set;
	struct kmsgpipe_set_cleanup set_cleanup;
	struct kmsgpipe_message message;
};

/**
 * struct kmsgpipe_command - one ioctl
 * @name: its name, KMSGPIPE_* without that
 * @cmd: KMSGPIPE_*
 * @size: of its argument struct
 * @admin: needs CAP_SYS_ADMIN
 * @run: does it; the argument is copied in before and back after
 */
struct kmsgpipe_command {
	const char *name;
	unsigned int cmd;
	u32 size;
	bool admin;
	int (*run)(struct file *file, union kmsgpipe_argument *arg);
};

const struct kmsgpipe_command *
kmsgpipe_command_find(const struct kmsgpipe_command *commands, u32 nr,
		      unsigned int cmd);
long kmsgpipe_command_run(const struct kmsgpipe_command *command,
			  struct file *file, void __user *uarg);

#endif /* KMSGPIPE_COMMAND_H */
