/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "copies.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* Far more packets than a device's queue holds. */
#define COPIES 65536
/* Longer than a packet waits in a queue, and shorter than a sender's new try by another way. */
#define SHORTLY (NSEC_PER_SEC / 4)
/* As much as tells packets apart. */
#define BYTES 192

struct replay_copy {
	uint64_t hash, time;
	uint32_t interface; /* 0: free */
};

void replay_copies_clear(struct replay_copies *c)
{
	free(c->v);
	c->v = NULL;
}

/* Without the hop count, which a router on the way takes one off, and the checksum that covers it. */
static uint64_t fingerprint(uint64_t hash, const uint8_t *ip, size_t n)
{
	uint8_t b[BYTES] = { 0 };
	uint64_t word;

	n = MIN(n, sizeof(b));
	memcpy(b, ip, n);
	if (b[0] >> 4 == 4)
		b[8] = b[10] = b[11] = 0;
	else
		b[7] = 0;
	for (size_t i = 0; i < n; i += sizeof(word)) {
		memcpy(&word, b + i, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	return hash ?: 1;
}

/* The sender has numbered it (RFC 6864), and no other one is like it for a while. */
static bool is_numbered(const uint8_t *ip, size_t n)
{
	return n >= 20 && ip[0] >> 4 == 4 && (ip[4] || ip[5]);
}

enum replay_seen replay_copies_look(struct replay_copies *c, uint32_t interface, bool told,
				    uint64_t time, uint64_t hash, const uint8_t *ip, size_t n)
{
	struct replay_copy *at;

	if (!c->v)
		c->v = calloc(COPIES, sizeof(*c->v));
	if (!c->v)
		return REPLAY_NEW;
	hash = fingerprint(hash + n, ip, n);
	at = &c->v[hash % COPIES];
	if (at->hash != hash || !at->interface || (told && at->interface == interface) ||
	    (time > at->time ? time - at->time : at->time - time) >= SHORTLY) {
		*at = (struct replay_copy){ hash, time, interface };
		return REPLAY_NEW;
	}
	if (at->interface == interface && !is_numbered(ip, n))
		return REPLAY_PERHAPS_COPY;
	c->first = at->interface;
	c->second = interface;
	return REPLAY_COPY;
}
