/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses in text: HTTP requests and session descriptions (SDP). */
#include <string.h>

#include "address_leak_priv.h"

/* "[" + INET6_ADDRSTRLEN + "]:65535" */
#define ADDRESS_MAX 64

/*
 * Checks an address in text form, with or without a port. An IPv6 address with a port is in
 * brackets (RFC 3986 3.2.2).
 */
static bool check_text(const struct address_leak *in, const char *s)
{
	const char *colon = strchr(s, ':'), *until = "/";
	char host[ADDRESS_MAX];
	struct la_addr a;
	size_t len;

	if (*s == '[') {
		s++;
		until = "]";
	} else if (colon && !strchr(colon + 1, ':')) {
		until = ":";
	}
	len = strcspn(s, until);
	if (len >= sizeof(host))
		return false;
	memcpy(host, s, len);
	host[len] = '\0';
	return addr_parse(host, &a) && address_leak_check(in, &a, INSIDE_SENDER);
}

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes "%5B" and the like (RFC 3986 2.1), then checks the value. */
static bool check_encoded(const struct address_leak *in, const uint8_t *p, size_t len)
{
	char s[ADDRESS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = -1, low = -1;

		if (n == sizeof(s) - 1)
			return false;
		if (p[i] == '%' && len - i > 2) {
			high = hex(p[i + 1]);
			low = hex(p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			s[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			s[n++] = (char)p[i];
		}
	}
	s[n] = '\0';
	return check_text(in, s);
}

static bool starts(const uint8_t *p, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(p, with, strlen(with)) == 0;
}

/* An announce to a tracker: parameters "ip" of BEP 3, "ipv4" and "ipv6" of BEP 7. */
bool address_leak_http(const struct address_leak *in, const uint8_t *p, size_t len)
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

/* Takes the next word of a line. A word that the end of the text cuts off does not count. */
static bool take_word(const uint8_t **p, const uint8_t *end, char word[ADDRESS_MAX])
{
	const uint8_t *from = *p;
	size_t n;

	while (end > *p && **p > ' ' && **p != '"' && **p != '\\' && **p != '\'')
		++*p;
	n = (size_t)(*p - from);
	if (*p == end || !n || n >= ADDRESS_MAX)
		return false;
	memcpy(word, from, n);
	word[n] = '\0';
	if (**p == ' ')
		++*p;
	return true;
}

/*
 * RFC 8839 5.1: foundation, component, transport, priority, address, port, "typ", type, then pairs.
 * The value of the pair "raddr" is an address, too.
 */
static bool candidate(const struct address_leak *in, const uint8_t *p, const uint8_t *end)
{
	char word[ADDRESS_MAX];
	bool related = false;

	for (int i = 0; i < 12 && take_word(&p, end, word); i++) {
		if ((i == 4 || related) && check_text(in, word))
			return true;
		related = strcmp(word, "raddr") == 0;
		if (p[-1] != ' ')
			break;
	}
	return false;
}

/* RFC 8866 5.2, 5.7: the address after "IN IP4" or "IN IP6". */
static bool connection(const struct address_leak *in, const uint8_t *p, const uint8_t *end)
{
	char word[ADDRESS_MAX];

	return take_word(&p, end, word) && check_text(in, word);
}

/*
 * Finds candidates and connections anywhere in the payload: in SIP, in XMPP, in the JSON of a web
 * page's own signalling.
 */
bool address_leak_sdp(const struct address_leak *in, const uint8_t *p, size_t len)
{
	static const struct {
		const char *mark;
		bool (*read)(const struct address_leak *in, const uint8_t *p, const uint8_t *end);
	} marks[] = {
		{ "candidate:", candidate },
		{ "IN IP4 ", connection },
		{ "IN IP6 ", connection },
	};
	const uint8_t *end = p + len;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		size_t n = strlen(marks[i].mark);
		const uint8_t *at = p;

		while ((at = memmem(at, (size_t)(end - at), marks[i].mark, n))) {
			at += n;
			if (marks[i].read(in, at, end))
				return true;
		}
	}
	return false;
}
