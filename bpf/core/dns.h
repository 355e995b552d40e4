/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * DNS by its ports: over UDP and TCP (RFC 1035, RFC 7766), with EDNS (RFC 6891) as one more record,
 * DoT (RFC 7858), DoQ (RFC 9250), DNSCrypt (version 2, draft-denis-dprive-dnscrypt), mDNS (RFC
 * 6762), LLMNR (RFC 4795), NetBIOS names (RFC 1002). DoH is recognised by tls.h, messages on other
 * ports by dns_message.h.
 */
#ifndef LEAKAUDIT_DNS_H
#define LEAKAUDIT_DNS_H

#include "class.h"

/* An answer of this size (RFC 6891 6.2.5) may be a first fragment. */
#define LA_DNS_LARGE 1200

/*
 * Whether the counts are possible: a question takes at least 5 bytes, a record 11. One message of
 * mDNS may ask for dozens of names (RFC 6762 5.3): Apple's hosts and gvfs ask for 9 to 20.
 */
la_inline int la_dns_fits(const __u8 *h, __u32 room)
{
	__u16 qd = la_get16(&h[4]);
	__u32 records = (__u32)la_get16(&h[6]) + la_get16(&h[8]) + la_get16(&h[10]);

	return qd <= 256 && records <= 4096 &&
	       (room >= LA_DNS_LARGE || qd * 5U + records * 11U + 12 <= room);
}

/*
 * Whether the message queries something. Besides questions there are a cookie alone (RFC 7873 5.4),
 * and stateful operations (RFC 8490 5.4), which have no sections.
 */
la_inline int la_dns_asks(const __u8 *h, __u32 len)
{
	__u8 opcode = h[2] >> 3 & 0xf;

	if (la_get32(&h[4]) == 0x10000 && !la_get16(&h[8])) /* whatever its name is */
		return 1;
	if (la_get16(&h[4]))
		return len < 13 || h[12] < 64;
	if (la_get16(&h[6]) || la_get16(&h[8]))
		return 0;
	if (opcode == 6)
		return !la_get16(&h[10]);
	return !opcode && la_get16(&h[10]) == 1 && len >= 15 && !h[12] && la_get16(&h[13]) == 41;
}

/*
 * Whether b[at] is a header that a resolver or server would send (RFC 1035 4.1.1): a known opcode,
 * a sane count of questions, not more records than fit into `room`; with one question it is a
 * message even if its name is none, or what follows is cut short. A tunnel or a game on port 53
 * fails this and keeps its family class.
 */
la_inline int la_dns_header(const struct la_window *w, __u32 at, __u32 room)
{
	const __u8 *h = &w->b[at];
	__u8 opcode = h[2] >> 3 & 0xf;

	if (w->len < at + 12 || room < 12 || opcode > 6 || opcode == 3 || h[3] & 0x40 ||
	    !la_dns_fits(h, la_get16(&h[4]) == 1 ? LA_DNS_LARGE : room))
		return 0;
	if (!(h[2] & 0x80)) /* a query has no error code */
		return !(h[3] & 0xf) && la_dns_asks(h, w->len - at);
	return la_get16(&h[4]) || la_get16(&h[6]) || la_get16(&h[8]) || la_get16(&h[10]) ||
	       h[3] & 0xf || opcode == 6;
}

/*
 * NetBIOS, RFC 1002 4.2.1.1: its own opcodes (registration, release, WACK, refresh with two
 * numbers, and 15 as sent by Windows), and a name of 32 letters, which begins with a label of that
 * length.
 */
la_inline int la_netbios_header(const struct la_window *w)
{
	__u8 opcode = w->b[2] >> 3 & 0xf;

	if (w->len < 13 || !(opcode == 0 || (opcode >= 5 && opcode <= 9) || opcode == 15) ||
	    w->b[3] & 0x60 || !la_dns_fits(w->b, w->total))
		return 0;
	return w->b[12] == 32 || (w->b[12] & 0xc0) == 0xc0;
}

la_inline __u8 la_dns_query(const struct la_window *w, __u32 at)
{
	return w->b[at + 2] & 0x80 ? 0 : LA_CF_MESSAGE;
}

/*
 * In a stream each message follows its length. The length may come in a segment of its own
 * (RFC 7766 8), and a segment may have several messages. The scratch is the offset of the next
 * message's header from the beginning of the next segment.
 */
#define LA_DNS_STREAM (1U << 31)
#define LA_DNS_PIPELINED 8 /* messages of one segment that are followed */

la_inline __u32 la_dns_awaited(__u32 at)
{
	return LA_DNS_STREAM | (at & 0x1ffff);
}

/* Returns the scratch after a segment whose first length is at `off`. */
la_subprog __u32 la_dns_follow(struct la_src *src, __u32 off, __u32 len)
{
	__u8 n[2] = {};
	__u32 at = 2;
	int i;

	for (i = 0; i < LA_DNS_PIPELINED; i++) {
		if (at >= len)
			return la_dns_awaited(at - len);
		if (off > 0xffff || at > 0xffff || la_load(src, off + at - 2, n, sizeof(n)))
			return 0;
		at += la_get16(n) + 2;
	}
	return 0;
}

