// SPDX-License-Identifier: GPL-2.0
/* The verb apply: make pipes what the configuration says. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "colour.h"
#include "config.h"
#include "error.h"
#include "module.h"
#include "pipe.h"
#include "verbs.h"

#define MAX_DEVICES	"/sys/module/kmsgpipe/parameters/max_devices"

static const struct opt apply_opts[] = {
	{ "config", 'c', "DIR", "read DIR instead of " CONFIG_DIR, NULL },
	{ "dry-run", 'n', NULL, "show what would be done, and do nothing",
	  NULL },
	{ "verbose", 'v', NULL, "tell what was done", NULL },
	{ 0 }
};

/**
 * struct step - what is to be done for one pipe of the configuration
 * @want: how it shall be
 * @pipe: how it is; NULL: not there
 * @change: what of @want is not so
 * @now: what is there instead
 * @known: whether that could be found out
 * @any: whether something has to change
 * @fd: its node, while that is done; else -1
 */
struct step {
	const struct config_pipe *want;
	struct pipe *pipe;
	struct settings change;
	uint64_t now[SETTING_NR];
	bool known[SETTING_NR];
	bool any;
	int fd;
};

struct plan {
	struct step *step;
	size_t nr;
	size_t creates;
};

/*
 * Planning
 */

static bool word_now(const char *word, enum setting setting, uint64_t *now)
{
	return !parse(word, setting_opt(setting)->legal, now);
}

static bool setting_now(struct pipe *pipe, enum setting setting, uint64_t *now)
{
	static const enum field fields[SETTING_NR] = {
		[SETTING_MAX_MSGS] = FIELD_MAX_MSGS,
		[SETTING_MSG_SIZE] = FIELD_MSG_SIZE,
		[SETTING_MAX_BYTES] = FIELD_MAX_BYTES,
		[SETTING_TTL] = FIELD_TTL_MS,
		[SETTING_CLEANUP] = FIELD_CLEANUP_ENABLED,
		[SETTING_CLEANUP_INTERVAL] = FIELD_CLEANUP_INTERVAL_MS,
	};
	struct stat st;

	switch (setting) {
	case SETTING_MODE:
		return word_now(pipe->mode, setting, now);
	case SETTING_EOF:
		return word_now(pipe->eof, setting, now);
	case SETTING_OWNER:
	case SETTING_GROUP:
	case SETTING_PERM:
		if (stat(pipe->path, &st))
			return false;
		*now = setting == SETTING_OWNER ? st.st_uid :
		       setting == SETTING_GROUP ? st.st_gid :
		       (st.st_mode & 07777);
		return true;
	default:
		return pipe_field(pipe, fields[setting], now);
	}
}

static bool is_so(enum setting setting, uint64_t want, uint64_t now)
{
	/* The kernel has 0 for what never expires. */
	if (setting == SETTING_TTL && want == KMSGPIPE_TTL_NEVER)
		want = 0;
	return want == now;
}

static void step_plan(struct step *step, const struct config_pipe *want,
		      struct pipes *pipes)
{
	size_t i;

	step->want = want;
	step->fd = -1;
	step->pipe = pipe_named(pipes, want->name);
	step->change = want->settings;
	step->any = !step->pipe;
	for (i = 0; step->pipe && i < SETTING_NR; i++) {
		if (!want->settings.given[i])
			continue;
		step->known[i] = setting_now(step->pipe, i, &step->now[i]);
		if (step->known[i] &&
		    is_so(i, want->settings.value[i], step->now[i]))
			step->change.given[i] = false;
		else
			step->any = true;
	}
}

/* The one setting that what is queued may forbid to change. */
static bool mode_possible(struct step *step)
{
	const struct config_pipe *want = step->want;
	uint64_t bytes;

	if (!step->pipe || !step->change.given[SETTING_MODE] ||
	    !pipe_field(step->pipe, FIELD_BYTES, &bytes) || !bytes)
		return true;
	complain("%s:%u: mode: %s cannot change from %s while it holds data: receive that, or run \"kmsgpipectl clear %s\"",
		 want->file, want->lines[SETTING_MODE], want->name,
		 step->pipe->mode, pipe_arg(step->pipe));
	return false;
}

static bool room_for(size_t creates, size_t there)
{
	FILE *in = fopen(MAX_DEVICES, "re");
	uint64_t max;
	int got;

	if (!in)
		return true;
	got = fscanf(in, "%" SCNu64, &max);
	fclose(in);
	if (got != 1 || creates + there <= max)
		return true;
	complain("%zu pipes more would be %zu, and there may be %" PRIu64 ": remove some, or raise %s",
		 creates, creates + there, max, MAX_DEVICES);
	return false;
}

/* Return: whether all of it can be done, as far as can be seen. */
static bool plan_make(struct plan *plan, const struct config *config,
		      struct pipes *pipes)
{
	bool possible = true;
	size_t i;

	plan->step = need(calloc(config->nr + 1, sizeof(*plan->step)));
	plan->nr = config->nr;
	for (i = 0; i < plan->nr; i++) {
		step_plan(&plan->step[i], &config->pipe[i], pipes);
		plan->creates += !plan->step[i].pipe;
		possible &= mode_possible(&plan->step[i]);
	}
	if (plan->creates)
		possible &= room_for(plan->creates, pipes->nr);
	return possible;
}

/*
 * Showing
 */

