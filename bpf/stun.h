/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * STUN (RFC 8489; without the magic cookie, RFC 3489) and TURN (RFC 8656).
 */
#ifndef LEAKAUDIT_STUN_H
#define LEAKAUDIT_STUN_H

#include "class.h"

#define LA_STUN_COOKIE 0x2112a442

la_inline int la_stun_port(const struct la_window *w)
{
	return la_port(w, 3478) || la_port(w, 5349) || la_port(w, 19302);
}

/* Method is interleaved with the class bits 0x0110 (RFC 8489 5). */
la_inline int la_stun_label(const struct la_window *w, struct la_label *l)
{
	__u16 type = la_get16(w->b);
	__u16 method = (type & 0xf) | (type & 0xe0) >> 1 | (type & 0x3e00) >> 2;

	return la_label(l, LA_CLASS_STUN, method == 1 ? LA_DETAIL_BINDING : LA_DETAIL_TURN,
			type & 0x0110 ? 0 : LA_CF_MESSAGE);
}

la_inline int la_has_cookie(const struct la_window *w)
{
	return w->len >= 20 && !(w->b[0] & 0xc0) && !(w->b[3] & 3) &&
	       la_get32(&w->b[4]) == LA_STUN_COOKIE;
}

/* others may follow the first message */
la_inline int la_stun_tcp(const struct la_window *w, struct la_label *l)
{
	if (la_has_cookie(w) && la_get16(&w->b[2]) + 20U <= w->total)
		return la_stun_label(w, l);
	return 0;
}

/* the message is the datagram */
la_inline int la_stun_udp(const struct la_window *w, struct la_label *l)
{
	__u32 length = la_get16(&w->b[2]);

	if (la_has_cookie(w) && length + 20 == w->total)
		return la_stun_label(w, l);
	if (!la_stun_port(w))
		return 0;
	/* RFC 3489: binding and shared secret, nothing else, no cookie */
	if (w->len >= 20 && length + 20 == w->total && !(w->b[0] & 0xfe) &&
	    (w->b[1] == 1 || w->b[1] == 2))
		return la_stun_label(w, l);
	/* TURN ChannelData (RFC 8656 12.4), DTLS records (RFC 9147 4) */
	if (w->len >= 4 && w->b[0] >= 0x40 && w->b[0] < 0x50 && length + 4 <= w->total)
		return la_label(l, LA_CLASS_STUN, LA_DETAIL_TURN, 0);
	if (w->len >= 13 && w->b[0] >= 20 && w->b[0] < 64 && w->b[1] == 0xfe)
		return la_label(l, LA_CLASS_STUN, LA_DETAIL_TURN, 0);
	return 0;
}

#endif
