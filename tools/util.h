/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_UTIL_H
#define KMSGPIPECTL_UTIL_H

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#endif /* KMSGPIPECTL_UTIL_H */
