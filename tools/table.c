// SPDX-License-Identifier: GPL-2.0
/* Tables, printed by libsmartcols. */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "error.h"
#include "table.h"

#define COLUMNS_MAX	64

const struct opt table_opts[] = {
	{ "output", 'o', "COLUMNS", "which columns, separated by commas", NULL },
	{ "output-all", 'O', NULL, "all columns", NULL },
	{ "json", 'J', NULL, "as JSON", NULL },
	{ "raw", 'r', NULL, "columns separated by one space", NULL },
	{ "noheadings", 'n', NULL, "without the line of headings", NULL },
	{ "bytes", 'b', NULL, "sizes in bytes, times in milliseconds", NULL },
	{ 0 }
};

bool table_option(struct table *table, const struct opt *opt, char *arg)
{
	if (opt_is(opt, "output"))
		table->shown = arg;
	else if (opt_is(opt, "output-all"))
		table->shown = NULL;
	else if (opt_is(opt, "json"))
		table->json = true;
	else if (opt_is(opt, "raw"))
		table->raw = true;
	else if (opt_is(opt, "noheadings"))
		table->noheadings = true;
	else if (opt_is(opt, "bytes"))
		table->bytes = true;
	else
		return false;
	return true;
}

/* 'max-msgs', 'MAX_MSGS' and 'max_msgs' are one column. */
static bool same_name(const char *name, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (name[i] != (text[i] == '-' ? '_' :
				tolower((unsigned char)text[i])))
			return false;
	return !name[len];
}

static const struct column *column_find(const struct column *columns,
					const char *text, size_t len)
{
	const struct column *column;
	char list[512] = "";
	size_t at = 0;

	for (column = columns; column->name; column++)
		if (same_name(column->name, text, len))
			return column;
	for (column = columns; column->name && at < sizeof(list); column++)
		at += snprintf(list + at, sizeof(list) - at, "%s%s",
			       column == columns ? "" : ", ", column->name);
	usage_error("--output: there is no column '%.*s': %s", (int)len, text,
		    list);
}

/* The columns to be shown. Return: how many. */
static size_t columns_choose(const struct table *table,
			     const struct column *chosen[COLUMNS_MAX])
{
	const char *text = table->shown;
	size_t nr = 0, len;

	if (!text) {
		while (nr < COLUMNS_MAX && table->columns[nr].name) {
			chosen[nr] = &table->columns[nr];
			nr++;
		}
		return nr;
	}
	do {
		if (nr == COLUMNS_MAX)
			usage_error("--output: too many columns");
		len = strcspn(text, ",");
		chosen[nr++] = column_find(table->columns, text, len);
		text += len;
	} while (*text++);
	return nr;
}

void table_check(const struct table *table)
{
	const struct column *chosen[COLUMNS_MAX];

	columns_choose(table, chosen);
	if (table->json + table->raw > 1)
		usage_error("--json and --raw exclude each other");
}

static void show_date(char *buf, uint64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(buf, CELL_MAX, "%Y-%m-%d %H:%M:%S", &tm);
}

/* For programs: numbers as they are. */
static char *cell_plain(char *buf, const struct column *column,
			const struct cell *cell)
{
	if (column->type == COLUMN_TEXT)
		snprintf(buf, CELL_MAX, "%s", cell->text);
	else
		snprintf(buf, CELL_MAX, "%" PRIu64, cell->number);
	return buf;
}

char *cell_show(char *buf, const struct column *column,
		const struct cell *cell)
{
	if (!cell->known)
		return strcpy(buf, "-");
	switch (column->type) {
	case COLUMN_BYTES:
		return show_bytes(buf, cell->number);
	case COLUMN_TTL:
		if (!cell->number)
			return strcpy(buf, "never");
		return show_time(buf, cell->number);
	case COLUMN_TIME:
		return show_time(buf, cell->number);
	case COLUMN_BOOL:
		return strcpy(buf, cell->number ? "on" : "off");
	case COLUMN_DATE:
		if (!cell->number)
			return strcpy(buf, "never");
		show_date(buf, cell->number);
		return buf;
	default:
		return cell_plain(buf, column, cell);
	}
}

void cell_get(struct cell *cell, const struct column *column, void *row)
{
	memset(cell, 0, sizeof(*cell));
	column->get(row, column->arg, cell);
}

static void cell_put(const struct table *table, struct libscols_line *line,
		     size_t at, const struct column *column, void *row)
{
	char buf[CELL_MAX];
	struct cell cell;
	int err;

	cell_get(&cell, column, row);
	if (!cell.known && table->json)
		return;
	if (cell.known && (table->json || table->raw || table->bytes))
		cell_plain(buf, column, &cell);
	else
		cell_show(buf, column, &cell);
	err = scols_line_set_data(line, at, buf);
	if (err)
		fail(STATUS_FAILED, "the table: %s", strerror(-err));
}

static int json_type(enum column_type type)
{
	switch (type) {
	case COLUMN_TEXT:
		return SCOLS_JSON_STRING;
	case COLUMN_BOOL:
		return SCOLS_JSON_BOOLEAN;
	default:
		return SCOLS_JSON_NUMBER;
	}
}

static void heading(struct libscols_table *out, const struct table *table,
		    const struct column *column)
{
	struct libscols_column *made;
	char name[64];
	size_t i;

	for (i = 0; column->name[i] && i < sizeof(name) - 1; i++)
		name[i] = table->json ? column->name[i] :
			  toupper((unsigned char)column->name[i]);
	name[i] = 0;
	made = need(scols_table_new_column(out, name, 0,
					   column->type == COLUMN_TEXT ? 0 :
					   SCOLS_FL_RIGHT));
	scols_column_set_json_type(made, json_type(column->type));
}

void table_print(const struct table *table, const char *name, void *rows,
		 size_t nr, size_t size)
{
	const struct column *chosen[COLUMNS_MAX];
	size_t columns = columns_choose(table, chosen);
	struct libscols_table *out;
	struct libscols_line *line;
	size_t i, j;

	out = need(scols_new_table());
	scols_table_set_name(out, name);
	scols_table_enable_json(out, table->json);
	scols_table_enable_raw(out, table->raw);
	scols_table_enable_noheadings(out, table->noheadings);
	for (j = 0; j < columns; j++)
		heading(out, table, chosen[j]);
	for (i = 0; i < nr; i++) {
		line = need(scols_table_new_line(out, NULL));
		for (j = 0; j < columns; j++)
			cell_put(table, line, j, chosen[j],
				 (char *)rows + i * size);
	}
	if (scols_print_table(out))
		fail(STATUS_FAILED, "standard output: %s", strerror(errno));
	scols_unref_table(out);
}

void table_help(const struct column *columns, const char *shown)
{
	char name[64], text[512];
	size_t i, len;

	putchar('\n');
	len = snprintf(text, sizeof(text), "Columns (those of --output unless told otherwise: ");
	for (; *shown; shown++)
		len += snprintf(text + len, sizeof(text) - len, "%c%s", *shown,
				*shown == ',' ? " " : "");
	snprintf(text + len, sizeof(text) - len, "):");
	help_text(0, 0, text);
	for (; columns->name; columns++) {
		for (i = 0; columns->name[i] && i < sizeof(name) - 1; i++)
			name[i] = toupper((unsigned char)columns->name[i]);
		name[i] = 0;
		help_line(name, columns->help);
	}
}
