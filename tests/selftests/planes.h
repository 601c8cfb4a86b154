/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_PLANES_H
#define KMSGPIPE_PLANES_H

/* What sysfs, procfs and debugfs tell of the test's own pipe. */

#include "own.h"

/* The first line of a file. */
static inline void read_line(const char *path, char *line, int size)
{
	FILE *f = fopen(path, "r");

	if (!f || !fgets(line, size, f))
		die(path);
	fclose(f);
	line[strcspn(line, "\n")] = 0;
}

static inline void sysfs_line(const char *name, char *line, int size)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/class/kmsgpipe/kmsgpipe%u/%s",
		 own.index, name);
	read_line(path, line, size);
}

static inline void sysfs_set(const char *name, const char *value)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/kmsgpipe/kmsgpipe%u/%s",
		 own.index, name);
	f = fopen(path, "w");
	if (!f || fputs(value, f) < 0 || fclose(f))
		die(path);
}

static inline void sysfs_set_number(const char *name, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	sysfs_set(name, text);
}

static inline long sysfs(const char *name)
{
	char line[64];

	sysfs_line(name, line, sizeof(line));
	return atol(line);
}

static inline long debugfs(const char *name)
{
	char path[256], line[128], key[64];
	long value, found = -1;
	FILE *f;

	snprintf(path, sizeof(path),
		 "/sys/kernel/debug/kmsgpipe/kmsgpipe%u/stats", own.index);
	f = fopen(path, "r");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %ld", key, &value) == 2 &&
		    !strcmp(key, name))
			found = value;
	}
	fclose(f);
	return found;
}

/* The pipe's line in the table, and the header that names its fields. */
static char table_header[512], table_line[512];

static inline void read_table(void)
{
	unsigned int index;
	FILE *f = fopen("/proc/kmsgpipe", "r");

	if (!f || !fgets(table_header, sizeof(table_header), f))
		die("/proc/kmsgpipe");
	while (fgets(table_line, sizeof(table_line), f)) {
		if (sscanf(table_line, "%u ", &index) == 1 &&
		    index == own.index) {
			fclose(f);
			return;
		}
	}
	test_fail("/proc/kmsgpipe does not have the pipe");
}

static inline void procfs_word(const char *name, char *word, int size)
{
	char header[512], line[512], *at_header, *at_line, *key, *value;

	strcpy(header, table_header);
	strcpy(line, table_line);
	key = strtok_r(header, "\n ", &at_header);
	value = strtok_r(line, "\n ", &at_line);
	while (key && value && strcmp(key, name)) {
		key = strtok_r(NULL, "\n ", &at_header);
		value = strtok_r(NULL, "\n ", &at_line);
	}
	if (!key || !value)
		test_fail("/proc/kmsgpipe has no %s", name);
	snprintf(word, size, "%s", value);
}

static inline long procfs(const char *name)
{
	char word[64];

	procfs_word(name, word, sizeof(word));
	return atol(word);
}

#endif /* KMSGPIPE_PLANES_H */
