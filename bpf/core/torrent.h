/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * BitTorrent: peer handshake (BEP 3), DHT (BEP 5, BEP 32, BEP 42), local service discovery
 * (BEP 14), UDP tracker (BEP 15), uTP (BEP 29). Trackers and web seeds over HTTP are in http.h.
 * Encrypted peer traffic (MSE/PE) cannot be recognised: it counts as bulk data of a client that was
 * recognised by other packets.
 */
#ifndef LEAKAUDIT_TORRENT_H
#define LEAKAUDIT_TORRENT_H

#include "class.h"

#define LA_CLIENT (LA_CF_FINAL | LA_CF_CLIENT)

la_inline int la_torrent_handshake(const struct la_window *w)
{
	return la_starts(w, "\023BitTorrent protocol");
}

/*
 * A bencoded dictionary whose first key is the query's arguments, the response, an error (BEP 5,
 * BEP 44), or BEP 42's own address. Keys are sorted. Before the id may be keys of bootstrapping
 * nodes and BEP 33's filters; before the response the query, which some repeat.
 */
la_inline int la_dht(const struct la_window *w)
{
	if (w->len < 20)
		return 0;
	if (la_starts(w, "d1:a"))
		return la_holds_at(w, 4, "d2:id20:") || la_holds_at(w, 4, "d2:bsi1e2:id20:") ||
		       la_holds_at(w, 4, "d3:casi");
	if (la_starts(w, "d1:r"))
		return la_holds_at(w, 4, "d2:id20:") || la_holds_at(w, 4, "d2:bsi1e2:id20:") ||
		       la_holds_at(w, 4, "d4:BFpe256:") || la_holds_at(w, 4, "d4:BFsd256:");
	if (la_starts(w, "d1:q"))
		return la_holds_at(w, 4, "4:ping1:rd2:id20:") ||
		       la_holds_at(w, 4, "9:find_node1:rd2:") ||
		       la_holds_at(w, 4, "9:get_peers1:rd") ||
		       la_holds_at(w, 4, "13:announce_peer1:rd2:");
	return la_starts(w, "d1:eli20") || la_starts(w, "d1:eli30") || la_starts(w, "d2:ip6:") ||
	       la_starts(w, "d2:ip18:");
}

/*
 * Connect: the protocol id 0x41727101980 and action 0. An announce without a connect before it (98
 * bytes, more with BEP 41's options): action 1, an event of at most 3, byte counts below 2^48, and
 * neither connection, torrent nor peer id are zero.
 */
la_inline int la_udp_tracker(const struct la_window *w)
{
	if (w->total == 16)
		return la_starts(w, "\0\0\4\027\047\020\031\200\0\0\0\0");
	return w->total >= 98 && w->len == LA_WINDOW && la_get32(&w->b[8]) == 1 &&
	       (la_get32(&w->b[0]) | la_get32(&w->b[4])) &&
	       (la_get32(&w->b[16]) | la_get32(&w->b[20])) && la_get32(&w->b[36]) &&
	       !la_get16(&w->b[56]) && !la_get16(&w->b[72]) && la_get32(&w->b[80]) <= 3;
}

la_inline int la_lsd(const struct la_window *w)
{
	return la_port(w, 6771) && la_starts(w, "BT-SEARCH * HTTP/1.1");
}

enum la_utp { LA_UTP_NO, LA_UTP_MAYBE, LA_UTP_YES };

/* The first data of a connection is the peer handshake. */
la_inline int la_utp_handshake(const struct la_window *w)
{
	return w->len >= 40 && w->b[0] == 0x01 && !w->b[1] && w->b[20] == 19 &&
	       la_get32(&w->b[21]) == 0x42697454 && la_get32(&w->b[25]) == 0x6f727265 &&
	       la_get32(&w->b[29]) == 0x6e742070;
}

/*
 * uTP has no magic number. All packets have version 1, a type below 5 and a window that no receiver
 * exceeds. A SYN also has no time difference and acknowledges nothing; the first data is a
 * handshake. For other packets the caller requires a second packet that continues this one, or a
 * sender that is known as a torrent client.
 */
la_inline enum la_utp la_utp(const struct la_window *w)
{
	const __u8 *b = w->b;

	if (w->len < 20 || (b[0] & 0xf) != 1 || b[0] >> 4 > 4 || b[1] > 3 || b[12] >= 0x10)
		return LA_UTP_NO;
	/* an extension: its successor, and a length within the datagram */
	if (b[1] && (w->len < 22 || b[20] > 3 || b[21] + 22U > w->total))
		return LA_UTP_NO;
	if (!b[1] && b[0] != 0x01 && w->total != 20) /* only data has payload */
		return LA_UTP_NO;
	if (b[0] == 0x41)
		return la_get32(&b[8]) || la_get16(&b[18]) ? LA_UTP_NO : LA_UTP_YES;
	if (la_utp_handshake(w))
		return LA_UTP_YES;
	/*
	 * A zero clock or connection id: WireGuard's messages have zeros there, and its handshake
	 * is repeated.
	 */
	if (!la_get32(&b[4]) || !la_get16(&b[2]))
		return LA_UTP_NO;
	return LA_UTP_MAYBE;
}

/*
 * What is kept of a packet that may be uTP: a bit that marks it, twelve bits of the connection id,
 * ten of the sequence number, nine of the clock. The next packet must have the same id, the same or
 * a slightly higher number, and another time. A repeated datagram, or a protocol with a constant in
 * place of the id, does not meet all three.
 */
#define LA_UTP_AHEAD 64

la_inline __u32 la_utp_memory(const __u8 *b)
{
	return 1U << 31 | (la_get16(&b[2]) & 0xfffU) << 19 | (la_get16(&b[16]) & 0x3ffU) << 9 |
	       (la_get32(&b[4]) >> 6 & 0x1ff);
}

la_inline int la_utp_goes_on(__u32 before, __u32 now)
{
	return before >> 19 == now >> 19 &&
	       (((now >> 9) - (before >> 9)) & 0x3ff) <= LA_UTP_AHEAD &&
	       (before & 0x1ff) != (now & 0x1ff);
}

la_inline int la_torrent_udp(const struct la_window *w, struct la_label *l)
{
	enum la_utp utp;
	__u32 now;

	if (la_dht(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_DHT, LA_CLIENT);
	la_reread();
	if (la_udp_tracker(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_TRACKER, LA_CLIENT);
	la_reread();
	if (la_lsd(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_LSD, LA_CLIENT);
	la_reread();
	utp = la_utp(w);
	if (utp == LA_UTP_YES)
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_UTP, LA_CLIENT);
	if (utp == LA_UTP_NO) {
		l->scratch = 0;
		return 0;
	}
	la_reread();
	now = la_utp_memory(w->b);
	if (l->torrent_owner || la_utp_goes_on(l->scratch, now))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_UTP, LA_CF_FINAL);
	l->scratch = now;
	return 0;
}

la_inline int la_torrent_tcp(const struct la_window *w, struct la_label *l)
{
	return la_torrent_handshake(w) &&
	       la_label(l, LA_CLASS_TORRENT, LA_DETAIL_HANDSHAKE, LA_CLIENT);
}

#endif
