/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PLAIN_H
#define PLAIN_H

#include <stddef.h>

/*
 * What others have sent, made fit to be printed on a line: ? stands for each byte
 * of a control character. With these, one message could look like another, or
 * give orders to the terminal. A newline at the end is left out.
 *
 * Return: its length then.
 */
static inline size_t make_plain(char *text, size_t len)
{
	unsigned char c, before = 0;
	size_t i;

	if (len && text[len - 1] == '\n')
		len--;
	for (i = 0; i < len; i++, before = c) {
		c = text[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			text[i] = '?';
		} else if (before == 0xc2 && c >= 0x80 && c < 0xa0) {
			/* In UTF-8 there are 32 more, of two bytes. */
			text[i - 1] = '?';
			text[i] = '?';
		}
	}
	return len;
}

#endif /* PLAIN_H */