la_inline __u8 la_dns_tcp_port(const struct la_window *w)
{
	if (la_port(w, 53))
		return LA_DETAIL_DNS_TCP;
	return la_port(w, 5355) ? LA_DETAIL_LLMNR : LA_DETAIL_NONE;
}

/* An answer of DNSCrypt, behind its length. */
la_inline int la_dnscrypt_stream(const struct la_window *w)
{
	return w->len >= 10 && (w->b[2] == 'r' || w->b[2] == 'q') && w->b[3] == '6' &&
	       la_get16(&w->b[4]) == 0x666e && la_get32(&w->b[6]) == 0x76576a38;
}

la_inline int la_dns_tcp(const struct la_window *w, struct la_label *l)
{
	__u8 detail = la_dns_tcp_port(w);
	__u32 room = la_get16(w->b);

	if (la_port(w, 853))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DOT, LA_CF_FINAL);
	if (la_dnscrypt_stream(w))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DNSCRYPT, 0);
	if (!detail)
		return 0;
	/*
	 * Before any payload only the port counts: a connection to a resolver already shows the
	 * intent.
	 */
	if (!w->len)
		return detail == LA_DETAIL_DNS_TCP && la_label(l, LA_CLASS_DNS, detail, 0);
	if (w->total <= 2) { /* a length, or half of it */
		l->scratch = la_dns_awaited(2 - w->total);
		return la_label(l, LA_CLASS_DNS, detail, 0);
	}
	/* the length came in an earlier segment and is not known */
	if (l->scratch & LA_DNS_STREAM && (l->scratch & 0x1ffff) < 2)
		room = 0xffff;
	return la_dns_header(w, 2, room) && la_label(l, LA_CLASS_DNS, detail, la_dns_query(w, 2));
}

la_inline __u8 la_dns_port(const struct la_window *w)
{
	if (la_port(w, 53))
		return LA_DETAIL_DNS_UDP;
	if (la_port(w, 5353))
		return LA_DETAIL_MDNS;
	return la_port(w, 5355) ? LA_DETAIL_LLMNR : LA_DETAIL_NONE;
}

#define LA_LOWER 0x20202020U /* also makes ! of a length of 1, and - of one of 13 */

/*
 * DNSCrypt begins with an unencrypted query for its certificate, on any port: "2.dnscrypt-cert." or
 * Avast's "2.securedns.", in any case.
 */
la_inline int la_dnscrypt_begins(const struct la_window *w)
{
	__u32 provider = la_get32(&w->b[16]) | LA_LOWER;

	if (w->len < 28 || la_get16(&w->b[4]) != 1 || w->b[2] & 0x78 ||
	    la_get16(&w->b[12]) != 0x0132)
		return 0;
	if (la_get16(&w->b[14]) == 0x0973 || la_get16(&w->b[14]) == 0x0953)
		return provider == 0x65637572 && (la_get32(&w->b[20]) | LA_LOWER) == 0x65646e73;
	return (la_get16(&w->b[14]) | 0x20) == 0x0d64 && provider == 0x6e736372 &&
	       (la_get32(&w->b[20]) | LA_LOWER) == 0x7970742d &&
	       (la_get32(&w->b[24]) | LA_LOWER) == 0x63657274;
}

/*
 * An answer begins with a constant, as a query did in version 1. Since then that begins with bytes
 * from the certificate: it is recognised by a known remote address, if it is not QUIC.
 */
la_inline int la_dnscrypt(const struct la_window *w, const struct la_label *l)
{
	if (la_starts(w, "r6fnvWj8") || la_starts(w, "q6fnvWj8"))
		return 1;
	return l->resolver == LA_DETAIL_DNSCRYPT && w->total >= 68 &&
	       !(w->b[0] & 0x80 && la_get32(&w->b[1]) == 1);
}

/* The scratch of a flow at DoQ's port that began as something else. */
#define LA_DNS_NO_DOQ 1

/*
 * DoQ by the port, which DNS over DTLS has as well (RFC 8094). What begins as neither has nothing
 * of DNS but the port: WireGuard, OpenVPN, STUN. Its later packets may look like QUIC, and so does
 * a message of DHT, a dictionary.
 */
la_inline int la_doq(const struct la_window *w, struct la_label *l)
{
	if (!la_port(w, 853) || l->scratch == LA_DNS_NO_DOQ)
		return 0;
	if ((w->b[0] & 0xc0 && !(w->b[0] == 'd' && w->b[2] == ':')) ||
	    (w->b[0] >= 20 && w->b[1] == 0xfe))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DOQ, LA_CF_FINAL);
	l->scratch = LA_DNS_NO_DOQ;
	return 0;
}

la_inline int la_dns_udp(const struct la_window *w, struct la_label *l)
{
	__u8 detail = la_dns_port(w);

	if (la_doq(w, l))
		return 1;
	if (la_dnscrypt_begins(w))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DNSCRYPT, la_dns_query(w, 0));
	la_reread();
	if (la_dnscrypt(w, l))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DNSCRYPT, 0);
	la_reread();
	if (detail && la_dns_header(w, 0, w->total))
		return la_label(l, LA_CLASS_DNS, detail, la_dns_query(w, 0));
	la_reread();
	if (la_port(w, 137) && la_netbios_header(w))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_NETBIOS, la_dns_query(w, 0));
	return 0;
}

#endif
