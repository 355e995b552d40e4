/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Payload -> class and detail. A packet has one class. */
#ifndef LEAKAUDIT_CLASSIFY_H
#define LEAKAUDIT_CLASSIFY_H

#include "dhcp.h"
#include "http.h"
#include "portmap.h"
#include "stream_begin.h"
#include "tls.h"

/* Opens the window at byte `skip` of the payload. */
la_inline int la_window_open(struct la_src *src, const struct la_packet *p, __u32 skip,
			     struct la_window *w)
{
	la_memset(w, 0, sizeof(*w));
	w->sport = p->key.sport;
	w->dport = p->key.dport;
	w->total = p->payload_len - skip;
	w->len = w->total > LA_WINDOW ? LA_WINDOW : w->total;
	if (!w->len)
		return 0;
	return la_load_upto(src, p->base + p->payload_off + skip, w->b, w->len, LA_WINDOW);
}

/*
 * Returns whether a recogniser knows the packet. Recognisers are split over several functions:
 * their windows and what the compiler keeps beside them need 192 bytes of stack each, three frames
 * deep.
 */
la_subprog int la_classify_udp(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	struct la_window w;

	return p && l && !la_window_open(src, p, 0, &w) && w.len && la_dns_udp(&w, l);
}

la_subprog int la_classify_media(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	struct la_window w;

	return p && l && !la_window_open(src, p, 0, &w) && w.len &&
	       (la_stun_udp(&w, l) || la_quic_udp(&w, l));
}

la_subprog int la_classify_peer(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	struct la_window w;

	return p && l && !la_window_open(src, p, 0, &w) && w.len &&
	       (la_torrent_udp(src, p, &w, l) || la_portmap_udp(&w, l));
}

/* Without payload (a SYN) only ports count. */
la_subprog int la_classify_tcp(struct la_src *src, const struct la_packet *p, __u32 skip,
			       struct la_label *l)
{
	struct la_window w;

	return p && l && !la_window_open(src, p, skip, &w) && la_dns_tcp(&w, l);
}

la_subprog int la_classify_other(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	struct la_window w;

	if (!p || !l || la_window_open(src, p, 0, &w) || !w.len)
		return 0;
	if (la_stun_tcp(&w, l) || la_torrent_tcp(&w, l))
		return 1;
	if (la_tls_tcp(&w) || l->scratch >> 30 == LA_TLS_AWAITED >> 30)
		l->flags |= LA_CF_HELLO;
	else if (la_http_is_here(&w, l))
		l->flags |= LA_CF_HTTP;
	return 0;
}

/*
 * The same for a stream of which earlier segments are known. For DNS it looks where the next
 * message's header is expected: a segment may hold the middle of a message, several, or none. If
 * the length came alone, the message's size is not known, and what follows is examined from its
 * beginning.
 */
la_inline int la_classify_stream(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	__u32 header = 2, len = p->payload_len, skip;
	int known;

	if (p->key.sport != 53 && p->key.dport != 53)
		return la_classify_tcp(src, p, 0, l);
	if (l->scratch & LA_DNS_STREAM)
		header = l->scratch & 0x1ffff;
	if (header >= len && len > 2) {
		l->scratch = la_dns_awaited(header - len);
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DNS_TCP, 0);
	}
	skip = header - 2;
	len -= skip;
	known = la_classify_tcp(src, p, skip, l);
	if (len > 2)
		l->scratch = known && header >= 2
				     ? la_dns_follow(src, p->base + p->payload_off + skip, len)
				     : 0;
	return known;
}

/*
 * Reads a client's hello: from its beginning, which may be retransmitted, or from where an earlier
 * segment ended.
 */
la_inline void la_hello(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	__u32 off = p->base + p->payload_off, len = p->payload_len;
	__u8 b[6] = {};

	if (len > LA_TLS_RECORD && !la_load(src, off, b, sizeof(b)) && b[0] == 22 && b[1] == 3 &&
	    b[5] == 1)
		la_tls_hello(src, off + LA_TLS_RECORD, len - LA_TLS_RECORD, &l->hello);
	else if (l->scratch >> 30 == LA_TLS_AWAITED >> 30)
		la_tls_extensions(src, off + (l->scratch & 0x7fff), off + len, &l->hello);
}

/* Whether a recogniser knows the payload. */
la_inline int la_classify_payload(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	__u8 flags;

	if (p->key.proto == LA_PROTO_TCP) {
		if (la_classify_stream(src, p, l) || la_classify_other(src, p, l))
			return 1;
		return l->flags & LA_CF_HTTP && la_http_label(src, p, l);
	}
	if (la_is_dhcp_port(&p->key))
		return la_classify_dhcp(src, p, l);
	if (la_classify_udp(src, p, l) || la_classify_media(src, p, l) ||
	    la_classify_classic(src, p, l))
		return 1;
	flags = l->flags;
	if (!la_classify_peer(src, p, l))
		return 0;
	l->flags |= flags & LA_CF_QUIC;
	return 1;
}

/* Known by a port alone that is not only that protocol's, or not at all. */
la_inline int la_may_ask(const struct la_packet *p, const struct la_label *l, int known)
{
	return p->payload_len &&
	       (!known || l->detail == LA_DETAIL_MDNS || l->detail == LA_DETAIL_LLMNR);
}

/*
 * Classifies a packet. The caller fills the label's inputs. An unknown payload gets the class of
 * its family, or if its sender is known as a torrent client, that of the client's bulk data. If
 * flags have HELLO, call la_hello() and la_label_hello() next.
 */
la_subprog int la_classify(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	int known;

	if (!p || !l)
		return 0;
	l->cls = p->key.family == 6 ? LA_CLASS_IPV6 : LA_CLASS_IPV4;
	l->detail = LA_DETAIL_NONE;
	if ((p->key.proto == LA_PROTO_TCP || p->key.proto == LA_PROTO_UDP) &&
	    !(p->flags & (LA_PF_LATER | LA_PF_SHORT))) {
		known = la_classify_payload(src, p, l);
		if (la_may_ask(p, l, known))
			known |= la_classify_question(src, p, l) || l->cls >= LA_CLASS_DNS ||
				 la_classify_message(src, p, l);
		if (!known && l->torrent_owner)
			la_label(l, LA_CLASS_TORRENT, LA_DETAIL_BULK, l->flags);
	}
	if (p->payload_len)
		l->flags |= LA_CF_PAYLOAD;
	return 0;
}

#endif
