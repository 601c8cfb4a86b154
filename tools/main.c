// SPDX-License-Identifier: GPL-2.0
/* kmsgpipectl: look at, change and use the pipes of kmsgpipe. */

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "verbs.h"

static const struct verb * const verbs[] = {
	&verb_list,
	&verb_status,
	&verb_create,
	&verb_remove,
	&verb_set,
	&verb_apply,
	&verb_clear,
	&verb_cleanup,
	&verb_send,
	&verb_recv,
	&verb_stats,
	&verb_monitor,
	&verb_log,
	&verb_metrics,
	&verb_doctor,
	&verb_version,
	NULL
};

static void help(void)
{
	const struct verb * const *verb;
	char number[16];
	int i;

	puts("Usage: kmsgpipectl [VERB] [OPTION]... [ARGUMENT]...\n\n"
	     "Look at, change and use the message pipes of kmsgpipe.\n"
	     "Without a verb, list them.\n\n"
	     "Verbs (\"kmsgpipectl VERB --help\" tells more):");
	for (verb = verbs; *verb; verb++)
		help_line((*verb)->name, (*verb)->summary);
	puts("\nOptions:\n"
	     "  -h, --help                 print this text\n"
	     "  -V, --version              print the version of this program\n\n"
	     "A PIPE is an index (0), kmsgpipe and an index, a name or the path of a node. A\n"
	     "BYTES may end with K, M or G; a TIME with ms, s, m, h or d, else it is seconds.\n\n"
	     "Exit status:");
	for (i = 0; i < STATUS_NR; i++) {
		snprintf(number, sizeof(number), "%d", i);
		help_line(number, status_texts[i]);
	}
	finish(STATUS_OK);
}

static const struct verb *verb_find(const char *name)
{
	const struct verb * const *verb = verbs;

	while (*verb && strcmp((*verb)->name, name))
		verb++;
	return *verb;
}

/*
 * What is opened must not become standard output or error because that is
 * closed: a complaint would go into the pipe. What stands there instead refuses,
 * as what is closed does.
 */
static void standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY :
							   O_RDONLY) != fd)
			_exit(STATUS_FAILED);
}

int main(int argc, char **argv)
{
	char list[] = "list", option[] = "--help";
	char *instead[3] = { list };
	const struct verb *verb;

	standard_files();
	/* Only this: numbers are written the same everywhere. */
	setlocale(LC_CTYPE, "");
	argc--;
	argv++;
	if (!argc) {
		argc = 1;
		argv = instead;
	} else if (!strcmp(argv[0], "help") && argc > 1) {
		instead[0] = argv[1];
		instead[1] = option;
		argc = 2;
		argv = instead;
	}
	if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h") ||
	    !strcmp(argv[0], "help"))
		help();
	if (!strcmp(argv[0], "--version") || !strcmp(argv[0], "-V")) {
		puts("kmsgpipectl " KMSGPIPE_VERSION);
		finish(STATUS_OK);
	}
	verb = verb_find(argv[0]);
	if (!verb)
		usage_error("there is no verb '%s'", argv[0]);
	error_verb = verb->name;
	finish(verb->run(verb, argc, argv));
}
