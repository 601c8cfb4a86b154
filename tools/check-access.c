// SPDX-License-Identifier: GPL-2.0
/* Checks: the device nodes, who may use them, and what sees to that. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "check.h"
#include "config.h"
#include "error.h"
#include "module.h"
#include "pipe.h"
#include "run.h"
#include "util.h"

#define GROUP		"kmsgpipe"
#define RULES		"60-kmsgpipe.rules"
#define OWN_RULES	"/etc/udev/rules.d/" RULES
#define CLASS		"/sys/class/kmsgpipe"
#define CONTROL		"kmsgpipe-control"
#define CONTROL_DIR	"/sys/class/misc/" CONTROL

void check_udev(void)
{
	/* In the order of preference. */
	static const char * const paths[] = {
		OWN_RULES,
		"/run/udev/rules.d/" RULES,
		"/usr/local/lib/udev/rules.d/" RULES,
		"/usr/lib/udev/rules.d/" RULES,
		"/lib/udev/rules.d/" RULES,
	};
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		if (stat(paths[i], &st))
			continue;
		/* A link to /dev/null, or an empty file, hides those after. */
		if (S_ISREG(st.st_mode) && st.st_size) {
			found(RESULT_OK, "udev", "%s", paths[i]);
		} else {
			found(RESULT_WARNING, "udev", "%s switches the rules off: nodes are for root alone",
			      paths[i]);
			mended_by("rm %s && udevadm control --reload", paths[i]);
		}
		return;
	}
	found(RESULT_PROBLEM, "udev", "there are no rules " RULES ": nodes are for root alone");
	mended_by_reinstall();
}

void check_group(void)
{
	const struct group *group = getgrnam(GROUP);

	if (group) {
		found(RESULT_OK, "group", GROUP " is group %u", group->gr_gid);
		return;
	}
	found(RESULT_PROBLEM, "group", "there is no group " GROUP);
	mended_by("systemd-sysusers kmsgpipe.conf");
}

/*
 * Nodes
 */

static void config_told(const char *what, int err);

/*
 * What apply makes of pipes and their nodes. check_config() reads it, for
 * check_nodes(), too, which frees it.
 */
static struct config config = { .tell = config_told };
static unsigned int config_mistakes;

/* apply is root's, and can read what is for root alone. */
static void config_told(const char *what, int err)
{
	bool unknown = err == EACCES && geteuid();

	found(unknown ? RESULT_UNKNOWN : RESULT_PROBLEM, "config", "%s", what);
	config_mistakes += !unknown;
}

/* modprobe alone makes none of them. */
static bool pipes_are_there(void)
{
	const struct config_pipe *first = NULL;
	char version[VERSION_MAX];
	struct pipes pipes;
	size_t i, absent = 0;

	if (!config.nr || !module_loaded(version))
		return true;
	pipes_load(&pipes);
	for (i = 0; i < config.nr; i++) {
		if (pipe_named(&pipes, config.pipe[i].name))
			continue;
		if (!absent++)
			first = &config.pipe[i];
	}
	pipes_free(&pipes);
	if (!absent)
		return true;
	found(RESULT_PROBLEM, "config", "of %zu %s %zu %s not there, first '%s' (%s:%u)",
	      config.nr, config.nr == 1 ? "pipe" : "pipes", absent,
	      absent == 1 ? "is" : "are", first->name, first->file,
	      first->line);
	mended_by("%s", apply_command());
	return false;
}

void check_config(void)
{
	config_read_dir(&config, CONFIG_DIR, true);
	if (!config.wrong && pipes_are_there())
		found(RESULT_OK, "config", "%zu %s in %zu %s", config.nr,
		      config.nr == 1 ? "pipe" : "pipes", config.files,
		      config.files == 1 ? "file" : "files");
	if (!config_mistakes)
		return;
	found(RESULT_PROBLEM, "config", "%u %s wrong in " CONFIG_DIR ", as told above; then",
	      config_mistakes, config_mistakes == 1 ? "thing is" : "things are");
	mended_by("%s", apply_command());
}

#define NO_GROUP	((gid_t)-1)

/**
 * struct node - a device node as it should be
 * @id: its name in /dev
 * @name: that of its pipe, or empty
 * @uid: its owner
 * @gid: its group; NO_GROUP: there is none that it could be
 * @perm: its permissions
 * @dev: the device
 * @configured: whether the configuration says who it belongs to
 */
struct node {
	char id[32];
	char name[KMSGPIPE_NAME_MAX];
	uid_t uid;
	gid_t gid;
	mode_t perm;
	dev_t dev;
	bool configured;
};

/* What the kernel tells udev of a pipe, a line of it. */
static void node_line(struct node *node, const char *line)
{
	unsigned int major, minor;

	if (sscanf(line, "KMSGPIPE_PERM=%o", &node->perm) == 1 ||
	    sscanf(line, "KMSGPIPE_UID=%u", &node->uid) == 1 ||
	    sscanf(line, "KMSGPIPE_GID=%u", &node->gid) == 1 ||
	    sscanf(line, "KMSGPIPE_NAME=%31s", node->name) == 1)
		return;
	if (sscanf(line, "MAJOR=%u", &major) == 1)
		node->dev = makedev(major, minor(node->dev));
	if (sscanf(line, "MINOR=%u", &minor) == 1)
		node->dev = makedev(major(node->dev), minor);
}

