/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_COLOUR_H
#define KMSGPIPECTL_COLOUR_H

#include <stdbool.h>

/*
 * Colours on standard output: only if that is a terminal which has them, and
 * nobody has asked for none (https://no-color.org).
 */
enum colour {
	COLOUR_NONE,
	COLOUR_STRONG,
	COLOUR_GOOD,
	COLOUR_WARN,
	COLOUR_BAD,
};

/* What is written from now on has this colour. */
void colour(enum colour colour);

#endif /* KMSGPIPECTL_COLOUR_H */
