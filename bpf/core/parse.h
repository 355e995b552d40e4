/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Frame -> addresses, ports and offset of the payload. IPv4 (RFC 791) with options, IPv6 (RFC 8200)
 * with extension headers, fragments of both, TCP (RFC 9293), UDP (RFC 768), ports of UDP-Lite, SCTP
 * and DCCP, ICMP.
 */
#ifndef LEAKAUDIT_PARSE_H
#define LEAKAUDIT_PARSE_H

#include "frame.h"

#define LA_ETH_IPV4 0x0800
#define LA_ETH_IPV6 0x86dd

/* The link header before the IP header. */
struct la_link {
	__u16 ethertype;
	__u16 l2_len;
};

/*
 * For a packet without a link header: the IP version is in its first bits. Types that have a number
 * of their own in the kernel are not IP: CAN (0x0c), IEEE 802.15.4.
 */
la_inline void la_link_of_none(struct la_src *src, struct la_link *link)
{
	__u8 first = 0;

	if ((link->ethertype >= 0x0c && link->ethertype < 0x600) || la_load(src, 0, &first, 1))
		return;
	if (first >> 4 == 4)
		link->ethertype = LA_ETH_IPV4;
	else if (first >> 4 == 6)
		link->ethertype = LA_ETH_IPV6;
}

/*
 * Reads the ethertype from the frame, since that is what the next hop reads. A sender of raw frames
 * (Ethernet, 14 bytes) may have told the kernel another one. Up to two VLAN tags (IEEE 802.1Q,
 * 802.1ad) are skipped.
 */
la_subprog int la_link_of(struct la_src *src, struct la_link *link)
{
	__u8 tag[10] = {};

	if (!link)
		return 0;
	if (!link->l2_len)
		la_link_of_none(src, link);
	if (link->l2_len != 14 || la_load(src, 12, tag, sizeof(tag)))
		return 0;
	link->ethertype = la_get16(tag);
	if (link->ethertype != 0x8100 && link->ethertype != 0x88a8)
		return 0;
	link->ethertype = la_get16(&tag[4]);
	link->l2_len = 18;
	if (link->ethertype != 0x8100)
		return 0;
	link->ethertype = la_get16(&tag[8]);
	link->l2_len = 22;
	return 0;
}

#define LA_PROTO_ICMP 1
#define LA_PROTO_IGMP 2
#define LA_PROTO_TCP 6
#define LA_PROTO_UDP 17
#define LA_PROTO_ICMPV6 58

enum la_packet_flags {
	LA_PF_FRAGMENT = 1 << 0, /* a fragment */
	LA_PF_LATER = 1 << 1, /* a later fragment: no transport header */
	LA_PF_SHORT = 1 << 2, /* transport header cut off or malformed */
	LA_PF_ROUTED = 1 << 3, /* source-routed, see routed of la_flow_key */
	LA_PF_JUMBO = 1 << 4, /* has the kernel's jumbo option, see la_wire_bytes() */
	LA_PF_CUT = 1 << 5, /* a datagram that is to be cut into fragments, not into datagrams */
};

#define LA_TCP_SYN 0x02
#define LA_TCP_RST 0x04

struct la_packet {
	/* addresses, ports, protocol and family; the hook fills the rest */
	struct la_flow_key key;
	__u32 len; /* of the IP packet by its header, as far as it is in the frame */
	__u32 base; /* where the IP header is; the offsets below count from it */
	__u32 frag_id; /* valid with LA_PF_FRAGMENT */
	__u16 l4_off;
	__u16 payload_off;
	__u16 payload_len;
	__u8 tcp_flags;
	__u8 icmp_type;
	__u8 hops; /* TTL or hop limit */
	__u8 flags; /* enum la_packet_flags */
	__u16 inner; /* bytes of headers in the payload that each segment repeats, too */
};

la_inline void la_map_v4(struct la_addr *a, const __u8 *v4)
{
	a->q[0] = 0;
	a->b[8] = 0;
	a->b[9] = 0;
	a->b[10] = 0xff;
	a->b[11] = 0xff;
	__builtin_memcpy(&a->b[12], v4, 4);
}

/* The end of the IP packet by its own header, but not beyond the frame. */
la_inline __u32 la_end(__u32 claimed, __u32 len)
{
	/* 0: a GSO packet longer than 64 KiB (RFC 2675 and Linux "BIG TCP"). */
	return claimed && claimed < len ? claimed : len;
}

#define LA_OPTIONS_MAX 40 /* the header length has 4 bits and counts words */

