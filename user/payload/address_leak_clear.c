/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text as it is sent, and what it says when its encoding is removed. */
#include <stdlib.h>
#include <string.h>

#include "address_leak_priv.h"
#include "core/frame.h"

/* JSON in strings of JSON, in a form of HTTP, in a string. */
#define ENCODINGS_MAX 4

static enum address_leak_form in_text(const struct address_leak *in, const uint8_t *p, size_t len)
{
	enum address_leak_form form = address_leak_sdp(in, p, len);

	return form != ADDRESS_LEAK_NONE ? form : address_leak_headers(in, p, len);
}

/* --- WebSocket (RFC 6455 5.2) --- */

struct websocket {
	const uint8_t *p, *end;
};

/*
 * Unmasks the next frame of text or data at *to, of which there is as much as was captured. Returns
 * its bytes; 0: there is none.
 */
static size_t next_frame(struct websocket *w, uint8_t *to)
{
	static const uint8_t more[] = { [126] = 2, [127] = 8 };
	const uint8_t *p = w->p, *mask;
	size_t left = (size_t)(w->end - p), header, n, i;

	/* not compressed, and masked as all of a client are */
	if (left < 6 || p[0] & 0x70 || (p[0] & 0xf) > 2 || !(p[1] & 0x80))
		return 0;
	n = p[1] & 0x7f;
	header = 2 + more[n] + 4;
	if (left < header)
		return 0;
	if (n == 126)
		n = la_get16(p + 2);
	else if (n == 127) /* larger than a message that anybody captures */
		n = la_get32(p + 2) ? left : la_get32(p + 6);
	mask = p + header - 4;
	n = MIN(n, left - header);
	for (i = 0; i < n; i++)
		to[i] = p[header + i] ^ mask[i % 4];
	w->p = p + header + n;
	return n;
}

static size_t unmask(const uint8_t *p, size_t len, uint8_t *to)
{
	struct websocket w = { p, p + len };
	size_t all = 0, n;

	while ((n = next_frame(&w, to + all)))
		all += n;
	return all;
}

/* --- escapes --- */

/* Hexadecimal digits at p, n of them. -1: others. */
static int digits(const uint8_t *p, const uint8_t *end, size_t n)
{
	int v = 0;

	if ((size_t)(end - p) < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

/* Bytes of an escape of JSON at p, and what it stands for (RFC 8259 7). 0: it is none, and
 * *ret, which may be where it is read, is left alone. */
static size_t json_escape(const uint8_t *p, const uint8_t *end, uint8_t *ret)
{
	static const char from[] = "\"\\/nrtbf", to[] = "\"\\/\n\r\t\b\f";
	const char *known;
	int v;

	if (end - p < 2 || *p != '\\')
		return 0;
	known = p[1] ? strchr(from, p[1]) : NULL;
	if (known) {
		*ret = (uint8_t)to[known - from];
		return 2;
	}
	v = p[1] == 'u' ? digits(p + 2, end, 4) : -1;
	if (v < 0)
		return 0;
	*ret = v < 0x80 ? (uint8_t)v : '?';
	return 6;
}

/* The same of a percent-encoded byte (RFC 3986 2.1). */
static size_t percent_escape(const uint8_t *p, const uint8_t *end, uint8_t *ret)
{
	int v = *p == '%' ? digits(p + 1, end, 2) : -1;

	if (v < 0)
		return 0;
	*ret = (uint8_t)v;
	return 3;
}

/*
 * Removes one level of escapes in place, and returns whether there were any. In a form a plus is a
 * space.
 */
static bool unescape(uint8_t *p, size_t *len)
{
	const uint8_t *from = p, *end = p + *len;
	uint8_t *to = p, *plus;
	bool percents = false;

	while (from < end) {
		size_t n = json_escape(from, end, to);

		if (!n) {
			n = percent_escape(from, end, to);
			percents |= n != 0;
		}
		if (!n)
			*to = *from;
		from += n ?: 1;
		to++;
	}
	*len = (size_t)(to - p);
	while (percents && (plus = memchr(p, '+', *len)))
		*plus = ' ';
	return to != end;
}

enum address_leak_form address_leak_clear(const struct address_leak *in, const uint8_t *p,
					  size_t len)
{
	enum address_leak_form form = in_text(in, p, len);
	uint8_t *copy;
	size_t n;

	if (form != ADDRESS_LEAK_NONE)
		return form;
	copy = malloc(len);
	if (!copy)
		return form;
	n = unmask(p, len, copy);
	if (n) {
		form = in_text(in, copy, n);
	} else {
		n = len;
		memcpy(copy, p, len);
	}
	for (int i = 0; i < ENCODINGS_MAX && form == ADDRESS_LEAK_NONE && unescape(copy, &n); i++)
		form = in_text(in, copy, n);
	free(copy);
	return form;
}
