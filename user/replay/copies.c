/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "copies.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "core/parse.h"

/* Far more packets than a device's queue holds. */
#define COPIES 65536
/* Longer than a packet waits in a queue, and shorter than a sender's new try by another way. */
#define SHORTLY (NSEC_PER_SEC / 4)
/*
 * A bond and its port, or two ports of a mirror, are 2 to 100 us apart. No sender waits for an
 * answer that short a time.
 */
#define AT_ONCE (NSEC_PER_SEC / 1000)
/* As much as tells packets apart. */
#define BYTES 192

struct replay_copy {
	uint64_t hash, time;
	uint32_t interface; /* 0: free */
	uint8_t hops;
};

void replay_copies_clear(struct replay_copies *c)
{
	free(c->v);
	c->v = NULL;
}

static bool is_v4(const struct replay_sight *s)
{
	return s->ip[0] >> 4 == 4;
}

static uint8_t hops_of(const struct replay_sight *s)
{
	return s->ip[is_v4(s) ? 8 : 7];
}

static uint64_t hash_of(uint64_t hash, const uint8_t *b, size_t n)
{
	uint64_t word;

	for (size_t i = 0; i < n; i += sizeof(word)) {
		memcpy(&word, b + i, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	return hash ?: 1;
}

/* Without the hop count, which a router on the way takes one off, and the checksum that covers it. */
static size_t bytes_of(const struct replay_sight *s, uint8_t b[BYTES])
{
	size_t n = MIN(s->n, (size_t)BYTES);

	memset(b, 0, BYTES);
	memcpy(b, s->ip, n);
	if (is_v4(s))
		b[8] = b[10] = b[11] = 0;
	else
		b[7] = 0;
	return n;
}

static uint64_t fingerprint(const struct replay_sight *s)
{
	uint8_t b[BYTES];
	size_t n = bytes_of(s, b);

	return hash_of(s->hash + s->n, b, n);
}

/* Without what a NAT changes as well: source address and port, and the checksum over them. */
static uint64_t fingerprint_translated(const struct replay_sight *s)
{
	/* offset of the checksum behind the IP header */
	static const uint8_t checksums[256] = { [LA_PROTO_TCP] = 16, [LA_PROTO_UDP] = 6 };
	uint8_t b[BYTES];
	size_t n = bytes_of(s, b), l4 = (b[0] & 0xfU) * 4;
	uint8_t checksum = checksums[b[9]];

	memset(b + 12, 0, 4);
	if (checksum) {
		memset(b + l4, 0, 2);
		memset(b + l4 + checksum, 0, 2);
	} else if (b[9] == LA_PROTO_ICMP) {
		memset(b + l4 + 2, 0, 4); /* with the number of an echo, which is its port */
	}
	return hash_of(~(s->hash + s->n), b, n);
}

/* The sender has numbered it (RFC 6864), and no other one is like it for a while. */
static bool is_numbered(const struct replay_sight *s)
{
	return s->n >= 20 && is_v4(s) && (s->ip[4] || s->ip[5]);
}

static uint64_t between(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* What is like it and came shortly before. NULL: nothing, and the packet is in its place now. */
static struct replay_copy *before(struct replay_copies *c, uint64_t hash,
				  const struct replay_sight *s)
{
	struct replay_copy *at = &c->v[hash % COPIES];

	if (at->interface && at->hash == hash && between(at->time, s->time) < SHORTLY)
		return at;
	*at = (struct replay_copy){ hash, s->time, s->interface, hops_of(s) };
	return NULL;
}

static enum replay_seen copy_of(struct replay_copies *c, const struct replay_copy *first,
				const struct replay_sight *s)
{
	c->first = first->interface;
	c->second = s->interface;
	return REPLAY_COPY;
}

static enum replay_seen as_it_was(struct replay_copies *c, const struct replay_sight *s)
{
	struct replay_copy *at = before(c, fingerprint(s), s);
	uint64_t later;

	if (!at)
		return REPLAY_NEW;
	if (at->interface != s->interface)
		return copy_of(c, at, s);
	if (!s->told)
		return is_numbered(s) ? copy_of(c, at, s) : REPLAY_PERHAPS_COPY;
	later = between(at->time, s->time);
	at->time = s->time;
	return later < AT_ONCE ? REPLAY_PERHAPS_COPY : REPLAY_NEW;
}

/* A router that has changed the source has taken one off the hop count as well. */
static enum replay_seen translated(struct replay_copies *c, const struct replay_sight *s)
{
	const struct replay_copy *at;

	if (!is_v4(s) || !s->told || s->alone)
		return REPLAY_NEW;
	at = before(c, fingerprint_translated(s), s);
	if (!at || at->interface == s->interface || between(at->hops, hops_of(s)) != 1)
		return REPLAY_NEW;
	return copy_of(c, at, s);
}

enum replay_seen replay_copies_look(struct replay_copies *c, const struct replay_sight *s)
{
	enum replay_seen same, other;

	if (!c->v)
		c->v = calloc(COPIES, sizeof(*c->v));
	if (!c->v)
		return REPLAY_NEW;
	same = as_it_was(c, s);
	other = translated(c, s);
	return same == REPLAY_COPY || other == REPLAY_NEW ? same : other;
}
