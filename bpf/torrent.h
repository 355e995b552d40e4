/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * BitTorrent: peer handshake (BEP 3), DHT (BEP 5, BEP 32, BEP 42), local
 * service discovery (BEP 14), UDP tracker (BEP 15), uTP (BEP 29), HTTP
 * tracker (BEP 3, BEP 7).
 */
#ifndef LEAKAUDIT_TORRENT_H
#define LEAKAUDIT_TORRENT_H

#include "class.h"

#define LA_CLIENT (LA_CF_FINAL | LA_CF_CLIENT)

la_inline int la_torrent_handshake(const struct la_window *w)
{
	return la_starts(w, "\023BitTorrent protocol");
}

/* An announce or scrape carries info_hash in its query (BEP 3); it comes early
 * enough in every known client for the window to hold it. */
la_inline int la_http_tracker(const struct la_window *w)
{
	__u64 last8 = 0;
	__u32 i;

	if (!la_starts(w, "GET /"))
		return 0;
	for (i = 5; i < LA_WINDOW; i++) {
		last8 = last8 << 8 | w->b[i];
		if (last8 == 0x696e666f5f686173) /* "info_has" */
			return 1;
	}
	return 0;
}

/* bencoded dictionary whose first key is the query's arguments, the response,
 * an error, or BEP 42's own address */
la_inline int la_dht(const struct la_window *w)
{
	if (w->len < 20 || w->b[0] != 'd')
		return 0;
	return la_starts(w, "d1:ad2:id20:") || la_starts(w, "d1:rd2:id20:") ||
	       la_starts(w, "d1:eli20") || la_starts(w, "d2:ip6:") ||
	       la_starts(w, "d2:ip18:");
}

/* connect request: protocol id 0x41727101980, action 0 */
la_inline int la_udp_tracker(const struct la_window *w)
{
	return w->total == 16 && la_starts(w, "\0\0\4\027\047\020\031\200\0\0\0\0");
}

la_inline int la_lsd(const struct la_window *w)
{
	return la_port(w, 6771) && la_starts(w, "BT-SEARCH * HTTP/1.1");
}

enum la_utp { LA_UTP_NO, LA_UTP_MAYBE, LA_UTP_YES };

/*
 * uTP has no magic: version 1 and a type below 5 is all that every packet
 * shows. A SYN also has no time difference and nothing acknowledged; for
 * others the caller asks for a second packet with the same connection id, or
 * for a sender that is known as a torrent client.
 */
la_inline enum la_utp la_utp(const struct la_window *w)
{
	const __u8 *b = w->b;

	if (w->len < 20 || (b[0] & 0xf) != 1 || b[0] >> 4 > 4 || b[1] > 3)
		return LA_UTP_NO;
	/* an extension: what follows it, and its length, within the datagram */
	if (b[1] && (w->len < 22 || b[20] > 3 || b[21] + 22U > w->total))
		return LA_UTP_NO;
	if (!b[1] && b[0] != 0x01 && w->total != 20) /* only data carries payload */
		return LA_UTP_NO;
	if (b[0] == 0x41)
		return la_get32(&b[8]) || la_get16(&b[18]) ? LA_UTP_NO : LA_UTP_YES;
	/* a clock that stands at zero, or no connection id: WireGuard's messages
	 * have zeros there, and its handshake is repeated */
	if (!la_get32(&b[4]) || !la_get16(&b[2]))
		return LA_UTP_NO;
	return LA_UTP_MAYBE;
}

la_inline int la_torrent_udp(const struct la_window *w, struct la_label *l)
{
	__u32 seen = 1U << 31 | la_get16(&w->b[2]);
	enum la_utp utp;

	if (la_dht(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_DHT, LA_CLIENT);
	if (la_udp_tracker(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_TRACKER, LA_CLIENT);
	if (la_lsd(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_LSD, LA_CLIENT);
	utp = la_utp(w);
	if (utp == LA_UTP_YES)
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_UTP, LA_CLIENT);
	if (utp == LA_UTP_NO) {
		l->scratch = 0;
		return 0;
	}
	if (l->torrent_owner || l->scratch == seen)
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_UTP, LA_CF_FINAL);
	l->scratch = seen;
	return 0;
}

la_inline int la_torrent_tcp(const struct la_window *w, struct la_label *l)
{
	if (la_torrent_handshake(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_HANDSHAKE, LA_CLIENT);
	if (la_http_tracker(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_TRACKER, LA_CLIENT);
	return 0;
}

#endif
