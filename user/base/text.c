/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

int32_t text_rune(const char *s, size_t *len)
{
	const unsigned char *b = (const unsigned char *)s;
	int32_t rune, least;
	size_t i, n;

	*len = 1;
	if (b[0] < 0x80)
		return b[0];
	if ((b[0] & 0xe0) == 0xc0) {
		n = 2, rune = b[0] & 0x1f, least = 0x80;
	} else if ((b[0] & 0xf0) == 0xe0) {
		n = 3, rune = b[0] & 0x0f, least = 0x800;
	} else if ((b[0] & 0xf8) == 0xf0) {
		n = 4, rune = b[0] & 0x07, least = 0x10000;
	} else {
		return -1;
	}
	/* a NUL is not a continuation byte, so this stops at the end */
	for (i = 1; i < n; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return -1;
		rune = rune << 6 | (b[i] & 0x3f);
	}
	if (rune < least || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return -1;
	*len = n;
	return rune;
}

bool text_printable(int32_t rune)
{
	static const struct {
		int32_t from, to;
	} hidden[] = {
		{ INT32_MIN, 0x1f }, /* invalid, C0 */
		{ 0x7f, 0x9f }, /* DEL, C1: terminals act on these, too */
		{ 0xad, 0xad }, /* soft hyphen */
		{ 0x300, 0x36f }, /* combining marks: drawn onto their neighbour */
		{ 0x61c, 0x61c }, /* direction mark */
		{ 0x180e, 0x180e },	{ 0x200b, 0x200f }, /* zero width, direction marks */
		{ 0x2028, 0x202e }, /* separators, direction overrides */
		{ 0x2060, 0x206f },	{ 0xd800, 0xf8ff }, /* surrogates, private use */
		{ 0xfe00, 0xfe0f }, /* variation selectors */
		{ 0xfeff, 0xfeff },	{ 0xfff0, 0xffff },
		{ 0xe0000, INT32_MAX }, /* tags, private use */
	};

	if (rune >= 0x20 && rune < 0x7f)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		if (rune >= hidden[i].from && rune <= hidden[i].to)
			return false;
	return true;
}

size_t text_columns(const char *s)
{
	size_t n, columns = 0;

	for (; *s; s += n, columns++)
		text_rune(s, &n);
	return columns;
}

void text_init(struct text *t, char *buf, size_t size)
{
	*t = (struct text){ .buf = buf, .size = size };
	if (size)
		buf[0] = '\0';
}

/* Removes the part of a code point that was cut by the end of the buffer. */
static void text_trim(struct text *t)
{
	size_t i = t->len, n;

	t->cut = true;
	while (i && t->len - i < 3 && ((unsigned char)t->buf[i - 1] & 0xc0) == 0x80)
		i--;
	if (i && (unsigned char)t->buf[i - 1] >= 0xc0 && text_rune(t->buf + i - 1, &n) < 0)
		t->len = i - 1;
	t->buf[t->len] = '\0';
}

void text_put(struct text *t, const char *s, size_t n)
{
	size_t room;

	if (t->cut || t->len >= t->size)
		return;
	room = t->size - t->len - 1;
	memcpy(t->buf + t->len, s, MIN(n, room));
	t->len += MIN(n, room);
	t->buf[t->len] = '\0';
	if (n > room)
		text_trim(t);
}

static unsigned int count_digits(uint64_t v)
{
	unsigned int n = 1;

	for (; v >= 10000; v /= 10000)
		n += 4;
	return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

size_t text_digits(char *to, uint64_t v, unsigned int width)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	unsigned int n = MAX(count_digits(v), width), at;

	for (at = n; v >= 10; v /= 100, at -= 2) /* an event has some twenty numbers */
		memcpy(to + at - 2, pairs + v % 100 * 2, 2);
	if (at && (v || at == n))
		to[--at] = (char)('0' + v);
	memset(to, '0', at);
	return n;
}

void text_number(struct text *t, uint64_t v)
{
	char digits[TEXT_DIGITS_MAX];

	text_put(t, digits, text_digits(digits, v, 1));
}

void text_vadd(struct text *t, const char *fmt, va_list ap)
{
	int n;

	if (t->cut || t->len >= t->size)
		return;
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	if (n < 0)
		return;
	if ((size_t)n < t->size - t->len) {
		t->len += n;
		return;
	}
	t->len = t->size - 1;
	text_trim(t);
}

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;

	if (!strchr(fmt, '%')) {
		text_str(t, fmt);
		return;
	}
	va_start(ap, fmt);
	text_vadd(t, fmt, ap);
	va_end(ap);
}

