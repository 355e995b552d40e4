/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * STUN (RFC 8489; without the magic cookie, RFC 3489), TURN (RFC 8656), and media that share a flow
 * with it. The first byte distinguishes them (RFC 7983).
 */
#ifndef LEAKAUDIT_STUN_H
#define LEAKAUDIT_STUN_H

#include "class.h"

#define LA_STUN_COOKIE 0x2112a442

la_inline int la_stun_port(const struct la_window *w)
{
	return la_port(w, 3478) || la_port(w, 5349) || la_port(w, 19302);
}

/* Beside those: Teams and consoles use the next three as well, Google the next seven. */
la_inline int la_is_near_stun_port(__u16 port)
{
	return (port >= 3478 && port <= 3481) || (port >= 19302 && port <= 19309);
}

/* The class bits 0x0110 are interleaved with the method (RFC 8489 5). */
la_inline __u16 la_stun_method(__u16 type)
{
	return (type & 0xf) | (type & 0xe0) >> 1 | (type & 0x3e00) >> 2;
}

la_inline int la_stun_label(__u16 type, struct la_label *l)
{
	return la_label(l, LA_CLASS_STUN,
			la_stun_method(type) == 1 ? LA_DETAIL_BINDING : LA_DETAIL_TURN,
			type & 0x0110 ? 0 : LA_CF_MESSAGE);
}

/* Not whether the length is a multiple of 4: MS-TURN does not pad its last attribute. */
la_inline int la_has_cookie(const struct la_window *w)
{
	return w->len >= 20 && !(w->b[0] & 0xc0) && la_get32(&w->b[4]) == LA_STUN_COOKIE;
}

/* Binding, methods of relays, and those of relays over TCP (RFC 6062). */
la_inline int la_stun_known(__u16 type)
{
	return !(type & 0xc000) && la_stun_method(type) >= 1 && la_stun_method(type) <= 12;
}

/*
 * ChannelData (RFC 8656 12.4) has a channel number and its own length. Teams' relays have a number
 * of their own.
 */
la_inline int la_turn_channel(const struct la_window *w)
{
	return w->len >= 4 && ((w->b[0] >= 0x40 && w->b[0] < 0x50) || la_get16(w->b) == 0xff10) &&
	       la_get16(&w->b[2]) + 4U <= w->total && w->total - (la_get16(&w->b[2]) + 4U) < 4;
}

/*
 * Other messages may follow the first, and it may be cut (before its cookie: stream_begin.h). ICE
 * over TCP has a length before it (RFC 4571, RFC 6544 10.1), MS-TURN a type and a length
 * (MS-TURN 2.1).
 */
la_inline int la_stun_tcp(const struct la_window *w, struct la_label *l)
{
	if (w->len >= 8 && la_get32(&w->b[4]) == LA_STUN_COOKIE && la_stun_known(la_get16(w->b)))
		return la_stun_label(la_get16(w->b), l);
	if (w->len >= 12 && w->b[0] == 2 && !w->b[1] && la_get32(&w->b[8]) == LA_STUN_COOKIE &&
	    la_stun_known(la_get16(&w->b[4])))
		return la_stun_label(la_get16(&w->b[4]), l);
	if (w->len >= 10 && la_get32(&w->b[6]) == LA_STUN_COOKIE &&
	    la_stun_known(la_get16(&w->b[2])) && la_get16(w->b) == la_get16(&w->b[4]) + 20U)
		return la_stun_label(la_get16(&w->b[2]), l);
	return la_stun_port(w) && la_turn_channel(w) &&
	       la_label(l, LA_CLASS_STUN, LA_DETAIL_TURN, 0);
}

/*
 * Packets of a flow that began with STUN: DTLS (RFC 9147), RTP and RTCP (RFC 3550) in the ranges of
 * RFC 7983 7, or a relay's channel.
 */
la_inline int la_stun_follows(const struct la_window *w, struct la_label *l)
{
	if (la_turn_channel(w))
		return la_label(l, LA_CLASS_STUN, LA_DETAIL_TURN, 0);
	if ((w->len >= 13 && w->b[0] >= 20 && w->b[0] < 64) ||
	    (w->len >= 8 && w->b[0] >= 128 && w->b[0] < 192))
		return la_label(l, LA_CLASS_STUN, LA_DETAIL_MEDIA, 0);
	return 0;
}