/*
 * Whether IPv4 options, `len` bytes at `off`, have a source route (LSRR and SSRR, RFC 791 3.1):
 * then the destination is only the next stop. Options that cannot be read count as one.
 */
la_subprog int la_is_source_routed(struct la_src *src, __u32 off, __u32 len)
{
	__u8 type = 0, size = 0;
	__u32 at = 0;
	int i;

	for (i = 0; i < LA_OPTIONS_MAX; i++) {
		at &= 63; /* for the verifier; never changes the value */
		if (at >= len)
			return 0;
		if (la_load(src, off + at, &type, 1))
			return 1;
		if (type == 0) /* end of the list */
			return 0;
		if (type == 131 || type == 137)
			return 1;
		if (type == 1) { /* no operation */
			at++;
			continue;
		}
		if (la_load(src, off + at + 1, &size, 1) || size < 2 || size > len - at)
			return 1;
		at += size;
	}
	return 0;
}

la_inline int la_parse_v4(struct la_src *src, const __u8 *h, struct la_packet *p, __u32 *end)
{
	__u32 ihl = (h[0] & 0xf) * 4;
	__u32 off = la_get16(&h[6]);

	if (h[0] >> 4 != 4 || ihl < 20 || ihl > p->len)
		return -1;
	p->key.proto = h[9];
	p->hops = h[8];
	p->l4_off = ihl;
	*end = la_end(la_get16(&h[2]), p->len);
	if (off & 0x3fff) { /* more fragments, or an offset */
		p->flags |= LA_PF_FRAGMENT | (off & 0x1fff ? LA_PF_LATER : 0);
		p->frag_id = la_get16(&h[4]);
	}
	la_map_v4(&p->key.saddr, &h[12]);
	la_map_v4(&p->key.daddr, &h[16]);
	if (ihl > 20 && la_is_source_routed(src, p->base + 20, ihl - 20))
		p->flags |= LA_PF_ROUTED;
	return 0;
}

/*
 * Longer chains are malformed (RFC 8504 5.3 allows hosts a limit). Real stacks send one or two
 * headers.
 */
#define LA_EXT_MAX 7 /* headers read: six extensions and the transport header */

la_inline int la_is_extension(__u8 next)
{
	/* hop-by-hop, routing, fragment, AH, destination, mobility, HIP, shim6 */
	return next == 0 || next == 43 || next == 44 || next == 51 || next == 60 || next == 135 ||
	       next == 139 || next == 140;
}

#define LA_JUMBO_HEADER 8

/*
 * Whether the kernel has put this hop-by-hop header before TCP's, to tell the length of a GSO
 * packet longer than 64 KiB (until 7.0).
 */
la_inline int la_is_kernels_jumbo(__u8 header, const __u8 *e)
{
	return header == 0 && e[0] == LA_PROTO_TCP && e[1] == 0 && e[2] == 0xc2; /* RFC 2675 2 */
}

/*
 * Walks the chain from the header at l4_off, whose number is in key.proto, to the transport header.
 * -1: malformed.
 */
la_subprog int la_skip_extensions(struct la_src *src, struct la_packet *p)
{
	__u8 e[8] = {};
	int i;

	if (!p)
		return -1;
	for (i = 0; i < LA_EXT_MAX; i++) {
		if (!la_is_extension(p->key.proto) || p->flags & LA_PF_LATER)
			return 0;
		if (p->l4_off > 0xf000 || la_load(src, p->base + p->l4_off, e, sizeof(e)))
			return -1;
		if (p->key.proto == 44) {
			p->flags |= LA_PF_FRAGMENT | (la_get16(&e[2]) & 0xfff8 ? LA_PF_LATER : 0);
			p->frag_id = la_get32(&e[4]);
			p->l4_off += 8;
		} else if (p->key.proto == 51) {
			p->l4_off += (e[1] + 2) * 4; /* RFC 4302 2.2 */
		} else {
			if (p->l4_off == 40 && la_is_kernels_jumbo(p->key.proto, e))
				p->flags |= LA_PF_JUMBO;
			if (p->key.proto == 43 && e[3]) /* RFC 8200 4.4: segments left */
				p->flags |= LA_PF_ROUTED;
			p->l4_off += (e[1] + 1) * 8;
		}
		p->key.proto = e[0];
	}
	return -1;
}

