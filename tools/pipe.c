// SPDX-License-Identifier: GPL-2.0
/* Pipes, and how to look at them. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "error.h"
#include "pipe.h"

#define PROC_TABLE	"/proc/kmsgpipe"
#define CLASS		"/sys/class/kmsgpipe"

const char * const mode_names[] = {
	[KMSGPIPE_MODE_MESSAGE] = "message",
	[KMSGPIPE_MODE_STREAM] = "stream",
	NULL
};

const char * const eof_names[] = {
	[KMSGPIPE_EOF_NEVER] = "never",
	[KMSGPIPE_EOF_EMPTY] = "empty",
	[KMSGPIPE_EOF_HANGUP] = "hangup",
	NULL
};

/*
 * Where a field is: @proc is its name in /proc/kmsgpipe, whose line is all of
 * one moment, @sysfs a file of the pipe's directory. One of them is enough.
 */
static const struct {
	const char *proc;
	const char *sysfs;
} sources[FIELD_NR] = {
	[FIELD_MESSAGES] = { "messages", NULL },
	[FIELD_MAX_MSGS] = { "max_msgs", NULL },
	[FIELD_BYTES] = { "bytes", NULL },
	[FIELD_MAX_BYTES] = { "max_bytes", NULL },
	[FIELD_MSG_SIZE] = { "msg_size", NULL },
	[FIELD_READERS] = { "readers", NULL },
	[FIELD_WRITERS] = { "writers", NULL },
	[FIELD_FILES] = { "files", NULL },
	[FIELD_WAITING_READERS] = { NULL, "waiting_readers" },
	[FIELD_WAITING_WRITERS] = { NULL, "waiting_writers" },
	[FIELD_TTL_MS] = { NULL, "ttl_ms" },
	[FIELD_CLEANUP_ENABLED] = { NULL, "cleanup_enabled" },
	[FIELD_CLEANUP_INTERVAL_MS] = { NULL, "cleanup_interval_ms" },
	[FIELD_LAST_CLEANUP_NS] = { NULL, "last_cleanup_ns" },
	[FIELD_SENT] = { "sent", NULL },
	[FIELD_RECEIVED] = { "received", NULL },
	[FIELD_BYTES_SENT] = { "bytes_sent", NULL },
	[FIELD_BYTES_RECEIVED] = { "bytes_received", NULL },
	[FIELD_EXPIRED] = { NULL, "statistics/expired" },
	[FIELD_TRUNCATED] = { NULL, "statistics/truncated" },
	[FIELD_CLEARED] = { NULL, "statistics/cleared" },
	[FIELD_READER_WAKEUPS] = { NULL, "statistics/reader_wakeups" },
	[FIELD_WRITER_WAKEUPS] = { NULL, "statistics/writer_wakeups" },
	[FIELD_FAULTS] = { NULL, "statistics/faults" },
	[FIELD_PEAK_MESSAGES] = { NULL, "statistics/max_messages" },
	[FIELD_PEAK_BYTES] = { NULL, "statistics/max_bytes" },
};

/*
 * Reading
 */

void module_needed(void)
{
	if (access(PROC_TABLE, F_OK))
		fail(STATUS_ABSENT,
		     "the kernel module is not loaded: run \"modprobe kmsgpipe\" as root");
}

/* Takes the next word of a line. */
static char *next_word(char **line)
{
	char *word;

	do
		word = strsep(line, "\n ");
	while (word && !*word);
	return word;
}

static void pipe_set(struct pipe *pipe, enum field field, uint64_t value)
{
	pipe->value[field] = value;
	pipe->have |= UINT64_C(1) << field;
}

static void set_text(char *text, size_t size, const char *value)
{
	snprintf(text, size, "%s", value);
}

static void proc_value(struct pipe *pipe, const char *name, const char *value)
{
	unsigned int i;

	if (!strcmp(name, "index"))
		pipe->index = strtoul(value, NULL, 10);
	else if (!strcmp(name, "name") && strcmp(value, "-"))
		set_text(pipe->name, sizeof(pipe->name), value);
	else if (!strcmp(name, "mode"))
		set_text(pipe->mode, sizeof(pipe->mode), value);
	else if (!strcmp(name, "eof"))
		set_text(pipe->eof, sizeof(pipe->eof), value);
	for (i = 0; i < FIELD_NR; i++)
		if (sources[i].proc && !strcmp(sources[i].proc, name))
			pipe_set(pipe, i, strtoull(value, NULL, 10));
}

