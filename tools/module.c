// SPDX-License-Identifier: GPL-2.0
/* What is known of the module. */

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "module.h"
#include "pipe.h"
#include "run.h"

bool module_loaded(char version[VERSION_MAX])
{
	FILE *in = fopen("/sys/module/kmsgpipe/version", "re");
	bool got;

	if (!in)
		return false;
	got = fgets(version, VERSION_MAX, in);
	fclose(in);
	if (got)
		version[strcspn(version, "\n")] = 0;
	return got;
}

bool module_installed(char version[VERSION_MAX])
{
	char *const modinfo[] = {
		"modinfo", "--field=version", "kmsgpipe", NULL
	};

	return run_line(modinfo, version, VERSION_MAX) == 0 && *version;
}

static bool ask(const char *path, uint32_t *abi)
{
	struct kmsgpipe_version version = { .size = sizeof(version) };
	int fd = open(path, PIPE_COMMANDS | O_CLOEXEC);
	bool got;

	if (fd < 0)
		return false;
	got = !command_quiet(fd, KMSGPIPE_GET_VERSION, &version);
	close(fd);
	*abi = version.abi;
	return got;
}

bool module_abi(uint32_t *abi)
{
	bool got = false;
	glob_t nodes;
	size_t i;

	/* The control node is for root; a pipe does as well. */
	if (glob("/dev/kmsgpipe[-0-9]*", 0, NULL, &nodes))
		return false;
	for (i = 0; i < nodes.gl_pathc && !got; i++)
		got = ask(nodes.gl_pathv[i], abi);
	globfree(&nodes);
	return got;
}
