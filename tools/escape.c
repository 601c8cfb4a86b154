// SPDX-License-Identifier: GPL-2.0
/* Text that came from elsewhere, made harmless. */

#include <stdint.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "escape.h"

/*
 * What a terminal does not show but obeys: control characters, and those that
 * turn the text around them or end a line, with which a line can look like
 * another one.
 */
static bool is_command(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c ||
	       c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* Bytes of the printable character at @data, in the user's locale, or 0. */
static size_t printable(const char *data, size_t len)
{
	mbstate_t state;
	size_t bytes;
	wchar_t c;

	memset(&state, 0, sizeof(state));
	bytes = mbrtowc(&c, data, len, &state);
	if (bytes == 0 || bytes > len || !iswprint(c) || is_command(c))
		return 0;
	return bytes;
}

static void escape(FILE *out, const char *data, size_t len, const char *keep)
{
	size_t bytes;

	for (; len; data += bytes, len -= bytes) {
		bytes = 1;
		if (*data && strchr(keep, *data)) {
			fputc(*data, out);
			continue;
		}
		bytes = printable(data, len);
		if (bytes) {
			fwrite(data, 1, bytes, out);
		} else {
			bytes = 1;
			fprintf(out, "\\x%02x", (unsigned char)*data);
		}
	}
}

void escape_text(FILE *out, const char *data, size_t len)
{
	escape(out, data, len, "\n\t");
}

void escape_line(FILE *out, const char *data, size_t len)
{
	escape(out, data, len, "");
}

/* Bytes of the UTF-8 character at @text, of which there are @len; 0: none. */
static size_t utf8_get(const char *text, size_t len, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *data = (const unsigned char *)text;
	size_t bytes, i;
	uint32_t c;

	*character = data[0];
	if (data[0] < 0x80)
		return 1;
	if (data[0] >= 0xf0)
		bytes = 4;
	else if (data[0] >= 0xe0)
		bytes = 3;
	else
		bytes = 2;
	if (data[0] < 0xc0 || data[0] > 0xf7 || bytes > len)
		return 0;

	c = data[0] & (0x7f >> bytes);
	for (i = 1; i < bytes; i++) {
		if ((data[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (data[i] & 0x3f);
	}
	if (c < least[bytes] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*character = c;
	return bytes;
}

bool is_utf8(const char *data, size_t len)
{
	size_t bytes;
	uint32_t c;

	for (; len; data += bytes, len -= bytes) {
		bytes = utf8_get(data, len, &c);
		if (!bytes)
			return false;
	}
	return true;
}

void escape_json(FILE *out, const char *data, size_t len)
{
	static const char named[] = "\"\\\n\t\r";
	static const char names[] = "\"\\ntr";
	const char *at;
	size_t bytes;
	uint32_t c;

	fputc('"', out);
	for (; len; data += bytes, len -= bytes) {
		bytes = utf8_get(data, len, &c);
		if (!bytes) {
			bytes = 1;
			fputs("\\ufffd", out);
			continue;
		}
		at = *data ? strchr(named, *data) : NULL;
		if (at)
			fprintf(out, "\\%c", names[at - named]);
		else if (is_command(c))
			fprintf(out, "\\u%04x", c);
		else
			fwrite(data, 1, bytes, out);
	}
	fputc('"', out);
}

void escape_label(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '\n') {
			fputs("\\n", out);
			continue;
		}
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

void write_base64(FILE *out, const char *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char in[3];
	size_t n;

	for (; len; data += n, len -= n) {
		n = len < 3 ? len : 3;
		memset(in, 0, sizeof(in));
		memcpy(in, data, n);
		fputc(digits[in[0] >> 2], out);
		fputc(digits[(in[0] & 3) << 4 | in[1] >> 4], out);
		fputc(n > 1 ? digits[(in[1] & 15) << 2 | in[2] >> 6] : '=', out);
		fputc(n > 2 ? digits[in[2] & 63] : '=', out);
	}
}
