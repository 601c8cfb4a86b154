// SPDX-License-Identifier: GPL-2.0
/* The verb doctor: what keeps pipes from being used, and what mends it. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "colour.h"
#include "error.h"
#include "escape.h"
#include "util.h"
#include "verbs.h"

static const struct opt doctor_opts[] = {
	{ "json", 'J', NULL, "as JSON", NULL },
	{ 0 }
};

static void (* const checks[])(void) = {
	check_headers,
	check_dkms,
	check_installed,
	check_signature,
	check_loaded,
	check_versions,
	check_udev,
	check_group,
	check_config,
	check_nodes,
	check_caller,
	check_unit,
};

static const struct {
	const char *word;
	enum colour colour;
} results[RESULT_NR] = {
	[RESULT_OK] = { "ok", COLOUR_GOOD },
	[RESULT_UNKNOWN] = { "unknown", COLOUR_WARN },
	[RESULT_WARNING] = { "warning", COLOUR_WARN },
	[RESULT_PROBLEM] = { "problem", COLOUR_BAD },
};

struct finding {
	enum result result;
	const char *check;
	char *text;
	char *command;		/* NULL: there is none */
	bool by_root;
};

static struct finding *findings;
static size_t nr_findings;

static char *format(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	return need(text);
}

void found(enum result result, const char *check, const char *fmt, ...)
{
	struct finding *finding;
	va_list args;

	findings = need(realloc(findings,
				(nr_findings + 1) * sizeof(*findings)));
	finding = &findings[nr_findings++];
	*finding = (struct finding) { .result = result, .check = check };
	va_start(args, fmt);
	finding->text = format(fmt, args);
	va_end(args);
}

void mended_by(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	findings[nr_findings - 1].command = format(fmt, args);
	va_end(args);
	findings[nr_findings - 1].by_root = true;
}

void mended_by_you(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	findings[nr_findings - 1].command = format(fmt, args);
	va_end(args);
}

bool has_dnf(void)
{
	return !access("/usr/bin/dnf", X_OK);
}

bool has_systemd(void)
{
	/* As sd_booted(3) does. */
	return !access("/run/systemd/system", F_OK);
}

const char *apply_command(void)
{
	return has_systemd() ? "systemctl reload-or-restart kmsgpipe" :
			       "kmsgpipectl apply";
}

void mended_by_package(const char *packages)
{
	mended_by("%s install %s", has_dnf() ? "dnf" : "apt", packages);
}

void mended_by_reinstall(void)
{
	mended_by("%s " MODULE_PACKAGE,
		  has_dnf() ? "dnf reinstall" : "apt install --reinstall");
}

static void print_line(const char *text)
{
	escape_line(stdout, text, strlen(text));
}

static void print_text(const struct finding *finding)
{
	colour(results[finding->result].colour);
	printf("%-7s", results[finding->result].word);
	colour(COLOUR_NONE);
	printf("  %-9s  ", finding->check);
	print_line(finding->text);
	if (finding->command) {
		fputs(": run \"", stdout);
		print_line(finding->command);
		printf("\"%s", finding->by_root ? " as root" : "");
	}
	putchar('\n');
}

static void json_string(const char *name, const char *text)
{
	printf(",\"%s\":", name);
	if (text)
		escape_json(stdout, text, strlen(text));
	else
		fputs("null", stdout);
}

static void print_json(const struct finding *finding, bool last)
{
	printf("{\"check\":\"%s\",\"result\":\"%s\"", finding->check,
	       results[finding->result].word);
	json_string("text", finding->text);
	json_string("command", finding->command);
	puts(last ? "}" : "},");
}

static int doctor(const struct verb *verb, int argc, char **argv)
{
	enum status status = STATUS_OK;
	bool json = false;
	size_t i;

	while (opt_next(verb, argc, argv))
		json = true;
	for (i = 0; i < ARRAY_SIZE(checks); i++)
		checks[i]();
	if (json)
		puts("{\"checks\":[");
	for (i = 0; i < nr_findings; i++) {
		if (json)
			print_json(&findings[i], i + 1 == nr_findings);
		else
			print_text(&findings[i]);
		if (findings[i].result == RESULT_PROBLEM)
			status = STATUS_FAILED;
		free(findings[i].text);
		free(findings[i].command);
	}
	if (json)
		puts("]}");
	free(findings);
	return status;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.args = "",
	.summary = "find what is wrong, and the command that mends it",
	.text = "A line for each thing that has to be right: ok, warning, problem, or unknown if\n"
		"only root can see it. Nothing is changed. The exit status is 1 if there is a\n"
		"problem.\n",
	.opts = { doctor_opts },
	.run = doctor,
};