/* A line of values, whose names are the words of @header. */
static void proc_line(struct pipe *pipe, const char *header, char *line)
{
	char *names, *copy, *name, *value;

	memset(pipe, 0, sizeof(*pipe));
	names = need(strdup(header));
	copy = names;
	while ((name = next_word(&copy)) && (value = next_word(&line)))
		proc_value(pipe, name, value);
	free(names);
	snprintf(pipe->id, sizeof(pipe->id), "kmsgpipe%" PRIu32, pipe->index);
	snprintf(pipe->path, sizeof(pipe->path), "/dev/%s", pipe->id);
}

void pipes_load(struct pipes *pipes)
{
	char *header = NULL, *line = NULL;
	size_t header_size = 0, size = 0;
	FILE *in;

	module_needed();
	memset(pipes, 0, sizeof(*pipes));
	in = fopen(PROC_TABLE, "re");
	if (!in)
		fail(status_of(errno), "%s: %s", PROC_TABLE, strerror(errno));
	if (getline(&header, &header_size, in) < 0)
		fail(STATUS_FAILED, "%s: cannot be read", PROC_TABLE);
	while (getline(&line, &size, in) >= 0) {
		pipes->pipe = need(realloc(pipes->pipe, (pipes->nr + 1) *
					   sizeof(*pipes->pipe)));
		proc_line(&pipes->pipe[pipes->nr++], header, line);
	}
	fclose(in);
	free(header);
	free(line);
}

void pipes_free(struct pipes *pipes)
{
	free(pipes->pipe);
	memset(pipes, 0, sizeof(*pipes));
}

bool pipe_field(struct pipe *pipe, enum field field, uint64_t *value)
{
	uint64_t bit = UINT64_C(1) << field;
	char path[128];
	FILE *in;

	if (!(pipe->have & bit) && sources[field].sysfs) {
		snprintf(path, sizeof(path), CLASS "/%s/%s", pipe->id,
			 sources[field].sysfs);
		in = fopen(path, "re");
		if (in) {
			if (fscanf(in, "%" SCNu64, &pipe->value[field]) == 1)
				pipe->have |= bit;
			fclose(in);
		}
	}
	*value = pipe->value[field];
	return pipe->have & bit;
}

/*
 * Finding
 */

static struct pipe *find_index(struct pipes *pipes, const char *digits)
{
	unsigned long index;
	char *end;
	size_t i;

	errno = 0;
	index = strtoul(digits, &end, 10);
	if (errno || *end || *digits < '0' || *digits > '9')
		return NULL;
	for (i = 0; i < pipes->nr; i++)
		if (pipes->pipe[i].index == index)
			return &pipes->pipe[i];
	return NULL;
}

struct pipe *pipe_named(struct pipes *pipes, const char *name)
{
	size_t i;

	for (i = 0; i < pipes->nr; i++)
		if (!strcmp(pipes->pipe[i].name, name))
			return &pipes->pipe[i];
	return NULL;
}

/* Which is an index, also of a pipe that is not there. */
static bool is_number(const char *word)
{
	return !word[strspn(word, "0123456789")];
}

static struct pipe *find_word(struct pipes *pipes, const char *word)
{
	static const char id[] = "kmsgpipe";
	bool number = is_number(word);
	struct pipe *pipe = NULL;

	if (number)
		pipe = find_index(pipes, word);
	else if (!strncmp(word, id, strlen(id)))
		pipe = find_index(pipes, word + strlen(id));
	if (!pipe && !number)
		pipe = pipe_named(pipes, word);
	if (!pipe)
		complain("there is no pipe '%s': see kmsgpipectl list", word);
	return pipe;
}

/* Which device a node is: the kernel tells, wherever the node lies. */
static struct pipe *find_path(struct pipes *pipes, const char *path)
{
	char link[64], target[4096], *id;
	struct pipe *pipe = NULL;
	struct stat st;
	ssize_t len;

	if (stat(path, &st)) {
		complain("%s: %s", path, strerror(errno));
		return NULL;
	}
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	len = S_ISCHR(st.st_mode) ?
	      readlink(link, target, sizeof(target) - 1) : -1;
	if (len > 0) {
		target[len] = 0;
		id = strstr(target, "/kmsgpipe/kmsgpipe");
		if (id)
			pipe = find_index(pipes, id +
					  strlen("/kmsgpipe/kmsgpipe"));
	}
	if (!pipe)
		complain("%s is not a pipe of kmsgpipe: see kmsgpipectl list",
			 path);
	else
		set_text(pipe->path, sizeof(pipe->path), path);
	return pipe;
}

struct pipe *pipe_find(struct pipes *pipes, const char *arg)
{
	return strchr(arg, '/') ? find_path(pipes, arg) : find_word(pipes, arg);
}

