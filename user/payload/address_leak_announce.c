/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Announces to trackers by HTTP. */
#include <string.h>

#include "address_leak_priv.h"

/* Decodes "%5B" and the like (RFC 3986 2.1), then checks the value. */
static bool check_encoded(const struct address_leak *in, const uint8_t *p, size_t len)
{
	char s[ADDRESS_LEAK_TEXT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = -1, low = -1;

		if (n == sizeof(s) - 1)
			return false;
		if (p[i] == '%' && len - i > 2) {
			high = hex_digit(p[i + 1]);
			low = hex_digit(p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			s[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			s[n++] = (char)p[i];
		}
	}
	s[n] = '\0';
	return address_leak_check_text(in, s, INSIDE_SENDER);
}

static bool starts(const uint8_t *p, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(p, with, strlen(with)) == 0;
}

/* An announce to a tracker: parameters "ip" of BEP 3, "ipv4" and "ipv6" of BEP 7. */
bool address_leak_announce(const struct address_leak *in, const uint8_t *p, size_t len)
{
	static const char *const names[] = { "ip=", "ipv4=", "ipv6=" };
	const uint8_t *end, *next;

	if (!starts(p, len, "GET "))
		return false;
	/* Without the end of the request line the last value may be cut off: leave it out. */
	end = memchr(p + 4, ' ', len - 4);
	if (!end)
		end = memrchr(p, '&', len);
	p = end ? memchr(p, '?', (size_t)(end - p)) : NULL;
	if (!p || !memmem(p, (size_t)(end - p), "info_hash=", 10))
		return false;
	for (p++; p < end; p = next + 1) {
		next = memchr(p, '&', (size_t)(end - p));
		if (!next)
			next = end;
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			size_t n = strlen(names[i]);

			if (starts(p, (size_t)(next - p), names[i]) &&
			    check_encoded(in, p + n, (size_t)(next - p) - n))
				return true;
		}
	}
	return false;
}
