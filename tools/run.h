/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_RUN_H
#define KMSGPIPECTL_RUN_H

#include <stddef.h>

/*
 * Runs another program, found as root would find it, without its complaints.
 * @line gets the first line of what it prints. Return: its exit status, or 127
 * if it cannot be run.
 */
int run_line(char *const argv[], char *line, size_t size);

#endif /* KMSGPIPECTL_RUN_H */
