/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_ESCAPE_H
#define KMSGPIPECTL_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Text that came from elsewhere, written so that it does no harm where it goes:
 * a terminal must not take a message for a command, and JSON and Prometheus's
 * format must stay what they are.
 */

/* For a terminal: what is not printable becomes \xNN; lines and tabs stay. */
void escape_text(FILE *out, const char *data, size_t len);

/* The same for what has to stay on one line. */
void escape_line(FILE *out, const char *data, size_t len);

/*
 * As a string of JSON, with its quotes. What is not UTF-8, see is_utf8(), becomes
 * U+FFFD.
 */
void escape_json(FILE *out, const char *data, size_t len);

/* As the value of a Prometheus label, with its quotes. */
void escape_label(FILE *out, const char *text);

bool is_utf8(const char *data, size_t len);

/* As base64, without line breaks. */
void write_base64(FILE *out, const char *data, size_t len);

#endif /* KMSGPIPECTL_ESCAPE_H */
