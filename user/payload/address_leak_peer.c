/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses in messages between BitTorrent peers and in announces to UDP trackers. */
#include <string.h>

#include "bencode.h"
#include "core/frame.h"
#include "address_leak_priv.h"

/*
 * Keys of bencoded messages whose value is an address or a list of them. No key has two meanings.
 */
static const struct compact {
	const char *key;
	uint8_t unit; /* bytes of one entry */
	uint8_t off; /* offset of the address in an entry */
	uint8_t family;
	bool single; /* exactly one entry */
	uint8_t subject; /* enum address_leak_subject */
} compacts[] = {
	{ "ipv4", 4, 0, 4, true, INSIDE_SENDER }, /* BEP 10: an address of the sender */
	{ "ipv6", 16, 0, 6, true, INSIDE_SENDER },
	{ "added", 6, 0, 4, false, INSIDE_ANY }, /* BEP 11: peers */
	{ "added6", 18, 0, 6, false, INSIDE_ANY },
	{ "values", 6, 0, 4, true, INSIDE_ANY }, /* BEP 5, 32: peers */
	{ "values", 18, 0, 6, true, INSIDE_ANY },
	{ "nodes", 26, 20, 4, false, INSIDE_ANY }, /* BEP 5: nodes, each address after its id */
	{ "nodes6", 38, 20, 6, false, INSIDE_ANY }, /* BEP 32 */
};

static bool compact(const struct address_leak *in, const struct compact *c,
		    const struct bencode_bytes *value)
{
	if (c->single ? value->len != c->unit : value->len % c->unit)
		return false;
	for (size_t at = 0; at < value->len; at += c->unit)
		if (address_leak_check_bytes(in, value->p + at + c->off, c->family, c->subject))
			return true;
	return false;
}

static bool dictionary(const struct address_leak *in, const uint8_t *p, size_t len)
{
	struct bencode_bytes key, value;
	struct bencode b;

	if (!len || *p != 'd')
		return false;
	bencode_init(&b, p, len);
	while (bencode_next(&b, &key, &value))
		for (size_t i = 0; i < ARRAY_SIZE(compacts); i++)
			if (bencode_is(&key, compacts[i].key) && compact(in, &compacts[i], &value))
				return true;
	return false;
}

bool address_leak_dht(const struct address_leak *in, const uint8_t *p, size_t len)
{
	return dictionary(in, p, len);
}

/*
 * Peer messages (BEP 3). p: the beginning of one. Messages with id 20 are extension messages (BEP
 * 10).
 */
static bool messages(const struct address_leak *in, const uint8_t *p, size_t len)
{
	while (len >= 4) {
		size_t n = MIN((size_t)la_get32(p), len - 4);

		if (n > 2 && p[4] == 20 && dictionary(in, p + 6, n - 2))
			return true;
		p += 4 + n;
		len -= 4 + n;
	}
	return false;
}

bool address_leak_peer(const struct address_leak *in, const uint8_t *p, size_t len)
{
	static const char protocol[] = "\x13"
				       "BitTorrent protocol";
	const size_t handshake = 68;

	if (len >= handshake && memcmp(p, protocol, sizeof(protocol) - 1) == 0)
		return messages(in, p + handshake, len - handshake);
	return messages(in, p, len);
}

/* ST_DATA of version 1 (BEP 29): a header, its extensions, then a piece of the stream. */
bool address_leak_utp(const struct address_leak *in, const uint8_t *p, size_t len)
{
	size_t at = 20;
	uint8_t extension;

	if (len < at || p[0] != 0x01)
		return false;
	for (extension = p[1]; extension; at += 2 + (size_t)p[at + 1]) {
		if (at + 2 > len)
			return false;
		extension = p[at];
	}
	return at < len && address_leak_peer(in, p + at, len - at);
}

/*
 * An announce (BEP 15) has action 1. Its address is 0 where the tracker is to take the one that it
 * sees.
 */
bool address_leak_tracker(const struct address_leak *in, const uint8_t *p, size_t len)
{
	return len >= 98 && la_get32(p + 8) == 1 && la_get32(p + 80) <= 3 &&
	       address_leak_check_bytes(in, p + 84, 4, INSIDE_SENDER);
}
