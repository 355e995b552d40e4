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

/* BEP 15: the protocol id 0x41727101980 and action 0. */
la_inline int la_tracker_connect(const struct la_window *w)
{
	return w->total == 16 && la_starts(w, "\0\0\4\027\047\020\031\200\0\0\0\0");
}

/* Twenty bytes of SHA-1: a pair of zeros in one of 6,500. Other protocols have runs of them. */
la_inline int la_is_info_hash(const __u8 *b)
{
	int i;

#pragma GCC unroll 10
	for (i = 0; i < 20; i += 2)
		if (!la_get16(b + i))
			return 0;
	return 1;
}

/*
 * An announce that no connect was seen before (98 bytes, more with BEP 41's options): action 1, a
 * connection, a hash, a peer id that begins with letters or figures, as all conventions do (BEP
 * 20), byte counts below 2^48, an event of at most 3, a number of peers wanted, and a port, which
 * is behind the window.
 */
la_inline int la_tracker_announce(struct la_src *src, const struct la_packet *p,
				  const struct la_window *w)
{
	const __u8 *b = w->b;
	__u8 port[2] = {};

	if (w->total < 98 || w->len != LA_WINDOW || la_get32(&b[8]) != 1 || !la_get32(&b[0]) ||
	    !la_get32(&b[12]) || la_get16(&b[56]) || la_get16(&b[72]) || la_get32(&b[80]) > 3 ||
	    b[36] < '-' || b[36] > 'z' || b[37] < '-' || b[37] > 'z' || b[38] < '-' || b[38] > 'z')
		return 0;
	if (la_get16(&b[92]) && la_get32(&b[92]) != ~0U)
		return 0;
	return la_is_info_hash(&b[16]) &&
	       !la_load(src, p->base + p->payload_off + 96, port, sizeof(port)) && la_get16(port);
}

/* The client's name and version between hyphens: nothing else has this behind a hash. */
la_inline __u8 la_announcer(const struct la_window *w)
{
	return w->b[36] == '-' && w->b[43] == '-' ? LA_CLIENT : LA_CF_FINAL;
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
 * handshake. For other packets the caller requires a second packet that continues this one
 * (la_utp_follow()), or a sender that is known as a torrent client.
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
	if (!la_get32(&b[12])) /* of a socket that can receive nothing */
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
 * Ports of protocols that have a type, a transaction and a clock, too: those of the system but for
 * the web's, RADIUS, SIP, CoAP, games on RakNet.
 */
la_inline int la_is_others_port(__u16 port)
{
	return (port < 1024 && port != 80 && port != 443) || (port | 1) == 1813 ||
	       (port | 1) == 5061 || port == 5353 || port == 5683 || port == 5684 ||
	       (port | 1) == 19133;
}

#define LA_UTP_AHEAD 64 /* packets between two that are compared */
#define LA_UTP_LEAST 32 /* microseconds: a counter goes on by less */
#define LA_UTP_LATE 1500 /* microseconds from reading the clock to the packet's time */

/*
 * A number of a message in the upper half and a length in the lower one go on by 65,536 and a few:
 * at 15 messages a second that is the rate of a clock (HART-IP).
 */
la_inline int la_is_counter(__u32 step)
{
	return ((step + 256) & 0xffff) < 512;
}

/*
 * Whether a packet that may be uTP continues the one before: the same connection, the same or a
 * slightly higher number, and a sender's clock that has gone on by as many microseconds as the
 * packets' own times. Any other counter or clock goes at another rate.
 */
la_inline int la_utp_goes_on(const struct la_utp_seen *before, const struct la_utp_seen *now)
{
	__u32 clock = now->clock - before->clock, passed = now->time - before->time;
	__u32 apart = clock > passed ? clock - passed : passed - clock;

	return before->connection && before->connection == now->connection &&
	       (__u16)(now->seq - before->seq) <= LA_UTP_AHEAD && clock >= LA_UTP_LEAST &&
	       passed < 1U << 30 && apart <= passed / 4 + LA_UTP_LATE &&
	       !(clock > 512 && la_is_counter(clock));
}

/* Compares a packet that may be uTP with the flow's one before, and keeps it. */
la_subprog int la_utp_follow(struct la_src *src, const struct la_packet *p, struct la_flow *f,
			     struct la_label *l)
{
	struct la_utp_seen now = {};
	__u8 b[20] = {};

	if (!p || !f || !l || la_load(src, p->base + p->payload_off, b, sizeof(b)))
		return 0;
	now.time = la_microseconds(src);
	now.clock = la_get32(&b[4]);
	now.connection = la_get16(&b[2]);
	now.seq = la_get16(&b[16]);
	if (la_utp_goes_on(&f->utp, &now))
		la_label(l, LA_CLASS_TORRENT, LA_DETAIL_UTP, LA_CF_FINAL | LA_CF_PAYLOAD);
	f->utp = now;
	return 0;
}

la_inline int la_torrent_utp(const struct la_window *w, struct la_label *l)
{
	enum la_utp utp = la_utp(w);

	if (utp == LA_UTP_NO ||
	    ((la_is_others_port(w->dport) || la_is_others_port(w->sport)) && !la_utp_handshake(w)))
		return 0;
	if (utp == LA_UTP_YES)
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_UTP, LA_CLIENT);
	if (l->torrent_owner)
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_UTP, LA_CF_FINAL);
	l->flags |= LA_CF_UTP;
	return 0;
}

la_inline int la_torrent_udp(struct la_src *src, const struct la_packet *p,
			     const struct la_window *w, struct la_label *l)
{
	if (la_dht(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_DHT, LA_CLIENT);
	la_reread();
	if (la_tracker_connect(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_TRACKER, LA_CLIENT);
	if (la_tracker_announce(src, p, w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_TRACKER, la_announcer(w));
	la_reread();
	if (la_lsd(w))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_LSD, LA_CLIENT);
	la_reread();
	return la_torrent_utp(w, l);
}

la_inline int la_torrent_tcp(const struct la_window *w, struct la_label *l)
{
	return la_torrent_handshake(w) &&
	       la_label(l, LA_CLASS_TORRENT, LA_DETAIL_HANDSHAKE, LA_CLIENT);
}

#endif
