/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Payload -> class and detail. One packet has one class. */
#ifndef LEAKAUDIT_CLASSIFY_H
#define LEAKAUDIT_CLASSIFY_H

#include "dns.h"
#include "http.h"
#include "portmap.h"
#include "stun.h"
#include "tls.h"
#include "torrent.h"

/*
 * Where the payload is, its length, both ports (source in the upper half), and
 * the label's inputs: numbers, so that the verifier walks each transport's
 * recognisers once and not once for each way through the headers.
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

/* One function for each few recognisers: their windows and what the compiler
 * keeps beside them have 192 bytes of stack, three frames deep. */
la_subprog __u64 la_classify_udp(struct la_src *src, __u32 off, __u32 len, __u32 ports,
				 __u64 memory)
{
	struct la_label l = {};
	struct la_window w;

	la_memory_unpack(memory, &l);
	if (!la_window_open(src, off, len, ports, &w) && len)
		la_dns_udp(&w, &l);
	return la_label_pack(&l);
}

la_subprog __u64 la_classify_media(struct la_src *src, __u32 off, __u32 len, __u32 ports,
				   __u64 memory)
{
	struct la_label l = {};
	struct la_window w;

	la_memory_unpack(memory, &l);
	if (!la_window_open(src, off, len, ports, &w) && len && !la_stun_udp(&w, &l))
		la_quic_udp(&w, &l);
	return la_label_pack(&l);
}

la_subprog __u64 la_classify_peer(struct la_src *src, __u32 off, __u32 len, __u32 ports,
				  __u64 memory)
{
	struct la_label l = {};
	struct la_window w;

	la_memory_unpack(memory, &l);
	if (!la_window_open(src, off, len, ports, &w) && len && !la_torrent_udp(&w, &l))
		la_portmap_udp(&w, &l);
	return la_label_pack(&l);
}

/* Without payload (a SYN) the ports alone speak. */
la_subprog __u64 la_classify_tcp(struct la_src *src, __u32 off, __u32 len, __u32 ports,
				 __u64 memory)
{
	struct la_label l = {};
	struct la_window w;

	la_memory_unpack(memory, &l);
	if (!la_window_open(src, off, len, ports, &w))
		la_dns_tcp(&w, &l);
	return la_label_pack(&l);
}

la_subprog __u64 la_classify_other(struct la_src *src, __u32 off, __u32 len, __u32 ports,
				   __u64 memory)
{
	struct la_label l = {};
	struct la_window w;

	la_memory_unpack(memory, &l);
	if (la_window_open(src, off, len, ports, &w) || !len || la_stun_tcp(&w, &l) ||
	    la_torrent_tcp(&w, &l))
		return la_label_pack(&l);
	if (la_tls_tcp(&w) || l.scratch >> 30 == LA_TLS_AWAITED >> 30)
		l.flags |= LA_CF_HELLO;
	else if (la_http_request(&w))
		l.flags |= LA_CF_HTTP;
	return la_label_pack(&l);
}

/*
 * The same within a stream of which more is known than this segment. Of DNS,
 * where the next message's header is expected: a segment may hold the middle of
 * one, several, or none. Where the length went ahead alone, it is not known how
 * long the message is that follows, and what comes then is looked at afresh.
 */
la_inline __u64 la_classify_stream(struct la_src *src, __u32 at, __u32 len, __u32 ports,
				   __u64 memory)
{
	__u32 header = 2, scratch = memory;
	struct la_label l = {};
	__u64 label;

	if (ports >> 16 != 53 && (ports & 0xffff) != 53)
		return la_classify_tcp(src, at, len, ports, memory);
	if (scratch & LA_DNS_STREAM)
		header = scratch & 0x1ffff;
	if (header >= len && len > 2) {
		l.scratch = la_dns_awaited(header - len);
		la_label(&l, LA_CLASS_DNS, LA_DETAIL_DNS_TCP, 0);
		return la_label_pack(&l);
	}
	at += header - 2;
	len -= header - 2;
	label = la_classify_tcp(src, at, len, ports, memory);
	if (len <= 2)
		return label;
	scratch = (__u8)label == LA_CLASS_DNS && header >= 2 ? la_dns_follow(src, at, len) : 0;
	return (__u64)scratch << 32 | (__u32)label;
}

/*
 * What a client's hello tells, as la_tls_pack() has it: from its beginning, which
 * may be sent again, or from where an earlier segment has left off.
 */
la_inline __u64 la_hello(struct la_src *src, __u32 off, __u32 len, __u32 scratch)
{
	__u8 b[6] = {};

	if (len > LA_TLS_RECORD && !la_load(src, off, b, sizeof(b)) && b[0] == 22 && b[1] == 3 &&
	    b[5] == 1)
		return la_tls_hello(src, off + LA_TLS_RECORD, len - LA_TLS_RECORD);
	if (scratch >> 30 == LA_TLS_AWAITED >> 30)
		return la_tls_extensions(src, off + (scratch & 0x7fff), off + len);
	return 0;
}

la_inline void la_family_class(__u8 family, struct la_label *l)
{
	l->cls = family == 6 ? LA_CLASS_IPV6 : LA_CLASS_IPV4;
	l->detail = LA_DETAIL_NONE;
}

la_inline __u32 la_ports_of(const struct la_packet *p)
{
	return (__u32)p->key.sport << 16 | p->key.dport;
}

/* Family, protocol and enum la_packet_flags, a byte each from the top. */
la_inline __u32 la_kind_of(const struct la_packet *p)
{
	return (__u32)p->key.family << 16 | (__u32)p->key.proto << 8 | p->flags;
}

/*
 * The caller fills the label's inputs; ports and kind are la_ports_of() and
 * la_kind_of() the packet. An unknown payload is its family class, unless its
 * sender is known as a torrent client: then it is that client's bulk. Where the
 * flags say HELLO, la_hello() and la_label_hello() have more to say.
 */
la_inline void la_classify_payload(struct la_src *src, __u32 at, __u32 len, __u32 ports, __u32 kind,
				   struct la_label *l)
{
	__u64 label, memory = la_memory_pack(l);
	__u8 proto = kind >> 8;

	la_family_class(kind >> 16, l);
	if ((proto != LA_PROTO_TCP && proto != LA_PROTO_UDP) || kind & (LA_PF_LATER | LA_PF_SHORT))
		return;
	if (proto == LA_PROTO_TCP) {
		label = la_classify_stream(src, at, len, ports, memory);
		if ((__u8)label == LA_CLASS_IPV4)
			label = la_classify_other(src, at, len, ports,
						  memory >> 32 << 32 | label >> 32);
		if (label & LA_CF_HTTP << 16)
			label = la_http_label(src, at, len, label, l->torrent_owner);
	} else {
		label = la_classify_udp(src, at, len, ports, memory);
		if ((__u8)label == LA_CLASS_IPV4)
			label = la_classify_media(src, at, len, ports, memory);
		if ((__u8)label == LA_CLASS_IPV4)
			label = la_classify_peer(src, at, len, ports, memory) |
				(label & LA_CF_QUIC << 16);
	}
	la_label_unpack(label, l);
	if (l->cls != LA_CLASS_IPV4) /* recognised */
		return;
	la_family_class(kind >> 16, l);
	if (l->torrent_owner)
		la_label(l, LA_CLASS_TORRENT, LA_DETAIL_BULK, l->flags);
}

la_inline void la_classify(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	la_classify_payload(src, p->base + p->payload_off, p->payload_len, la_ports_of(p),
			    la_kind_of(p), l);
}

#endif
