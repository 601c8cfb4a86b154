// SPDX-License-Identifier: GPL-2.0
/* The configuration: files that say what pipes there shall be. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <ini.h>

#include "config.h"
#include "error.h"

/* libinih's buffer takes this much of a line, before newline and NUL. */
#define LINE_BYTES	(INI_MAX_LINE - 2)
#define BLANK		" \t\v\f\r"
#define BOM		"\xef\xbb\xbf"

static const char * const keys[SETTING_NR] = {
	[SETTING_MODE] = "mode",
	[SETTING_EOF] = "eof",
	[SETTING_MAX_MSGS] = "max_msgs",
	[SETTING_MSG_SIZE] = "msg_size",
	[SETTING_MAX_BYTES] = "max_bytes",
	[SETTING_TTL] = "ttl",
	[SETTING_CLEANUP] = "cleanup",
	[SETTING_CLEANUP_INTERVAL] = "cleanup_interval",
	[SETTING_OWNER] = "owner",
	[SETTING_GROUP] = "group",
	[SETTING_PERM] = "permissions",
};

/* Where in which file we are. */
struct place {
	struct config *config;
	const char *file;
	unsigned int line;
	bool section;	/* there was one: the last of config->pipe */
};

const char *config_key(enum setting setting)
{
	return keys[setting];
}

/* @where: the file, and perhaps the line. */
static void tell(struct config *config, const char *where, const char *what,
		 int err)
{
	char *text;

	config->wrong++;
	if (!config->tell) {
		complain("%s: %s", where, what);
		return;
	}
	if (asprintf(&text, "%s: %s", where, what) < 0)
		text = NULL;
	config->tell(need(text), err);
	free(text);
}

__attribute__((format(printf, 2, 3)))
static void wrong(struct place *place, const char *fmt, ...)
{
	char *where, *what;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&what, fmt, args) < 0)
		what = NULL;
	va_end(args);
	if (asprintf(&where, "%s:%u", place->file, place->line) < 0)
		where = NULL;
	tell(place->config, need(where), need(what), 0);
	free(where);
	free(what);
}

/*
 * A line of ini
 *
 * libinih is given one line at a time. So each has a verdict of its own, its
 * number is ours, and none is taken for the continuation of the one before:
 * how the library was built makes no difference.
 */

struct line {
	const char *text;
	const char *more;
	char section[INI_MAX_LINE];
	char name[INI_MAX_LINE];
	char value[INI_MAX_LINE];
	bool have_value;
};

static char *line_read(char *buf, int size, void *stream)
{
	struct line *line = stream;

	if (!line->text)
		return NULL;
	snprintf(buf, size, "%s\n", line->text);
	line->text = line->more;
	line->more = NULL;
	return buf;
}

static int line_take(void *user, const char *section, const char *name,
		     const char *value)
{
	struct line *line = user;

	/* It may have been built to tell of sections, and names alone. */
	if (!name || !value)
		return 1;
	snprintf(line->section, sizeof(line->section), "%s", section);
	snprintf(line->name, sizeof(line->name), "%s", name);
	snprintf(line->value, sizeof(line->value), "%s", value);
	line->have_value = true;
	return 1;
}

/* A section shows only in what is in it: @more is a line that is. */
static bool line_parse(struct line *line, const char *text, const char *more)
{
	memset(line, 0, sizeof(*line));
	line->text = text;
	line->more = more;
	return !ini_parse_stream(line_read, line, line_take, line) &&
	       line->have_value;
}

/*
 * What lines mean
 */

static void not_a_line(struct place *place, const char *text)
{
	wrong(place, "'%s' is neither [NAME] nor SETTING = VALUE", text);
}

static struct config_pipe *find_section(struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->nr; i++)
		if (!strcmp(config->pipe[i].name, name))
			return &config->pipe[i];
	return NULL;
}

/* What is in a section that cannot be is looked at all the same. */
static void add_pipe(struct place *place, const char *name)
{
	struct config *config = place->config;
	struct config_pipe *pipe;

	config->pipe = need(reallocarray(config->pipe, config->nr + 1,
					 sizeof(*pipe)));
	pipe = &config->pipe[config->nr++];
	memset(pipe, 0, sizeof(*pipe));
	snprintf(pipe->name, sizeof(pipe->name), "%.*s", KMSGPIPE_NAME_MAX - 1,
		 name);
	pipe->file = place->file;
	pipe->line = place->line;
	place->section = true;
}

static void take_section(struct place *place, const char *text)
{
	const struct config_pipe *other;
	const char *rest = strchr(text, ']');
	const char *name = "";
	struct line line;

	if (rest)
		rest += 1 + strspn(rest + 1, BLANK);
	if (!rest || (*rest && *rest != ';' && *rest != '#') ||
	    !line_parse(&line, text, "x=")) {
		not_a_line(place, text);
	} else if (name_wrong(line.section)) {
		wrong(place, "'%s' %s", line.section, name_wrong(line.section));
	} else {
		name = line.section;
		other = find_section(place->config, name);
		if (other)
			wrong(place, "the pipe '%s' is there already, at %s:%u",
			      name, other->file, other->line);
	}
	add_pipe(place, name);
}

