/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_PARSE_H
#define KMSGPIPECTL_PARSE_H

#include <stdint.h>

/*
 * Values that people write, and how they are written for people.
 *
 * A parser returns NULL and the value, or what is wrong, with the legal range:
 * "'5x' is not a time from 1ms to 1h (units: ...)". That text is good until the
 * next call; the caller says which option, or which line of a file, it is about.
 */
enum kind {
	KIND_COUNT,	/* a number */
	KIND_BYTES,	/* with K, M or G */
	KIND_TIME,	/* in milliseconds; with ms, s, m, h or d, alone seconds */
	KIND_TTL,	/* the same, or "never", which is KMSGPIPE_TTL_NEVER */
	KIND_OCTAL,	/* permissions */
	KIND_WORD,	/* one of a list, its place there */
	KIND_SWITCH,	/* one of two, then others for the same: 0 or 1 */
	KIND_USER,	/* a name or a number */
	KIND_GROUP,	/* likewise */
};

/**
 * struct legal - what a value may be
 * @kind: how it is written
 * @min: the least
 * @max: the most
 * @words: KIND_WORD, KIND_SWITCH: the list, ending with NULL
 */
struct legal {
	enum kind kind;
	uint64_t min;
	uint64_t max;
	const char * const *words;
};

/* What several verbs take. */
extern const struct legal legal_number;		/* from 1 on */
extern const struct legal legal_batch;
extern const struct legal legal_timeout;
extern const struct legal legal_ttl;

const char *parse(const char *text, const struct legal *legal, uint64_t *value);

/* What @legal is, for --help: "1 to 65536". Good until the next call. */
const char *legal_text(const struct legal *legal);

/* The same for the argument of an option, which ends the program if bad. */
uint64_t parse_option(const char *option, const char *text,
		      const struct legal *legal);

/* A value for people. */
#define SHOW_MAX	32
char *show_bytes(char *buf, uint64_t bytes);	/* 4096: 4K */
char *show_time(char *buf, uint64_t ms);	/* 60000: 1m */
char *show_utc(char *buf, uint64_t ns);		/* 2026-11-20T12:00:00.000000000Z */

/* A value so that parse() makes the same of it: exact, and with a user's name. */
char *show_value(char *buf, const struct legal *legal, uint64_t value);

#endif /* KMSGPIPECTL_PARSE_H */