static bool node_load(struct node *node, const char *dir)
{
	char path[256], line[256];
	FILE *in;

	snprintf(path, sizeof(path), "%s/uevent", dir);
	in = fopen(path, "re");
	if (!in)
		return false;
	while (fgets(line, sizeof(line), in))
		node_line(node, line);
	fclose(in);
	return true;
}

/* apply will give the node to others, if it has not yet. */
static void node_configured(struct node *node)
{
	const struct settings *settings;
	size_t i;

	/* Neither has a section that cannot be. */
	if (!*node->name)
		return;
	for (i = 0; i < config.nr; i++) {
		if (strcmp(config.pipe[i].name, node->name))
			continue;
		settings = &config.pipe[i].settings;
		node->configured = true;
		if (settings->given[SETTING_OWNER])
			node->uid = settings->value[SETTING_OWNER];
		if (settings->given[SETTING_GROUP])
			node->gid = settings->value[SETTING_GROUP];
		if (settings->given[SETTING_PERM])
			node->perm = settings->value[SETTING_PERM];
	}
}

/* Without a group if it can be none. */
static void names(char buf[80], uid_t uid, gid_t gid, mode_t perm)
{
	const struct passwd *user = getpwuid(uid);
	const struct group *group = getgrgid(gid);
	char users[16], groups[16];

	snprintf(users, sizeof(users), "%u", uid);
	snprintf(groups, sizeof(groups), "%u", gid);
	snprintf(buf, 80, "%.32s%s%.32s %04o", user ? user->pw_name : users,
		 gid == NO_GROUP ? "" : ":",
		 gid == NO_GROUP ? "" : group ? group->gr_name : groups, perm);
}

/* The same as chown takes them. */
static const char *numbers(const struct node *node)
{
	static char buf[32];
	int len = snprintf(buf, sizeof(buf), "%u", node->uid);

	if (node->gid != NO_GROUP)
		snprintf(buf + len, sizeof(buf) - len, ":%u", node->gid);
	return buf;
}

/* A pipe with a name has a link there. */
static bool link_is_right(const struct node *node)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/kmsgpipe/%s", node->name);
	if (!*node->name || (!stat(path, &st) && st.st_rdev == node->dev))
		return true;
	found(RESULT_PROBLEM, "nodes", "%s is not there, or not the pipe %s",
	      path, node->id);
	/* Nodes as the kernel remembers them, then as they are configured. */
	mended_by("udevadm trigger --settle --action=add --subsystem-match=kmsgpipe && %s",
		  apply_command());
	return false;
}

static bool node_is_right(const struct node *node)
{
	char path[64], is[80], should[80];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/%s", node->id);
	if (stat(path, &st) || !S_ISCHR(st.st_mode) ||
	    st.st_rdev != node->dev) {
		found(RESULT_PROBLEM, "nodes", "%s is not there, or another device",
		      path);
		mended_by("rm -f %s; mknod -m %04o %s c %u %u && chown %s %s",
			  path, node->perm, path, major(node->dev),
			  minor(node->dev), numbers(node), path);
		return false;
	}
	if (st.st_uid == node->uid &&
	    (st.st_gid == node->gid || node->gid == NO_GROUP) &&
	    (st.st_mode & 07777) == node->perm)
		return link_is_right(node);
	names(is, st.st_uid, st.st_gid, st.st_mode & 07777);
	names(should, node->uid, node->gid, node->perm);
	if (!access(OWN_RULES, F_OK)) {
		found(RESULT_WARNING, "nodes", "%s is %s, not %s, perhaps by " OWN_RULES,
		      path, is, should);
		return false;
	}
	found(RESULT_PROBLEM, "nodes", "%s is %s, not %s", path, is, should);
	if (node->configured)
		mended_by("%s", apply_command());
	else
		mended_by("chown %s %s && chmod %04o %s", numbers(node), path,
			  node->perm, path);
	return false;
}

static int by_index(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

static int is_pipe(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "kmsgpipe", 8) &&
		isdigit((unsigned char)entry->d_name[8]);
}

static bool pipe_is_right(const char *id)
{
	const struct group *group = getgrnam(GROUP);
	struct node node = {
		.gid = group ? group->gr_gid : NO_GROUP,
		.perm = 0660,
	};
	char dir[sizeof(CLASS) + 32];

	snprintf(node.id, sizeof(node.id), "%.31s", id);
	snprintf(dir, sizeof(dir), CLASS "/%s", node.id);
	/* It may have been removed since it was listed. */
	if (!node_load(&node, dir))
		return true;
	node_configured(&node);
	return node_is_right(&node);
}

static bool control_is_right(void)
{
	struct node node = { .id = CONTROL, .perm = 0600 };

	return !node_load(&node, CONTROL_DIR) || node_is_right(&node);
}

