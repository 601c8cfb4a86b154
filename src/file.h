/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_FILE_H
#define KMSGPIPE_FILE_H

#include <linux/fs.h>

/* The data plane: what open, read, write, poll, ... on /dev/kmsgpipeN do. */
extern const struct file_operations kmsgpipe_fops;

#endif /* KMSGPIPE_FILE_H */
