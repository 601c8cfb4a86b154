// SPDX-License-Identifier: GPL-2.0
/* The verb version: this program, the module, and whether they agree. */

#include <stdio.h>
#include <string.h>

#include <linux/kmsgpipe.h>

#include "error.h"
#include "escape.h"
#include "module.h"
#include "pipe.h"
#include "verbs.h"

static const struct opt version_opts[] = {
	{ "json", 'J', NULL, "as JSON", NULL },
	{ 0 }
};

struct versions {
	char loaded[VERSION_MAX];
	char installed[VERSION_MAX];
	bool is_loaded;
	bool is_installed;
	bool abi_known;
	uint32_t abi;
};

static void json_version(const char *name, const char *version, bool known)
{
	printf(",\"%s\":", name);
	if (known)
		escape_json(stdout, version, strlen(version));
	else
		fputs("null", stdout);
}

static void print_json(const struct versions *v)
{
	printf("{\"tool\":\"%s\",\"tool_abi\":%d", KMSGPIPE_VERSION,
	       KMSGPIPE_ABI);
	json_version("loaded", v->loaded, v->is_loaded);
	if (v->abi_known)
		printf(",\"loaded_abi\":%u", v->abi);
	else
		fputs(",\"loaded_abi\":null", stdout);
	json_version("installed", v->installed, v->is_installed);
	puts("}");
}

static void print_text(const struct versions *v)
{
	char abi[32] = "";

	if (v->abi_known)
		snprintf(abi, sizeof(abi), " (ABI %u)", v->abi);
	printf("kmsgpipectl:      %s (ABI %d)\n", KMSGPIPE_VERSION,
	       KMSGPIPE_ABI);
	printf("module loaded:    %s%s\n", v->is_loaded ? v->loaded : "none",
	       abi);
	printf("module installed: %s\n",
	       v->is_installed ? v->installed : "none for this kernel");
}

static int version(const struct verb *verb, int argc, char **argv)
{
	struct versions v = { 0 };
	bool json = false;

	while (opt_next(verb, argc, argv))
		json = true;
	v.is_loaded = module_loaded(v.loaded);
	v.is_installed = module_installed(v.installed);
	v.abi_known = v.is_loaded && module_abi(&v.abi);
	if (json)
		print_json(&v);
	else
		print_text(&v);
	if (v.abi_known && v.abi < ABI_OLDEST)
		fail(STATUS_FAILED, "the module that is loaded is too old for this program: reboot, or unload it and run \"modprobe kmsgpipe\"");
	return STATUS_OK;
}

const struct verb verb_version = {
	.name = "version",
	.args = "",
	.summary = "print the versions of this program and of the module",
	.opts = { version_opts },
	.run = version,
};
