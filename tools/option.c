// SPDX-License-Identifier: GPL-2.0
/* Verbs and their options: parsing and --help. */

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "option.h"

#define OPTS_MAX	40
/* Of --help: a line, and where the meaning of a word begins. */
#define HELP_WIDTH	80
#define HELP_INDENT	29
/* getopt_long() returns this and the place in the list. */
#define OPT_BASE	256

static const struct opt common[] = {
	{ "help", 'h', NULL, "print this text", NULL },
	{ 0 }
};

/* What getopt_long() wants to know, made from the verb's lists. */
struct parser {
	const struct opt *all[OPTS_MAX];
	struct option longs[OPTS_MAX + 1];
	char shorts[3 * OPTS_MAX + 2];
	int nr;
};

static void parser_add(struct parser *p, const struct opt *opts)
{
	struct option *o;
	char *end;

	for (; opts && opts->name && p->nr < OPTS_MAX; opts++) {
		o = &p->longs[p->nr];
		o->name = opts->name;
		o->has_arg = opts->arg ? required_argument : no_argument;
		o->flag = NULL;
		o->val = OPT_BASE + p->nr;
		if (opts->letter) {
			end = p->shorts + strlen(p->shorts);
			*end++ = opts->letter;
			if (opts->arg)
				*end++ = ':';
			*end = 0;
		}
		p->all[p->nr++] = opts;
	}
}

static const struct opt *parser_find(const struct parser *p, int c)
{
	int i;

	if (c >= OPT_BASE)
		return p->all[c - OPT_BASE];
	for (i = 0; i < p->nr; i++)
		if (p->all[i]->letter == c)
			return p->all[i];
	return NULL;
}

void help_text(int at, int indent, const char *text)
{
	const char *gap = "";
	int len;

	for (; *text; text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		if (*gap && at + 1 + len > HELP_WIDTH) {
			printf("\n%*s", indent, "");
			at = indent;
			gap = "";
		}
		at += printf("%s%.*s", gap, len, text);
		gap = " ";
	}
	putchar('\n');
}

void help_line(const char *word, const char *meaning)
{
	int at = printf("  %-*s ", HELP_INDENT - 3, word);

	help_text(at, HELP_INDENT, meaning);
}

void opt_help(const struct opt *opts)
{
	char word[80], meaning[256];

	for (; opts && opts->name; opts++) {
		snprintf(word, sizeof(word), "%c%c%s --%s%s%s",
			 opts->letter ? '-' : ' ',
			 opts->letter ? opts->letter : ' ',
			 opts->letter ? "," : " ", opts->name,
			 opts->arg ? " " : "", opts->arg ? opts->arg : "");
		snprintf(meaning, sizeof(meaning), "%s%s%s", opts->help,
			 opts->legal ? ": " : "",
			 opts->legal ? legal_text(opts->legal) : "");
		help_line(word, meaning);
	}
}

static void verb_help(const struct verb *verb)
{
	int i;

	printf("Usage: kmsgpipectl %s [OPTION]...%s%s\n\n", verb->name,
	       *verb->args ? " " : "", verb->args);
	printf("%c%s.\n", verb->summary[0] - 'a' + 'A', verb->summary + 1);
	if (verb->text)
		printf("\n%s", verb->text);
	printf("\nOptions:\n");
	for (i = 0; i < OPT_GROUPS; i++)
		opt_help(verb->opts[i]);
	opt_help(common);
	if (verb->more_help)
		verb->more_help();
	finish(STATUS_OK);
}

static void check_args(const struct verb *verb, int nr, char **args)
{
	if (nr < verb->min_args)
		usage_error("%s needs %s", verb->name, verb->args);
	if (verb->max_args >= 0 && nr > verb->max_args)
		usage_error("%s takes no argument '%s'", verb->name,
			    args[verb->max_args]);
}

/* What getopt_long() did not like, which it tells in @c and optopt. */
__attribute__((noreturn))
static void bad_option(const struct parser *p, int c, char **argv)
{
	const struct opt *opt = optopt ? parser_find(p, optopt) : NULL;

	if (c == ':')
		usage_error("--%s needs %s", opt->name, opt->arg);
	if (opt)
		usage_error("--%s takes no argument", opt->name);
	if (optopt)
		usage_error("there is no option -%c", optopt);
	usage_error("there is no option %s, or more than one",
		    argv[optind - 1]);
}

const struct opt *opt_next(const struct verb *verb, int argc, char **argv)
{
	static struct parser p;
	const struct opt *opt;
	int i, c;

	if (!p.nr) {
		/* Tell an option that is not there from a missing argument. */
		p.shorts[0] = ':';
		for (i = 0; i < OPT_GROUPS; i++)
			parser_add(&p, verb->opts[i]);
		parser_add(&p, common);
		opterr = 0;
		optind = 1;
	}
	c = getopt_long(argc, argv, p.shorts, p.longs, NULL);
	if (c == -1) {
		check_args(verb, argc - optind, argv + optind);
		return NULL;
	}
	if (c == '?' || c == ':')
		bad_option(&p, c, argv);
	opt = parser_find(&p, c);
	if (opt == common)
		verb_help(verb);
	return opt;
}

bool opt_is(const struct opt *opt, const char *name)
{
	return !strcmp(opt->name, name);
}
