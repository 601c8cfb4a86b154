// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: any file may be given as a configuration. It is read, or what is
 * wrong with it is said; and what was read is legal and can be told again.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

static void check(bool good, const char *what, const char *value)
{
	if (good)
		return;
	fprintf(stderr, "%s: '%s'\n", what, value);
	abort();
}

static void check_setting(const struct config_pipe *pipe, enum setting setting)
{
	const struct legal *legal = setting_opt(setting)->legal;
	char text[SHOW_MAX];
	uint64_t value;

	show_value(text, legal, pipe->settings.value[setting]);
	check(!parse(text, legal, &value), "cannot be told again", text);
	check(value == pipe->settings.value[setting], "is told wrong", text);
	check(pipe->lines[setting] > pipe->line, "has a wrong line", text);
}

static void check_config(const struct config *config)
{
	const struct config_pipe *pipe;
	size_t i, j;

	for (i = 0; i < config->nr; i++) {
		pipe = &config->pipe[i];
		check(!name_wrong(pipe->name), "is not a name", pipe->name);
		for (j = 0; j < i; j++)
			check(strcmp(pipe->name, config->pipe[j].name),
			      "is there twice", pipe->name);
		for (j = 0; j < SETTING_NR; j++)
			if (pipe->settings.given[j])
				check_setting(pipe, j);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config = { 0 };
	FILE *in;

	in = size ? fmemopen((void *)data, size, "r") : NULL;
	if (!in)
		return 0;
	config_read(&config, in, "a.conf");
	fclose(in);
	if (!config.wrong)
		check_config(&config);
	config_free(&config);
	return 0;
}