/* The datagram is one message, of which some do not count the last attribute's padding. */
la_inline int la_stun_udp(const struct la_window *w, struct la_label *l)
{
	__u32 length = la_get16(&w->b[2]);

	if (la_has_cookie(w) && length + 20 <= w->total && w->total - (length + 20) < 4)
		return la_stun_label(la_get16(w->b), l);
	if (l->was == LA_CLASS_STUN && la_stun_follows(w, l))
		return 1;
	if (!la_stun_port(w))
		return 0;
	/* RFC 3489: only binding and shared secret, no cookie */
	if (w->len >= 20 && length + 20 == w->total && !(w->b[0] & 0xfe) &&
	    ((w->b[1] & 0xef) == 1 || (w->b[1] & 0xef) == 2))
		return la_stun_label(la_get16(w->b), l);
	/* a relay used before we started, or one over DTLS (RFC 7350) */
	if (la_turn_channel(w) ||
	    (w->len >= 13 && w->b[0] >= 20 && w->b[0] < 64 && w->b[1] == 0xfe && w->b[2] >= 0xfc &&
	     la_get16(&w->b[11]) + 13U <= w->total))
		return la_label(l, LA_CLASS_STUN, LA_DETAIL_TURN, 0);
	return 0;
}

#define LA_STUN_ATTRIBUTES 16 /* old clients send one to five, and a relay's answer ten */

/* Whether attributes fill `len` bytes at `from`, the last one padded to 4 bytes or not. */
la_inline int la_stun_is_attributes(struct la_src *src, __u32 from, __u32 len)
{
	__u32 off = 0;
	__u8 b[4] = {};
	int i;

	for (i = 0; i < LA_STUN_ATTRIBUTES; i++) {
		if (off + 4 > len || la_load(src, from + off, b, sizeof(b)))
			return 0;
		off += 4 + la_get16(&b[2]);
		if (off > len)
			return 0;
		off = (off + 3) & ~3U;
		if (off >= len)
			return 1;
	}
	return 0;
}

/* An identity of 128 random bits: a pair of zeros in one of 8,000. */
la_inline int la_is_stun_identity(const __u8 *b)
{
	int i;

#pragma GCC unroll 8
	for (i = 0; i < 16; i += 2)
		if (!la_get16(b + i))
			return 0;
	return 1;
}

/*
 * Relays before RFC 5766, libjingle's and MS-TURN's, send what they relay by further methods. The
 * cookie is their first attribute (MS-TURN 2.2.2.1).
 */
la_inline int la_is_old_relay(struct la_src *src, __u32 at, __u32 method)
{
	__u8 b[8] = {};

	return method <= 6 && !la_load(src, at, b, sizeof(b)) && la_get32(b) == 0x000f0004 &&
	       la_get32(&b[4]) == 0x72c64bc6;
}

/*
 * RFC 3489 on any port: binding, shared secret and allocation, without a cookie. All of its length
 * is attributes. Where there are none it must be near STUN's own ports.
 */
la_subprog int la_classify_classic(struct la_src *src, const struct la_packet *p,
				   struct la_label *l)
{
	__u32 at, method;
	__u8 b[20] = {};

	if (!p || !l || p->payload_len < 20)
		return 0;
	at = p->base + p->payload_off;
	if (at > 0xf000 || la_load(src, at, b, sizeof(b)) || b[0] & 0xfe ||
	    la_get16(&b[2]) + 20U != p->payload_len)
		return 0;
	method = b[1] & 0xef;
	if (!method || !la_is_stun_identity(&b[4]) ||
	    (method > 3 && !la_is_old_relay(src, at + 20, method)))
		return 0;
	if (p->payload_len == 20) {
		if (method > 2 ||
		    (!la_is_near_stun_port(p->key.dport) && !la_is_near_stun_port(p->key.sport)))
			return 0;
	} else if (!la_stun_is_attributes(src, at + 20, p->payload_len - 20)) {
		return 0;
	}
	return la_stun_label(la_get16(b), l);
}

#endif
