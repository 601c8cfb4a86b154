// SPDX-License-Identifier: GPL-2.0
/* The settings of a pipe. */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "pipe.h"
#include "settings.h"

static const char * const switches[] = { "off", "on", "no", "yes", NULL };

/* What a setting may be; where the kernel has a bound, it is the kernel's. */
static const struct legal legals[SETTING_NR] = {
	[SETTING_MODE] = { .kind = KIND_WORD, .words = mode_names },
	[SETTING_EOF] = { .kind = KIND_WORD, .words = eof_names },
	[SETTING_MAX_MSGS] = { KIND_COUNT, 1, 65536, NULL },
	[SETTING_MSG_SIZE] = { KIND_BYTES, 1, 1048576, NULL },
	[SETTING_MAX_BYTES] = { KIND_BYTES, 1, 268435456, NULL },
	[SETTING_CLEANUP] = { .kind = KIND_SWITCH, .words = switches },
	[SETTING_CLEANUP_INTERVAL] = { KIND_TIME, 10, 3600000, NULL },
	/* -1 is nobody's number. */
	[SETTING_OWNER] = { KIND_USER, 0, UINT32_MAX - 1, NULL },
	[SETTING_GROUP] = { KIND_GROUP, 0, UINT32_MAX - 1, NULL },
	[SETTING_PERM] = { KIND_OCTAL, 1, 0777, NULL },
};

const struct opt pipe_settings[] = {
	[SETTING_MODE] = { "mode", 'm', "MODE",
		"what the pipe carries", &legals[SETTING_MODE] },
	[SETTING_EOF] = { "eof", 'e', "POLICY",
		"when a reader of the empty pipe gets the end of file",
		&legals[SETTING_EOF] },
	[SETTING_MAX_MSGS] = { "max-msgs", 0, "NUMBER",
		"messages it holds", &legals[SETTING_MAX_MSGS] },
	[SETTING_MSG_SIZE] = { "msg-size", 0, "BYTES",
		"the longest message", &legals[SETTING_MSG_SIZE] },
	[SETTING_MAX_BYTES] = { "max-bytes", 0, "BYTES",
		"bytes it holds", &legals[SETTING_MAX_BYTES] },
	[SETTING_TTL] = { "ttl", 't', "TIME",
		"life of a message", &legal_ttl },
	[SETTING_CLEANUP] = { "cleanup", 0, "SWITCH",
		"drop expired messages by itself", &legals[SETTING_CLEANUP] },
	[SETTING_CLEANUP_INTERVAL] = { "cleanup-interval", 0, "TIME",
		"how often", &legals[SETTING_CLEANUP_INTERVAL] },
	{ 0 }
};

const struct opt node_settings[] = {
	{ "owner", 'u', "USER", "owner of the node",
	  &legals[SETTING_OWNER] },
	{ "group", 'g', "GROUP", "group of the node",
	  &legals[SETTING_GROUP] },
	{ "perm", 'p', "OCTAL", "permissions of the node",
	  &legals[SETTING_PERM] },
	{ 0 }
};

const struct opt *setting_opt(enum setting setting)
{
	return setting < SETTING_OWNER ? &pipe_settings[setting] :
	       &node_settings[setting - SETTING_OWNER];
}

bool settings_option(struct settings *settings, const struct opt *opt,
		     const char *arg)
{
	int i;

	for (i = 0; i < SETTING_NR && setting_opt(i) != opt; i++)
		;
	if (i == SETTING_NR)
		return false;
	settings->value[i] = parse_option(opt->name, arg, opt->legal);
	settings->given[i] = true;
	return true;
}

const char *name_wrong(const char *name)
{
	static const char rule[] =
		"is not a name: up to 31 of A-Z a-z 0-9 . _ -, not first . or -, not as kmsgpipe0";
	size_t i;

	if (!*name || strlen(name) >= KMSGPIPE_NAME_MAX || *name == '.' ||
	    *name == '-' ||
	    (!strncmp(name, "kmsgpipe", 8) && isdigit((unsigned char)name[8])))
		return rule;
	for (i = 0; name[i]; i++)
		if ((name[i] & 0x80) || (!isalnum((unsigned char)name[i]) &&
					 !strchr("._-", name[i])))
			return rule;
	return NULL;
}

