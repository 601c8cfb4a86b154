/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_CHECK_H
#define KMSGPIPECTL_CHECK_H

#include <stdbool.h>

/**
 * DOC: what doctor finds
 *
 * A check looks at one thing that has to be right for pipes to be used. It says
 * what it found, in a line or several, and for what is wrong the command that
 * mends it. It changes nothing, and needs no privilege: what only root can see
 * is told as that.
 */
enum result {
	RESULT_OK,
	RESULT_UNKNOWN,		/* not to be seen by this caller */
	RESULT_WARNING,		/* works, but not as it should, or not for long */
	RESULT_PROBLEM,		/* pipes cannot be used, or not by the caller */
	RESULT_NR,
};

/* What was found by the check of this name, without a full stop. */
__attribute__((format(printf, 3, 4)))
void found(enum result result, const char *check, const char *fmt, ...);

/* The command, to be given by root, that mends what was found last. */
__attribute__((format(printf, 1, 2)))
void mended_by(const char *fmt, ...);

/* The same for a command that the caller gives himself. */
__attribute__((format(printf, 1, 2)))
void mended_by_you(const char *fmt, ...);

/* The same for the command that installs packages, or again the module's. */
void mended_by_package(const char *packages);
void mended_by_reinstall(void);

/* Whether packages come from dnf, else from apt; whether systemd runs. */
bool has_dnf(void);
bool has_systemd(void);

/* The command that makes pipes what the configuration says. */
const char *apply_command(void);

/* Has the module, its group, udev's rules and the unit. */
#define MODULE_PACKAGE	"kmsgpipe-dkms"

/* In the order in which things come to be, and are to be mended. */
void check_headers(void);	/* check-module.c */
void check_dkms(void);
void check_installed(void);
void check_signature(void);
void check_loaded(void);
void check_versions(void);
void check_udev(void);		/* check-access.c */
void check_group(void);
void check_config(void);
void check_nodes(void);
void check_caller(void);
void check_unit(void);

#endif /* KMSGPIPECTL_CHECK_H */
