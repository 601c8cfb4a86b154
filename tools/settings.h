/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_SETTINGS_H
#define KMSGPIPECTL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "option.h"

/*
 * The settings of a pipe: their names, what they may be, and how they are given
 * to the kernel. Options are made from the list; so may other ways to write
 * settings down be.
 */
enum setting {
	SETTING_MODE,
	SETTING_EOF,
	SETTING_MAX_MSGS,
	SETTING_MSG_SIZE,
	SETTING_MAX_BYTES,
	SETTING_TTL,
	SETTING_CLEANUP,
	SETTING_CLEANUP_INTERVAL,
	SETTING_OWNER,		/* from here on of the node */
	SETTING_GROUP,
	SETTING_PERM,
	SETTING_NR,
};

struct settings {
	bool given[SETTING_NR];
	uint32_t value[SETTING_NR];
};

/* The settings as options: those of a pipe, and those of its node. */
extern const struct opt pipe_settings[];
extern const struct opt node_settings[];

/* The option for a setting, which has its name and what it may be. */
const struct opt *setting_opt(enum setting setting);

/* Whether the option was a setting; then its argument is taken. */
bool settings_option(struct settings *settings, const struct opt *opt,
		     const char *arg);

/* What is wrong with a pipe's name, or NULL. */
const char *name_wrong(const char *name);

/*
 * Changes what was given of an open pipe; what may fail comes first. @truncate:
 * drop what is over new limits. @dropped gets how many that were. Return: 0, or
 * -1 with errno set and a complaint about @what.
 */
int settings_apply(const struct settings *settings, int fd, const char *what,
		   bool truncate, uint32_t *dropped);

/* The same for what was given of its node. */
int settings_apply_node(const struct settings *settings, int fd,
			const char *what);

/*
 * Creates a pipe. @name may be NULL; what is not given is the module's default.
 * Where udev runs, its link is there on return.
 * Return: its index; or -1 with errno set and a complaint.
 */
int settings_create(const struct settings *settings, const char *name);

#endif /* KMSGPIPECTL_SETTINGS_H */
