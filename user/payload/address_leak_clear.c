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

#define WEBSOCKET_DATA_MAX 2 /* the largest opcode of text, data, and what continues them */
#define WEBSOCKET_PONG 10

/*
 * Unmasks the next frame at *to, of which there is as much as was captured. *ret: its bytes of text
 * or data. False: there is none.
 */
static bool next_frame(struct websocket *w, uint8_t *to, size_t *ret)
{
	static const uint8_t more[] = { [126] = 2, [127] = 8 };
	const uint8_t *p = w->p, *mask;
	size_t left = (size_t)(w->end - p), header, n, i;

	/* not compressed, and masked as all of a client are */
	if (left < 6 || p[0] & 0x70 || (p[0] & 0xf) > WEBSOCKET_PONG || !(p[1] & 0x80))
		return false;
	n = p[1] & 0x7f;
	header = 2 + more[n] + 4;
	if (left < header)
		return false;
	if (n == 126)
		n = la_get16(p + 2);
	else if (n == 127) /* larger than a message that anybody captures */
		n = la_get32(p + 2) ? left : la_get32(p + 6);
	mask = p + header - 4;
	n = MIN(n, left - header);
	for (i = 0; i < n; i++)
		to[i] = p[header + i] ^ mask[i % 4];
	w->p = p + header + n;
	*ret = (p[0] & 0xf) > WEBSOCKET_DATA_MAX ? 0 : n;
	return true;
}

static size_t unmask(const uint8_t *p, size_t len, uint8_t *to)
{
	struct websocket w = { p, p + len };
	size_t all = 0, n;

	while (next_frame(&w, to + all, &n))
		all += n;
	return all;
}

/* --- UTF-16 --- */

#define UTF16_LOOK 64

/*
 * Writes text of ASCII in UTF-16 (RFC 2781) to *to as bytes, and returns how many; 0: it is other
 * text. It may begin anywhere, behind headers in ASCII.
 */
static size_t narrow(const uint8_t *p, size_t len, uint8_t *to)
{
	size_t zeros[2] = { 0 }, half = len / 2, i;

	for (i = 0; i < len; i++)
		zeros[i & 1] += !p[i];
	if (len < UTF16_LOOK || MAX(zeros[0], zeros[1]) < half / 2)
		return 0;
	for (i = 0; i < half; i++)
		to[i] = p[2 * i] ? p[2 * i] : p[2 * i + 1];
	return half;
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
	n = unmask(p, len, copy) ?: narrow(p, len, copy);
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
