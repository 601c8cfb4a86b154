// SPDX-License-Identifier: GPL-2.0
/* Colours on standard output. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "colour.h"

static bool wanted(void)
{
	static int known = -1;
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (known < 0)
		known = isatty(STDOUT_FILENO) && (!none || !*none) &&
			term && strcmp(term, "dumb");
	return known;
}

void colour(enum colour colour)
{
	static const char * const codes[] = {
		[COLOUR_NONE] = "",
		[COLOUR_STRONG] = "1",
		[COLOUR_GOOD] = "32",
		[COLOUR_WARN] = "33",
		[COLOUR_BAD] = "31",
	};

	static enum colour now;

	if (wanted() && colour != now)
		printf("\033[%sm", codes[colour]);
	now = colour;
}
