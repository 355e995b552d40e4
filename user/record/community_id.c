/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "community_id.h"

#include <netinet/in.h>
#include <string.h>

#include "base/sha1.h"
#include "base/util.h"

/* Of ICMP, a message and the one that answers it are in place of the ports. */
static const struct pair {
	uint8_t proto, ask, answer;
} pairs[] = {
	{ IPPROTO_ICMP, 8, 0 },	      { IPPROTO_ICMP, 13, 14 },	    { IPPROTO_ICMP, 15, 16 },
	{ IPPROTO_ICMP, 10, 9 },      { IPPROTO_ICMP, 17, 18 },	    { IPPROTO_ICMPV6, 128, 129 },
	{ IPPROTO_ICMPV6, 130, 131 }, { IPPROTO_ICMPV6, 133, 134 }, { IPPROTO_ICMPV6, 135, 136 },
	{ IPPROTO_ICMPV6, 139, 140 }, { IPPROTO_ICMPV6, 144, 145 },
};

struct end {
	const uint8_t *addr;
	uint16_t port;
};

/* Fills in the ports of ICMP. False: a message of one way, of which the code would be needed. */
static bool take_types(uint8_t proto, uint8_t type, struct end *from, struct end *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		const struct pair *p = &pairs[i];

		if (p->proto != proto || (type != p->ask && type != p->answer))
			continue;
		from->port = type;
		to->port = type == p->ask ? p->answer : p->ask;
		return true;
	}
	return false;
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

static uint8_t *add_port(uint8_t *to, uint16_t port)
{
	*to++ = (uint8_t)(port >> 8);
	*to++ = (uint8_t)port;
	return to;
}

static void base64(const uint8_t *from, size_t n, char *to)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t three;
	size_t i;

	for (; n; from += MIN(n, (size_t)3), n -= MIN(n, (size_t)3)) {
		three = (uint32_t)from[0] << 16 | (uint32_t)(n > 1 ? from[1] : 0) << 8 |
			(n > 2 ? from[2] : 0);
		for (i = 0; i < 4; i++)
			*to++ = i <= n ? digits[three >> (18 - 6 * i) & 63] : '=';
	}
	*to = '\0';
}

bool community_id(const struct la_flow_key *k, uint8_t icmp_type, char ret[COMMUNITY_ID_SIZE])
{
	size_t skip = k->family == 4 ? 12 : 0, size = sizeof(k->saddr.b) - skip;
	struct end a = { k->saddr.b + skip, k->sport }, b = { k->daddr.b + skip, k->dport }, swap;
	bool icmp = k->proto == IPPROTO_ICMP || k->proto == IPPROTO_ICMPV6;
	uint8_t data[SHA1_BLOCK_ROOM] = { 0 }, hash[SHA1_SIZE], *to = data + 2; /* the seed is 0 */
	int order;

	if (!k->family || (icmp && !take_types(k->proto, icmp_type, &a, &b)))
		return false;
	order = memcmp(a.addr, b.addr, size);
	if (order > 0 || (!order && a.port > b.port)) {
		swap = a;
		a = b;
		b = swap;
	}
	to = mempcpy(to, a.addr, size);
	to = mempcpy(to, b.addr, size);
	*to++ = k->proto;
	*to++ = 0;
	if (icmp || has_ports(k->proto)) {
		to = add_port(to, a.port);
		to = add_port(to, b.port);
	}
	sha1_block(data, (size_t)(to - data), hash);
	memcpy(ret, "1:", 2);
	base64(hash, sizeof(hash), ret + 2);
	return true;
}
