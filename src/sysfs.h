/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_SYSFS_H
#define KMSGPIPE_SYSFS_H

struct kmsgpipe_host;

/**
 * DOC: sysfs
 *
 * Settings and state as files, told to users in docs/abi/sysfs-class-kmsgpipe.
 * A pipe's are in the directory of its device and come and go with that; the
 * kernel lets nobody into them afterwards. Those of the class act on every pipe
 * and on those to come.
 *
 * Whatever is written is checked whole before anything is touched, and needs
 * CAP_SYS_ADMIN beside the file's permissions, as the ioctls do.
 */

void kmsgpipe_sysfs_init(struct kmsgpipe_host *host);

#endif /* KMSGPIPE_SYSFS_H */
