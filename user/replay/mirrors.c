/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mirrors.h"

#include <string.h>

#include "base/util.h"

/* Headers before the frame: those of GENEVE with a cloud's options take 40, of ERSPAN III 28. */
#define HEADERS_MAX 64
#define MACS 12
/* Padding and check sequence behind a packet of one byte. */
#define PADDING_MAX 64

void replay_mirrors_clear(struct replay_mirrors *m)
{
	replay_memory_clear(&m->pairs);
}

/* --- the frame --- */

static bool is_ipv4(const uint8_t *h, uint32_t have)
{
	uint32_t n = (h[0] & 0xfU) * 4, sum = 0;

	if (have < 20 || h[0] >> 4 != 4 || n < 20 || have < n)
		return false;
	for (uint32_t i = 0; i < n; i += 2)
		sum += la_get16(h + i);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

/* There is no check sequence: its length tells it from anything. len: of it and what follows. */
static bool is_ipv6(const uint8_t *h, uint32_t have, uint32_t len)
{
	uint32_t n;

	if (have < 40 || h[0] >> 4 != 6)
		return false;
	n = la_get16(h + 4) + 40U;
	return n <= len && len - n <= PADDING_MAX;
}

/* Whether a packet for one station is behind the two MAC addresses at b. */
static bool is_frame(const uint8_t *b, uint32_t have, uint32_t len)
{
	uint32_t at = MACS, type;

	while (at + 6 < have && (la_get16(b + at) == 0x8100 || la_get16(b + at) == 0x88a8))
		at += 4;
	if (b[0] & 1 || at + 2 >= have)
		return false;
	type = la_get16(b + at);
	at += 2;
	if (type == LA_ETH_IPV4)
		return is_ipv4(b + at, have - at);
	return type == LA_ETH_IPV6 && is_ipv6(b + at, have - at, len - at);
}

/* TCP's mirrors have a connection, and errors of ICMP a packet without a frame. */
static bool may_hold_frames(const struct la_packet *p)
{
	return !(p->flags & LA_PF_LATER) && p->key.proto != LA_PROTO_TCP &&
	       p->key.proto != LA_PROTO_ICMP && p->key.proto != LA_PROTO_ICMPV6;
}

/* By its first byte, since each packet's payload is searched. */
static bool may_be_type(uint8_t first)
{
	return first == 0x08 || first == 0x86 || first == 0x81 || first == 0x88;
}

static bool holds_frame(const struct la_src *src, const struct la_packet *p)
{
	uint32_t at = p->base + p->payload_off, end = p->base + p->len;
	uint32_t last = MIN(at + HEADERS_MAX, MIN(src->len, end));

	for (; at + MACS + 2 < last; at++)
		if (may_be_type(src->data[at + MACS]) &&
		    is_frame(src->data + at, MIN(src->len, end) - at, end - at))
			return true;
	return false;
}

/* --- both ways --- */

/* Sets back if the packet goes from the higher address to the lower one. */
static struct la_flow_key pair_of(const struct la_packet *p, bool *back)
{
	const struct la_addr *a = &p->key.saddr, *b = &p->key.daddr;

	*back = memcmp(a, b, sizeof(*a)) > 0;
	return (struct la_flow_key){ .saddr = *back ? *b : *a,
				     .daddr = *back ? *a : *b,
				     .proto = p->key.proto };
}

void replay_mirrors_note(struct replay_mirrors *m, const struct replay_flows *hash,
			 const struct la_src *src, const struct la_packet *p)
{
	uint32_t sent, answered;
	struct la_flow_key k;
	uint64_t known;
	bool back;

	/* a group's, in an overlay, is flooded */
	if (!may_hold_frames(p) || !holds_frame(src, p) ||
	    (p->key.family == 4 ? p->key.daddr.b[12] >> 4 == 14 : p->key.daddr.b[0] == 0xff))
		return;
	k = pair_of(p, &back);
	known = replay_recall(&m->pairs, &k, replay_hash(hash, &k));
	sent = (uint32_t)(back ? known >> 32 : known);
	answered = (uint32_t)(back ? known : known >> 32);
	if (!answered)
		m->frames++;
	else if (!sent)
		m->frames -= MIN(m->frames, (uint64_t)answered);
	sent += sent < UINT32_MAX;
	known = back ? (uint64_t)sent << 32 | answered : (uint64_t)answered << 32 | sent;
	(void)replay_remember(&m->pairs, &k, replay_hash(hash, &k), known);
}
