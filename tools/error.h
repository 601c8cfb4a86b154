/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_ERROR_H
#define KMSGPIPECTL_ERROR_H

/*
 * How the tool fails: one line on standard error that says what is wrong and
 * what to do, and an exit status that scripts can tell apart. The statuses are
 * told of in --help, from the list in error.c.
 */
enum status {
	STATUS_OK,
	STATUS_FAILED,
	STATUS_USAGE,
	STATUS_ABSENT,
	STATUS_TIMEOUT,
	STATUS_DENIED,
	STATUS_NR,
};

extern const char * const status_texts[STATUS_NR];

/* The verb that --help is to be asked of, for usage_error(); may be NULL. */
extern const char *error_verb;

/* Prints "kmsgpipectl: ..." and goes on; errno stays what it is. */
__attribute__((format(printf, 1, 2)))
void complain(const char *fmt, ...);

/* The same, and ends the program. */
__attribute__((format(printf, 2, 3), noreturn))
void fail(enum status status, const char *fmt, ...);

/* The same for a command line that makes no sense; says where help is. */
__attribute__((format(printf, 1, 2), noreturn))
void usage_error(const char *fmt, ...);

/* The status for an error number that the kernel gave. */
enum status status_of(int err);

/* Memory, or the end of the program. */
void *need(void *memory);

/*
 * Ends the program if nothing can be written to standard output: for what cannot
 * be done once more to see it.
 */
void output_needed(void);

/* Ends the program with @status, or as failed if standard output is. */
__attribute__((noreturn))
void finish(enum status status);

#endif /* KMSGPIPECTL_ERROR_H */
