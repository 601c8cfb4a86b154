/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_COLUMNS_H
#define KMSGPIPECTL_COLUMNS_H

#include "colour.h"
#include "pipe.h"
#include "table.h"

/*
 * What there is to tell of a pipe: the columns of list, stats and status. Their
 * names are those of sysfs and of the ioctls. A row is a struct pipe.
 */
extern const struct column pipe_columns[];

/* The column of this name. */
const struct column *pipe_column(const char *name);

/* The colour that says how full it is. */
enum colour pipe_colour(struct pipe *pipe);

/* How much of a pipe is in use, in percent: of its messages or of its bytes. */
bool pipe_full(struct pipe *pipe, uint64_t *percent);

#endif /* KMSGPIPECTL_COLUMNS_H */
