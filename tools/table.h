/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_TABLE_H
#define KMSGPIPECTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "option.h"
#include "parse.h"

/**
 * DOC: tables
 *
 * A table is a list of columns, which say how a cell is got from a row. They
 * are printed by libsmartcols, with the options of util-linux's tools.
 *
 * People get sizes and times that are easy to read; programs, which are those
 * who ask for --json, --raw or --bytes, get numbers as they are.
 */

struct cell {
	bool known;		/* else "-", or null in JSON */
	uint64_t number;
	char text[256];		/* for columns that are not numbers */
};

enum column_type {
	COLUMN_TEXT,
	COLUMN_COUNT,
	COLUMN_BYTES,
	COLUMN_TIME,		/* milliseconds */
	COLUMN_TTL,		/* likewise; 0: never */
	COLUMN_BOOL,
	COLUMN_DATE,		/* nanoseconds since the epoch; 0: never */
};

/**
 * struct column - a column of a table
 * @name: as in JSON; printed in capitals. NULL ends a list
 * @type: what is in it
 * @help: what that means
 * @get: fills in a cell, which is all zero
 * @arg: for @get
 */
struct column {
	const char *name;
	enum column_type type;
	const char *help;
	void (*get)(void *row, int arg, struct cell *cell);
	int arg;
};

/* The options of every verb that prints a table, and what they were. */
extern const struct opt table_opts[];

struct table {
	const struct column *columns;
	const char *shown;	/* names, with commas; NULL: all */
	bool json;
	bool raw;
	bool noheadings;
	bool bytes;
};

/* Whether the option was one of table_opts; then it is noted. */
bool table_option(struct table *table, const struct opt *opt, char *arg);

/* Ends the program if what was asked for makes no sense. */
void table_check(const struct table *table);

/* Prints @nr rows, of @size bytes each; @name is that of the list in JSON. */
void table_print(const struct table *table, const char *name, void *rows,
		 size_t nr, size_t size);

/* The part of --help about the columns. */
void table_help(const struct column *columns, const char *shown);

/* A cell as table_print() would show it to people. */
#define CELL_MAX	256
char *cell_show(char *buf, const struct column *column,
		const struct cell *cell);

/* Fills in the cell of a row. */
void cell_get(struct cell *cell, const struct column *column, void *row);

#endif /* KMSGPIPECTL_TABLE_H */