const char *pipe_arg(const struct pipe *pipe)
{
	/* So is no name at all. */
	return is_number(pipe->name) ? pipe->id : pipe->name;
}

void pipes_select(struct pipes *pipes, int nr, char **args)
{
	struct pipe *chosen, *pipe;
	size_t there = 0, i;

	if (!nr)
		return;
	chosen = need(calloc(nr, sizeof(*chosen)));
	for (; nr; nr--, args++) {
		pipe = pipe_find(pipes, *args);
		if (!pipe)
			exit(STATUS_ABSENT);
		for (i = 0; i < there && chosen[i].index != pipe->index; i++)
			;
		if (i == there)
			chosen[there++] = *pipe;
	}
	free(pipes->pipe);
	pipes->pipe = chosen;
	pipes->nr = there;
}

/*
 * Opening
 */

/* Says who may, for somebody who may not. */
static void complain_denied(const char *path)
{
	const struct passwd *user;
	const struct group *group;
	char uid[16], gid[16];
	struct stat st;

	if (stat(path, &st)) {
		complain("%s: %s", path, strerror(errno));
		return;
	}
	user = getpwuid(st.st_uid);
	group = getgrgid(st.st_gid);
	snprintf(uid, sizeof(uid), "%u", st.st_uid);
	snprintf(gid, sizeof(gid), "%u", st.st_gid);
	complain("%s: not permitted: it is for %s:%s, mode %04o", path,
		 user ? user->pw_name : uid, group ? group->gr_name : gid,
		 st.st_mode & 07777);
}

static void complain_open(const char *path, int err)
{
	switch (err) {
	case EINTR:
		break;
	case EACCES:
		complain_denied(path);
		break;
	case ENOENT:
		complain("%s: the node is not there: see kmsgpipectl doctor",
			 path);
		break;
	case ENODEV:
		complain("%s: the pipe is being removed", path);
		break;
	case ENXIO:
		complain("%s: nobody has it open for reading, which eof=hangup asks for",
			 path);
		break;
	default:
		complain("%s: %s", path, strerror(err));
	}
}

int command_quiet(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg);
}

/* Whether the module at the other end speaks our language. */
static bool understood(int fd, const char *path)
{
	struct kmsgpipe_version version = { .size = sizeof(version) };

	if (command_quiet(fd, KMSGPIPE_GET_VERSION, &version)) {
		complain("%s does not answer as kmsgpipe does: %s", path,
			 strerror(errno));
		return false;
	}
	/* Newer ones keep what there was. */
	if (version.abi < ABI_OLDEST) {
		complain("the module that is loaded (%u.%u.%u, ABI %u) is too old for this program, which needs ABI %u: reboot, or unload it and run \"modprobe kmsgpipe\"",
			 version.major, version.minor, version.patch,
			 version.abi, ABI_OLDEST);
		return false;
	}
	return true;
}

int node_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC), err;

	if (fd < 0) {
		err = errno;
		complain_open(path, err);
		errno = err;
		return -1;
	}
	if (!understood(fd, path)) {
		close(fd);
		errno = EPROTO;
		return -1;
	}
	return fd;
}

/* A name may be another pipe's by now. */
static bool still_the_same(int fd, const struct pipe *pipe,
			   struct kmsgpipe_info *info)
{
	*info = (struct kmsgpipe_info) { .size = sizeof(*info) };
	if (command(fd, pipe->id, KMSGPIPE_GET_INFO, info))
		return false;
	if (info->index == pipe->index && !strcmp(info->name, pipe->name))
		return true;
	complain("%s has just been replaced by another pipe: try again",
		 pipe->id);
	errno = ENODEV;
	return false;
}

int pipe_open(const struct pipe *pipe, int flags, struct kmsgpipe_info *info)
{
	int fd = node_open(pipe->path, flags);

	if (fd >= 0 && !still_the_same(fd, pipe, info)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int control_open(void)
{
	module_needed();
	return node_open(CONTROL_NODE, O_RDWR);
}

void command_failed(const char *what, int err)
{
	switch (err) {
	case EPERM:
		complain("%s: not permitted: only root may do this", what);
		break;
	case ENODEV:
		complain("%s: the pipe was removed", what);
		break;
	case ENOTTY:
	case E2BIG:
		complain("%s: the module that is loaded is too old for this: see kmsgpipectl version",
			 what);
		break;
	default:
		complain("%s: %s", what, strerror(err));
	}
}

int command(int fd, const char *what, unsigned long cmd, void *arg)
{
	if (!command_quiet(fd, cmd, arg))
		return 0;
	command_failed(what, errno);
	return -1;
}
