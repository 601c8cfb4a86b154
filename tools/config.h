/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_CONFIG_H
#define KMSGPIPECTL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <linux/kmsgpipe.h>

#include "settings.h"

/**
 * DOC: the configuration
 *
 * Files say what pipes there shall be: a section for each, whose name is the
 * pipe's, with a line for each setting. To read them takes neither privilege nor
 * the module.
 *
 * All that is wrong is complained of, with file and line, not the first thing
 * alone; then nobody may use the rest, but to tell of it.
 */
#define CONFIG_DIR	"/etc/kmsgpipe/pipes.d"

/**
 * struct config_pipe - a pipe that shall be
 * @name: its name; empty if it cannot be one
 * @file: where its section is
 * @line: likewise
 * @lines: where each of @settings is; 0: nowhere
 * @settings: what is said of it that can be
 */
struct config_pipe {
	char name[KMSGPIPE_NAME_MAX];
	const char *file;
	unsigned int line;
	unsigned int lines[SETTING_NR];
	struct settings settings;
};

/**
 * struct config - all that was read
 * @pipe: the pipes, in order
 * @nr: number of them
 * @file: names of the files
 * @files: number of them
 * @wrong: things that were complained of
 * @tell: is given those instead, with the error number of a file that cannot be
 *	read, else 0; may be NULL
 */
struct config {
	struct config_pipe *pipe;
	size_t nr;
	char **file;
	size_t files;
	unsigned int wrong;
	void (*tell)(const char *what, int err);
};

/* What a setting is called in a file. */
const char *config_key(enum setting setting);

/* Reads an open file; @path is for complaints. */
void config_read(struct config *config, FILE *in, const char *path);

void config_read_file(struct config *config, const char *path);

/* Reads *.conf in the order of their names. @optional: it need not be there. */
void config_read_dir(struct config *config, const char *path, bool optional);

void config_free(struct config *config);

#endif /* KMSGPIPECTL_CONFIG_H */