static void show_setting(const struct step *step, enum setting setting)
{
	const struct legal *legal = setting_opt(setting)->legal;
	char buf[SHOW_MAX];

	printf(" %s ", config_key(setting));
	if (step->pipe)
		printf("%s -> ", step->known[setting] ?
		       show_value(buf, legal, step->now[setting]) : "?");
	fputs(show_value(buf, legal, step->change.value[setting]), stdout);
}

/* "~ change events: max_msgs 10 -> 20, ttl never -> 5s" */
static void step_show(const struct step *step)
{
	const char *before = ":";
	int i;

	if (!step->any) {
		printf("= unchanged %s\n", step->want->name);
		return;
	}
	colour(step->pipe ? COLOUR_WARN : COLOUR_GOOD);
	printf("%s %s", step->pipe ? "~ change" : "+ create",
	       step->want->name);
	for (i = 0; i < SETTING_NR; i++) {
		if (!step->change.given[i])
			continue;
		fputs(before, stdout);
		show_setting(step, i);
		before = ",";
	}
	colour(COLOUR_NONE);
	putchar('\n');
}

/*
 * Doing
 */

static enum status step_do(struct step *step)
{
	uint32_t dropped;
	int ret;

	if (!step->pipe)
		ret = settings_create(&step->change, step->want->name) < 0;
	else
		ret = settings_apply(&step->change, step->fd,
				     pipe_arg(step->pipe), false, &dropped) ||
		      settings_apply_node(&step->change, step->fd,
					  step->pipe->path);
	return ret ? status_of(errno) : STATUS_OK;
}

/* What cannot be opened is known before anything is changed. */
static enum status plan_open(struct plan *plan)
{
	struct kmsgpipe_info info;
	struct step *step;
	int control;
	size_t i;

	if (plan->creates) {
		control = control_open();
		if (control < 0)
			return status_of(errno);
		close(control);
	}
	for (i = 0; i < plan->nr; i++) {
		step = &plan->step[i];
		if (!step->any || !step->pipe)
			continue;
		step->fd = pipe_open(step->pipe, PIPE_COMMANDS, &info);
		if (step->fd < 0)
			return status_of(errno);
	}
	return STATUS_OK;
}

/* One that fails keeps no other from being done, unless it is not permitted. */
static enum status plan_do(struct plan *plan, bool verbose)
{
	enum status status = plan_open(plan), one;
	size_t i;

	if (status)
		return status;
	for (i = 0; i < plan->nr && status != STATUS_DENIED; i++) {
		if (!plan->step[i].any)
			continue;
		one = step_do(&plan->step[i]);
		if (one)
			status = one;
		else if (verbose)
			step_show(&plan->step[i]);
	}
	return status;
}

static void plan_free(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nr; i++)
		if (plan->step[i].fd >= 0)
			close(plan->step[i].fd);
	free(plan->step);
}

/*
 * Keeps others from applying until the end of the program: what is there must not
 * change between the plan and its end. Who may not open the control node creates
 * nothing.
 */
static void lock(void)
{
	int fd = open(CONTROL_NODE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		flock(fd, LOCK_EX);
}

static enum status apply_config(const struct config *config, bool dry_run,
				bool verbose)
{
	char version[VERSION_MAX];
	struct pipes pipes = { 0 };
	struct plan plan = { 0 };
	enum status status = STATUS_OK;
	size_t i;

	if (!dry_run)
		lock();
	if (!dry_run || module_loaded(version))
		pipes_load(&pipes);
	if (!plan_make(&plan, config, &pipes))
		status = STATUS_FAILED;
	for (i = 0; dry_run && i < plan.nr; i++)
		step_show(&plan.step[i]);
	if (!dry_run && !status)
		status = plan_do(&plan, verbose);
	plan_free(&plan);
	pipes_free(&pipes);
	return status;
}

static int apply(const struct verb *verb, int argc, char **argv)
{
	bool dry_run = false, verbose = false;
	struct config config = { 0 };
	const char *dir = NULL;
	const struct opt *opt;
	int i, status;

	while ((opt = opt_next(verb, argc, argv))) {
		if (opt_is(opt, "config"))
			dir = optarg;
		else if (opt_is(opt, "dry-run"))
			dry_run = true;
		else
			verbose = true;
	}
	if (dir && optind < argc)
		usage_error("--config and FILE exclude each other");
	for (i = optind; i < argc; i++)
		config_read_file(&config, argv[i]);
	if (optind == argc)
		config_read_dir(&config, dir ? dir : CONFIG_DIR, !dir);
	status = config.wrong ? STATUS_FAILED :
		 apply_config(&config, dry_run, verbose);
	config_free(&config);
	return status;
}

static void apply_help(void)
{
	int i;

	puts("\nSettings:");
	for (i = 0; i < SETTING_NR; i++)
		help_line(config_key(i), legal_text(setting_opt(i)->legal));
}

const struct verb verb_apply = {
	.name = "apply",
	.args = "[FILE]...",
	.max_args = -1,
	.summary = "make pipes what the configuration says",
	.text = "The configuration is " CONFIG_DIR "/*.conf, or each FILE. A section\n"
		"[NAME] is a pipe, with a line SETTING = VALUE for each setting that shall not be\n"
		"the module's default. A pipe that is there keeps what is queued, and what the\n"
		"configuration does not tell of. Pipes that it does not name are left alone.\n"
		"Nothing is done if anything is wrong in it. A dry run without the module is as\n"
		"if there were no pipe.\n",
	.opts = { apply_opts },
	.more_help = apply_help,
	.run = apply,
};
