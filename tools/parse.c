// SPDX-License-Identifier: GPL-2.0
/* Values that people write, and how they are written for people. */

#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/kmsgpipe.h>

#include "error.h"
#include "parse.h"
#include "util.h"

const struct legal legal_number = { KIND_COUNT, 1, UINT32_MAX, NULL };
const struct legal legal_batch = { KIND_COUNT, 1, KMSGPIPE_BATCH_MAX, NULL };
const struct legal legal_timeout = { KIND_TIME, 0, 24 * 60 * 60 * 1000, NULL };
const struct legal legal_ttl = { KIND_TTL, 1, KMSGPIPE_TTL_NEVER - 1, NULL };

struct unit {
	const char *name;
	uint64_t factor;
};

/* Each from the largest to the smallest. */
static const struct unit byte_units[] = {
	{ "G", 1024 * 1024 * 1024 },
	{ "M", 1024 * 1024 },
	{ "K", 1024 },
	{ "", 1 },
	{ NULL, 0 },
};

static const struct unit time_units[] = {
	{ "d", 24 * 60 * 60 * 1000 },
	{ "h", 60 * 60 * 1000 },
	{ "m", 60 * 1000 },
	{ "s", 1000 },
	{ "", 1000 },
	{ "ms", 1 },
	{ NULL, 0 },
};

static const struct unit no_units[] = {
	{ "", 1 },
	{ NULL, 0 },
};

static const struct unit *units_of(enum kind kind)
{
	switch (kind) {
	case KIND_BYTES:
		return byte_units;
	case KIND_TIME:
	case KIND_TTL:
		return time_units;
	default:
		return no_units;
	}
}

/*
 * A number with up to three digits after the point, and a unit. One that is more
 * than any may be stays so.
 */
static bool parse_units(const char *text, const struct unit *units,
			uint64_t *value)
{
	static const unsigned int power[] = { 1, 10, 100, 1000 };
	uint64_t whole = 0, part = 0;
	unsigned int digits = 0;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		whole = whole * 10 + (*text - '0');
		if (whole > UINT32_MAX)
			whole = UINT32_MAX + UINT64_C(1);
	}
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++) {
			if (++digits >= ARRAY_SIZE(power))
				return false;
			part = part * 10 + (*text - '0');
		}
		if (!digits)
			return false;
	}
	for (; units->name; units++) {
		if (strcmp(text, units->name))
			continue;
		/* Half a byte, or half a message, is none. */
		if (part * units->factor % power[digits])
			return false;
		*value = whole * units->factor +
			 part * units->factor / power[digits];
		return true;
	}
	return false;
}

static bool parse_word(const char *text, const char * const *words,
		       uint64_t *value)
{
	for (*value = 0; words[*value]; (*value)++)
		if (!strcmp(words[*value], text))
			return true;
	return false;
}

static bool parse_octal(const char *text, uint64_t *value)
{
	size_t digits = strspn(text, "01234567");

	if (!digits || text[digits])
		return false;
	*value = strtoull(text, NULL, 8);
	return true;
}

static bool parse_user(const char *text, uint64_t *value)
{
	const struct passwd *user = getpwnam(text);

	if (user)
		*value = user->pw_uid;
	return user || parse_units(text, no_units, value);
}

static bool parse_group(const char *text, uint64_t *value)
{
	const struct group *group = getgrnam(text);

	if (group)
		*value = group->gr_gid;
	return group || parse_units(text, no_units, value);
}

static bool parse_kind(const char *text, const struct legal *legal,
		       uint64_t *value)
{
	switch (legal->kind) {
	case KIND_WORD:
		return parse_word(text, legal->words, value);
	case KIND_SWITCH:
		if (!parse_word(text, legal->words, value))
			return false;
		*value %= 2;
		return true;
	case KIND_OCTAL:
		return parse_octal(text, value);
	case KIND_USER:
		return parse_user(text, value);
	case KIND_GROUP:
		return parse_group(text, value);
	default:
		return parse_units(text, units_of(legal->kind), value);
	}
}

char *show_bytes(char *buf, uint64_t bytes)
{
	const struct unit *unit = byte_units;

	/* Exact if that is short; a tenth is enough for the eye. */
	while (bytes < unit->factor && unit->factor > 1)
		unit++;
	/* What would be rounded to 1024.0 of this is 1.0 of the next. */
	if (unit > byte_units && unit->factor > 1 &&
	    bytes * 20 >= 20479 * unit->factor)
		unit--;
	if (bytes % unit->factor)
		snprintf(buf, SHOW_MAX, "%.1f%s", (double)bytes / unit->factor,
			 unit->name);
	else
		snprintf(buf, SHOW_MAX, "%" PRIu64 "%s", bytes / unit->factor,
			 unit->name);
	return buf;
}

char *show_time(char *buf, uint64_t ms)
{
	const struct unit *unit = time_units;

	if (!ms)
		return strcpy(buf, "0s");
	/* Always exact, so that it can be given back. */
	while (ms % unit->factor || !*unit->name)
		unit++;
	snprintf(buf, SHOW_MAX, "%" PRIu64 "%s", ms / unit->factor, unit->name);
	return buf;
}

char *show_utc(char *buf, uint64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(buf, SHOW_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + len, SHOW_MAX - len, ".%09uZ",
		 (unsigned int)(ns % 1000000000));
	return buf;
}

