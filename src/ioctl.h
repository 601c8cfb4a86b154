/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_IOCTL_H
#define KMSGPIPE_IOCTL_H

struct file;

/* The control plane of one pipe: ioctls on /dev/kmsgpipeN. */
long kmsgpipe_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* KMSGPIPE_IOCTL_H */