la_inline int la_parse_v6(struct la_src *src, const __u8 *h, struct la_packet *p, __u32 *end)
{
	__u32 claimed = la_get16(&h[4]);

	if (h[0] >> 4 != 6)
		return -1;
	p->key.proto = h[6];
	p->hops = h[7];
	*end = la_end(claimed ? claimed + 40 : 0, p->len);
	__builtin_memcpy(&p->key.saddr, &h[8], 16);
	__builtin_memcpy(&p->key.daddr, &h[24], 16);
	/* the plain case, nearly every packet, needs no further load */
	p->l4_off = 40;
	if (p->key.proto == LA_PROTO_TCP || p->key.proto == LA_PROTO_UDP)
		return 0;
	if (la_skip_extensions(src, p))
		return -1;
	if (claimed || p->len <= 0x10000)
		p->flags &= ~LA_PF_JUMBO;
	return 0;
}

la_inline void la_parse_l4(const __u8 *t, __u32 have, struct la_packet *p, __u32 end)
{
	__u32 hlen = 0;

	switch (p->key.proto) {
	case LA_PROTO_TCP:
		hlen = have < 20 ? 20 : (__u32)(t[12] >> 4) * 4;
		p->tcp_flags = t[13];
		if (hlen < 20)
			p->flags |= LA_PF_SHORT;
		break;
	case LA_PROTO_UDP:
	case 136: /* UDP-Lite */
		hlen = 8;
		break;
	case 33: /* DCCP */
	case 132: /* SCTP */
		hlen = 12;
		break;
	case LA_PROTO_ICMP:
	case LA_PROTO_ICMPV6:
		hlen = 8;
		p->icmp_type = t[0];
		break;
	}
	if (have < hlen && have < 20) {
		p->flags |= LA_PF_SHORT;
		return;
	}
	if (hlen && p->key.proto != LA_PROTO_ICMP && p->key.proto != LA_PROTO_ICMPV6) {
		p->key.sport = la_get16(&t[0]);
		p->key.dport = la_get16(&t[2]);
	}
	p->payload_off = p->l4_off + hlen;
	if (p->payload_off < end)
		p->payload_len = end - p->payload_off > 0xffff ? 0xffff : end - p->payload_off;
}

/*
 * base: offset of the IP header; ethertype: in host order; len: of the whole frame. 0; 1: not IP;
 * -1: the IP header is malformed. A later fragment has ports 0 and LA_PF_LATER.
 */
la_subprog int la_parse(struct la_src *src, __u32 base, __u32 ethertype, __u32 len,
			struct la_packet *p)
{
	__u8 h[40] = {};
	__u8 t[20] = {};
	__u32 have, end = 0;
	int r;

	if (!p)
		return -1;
	la_memset(p, 0, sizeof(*p));
	if (base > len)
		return -1;
	p->len = len - base;
	p->base = base;
	if (ethertype == LA_ETH_IPV4) {
		p->key.family = 4;
		if (la_load(src, base, h, 20))
			return -1;
		r = la_parse_v4(src, h, p, &end);
	} else if (ethertype == LA_ETH_IPV6) {
		p->key.family = 6;
		if (la_load(src, base, h, 40))
			return -1;
		r = la_parse_v6(src, h, p, &end);
	} else {
		return 1;
	}
	if (r)
		return -1;
	p->len = end; /* without what pads the frame */
	p->key.routed = !!(p->flags & LA_PF_ROUTED);
	p->payload_off = p->l4_off;
	if (p->flags & LA_PF_LATER)
		return 0;
	have = end > p->l4_off ? end - p->l4_off : 0;
	if (have > sizeof(t))
		have = sizeof(t);
	if (!have || la_load_upto(src, base + p->l4_off, t, have, sizeof(t)))
		have = 0;
	la_parse_l4(t, have, p, end);
	return 0;
}

#define LA_UDP_HEADER 8
#define LA_FRAGMENT_HEADER 8 /* of IPv6; in IPv4 it is part of the header */

/*
 * Bytes on the wire: each further segment of a GSO packet repeats the headers, a fragment those of
 * IP alone. The kernel, or the device, removes its own jumbo option before it makes the segments.
 */
la_inline __u64 la_wire_bytes(const struct la_packet *p, __u32 segs)
{
	__u64 more = segs - 1, repeated = p->payload_off + p->inner;

	if (segs < 2)
		return p->len;
	if (p->flags & LA_PF_JUMBO)
		return p->len + more * repeated - (__u64)segs * LA_JUMBO_HEADER;
	if (!(p->flags & LA_PF_CUT))
		return p->len + more * repeated;
	repeated = p->len + more * p->l4_off;
	if (p->key.family != 6 || p->flags & LA_PF_FRAGMENT) /* it has that header already */
		return repeated;
	return repeated + (__u64)segs * LA_FRAGMENT_HEADER;
}

#endif
