/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_PIPE_H
#define KMSGPIPECTL_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/kmsgpipe.h>

/**
 * DOC: pipes, and how to look at them
 *
 * What a pipe is and does is read from /proc/kmsgpipe and /sys/class/kmsgpipe:
 * everybody may, no file is opened that a pipe would count, and a field that an
 * older module has not got is missing and nothing worse.
 *
 * Only what changes a pipe or goes through it opens the node.
 */

/* The oldest module that has the commands which this program gives. */
#define ABI_OLDEST	1

/* The fields that are numbers; names and sources in pipe.c. */
enum field {
	FIELD_MESSAGES,
	FIELD_MAX_MSGS,
	FIELD_BYTES,
	FIELD_MAX_BYTES,
	FIELD_MSG_SIZE,
	FIELD_READERS,
	FIELD_WRITERS,
	FIELD_FILES,
	FIELD_WAITING_READERS,
	FIELD_WAITING_WRITERS,
	FIELD_TTL_MS,
	FIELD_CLEANUP_ENABLED,
	FIELD_CLEANUP_INTERVAL_MS,
	FIELD_LAST_CLEANUP_NS,
	FIELD_SENT,
	FIELD_RECEIVED,
	FIELD_BYTES_SENT,
	FIELD_BYTES_RECEIVED,
	FIELD_EXPIRED,
	FIELD_TRUNCATED,
	FIELD_CLEARED,
	FIELD_READER_WAKEUPS,
	FIELD_WRITER_WAKEUPS,
	FIELD_FAULTS,
	FIELD_PEAK_MESSAGES,
	FIELD_PEAK_BYTES,
	FIELD_NR,
};

/* The words for KMSGPIPE_MODE_* and KMSGPIPE_EOF_*, ending with NULL. */
extern const char * const mode_names[];
extern const char * const eof_names[];

/**
 * struct pipe - a pipe, as it was when it was looked at
 * @index: the N of kmsgpipeN
 * @id: "kmsgpipeN"
 * @name: its name, or empty
 * @mode: a word
 * @eof: a word
 * @path: its node
 * @have: which of @value are known so far, a bit for each
 * @value: FIELD_*, by pipe_field() only
 */
struct pipe {
	uint32_t index;
	char id[24];
	char name[KMSGPIPE_NAME_MAX];
	char mode[16];
	char eof[16];
	char path[4096];
	uint64_t have;
	uint64_t value[FIELD_NR];
};

/* All pipes there are, in order of their index. */
struct pipes {
	struct pipe *pipe;
	size_t nr;
};

/* Ends the program, and says what to do, if the module is not loaded. */
void module_needed(void);

/* Reads what /proc/kmsgpipe has of all pipes. */
void pipes_load(struct pipes *pipes);
void pipes_free(struct pipes *pipes);

/* The pipe of this name, which is not empty. Return: NULL if there is none. */
struct pipe *pipe_named(struct pipes *pipes, const char *name);

/*
 * The pipe that PIPE on a command line names: an index, kmsgpipeN, a name or
 * the path of a node. A number is an index, also if a pipe has it as its name.
 * Return: NULL, with a complaint, if there is none.
 */
struct pipe *pipe_find(struct pipes *pipes, const char *arg);

/*
 * What names it on a command line: its name, unless it has none or that would be
 * taken for an index.
 */
const char *pipe_arg(const struct pipe *pipe);

/*
 * Takes the pipes that @args name out of those there are, in that order, each
 * once; all if there are none. Ends the program if one does not exist.
 */
void pipes_select(struct pipes *pipes, int nr, char **args);

/* Whether the field is known; asks the kernel at the first time. */
bool pipe_field(struct pipe *pipe, enum field field, uint64_t *value);

/*
 * Opens the node: with O_RDONLY or O_WRONLY to receive or send, and with
 * PIPE_COMMANDS for ioctls. That opens for neither, so that a pipe with the
 * hangup policy counts no reader or writer and nobody waits for one.
 *
 * @info gets what the pipe is. Return: a file that the module at hand understands;
 * or -1 with errno set, and a complaint unless it is EINTR.
 */
#define PIPE_COMMANDS	3
int pipe_open(const struct pipe *pipe, int flags, struct kmsgpipe_info *info);

/* The same for a node that no struct pipe is there for. */
int node_open(const char *path, int flags);

/* The same for the node that is there for root. */
#define CONTROL_NODE	"/dev/kmsgpipe-control"
int control_open(void);

/*
 * Gives an ioctl. Return: 0, or -1 with errno set and a complaint, which begins
 * with @what, a pipe.
 */
int command(int fd, const char *what, unsigned long cmd, void *arg);

/* The same without the complaint, for those who know better. */
int command_quiet(int fd, unsigned long cmd, void *arg);
void command_failed(const char *what, int err);

#endif /* KMSGPIPECTL_PIPE_H */