void text_escape(struct text *t, const char *s, bool lines)
{
	size_t n, plain = 0;

	while (s[plain]) {
		int32_t rune;

		if (s[plain] >= ' ' && s[plain] <= '~') { /* nearly all are */
			plain++;
			continue;
		}
		rune = text_rune(s + plain, &n);

		if (text_printable(rune) || (lines && (rune == '\n' || rune == '\t'))) {
			plain += n;
			continue;
		}
		text_put(t, s, plain);
		for (size_t i = 0; i < n; i++)
			text_add(t, "\\x%02x", (unsigned char)s[plain + i]);
		s += plain + n;
		plain = 0;
	}
	text_put(t, s, plain);
}

void text_print(const char *fmt, ...)
{
	char raw[2048], safe[4 * sizeof(raw)];
	struct text t;
	va_list ap;

	text_init(&t, raw, sizeof(raw));
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	text_init(&t, safe, sizeof(safe));
	text_escape(&t, raw, true);
	fputs(safe, stdout);
}

static char *add_octet(char *to, unsigned int v)
{
	if (v >= 100)
		*to++ = (char)('0' + v / 100);
	if (v >= 10)
		*to++ = (char)('0' + v / 10 % 10);
	*to++ = (char)('0' + v % 10);
	return to;
}

void text_addr(struct text *t, const struct la_addr *a, unsigned int family)
{
	char s[INET6_ADDRSTRLEN], *to = s;

	if (family != 4) {
		inet_ntop(AF_INET6, a, s, sizeof(s));
		text_str(t, s);
		return;
	}
	/* inet_ntop() goes by printf(), and an event has up to six addresses */
	for (size_t i = 12; i < sizeof(a->b); i++) {
		to = add_octet(to, a->b[i]);
		*to++ = '.';
	}
	text_put(t, s, (size_t)(to - 1 - s));
}

void text_endpoint(struct text *t, const struct la_addr *a, unsigned int family, unsigned int port)
{
	bool brackets = family != 4 && port;

	if (brackets)
		text_put(t, "[", 1);
	text_addr(t, a, family);
	if (brackets)
		text_put(t, "]", 1);
	if (port) {
		text_put(t, ":", 1);
		text_number(t, port);
	}
}

void text_bytes(struct text *t, uint64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t tenths = bytes, scale = 1;
	size_t unit = 0;

	if (bytes < 1000) {
		text_number(t, bytes);
		text_str(t, " B");
		return;
	}
	/* round first, so that 999950 is 1.0 MB and not 1000.0 kB */
	do {
		scale *= 1000;
		unit++;
		tenths = bytes / (scale / 10) + (bytes % (scale / 10) >= scale / 20);
	} while (tenths >= 10000 && unit + 1 < ARRAY_SIZE(units));
	text_number(t, tenths / 10);
	text_put(t, ".", 1);
	text_number(t, tenths % 10);
	text_put(t, " ", 1);
	text_str(t, units[unit]);
}

void text_duration(struct text *t, uint64_t ns)
{
	static const struct {
		const char *large, *small;
		/* scale: small units in a large one; seconds: in a small unit */
		uint64_t scale, seconds;
	} rows[] = { { "min", "s", 60, 1 }, { "h", "min", 60, 60 }, { "d", "h", 24, 3600 } };
	uint64_t tenths = (ns + NSEC_PER_SEC / 20) / (NSEC_PER_SEC / 10);
	uint64_t seconds = (ns + NSEC_PER_SEC / 2) / NSEC_PER_SEC, n = seconds;
	size_t i = 0;

	if (seconds < 60) {
		if (tenths < 100)
			text_add(t, "%u.%u s", (unsigned int)(tenths / 10),
				 (unsigned int)(tenths % 10));
		else
			text_add(t, "%u s", (unsigned int)seconds);
		return;
	}
	while (i + 1 < ARRAY_SIZE(rows) && n / rows[i].scale >= rows[i + 1].scale)
		n = seconds / rows[++i].seconds;
	text_add(t, "%llu %s", (unsigned long long)(n / rows[i].scale), rows[i].large);
	if (n % rows[i].scale)
		text_add(t, " %u %s", (unsigned int)(n % rows[i].scale), rows[i].small);
}

void text_count(struct text *t, uint64_t n, const char *one, const char *many)
{
	text_number(t, n);
	text_put(t, " ", 1);
	text_str(t, n == 1 ? one : many);
}
