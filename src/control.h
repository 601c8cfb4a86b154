/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPE_CONTROL_H
#define KMSGPIPE_CONTROL_H

/* The control node, /dev/kmsgpipe-control: pipes come and go through it. */
int kmsgpipe_control_init(void);
void kmsgpipe_control_exit(void);

#endif /* KMSGPIPE_CONTROL_H */
