/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_OPTION_H
#define KMSGPIPECTL_OPTION_H

#include <stdbool.h>
#include <unistd.h>

#include "parse.h"

/**
 * DOC: verbs and their options
 *
 * A verb is described once, in a struct verb in the file that does its work;
 * main.c has the list of them. Its --help and the parsing of its command line
 * are made from that.
 *
 * Parsing is getopt_long()'s, because that is what losetup and zramctl use:
 * options may stand before and after the arguments, long ones be shortened, and
 * "--" ends them.
 */

/**
 * struct opt - an option
 * @name: the long one; NULL ends a list
 * @letter: the short one; 0: none
 * @arg: the name of its argument in --help; NULL: none
 * @help: what it does
 * @legal: what the argument may be, told of in --help; NULL: anything
 */
struct opt {
	const char *name;
	char letter;
	const char *arg;
	const char *help;
	const struct legal *legal;
};

#define OPT_GROUPS	3

/**
 * struct verb - a command
 * @name: its name
 * @args: its arguments, for --help
 * @min_args: the least number of them
 * @max_args: the most; -1: any
 * @summary: what it does, in one line
 * @text: more for --help, whole lines; may be NULL
 * @opts: lists of options; the first are its own
 * @more_help: prints what comes after the options; may be NULL
 * @run: does it, and returns an enum status
 */
struct verb {
	const char *name;
	const char *args;
	int min_args;
	int max_args;
	const char *summary;
	const char *text;
	const struct opt *opts[OPT_GROUPS];
	void (*more_help)(void);
	int (*run)(const struct verb *verb, int argc, char **argv);
};

/*
 * The next option of @verb's command line, or NULL after the last; its argument
 * is optarg. Then the arguments begin at argv[optind], as many as the verb
 * takes. Does --help, and ends the program if the line is wrong.
 */
const struct opt *opt_next(const struct verb *verb, int argc, char **argv);

/* Whether this is the option that has this name. */
bool opt_is(const struct opt *opt, const char *name);

/* Prints options as --help does. */
void opt_help(const struct opt *opts);

/*
 * Words of --help, wrapped to 80 columns: the cursor is at column @at, and lines
 * after the first begin at @indent.
 */
void help_text(int at, int indent, const char *text);

/* A word and what it means. */
void help_line(const char *word, const char *meaning);

#endif /* KMSGPIPECTL_OPTION_H */
