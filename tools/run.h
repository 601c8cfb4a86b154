/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_RUN_H
#define KMSGPIPECTL_RUN_H

#include <stddef.h>

/*
 * Runs another program, found as root would find it, in the C locale, without
 * its complaints. @text gets what it prints, as much as there is room for.
 * Return: its exit status, or 127 if it cannot be run.
 */
int run_text(char *const argv[], char *text, size_t size);

/* The same with the first line only, without its end. */
int run_line(char *const argv[], char *line, size_t size);

#endif /* KMSGPIPECTL_RUN_H */
