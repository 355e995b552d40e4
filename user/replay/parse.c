/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns a captured packet into what the hooks know of a packet that leaves. */
#include <errno.h>

#include "priv.h"

/* Bytes of a transport header without which ports are not certain. */
static uint32_t fixed_header(uint8_t proto)
{
	switch (proto) {
	case LA_PROTO_TCP:
		return 20;
	case LA_PROTO_UDP:
	case 136: /* UDP-Lite */
	case LA_PROTO_ICMP:
	case LA_PROTO_ICMPV6:
		return 8;
	case 33: /* DCCP */
	case 132: /* SCTP */
		return 12;
	}
	return 0;
}

static bool has_ports(uint8_t proto)
{
	return fixed_header(proto) && proto != LA_PROTO_ICMP && proto != LA_PROTO_ICMPV6;
}

/*
 * Length of the packet by its IP header: bytes after that are padding or a check sequence. 0 is a
 * packet before segmentation: all bytes count.
 */
static uint32_t ip_length(const struct capture_link *link, const uint8_t *h, uint32_t room)
{
	uint32_t len = link->ethertype == LA_ETH_IPV4 ? la_get16(h + 2) : la_get16(h + 4);

	if (link->ethertype == LA_ETH_IPV6 && len)
		len += 40;
	return la_end(len, room);
}

static bool is_sane(const struct capture_link *link, const uint8_t *h)
{
	if (link->ethertype == LA_ETH_IPV6)
		return h[0] >> 4 == 6;
	return h[0] >> 4 == 4 && (h[0] & 0xf) >= 5;
}

/*
 * The packet is longer than its captured bytes. Parse it with zeros appended, then drop what was
 * parsed from the zeros.
 */
#define CUT_MAX 512

static int parse_cut(struct replay_parsed *s, const struct capture_link *link, uint32_t len)
{
	struct la_src whole = s->src, padded;
	uint8_t bytes[CUT_MAX + 40] = { 0 };
	uint32_t n = MIN(whole.len, CUT_MAX);
	const uint8_t *ports;
	bool whole_ports;

	memcpy(bytes, whole.data, n);
	padded = (struct la_src){ .data = bytes, .len = sizeof(bytes) };
	if (la_parse(&padded, link->off, link->ethertype, len, &s->p) ||
	    (s->p.key.family == 6 && link->off + s->p.l4_off > n)) {
		s->p.key.family = 0; /* the protocol is behind IPv6 extension headers */
		return -ENODATA;
	}
	if (s->p.flags & LA_PF_LATER || link->off + s->p.l4_off + fixed_header(s->p.key.proto) <= n)
		return 0;
	ports = bytes + link->off + s->p.l4_off;
	if (has_ports(s->p.key.proto)) {
		whole_ports = ports + 4 <= bytes + n;
		s->p.key.sport = whole_ports ? la_get16(ports) : 0;
		s->p.key.dport = whole_ports ? la_get16(ports + 2) : 0;
	}
	s->p.flags |= LA_PF_SHORT;
	s->p.payload_len = 0;
	return -ENODATA;
}

enum capture_ip replay_link(struct replay_parsed *s)
{
	const struct capture_packet *c = s->captured;
	enum capture_ip found =
		capture_link_of(c->interface->linktype, c->data, c->caplen, &s->link);

	if (c->direction == CAPTURE_IN || c->direction == CAPTURE_OUT)
		s->link.direction = c->direction;
	return found;
}

int replay_parse(struct replay_parsed *s, enum capture_ip found)
{
	const struct capture_packet *c = s->captured;
	const struct capture_link *link = &s->link;
	uint32_t least, have, len;
	int r;

	s->p.key.family = 0;
	switch (found) {
	case CAPTURE_IS_IP:
		break;
	case CAPTURE_NOT_IP:
		return 1;
	case CAPTURE_OPAQUE:
		return 2;
	case CAPTURE_CUT:
		return c->caplen < c->len ? -ENODATA : -EBADMSG;
	}
	least = link->ethertype == LA_ETH_IPV6 ? 40 : 20;
	have = c->caplen - link->off;
	if (have < least)
		return c->caplen < c->len && (!have || is_sane(link, c->data + link->off))
			       ? -ENODATA
			       : -EBADMSG;
	len = link->off + ip_length(link, c->data + link->off, c->len - link->off);
	s->src = (struct la_src){ .data = c->data, .len = c->caplen };
	r = la_parse(&s->src, link->off, link->ethertype, len, &s->p);
	if (!r && !(s->p.flags & LA_PF_SHORT))
		return 0;
	if (c->caplen < len && is_sane(link, c->data + link->off))
		return parse_cut(s, link, len);
	return r ? -EBADMSG : 0;
}

bool replay_whose(const struct replay_parsed *s, uint32_t interface, struct whose_packet *ret)
{
	const struct capture_packet *c = s->captured;
	const uint8_t *h = c->data + s->link.off;
	bool six = s->link.ethertype == LA_ETH_IPV6;

	if (c->caplen - s->link.off < (six ? 40 : 20) || !is_sane(&s->link, h))
		return false;
	*ret = (struct whose_packet){ .interface = interface,
				      .direction = s->link.direction,
				      .hops = six ? h[7] : h[8],
				      .from = s->link.from,
				      .to = s->link.to };
	if (six) {
		memcpy(&ret->src, h + 8, 16);
		memcpy(&ret->dst, h + 24, 16);
	} else {
		la_map_v4(&ret->src, h + 12);
		la_map_v4(&ret->dst, h + 16);
	}
	return true;
}