static const char *user_name(uint64_t uid)
{
	const struct passwd *user = getpwuid(uid);

	return user ? user->pw_name : NULL;
}

static const char *group_name(uint64_t gid)
{
	const struct group *group = getgrgid(gid);

	return group ? group->gr_name : NULL;
}

/* A user's name may have no room: what is cut would be another's, or nobody's. */
static char *show_word(char *buf, const char *word, uint64_t value)
{
	if (word && strlen(word) < SHOW_MAX)
		snprintf(buf, SHOW_MAX, "%s", word);
	else
		snprintf(buf, SHOW_MAX, "%" PRIu64, value);
	return buf;
}

static char *show_exact_bytes(char *buf, uint64_t bytes)
{
	const struct unit *unit = byte_units;

	while (bytes % unit->factor || (!bytes && unit->factor > 1))
		unit++;
	snprintf(buf, SHOW_MAX, "%" PRIu64 "%s", bytes / unit->factor,
		 unit->name);
	return buf;
}

char *show_value(char *buf, const struct legal *legal, uint64_t value)
{
	switch (legal->kind) {
	case KIND_BYTES:
		return show_exact_bytes(buf, value);
	case KIND_TTL:
		if (!value || value == KMSGPIPE_TTL_NEVER)
			return strcpy(buf, "never");
		return show_time(buf, value);
	case KIND_TIME:
		return show_time(buf, value);
	case KIND_OCTAL:
		snprintf(buf, SHOW_MAX, "%04" PRIo64, value);
		return buf;
	case KIND_WORD:
	case KIND_SWITCH:
		return show_word(buf, legal->words[value], value);
	case KIND_USER:
		return show_word(buf, user_name(value), value);
	case KIND_GROUP:
		return show_word(buf, group_name(value), value);
	default:
		return show_word(buf, NULL, value);
	}
}

static char *show_range(char *buf, size_t size, const struct legal *legal)
{
	char min[SHOW_MAX], max[SHOW_MAX];

	switch (legal->kind) {
	case KIND_BYTES:
		show_bytes(min, legal->min);
		show_bytes(max, legal->max);
		break;
	case KIND_TIME:
	case KIND_TTL:
		show_time(min, legal->min);
		show_time(max, legal->max);
		break;
	case KIND_OCTAL:
		snprintf(min, sizeof(min), "%" PRIo64, legal->min);
		snprintf(max, sizeof(max), "%04" PRIo64, legal->max);
		break;
	default:
		snprintf(min, sizeof(min), "%" PRIu64, legal->min);
		snprintf(max, sizeof(max), "%" PRIu64, legal->max);
	}
	snprintf(buf, size, "%s to %s", min, max);
	return buf;
}

static char *show_words(char *buf, size_t size, const char * const *words)
{
	size_t i, len = 0;

	buf[0] = 0;
	for (i = 0; words[i] && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%s",
				!i ? "" : words[i + 1] ? ", " : " or ",
				words[i]);
	return buf;
}

const char *legal_text(const struct legal *legal)
{
	static char text[128];
	char range[80];

	switch (legal->kind) {
	case KIND_WORD:
	case KIND_SWITCH:
		return show_words(text, sizeof(text), legal->words);
	case KIND_USER:
	case KIND_GROUP:
		snprintf(text, sizeof(text), "a name, or %s",
			 show_range(range, sizeof(range), legal));
		return text;
	case KIND_TTL:
		/* Whose most is no round number. */
		snprintf(text, sizeof(text), "%s (about %" PRIu64 "d), or never",
			 show_range(range, sizeof(range), legal),
			 legal->max / (24 * 60 * 60 * 1000));
		return text;
	default:
		return show_range(text, sizeof(text), legal);
	}
}

/* What is wrong, told of as what it would have to be. */
static const char *should_be(const struct legal *legal)
{
	switch (legal->kind) {
	case KIND_BYTES:
		return "a number of bytes (units K, M, G): ";
	case KIND_TIME:
	case KIND_TTL:
		return "a time (units ms, s, m, h, d): ";
	case KIND_OCTAL:
		return "an octal number: ";
	case KIND_WORD:
	case KIND_SWITCH:
		return "a word that is known: ";
	case KIND_USER:
		return "a user: ";
	case KIND_GROUP:
		return "a group: ";
	default:
		return "a number: ";
	}
}

const char *parse(const char *text, const struct legal *legal, uint64_t *value)
{
	static char wrong[512];
	const char *what = should_be(legal);

	if (legal->kind == KIND_TTL && !strcmp(text, "never")) {
		*value = KMSGPIPE_TTL_NEVER;
		return NULL;
	}
	if (parse_kind(text, legal, value)) {
		if (legal->words ||
		    (*value >= legal->min && *value <= legal->max))
			return NULL;
		snprintf(wrong, sizeof(wrong), "'%.200s' is out of range: %s",
			 text, legal_text(legal));
	} else {
		snprintf(wrong, sizeof(wrong), "'%.200s' is not %s%s", text,
			 what, legal_text(legal));
	}
	return wrong;
}

uint64_t parse_option(const char *option, const char *text,
		      const struct legal *legal)
{
	const char *wrong;
	uint64_t value;

	wrong = parse(text, legal, &value);
	if (wrong)
		fail(STATUS_USAGE, "--%s: %s", option, wrong);
	return value;
}
