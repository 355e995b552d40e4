/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Payload -> class and detail. One packet has one class. */
#ifndef LEAKAUDIT_CLASSIFY_H
#define LEAKAUDIT_CLASSIFY_H

#include "dns.h"
#include "stun.h"
#include "torrent.h"

/* Payload packets that a flow may need before its class is settled. */
#define LA_PROBES_MAX 8

la_inline void la_family_class(const struct la_packet *p, struct la_label *l)
{
	la_label(l, p->key.family == 6 ? LA_CLASS_IPV6 : LA_CLASS_IPV4, LA_DETAIL_NONE, 0);
}

/*
 * Where the payload is, its length, both ports (source in the upper half), and
 * from bit 32 whether the owner is known as a torrent client, below it the
 * scratch: numbers, so that the verifier walks each transport's recognisers
 * once and not once for each way through the headers.
 */
la_inline int la_window_open(struct la_src *src, __u32 off, __u32 len, __u32 ports,
			     struct la_window *w)
{
	la_memset(w, 0, sizeof(*w));
	w->sport = ports >> 16;
	w->dport = ports;
	w->total = len;
	w->len = len > LA_WINDOW ? LA_WINDOW : len;
	if (!len)
		return 0;
	return la_load_upto(src, off, w->b, w->len, LA_WINDOW);
}

la_once __u64 la_classify_udp(struct la_src *src, __u32 off, __u32 len, __u32 ports, __u64 memory)
{
	struct la_label l = { .scratch = memory, .torrent_owner = memory >> 32 };
	struct la_window w;

	if (!la_window_open(src, off, len, ports, &w) && len && !la_dns_udp(&w, &l))
		la_stun_udp(&w, &l);
	return la_label_pack(&l);
}

la_once __u64 la_classify_peer(struct la_src *src, __u32 off, __u32 len, __u32 ports, __u64 memory)
{
	struct la_label l = { .scratch = memory, .torrent_owner = memory >> 32 };
	struct la_window w;

	if (!la_window_open(src, off, len, ports, &w) && len)
		la_torrent_udp(&w, &l);
	return la_label_pack(&l);
}

/* Without payload (a SYN) the ports alone speak. */
la_once __u64 la_classify_tcp(struct la_src *src, __u32 off, __u32 len, __u32 ports, __u64 memory)
{
	struct la_label l = { .scratch = memory, .torrent_owner = memory >> 32 };
	struct la_window w;

	if (!la_window_open(src, off, len, ports, &w) &&
	    !la_dns_tcp(&w, &l) && !la_stun_tcp(&w, &l))
		la_torrent_tcp(&w, &l);
	return la_label_pack(&l);
}

/*
 * The caller fills l->torrent_owner and l->scratch. An unknown payload is its
 * family class, unless its sender is known as a torrent client: then it is
 * that client's bulk.
 */
la_inline void la_classify(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	__u64 memory = (__u64)l->torrent_owner << 32 | l->scratch;
	__u32 ports = (__u32)p->key.sport << 16 | p->key.dport;
	__u8 stream = p->key.proto == LA_PROTO_TCP;
	__u32 at = p->base + p->payload_off;
	__u64 label;

	if ((!stream && p->key.proto != LA_PROTO_UDP) || p->flags & (LA_PF_LATER | LA_PF_SHORT)) {
		la_family_class(p, l);
		return;
	}
	if (stream)
		label = la_classify_tcp(src, at, p->payload_len, ports, memory);
	else
		label = la_classify_udp(src, at, p->payload_len, ports, memory);
	if (!stream && (__u8)label == LA_CLASS_IPV4)
		label = la_classify_peer(src, at, p->payload_len, ports, memory);
	la_label_unpack(label, l);
	if (l->cls != LA_CLASS_IPV4) /* recognised */
		return;
	la_family_class(p, l);
	if (l->torrent_owner)
		la_label(l, LA_CLASS_TORRENT, LA_DETAIL_BULK, 0);
}

#endif
