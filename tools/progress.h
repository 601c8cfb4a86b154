/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_PROGRESS_H
#define KMSGPIPECTL_PROGRESS_H

#include <stdint.h>

/*
 * What has gone through so far, on standard error, if that is a terminal, and
 * only of work that takes longer than a second.
 */

/*
 * @total: bytes there will be; 0: nobody knows. @busy: a file whose terminal is
 * used for something else, so that nothing may be shown if it is one; -1: none.
 */
void progress_begin(uint64_t total, int busy);
void progress_add(uint64_t messages, uint64_t bytes);
/* Wipes it off. */
void progress_end(void);

#endif /* KMSGPIPECTL_PROGRESS_H */