/* The value if given, else what stands for none. */
static uint32_t given(const struct settings *settings, enum setting setting,
		      uint32_t none)
{
	return settings->given[setting] ? settings->value[setting] : none;
}

static int apply_mode(const struct settings *settings, int fd, const char *what)
{
	struct kmsgpipe_set set = { .size = sizeof(set) };

	set.value = settings->value[SETTING_MODE];
	if (!command_quiet(fd, KMSGPIPE_SET_MODE, &set))
		return 0;
	if (errno == EBUSY) {
		complain("%s: its mode cannot change while it holds data: run \"kmsgpipectl clear %s\" first",
			 what, what);
	} else {
		command_failed(what, errno);
	}
	return -1;
}

static int apply_limits(const struct settings *settings, int fd,
			const char *what, bool truncate, uint32_t *dropped)
{
	struct kmsgpipe_set_limits limits = {
		.size = sizeof(limits),
		.flags = truncate ? KMSGPIPE_LIMITS_TRUNCATE : 0,
		.max_msgs = given(settings, SETTING_MAX_MSGS, 0),
		.msg_size = given(settings, SETTING_MSG_SIZE, 0),
		.max_bytes = given(settings, SETTING_MAX_BYTES, 0),
	};

	if (command(fd, what, KMSGPIPE_SET_LIMITS, &limits))
		return -1;
	*dropped = limits.truncated;
	return 0;
}

static int apply_cleanup(const struct settings *settings, int fd,
			 const char *what)
{
	struct kmsgpipe_info info = { .size = sizeof(info) };
	struct kmsgpipe_set_cleanup cleanup = {
		.size = sizeof(cleanup),
		.interval_ms = given(settings, SETTING_CLEANUP_INTERVAL, 0),
	};

	/* The two go together. */
	if (command(fd, what, KMSGPIPE_GET_INFO, &info))
		return -1;
	cleanup.enable = given(settings, SETTING_CLEANUP, info.cleanup_enabled);
	return command(fd, what, KMSGPIPE_SET_CLEANUP, &cleanup);
}

static int apply_one(const struct settings *settings, enum setting setting,
		     int fd, const char *what, unsigned long cmd)
{
	struct kmsgpipe_set set = { .size = sizeof(set) };

	if (!settings->given[setting])
		return 0;
	set.value = settings->value[setting];
	return command(fd, what, cmd, &set);
}

int settings_apply(const struct settings *settings, int fd, const char *what,
		   bool truncate, uint32_t *dropped)
{
	const bool *given = settings->given;

	*dropped = 0;
	if (given[SETTING_MODE] && apply_mode(settings, fd, what))
		return -1;
	if ((given[SETTING_MAX_MSGS] || given[SETTING_MSG_SIZE] ||
	     given[SETTING_MAX_BYTES] || truncate) &&
	    apply_limits(settings, fd, what, truncate, dropped))
		return -1;
	if ((given[SETTING_CLEANUP] || given[SETTING_CLEANUP_INTERVAL]) &&
	    apply_cleanup(settings, fd, what))
		return -1;
	if (apply_one(settings, SETTING_TTL, fd, what, KMSGPIPE_SET_TTL))
		return -1;
	return apply_one(settings, SETTING_EOF, fd, what, KMSGPIPE_SET_EOF);
}

/*
 * The kernel remembers it for udev. The node that was opened is changed at once,
 * whatever has its path by now; between the two of them nobody may open it who
 * might neither before nor after.
 */
int settings_apply_node(const struct settings *settings, int fd,
			const char *what)
{
	struct kmsgpipe_set_node node = {
		.size = sizeof(node),
		.uid = given(settings, SETTING_OWNER, ~0U),
		.gid = given(settings, SETTING_GROUP, ~0U),
		.perm = given(settings, SETTING_PERM, 0),
	};
	struct stat st;
	mode_t perm;

	if (!settings->given[SETTING_OWNER] &&
	    !settings->given[SETTING_GROUP] && !settings->given[SETTING_PERM])
		return 0;
	if (command_quiet(fd, KMSGPIPE_SET_NODE, &node) || fstat(fd, &st))
		goto failed;
	perm = given(settings, SETTING_PERM, st.st_mode & 07777);
	/* -1: it stays. */
	if (fchmod(fd, st.st_mode & perm) ||
	    fchown(fd, given(settings, SETTING_OWNER, -1),
		   given(settings, SETTING_GROUP, -1)) ||
	    fchmod(fd, perm))
		goto failed;
	return 0;

failed:
	command_failed(what, errno);
	return -1;
}

