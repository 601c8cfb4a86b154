/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_SETTINGS_H
#define KMSGPIPE_SETTINGS_H

#include <linux/types.h>

#include "uapi/linux/kmsgpipe.h"

struct kmsgpipe;

/**
 * DOC: settings and state of a pipe
 *
 * What every control plane sets and shows, whatever its notation: each setting
 * is checked here, and a bad one changes nothing. All may sleep.
 */

int kmsgpipe_pipe_set_limits(struct kmsgpipe *pipe,
			     struct kmsgpipe_set_limits *limits);
void kmsgpipe_pipe_set_ttl(struct kmsgpipe *pipe, u32 ttl_ms);
int kmsgpipe_pipe_set_eof(struct kmsgpipe *pipe, u32 eof);
int kmsgpipe_pipe_set_mode(struct kmsgpipe *pipe, u32 mode);
int kmsgpipe_pipe_set_cleanup(struct kmsgpipe *pipe, u32 enable,
			      u32 interval_ms);
int kmsgpipe_pipe_set_node(struct kmsgpipe *pipe,
			   const struct kmsgpipe_set_node *new);
int kmsgpipe_pipe_set_interval(struct kmsgpipe *pipe, u32 interval_ms);
u32 kmsgpipe_pipe_clear(struct kmsgpipe *pipe);
void kmsgpipe_pipe_get_info(struct kmsgpipe *pipe, struct kmsgpipe_info *info);
void kmsgpipe_pipe_get_stats(struct kmsgpipe *pipe,
			     struct kmsgpipe_stats *stats);
void kmsgpipe_pipe_get_state(struct kmsgpipe *pipe, struct kmsgpipe_info *info,
			     struct kmsgpipe_stats *stats);
u32 kmsgpipe_pipe_next_len(struct kmsgpipe *pipe);

#endif /* KMSGPIPE_SETTINGS_H */
