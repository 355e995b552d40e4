/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peer_list.h"

#include <string.h>

#include "base/util.h"
#include "bencode.h"

/* An address of IPv4 or IPv6 and a port. */
#define COMPACT4 6
#define COMPACT6 18

static bool starts(const uint8_t *p, size_t len, const char *with)
{
	return len >= strlen(with) && !memcmp(p, with, strlen(with));
}

/* Where the word is, and how much is left from there; or NULL. */
static const uint8_t *find(const uint8_t *p, size_t len, const char *word, size_t *left)
{
	const uint8_t *at = len ? memmem(p, len, word, strlen(word)) : NULL;

	*left = at ? len - (size_t)(at - p) : 0;
	return at;
}

static void tell(const uint8_t *p, size_t len, peer_list_fn fn, void *arg)
{
	struct la_addr addr = { 0 };
	uint16_t port = (uint16_t)(p[len - 2] << 8 | p[len - 1]);
	bool v6 = len == COMPACT6;

	if (!v6)
		memset(&addr.b[10], 0xff, 2);
	memcpy(v6 ? addr.b : &addr.b[12], p, len - 2);
	/* nobody is there: a network's or a group's address */
	if (port && (v6 ? addr.b[0] && addr.b[0] != 0xff : addr.b[12] && addr.b[12] < 224))
		fn(arg, &addr, port);
}

void peer_list_compact(const uint8_t *p, size_t len, int family, peer_list_fn fn, void *arg)
{
	size_t each = family == 6 ? COMPACT6 : COMPACT4;

	for (; len >= each; p += each, len -= each)
		tell(p, each, fn, arg);
}

void peer_list_bencoded(const uint8_t *p, size_t len, peer_list_fn fn, void *arg)
{
	struct bencode_bytes key, value;
	struct bencode b;
	size_t left = len;

	if (starts(p, len, "HTTP/")) {
		p = find(p, len, "\r\n\r\nd", &left);
		if (p) {
			p += 4;
			left -= 4;
		}
	} else if (!starts(p, len, "d")) {
		p = find(p, len, "d5:added", &left);
	}
	if (!p)
		return;
	bencode_init(&b, p, left);
	while (bencode_next(&b, &key, &value)) {
		if (bencode_is(&key, "peers") || bencode_is(&key, "added"))
			peer_list_compact(value.p, value.len, 4, fn, arg);
		else if (bencode_is(&key, "peers6") || bencode_is(&key, "added6"))
			peer_list_compact(value.p, value.len, 6, fn, arg);
		else if (bencode_is(&key, "values") &&
			 (value.len == COMPACT4 || value.len == COMPACT6))
			tell(value.p, value.len, fn, arg);
	}
}

/* The number that follows the word. 0: there is none, or it is cut off. */
static uint16_t number_after(const uint8_t *p, size_t len, const char *word)
{
	uint32_t n = 0;
	size_t left, i = strlen(word);

	p = find(p, len, word, &left);
	if (!p)
		return 0;
	while (i < left && p[i] == ' ')
		i++;
	for (; i < left && p[i] >= '0' && p[i] <= '9'; i++) {
		n = n * 10 + (p[i] - '0');
		if (n > UINT16_MAX)
			return 0;
	}
	return i < left ? (uint16_t)n : 0;
}

uint16_t peer_list_own_port(const uint8_t *p, size_t len)
{
	size_t left;

	if (starts(p, len, "BT-SEARCH * HTTP/1.1"))
		return number_after(p, len, "\r\nPort:");
	if (starts(p, len, "GET ") && find(p, len, "info_hash=", &left))
		return number_after(p, len, "&port=") ?: number_after(p, len, "?port=");
	if (starts(p, len, "d1:ad") && find(p, len, "1:q13:announce_peer", &left))
		return number_after(p, len, "4:porti");
	return 0;
}