static void no_such_key(struct place *place, const char *name)
{
	char list[256] = "";
	size_t len = 0;
	int i;

	for (i = 0; i < SETTING_NR && len < sizeof(list); i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%s",
				!i ? "" : i + 1 < SETTING_NR ? ", " : " or ",
				keys[i]);
	wrong(place, "'%s' is not a setting: %s", name, list);
}

static void take_value(struct place *place, struct config_pipe *pipe,
		       enum setting setting, const char *text)
{
	struct settings *settings = &pipe->settings;
	const char *what;
	uint64_t value;

	if (pipe->lines[setting]) {
		wrong(place, "%s is there already, at line %u", keys[setting],
		      pipe->lines[setting]);
		return;
	}
	pipe->lines[setting] = place->line;
	what = parse(text, setting_opt(setting)->legal, &value);
	if (what) {
		wrong(place, "%s: %s", keys[setting], what);
		return;
	}
	settings->given[setting] = true;
	settings->value[setting] = value;
}

/* Also as the option is called: hyphens for underscores, and perm. */
static int key_find(const char *name)
{
	char key[INI_MAX_LINE];
	size_t len;
	int i;

	for (len = 0; name[len]; len++)
		key[len] = name[len] == '-' ? '_' : name[len];
	key[len] = 0;
	for (i = 0; i < SETTING_NR && strcmp(keys[i], key); i++)
		;
	return strcmp(key, setting_opt(SETTING_PERM)->name) ? i : SETTING_PERM;
}

static void take_setting(struct place *place, const char *text)
{
	struct config *config = place->config;
	struct line line;
	int i;

	if (!line_parse(&line, text, NULL)) {
		not_a_line(place, text);
		return;
	}
	i = key_find(line.name);
	if (!place->section)
		wrong(place, "'%s' stands before the first [NAME]", line.name);
	else if (i == SETTING_NR)
		no_such_key(place, line.name);
	else
		take_value(place, &config->pipe[config->nr - 1], i, line.value);
}

static void take_line(struct place *place, const char *text)
{
	/* An editor's, or that of a file that was put behind another. */
	if (!strncmp(text, BOM, strlen(BOM)))
		text += strlen(BOM);
	text += strspn(text, BLANK);
	if (!*text || *text == '#' || *text == ';')
		return;
	if (strlen(text) > LINE_BYTES)
		wrong(place, "the line is longer than %d bytes", LINE_BYTES);
	else if (*text == '[')
		take_section(place, text);
	else
		take_setting(place, text);
}

/*
 * Files
 */

static void cannot_read(struct config *config, const char *path)
{
	tell(config, path, errno == ENXIO ? "it is not a file" :
					    strerror(errno), errno);
}

void config_read(struct config *config, FILE *in, const char *path)
{
	struct place place = { .config = config };
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	config->file = need(reallocarray(config->file, config->files + 1,
					 sizeof(*config->file)));
	config->file[config->files] = need(strdup(path));
	place.file = config->file[config->files++];
	while ((len = getline(&text, &size, in)) >= 0) {
		place.line++;
		if (len && text[len - 1] == '\n')
			text[--len] = 0;
		if (strlen(text) != (size_t)len)
			wrong(&place, "there is a NUL byte in the line");
		else
			take_line(&place, text);
	}
	if (ferror(in))
		cannot_read(config, path);
	free(text);
}

/* What is read to its end without waiting. */
static bool is_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	/* This hides a file of the same name; a directory tells what it is. */
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
		return true;
	errno = ENXIO;
	return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
}

/* Opens a file of a directory: the boot must not wait for who writes a FIFO. */
static FILE *entry_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE *in = NULL;

	if (fd < 0)
		return NULL;
	if (is_file(fd))
		in = fdopen(fd, "r");
	if (!in)
		close(fd);
	return in;
}

static void read_opened(struct config *config, FILE *in, const char *path)
{
	if (!in) {
		cannot_read(config, path);
		return;
	}
	config_read(config, in, path);
	fclose(in);
}

void config_read_file(struct config *config, const char *path)
{
	read_opened(config, fopen(path, "re"), path);
}

/* Not what packages and editors leave beside a file. */
static int is_conf(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return *entry->d_name != '.' && end && !strcmp(end, ".conf");
}

void config_read_dir(struct config *config, const char *path, bool optional)
{
	struct dirent **entry;
	int i, nr = scandir(path, &entry, is_conf, alphasort);
	char *file;

	if (nr < 0) {
		if (!optional || errno != ENOENT)
			cannot_read(config, path);
		return;
	}
	for (i = 0; i < nr; i++) {
		if (asprintf(&file, "%s/%s", path, entry[i]->d_name) < 0)
			file = NULL;
		file = need(file);
		read_opened(config, entry_open(file), file);
		free(file);
		free(entry[i]);
	}
	free(entry);
}

void config_free(struct config *config)
{
	size_t i;

	for (i = 0; i < config->files; i++)
		free(config->file[i]);
	free(config->file);
	free(config->pipe);
	memset(config, 0, sizeof(*config));
}
