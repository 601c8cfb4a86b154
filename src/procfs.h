/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_PROCFS_H
#define KMSGPIPE_PROCFS_H

#include <linux/types.h>

/**
 * DOC: procfs
 *
 * /proc/kmsgpipe is a table of all pipes, one line each. A line is the state at
 * one moment; between two lines pipes may come and go.
 *
 * /proc/NAME, if it is asked for, is pipe 0 for the shell: a write queues one
 * message, and each open file delivers one, in as many reads as it takes, and
 * then is at its end. A reader never waits. Such a file is no reader or writer
 * of the pipe's own: those are counted at the device, and the eof policies are
 * about them. docs/abi/procfs.md tells both formats.
 */

bool kmsgpipe_procfs_taken(const char *name);
int kmsgpipe_procfs_init(const char *queue, umode_t mode);
void kmsgpipe_procfs_exit(void);

#endif /* KMSGPIPE_PROCFS_H */