static void complain_create(const char *name, int err)
{
	switch (err) {
	case EEXIST:
		complain("there is a pipe '%s' already: see kmsgpipectl list",
			 name);
		break;
	case ENOSPC:
		complain("there are as many pipes as there may be: remove one, or raise /sys/module/kmsgpipe/parameters/max_devices");
		break;
	default:
		command_failed(name ? name : "a new pipe", err);
	}
}

/* There while udev runs, which makes the links in /dev/kmsgpipe. */
#define UDEV		"/run/udev/control"
/* How long a link may take to come, in naps. */
#define NAPS		200
#define NAP_NS		(10 * 1000 * 1000)

/*
 * Waits for the link of a pipe with a name, which comes after the node has its
 * group. Where one does not come, because the rules are switched off, none does.
 */
static void link_wait(const char *name, uint32_t index)
{
	static int naps = NAPS;
	const struct timespec nap = { .tv_nsec = NAP_NS };
	char link[64], node[32];
	struct stat is, should;

	snprintf(link, sizeof(link), "/dev/kmsgpipe/%s", name);
	snprintf(node, sizeof(node), "/dev/kmsgpipe%u", index);
	if (access(UDEV, F_OK) || stat(node, &should))
		return;
	/* It may still be that of a pipe which has just gone. */
	while (stat(link, &is) || is.st_rdev != should.st_rdev) {
		if (!naps)
			return;
		naps--;
		nanosleep(&nap, NULL);
	}
	naps = NAPS;
}

/* What CREATE does not take is set afterwards. */
static int create_finish(const struct settings *settings, int control,
			 uint32_t index)
{
	struct kmsgpipe_remove remove = { .size = sizeof(remove) };
	struct settings rest = { 0 };
	char path[32];
	uint32_t dropped;
	int fd, ret = -1, err;

	rest.given[SETTING_CLEANUP] = settings->given[SETTING_CLEANUP];
	rest.given[SETTING_CLEANUP_INTERVAL] =
		settings->given[SETTING_CLEANUP_INTERVAL];
	memcpy(rest.value, settings->value, sizeof(rest.value));
	if (!rest.given[SETTING_CLEANUP] &&
	    !rest.given[SETTING_CLEANUP_INTERVAL])
		return 0;

	snprintf(path, sizeof(path), "/dev/kmsgpipe%u", index);
	fd = node_open(path, PIPE_COMMANDS);
	if (fd >= 0) {
		ret = settings_apply(&rest, fd, path, false, &dropped);
		close(fd);
	}
	if (ret) {
		err = errno;
		remove.index = index;
		command_quiet(control, KMSGPIPE_REMOVE, &remove);
		errno = err;
	}
	return ret;
}

int settings_create(const struct settings *settings, const char *name)
{
	struct kmsgpipe_config config = {
		.size = sizeof(config),
		.mode = given(settings, SETTING_MODE, ~0U),
		.eof = given(settings, SETTING_EOF, KMSGPIPE_EOF_NEVER),
		.max_msgs = given(settings, SETTING_MAX_MSGS, 0),
		.msg_size = given(settings, SETTING_MSG_SIZE, 0),
		.max_bytes = given(settings, SETTING_MAX_BYTES, 0),
		.ttl_ms = given(settings, SETTING_TTL, 0),
		.uid = given(settings, SETTING_OWNER, ~0U),
		.gid = given(settings, SETTING_GROUP, ~0U),
		.perm = given(settings, SETTING_PERM, 0),
	};
	int control, ret = -1;

	if (name)
		snprintf(config.name, sizeof(config.name), "%s", name);
	control = control_open();
	if (control < 0)
		return -1;
	if (command_quiet(control, KMSGPIPE_CREATE, &config))
		complain_create(name, errno);
	else
		ret = create_finish(settings, control, config.index);
	close(control);
	if (!ret && name)
		link_wait(name, config.index);
	return ret ? -1 : (int)config.index;
}
