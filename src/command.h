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
	struct kmsgpipe_version version;
	struct kmsgpipe_info info;
	struct kmsgpipe_stats stats;
	struct kmsgpipe_count count;
	struct kmsgpipe_set_limits set_limits;
	struct kmsgpipe_set set;
	struct kmsgpipe_set_cleanup set_cleanup;
	struct kmsgpipe_set_node set_node;
	struct kmsgpipe_message message;
	struct kmsgpipe_batch batch;
};

/**
 * struct kmsgpipe_command - one ioctl
 * @name: as in KMSGPIPE_*
 * @cmd: KMSGPIPE_*
 * @size: of its argument struct
 * @admin: needs CAP_SYS_ADMIN
 * @answers: the argument is copied back, which is tried before anything is done;
 *	if not, it may lie in memory that is only to be read
 * @run: does it; the argument was copied in
 */
struct kmsgpipe_command {
	const char *name;
	unsigned int cmd;
	u32 size;
	bool admin;
	bool answers;
	int (*run)(struct file *file, union kmsgpipe_argument *arg);
};

/* KMSGPIPE_@_name takes struct kmsgpipe_@_argument; @_answers: see above. */
#define KMSGPIPE_COMMAND(_name, _argument, _answers, _admin, _run)	\
	{								\
		.name = #_name,						\
		.cmd = KMSGPIPE_##_name,				\
		.size = sizeof(struct kmsgpipe_##_argument),		\
		.answers = (_answers),					\
		.admin = (_admin),					\
		.run = (_run),						\
	}

int kmsgpipe_argument_in(void *arg, u32 size, const void __user *uarg,
			 u32 usize);
int kmsgpipe_argument_out(void __user *uarg, u32 usize, const void *arg,
			  u32 size);
int kmsgpipe_get_version(struct file *file, union kmsgpipe_argument *arg);
const struct kmsgpipe_command *
kmsgpipe_command_find(const struct kmsgpipe_command *commands, u32 nr,
		      unsigned int cmd);
long kmsgpipe_command_run(const struct kmsgpipe_command *command,
			  struct file *file, void __user *uarg, bool *begun);

#endif /* KMSGPIPE_COMMAND_H */