void check_nodes(void)
{
	struct dirent **entries;
	bool right;
	int i, nr;

	nr = scandir(CLASS, &entries, is_pipe, by_index);
	if (nr < 0) {
		/* The module is not loaded, as was told. */
		config_free(&config);
		return;
	}
	right = control_is_right();
	for (i = 0; i < nr; i++) {
		right &= pipe_is_right(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (right)
		found(RESULT_OK, "nodes", "those of %d %s and " CONTROL, nr,
		      nr == 1 ? "pipe" : "pipes");
	config_free(&config);
}

/*
 * The caller
 */

static bool process_has(gid_t gid)
{
	gid_t *gids;
	bool has = getegid() == gid;
	int i, nr = getgroups(0, NULL);

	gids = need(calloc(nr > 0 ? nr : 1, sizeof(*gids)));
	nr = getgroups(nr, gids);
	for (i = 0; i < nr; i++)
		has |= gids[i] == gid;
	free(gids);
	return has;
}

static bool user_has(const struct passwd *user, gid_t gid)
{
	gid_t *gids;
	bool has = false;
	int i, nr = 0;

	getgrouplist(user->pw_name, user->pw_gid, NULL, &nr);
	gids = need(calloc(nr > 0 ? nr : 1, sizeof(*gids)));
	if (getgrouplist(user->pw_name, user->pw_gid, gids, &nr) < 0)
		nr = 0;
	for (i = 0; i < nr; i++)
		has |= gids[i] == gid;
	free(gids);
	return has;
}

void check_caller(void)
{
	const struct group *group = getgrnam(GROUP);
	const struct passwd *user = getpwuid(geteuid());
	const char *name = user ? user->pw_name : "a user without a name";

	if (!geteuid()) {
		found(RESULT_OK, "user", "root may use all pipes");
	} else if (group && process_has(group->gr_gid)) {
		found(RESULT_OK, "user", "%s is in the group " GROUP, name);
	} else if (group && user && user_has(user, group->gr_gid)) {
		found(RESULT_WARNING, "user", "%s is in the group " GROUP " from the next login on; until then",
		      name);
		mended_by_you("newgrp " GROUP);
	} else {
		/* Which need not be the group of the pipes that he uses. */
		found(RESULT_WARNING, "user", "%s is not in the group " GROUP,
		      name);
		if (user)
			mended_by("usermod -aG " GROUP " %s", name);
	}
}

/*
 * The unit
 */

/* The value of a property in the output of "systemctl show". */
static char *property(const char *text, const char *name, char value[32])
{
	const char *line = text;
	size_t len = strlen(name);

	value[0] = 0;
	while (line && (strncmp(line, name, len) || line[len] != '=')) {
		line = strchr(line, '\n');
		line += !!line;
	}
	if (line)
		snprintf(value, 32, "%.*s",
			 (int)strcspn(line + len + 1, "\n"), line + len + 1);
	return value;
}

static void judge_active(const char *text)
{
	char file[32];

	if (!strncmp(property(text, "UnitFileState", file), "enabled", 7)) {
		found(RESULT_OK, "unit", "kmsgpipe.service is active and enabled");
		return;
	}
	found(RESULT_WARNING, "unit", "kmsgpipe.service is active, but %s: the next boot does not start it",
	      file);
	mended_by("systemctl enable kmsgpipe");
}

static void judge_inactive(const char *text)
{
	char load[32], active[32], why[32];

	property(text, "ActiveState", active);
	if (!strcmp(property(text, "LoadState", load), "not-found")) {
		found(RESULT_PROBLEM, "unit", "there is no kmsgpipe.service");
		mended_by_reinstall();
	} else if (!strcmp(load, "masked")) {
		found(RESULT_PROBLEM, "unit", "kmsgpipe.service is masked");
		mended_by("systemctl unmask kmsgpipe && systemctl start kmsgpipe");
	} else if (!strcmp(active, "failed")) {
		found(RESULT_PROBLEM, "unit", "kmsgpipe.service has failed (%s), see \"journalctl -u kmsgpipe\"; then",
		      property(text, "Result", why));
		mended_by("systemctl restart kmsgpipe");
	} else if (!strncmp(active, "in", 2)) {
		found(RESULT_PROBLEM, "unit", "kmsgpipe.service is %s", active);
		mended_by("systemctl enable --now kmsgpipe");
	} else {
		found(RESULT_WARNING, "unit", "kmsgpipe.service is %s", active);
	}
}

void check_unit(void)
{
	char *const show[] = {
		"systemctl", "show", "kmsgpipe.service",
		"--property=LoadState,ActiveState,UnitFileState,Result", NULL
	};
	char text[1024], active[32];

	if (!has_systemd())
		found(RESULT_OK, "unit", "systemd does not run here");
	else if (run_text(show, text, sizeof(text)))
		found(RESULT_UNKNOWN, "unit", "systemctl does not tell of kmsgpipe.service");
	else if (!strcmp(property(text, "ActiveState", active), "active"))
		judge_active(text);
	else
		judge_inactive(text);
}
