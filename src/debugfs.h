/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_DEBUGFS_H
#define KMSGPIPE_DEBUGFS_H

struct kmsgpipe;

/*
 * Files in /sys/kernel/debug/kmsgpipe/, for root only. A kernel that has no
 * debugfs, or does not let anybody in, goes without them: nothing here fails.
 */
void kmsgpipe_debugfs_init(void);
void kmsgpipe_debugfs_exit(void);

/* Those of one pipe; may sleep. The first after _init(), the last before _exit(). */
void kmsgpipe_debugfs_add(struct kmsgpipe *pipe);
void kmsgpipe_debugfs_remove(struct kmsgpipe *pipe);

#endif /* KMSGPIPE_DEBUGFS_H */
