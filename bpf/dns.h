/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * DNS over UDP and TCP (RFC 1035, RFC 7766), DoT (RFC 7858), DoQ (RFC 9250),
 * mDNS (RFC 6762), LLMNR (RFC 4795), NetBIOS names (RFC 1002).
 */
#ifndef LEAKAUDIT_DNS_H
#define LEAKAUDIT_DNS_H

#include "class.h"

/*
 * A header that a resolver or server would send (RFC 1035 4.1.1), at b[at]:
 * a known opcode, a sane count of questions, records no more than fit. A
 * tunnel or a game on port 53 fails this and keeps its family class.
 */
la_inline int la_dns_header(const struct la_window *w, __u32 at)
{
	const __u8 *h = &w->b[at];
	__u32 room = w->total - at;
	__u16 qd = la_get16(&h[4]);
	__u32 records = (__u32)la_get16(&h[6]) + la_get16(&h[8]) + la_get16(&h[10]);
	__u8 opcode = h[2] >> 3 & 0xf;

	if (w->len < at + 12 || opcode > 6 || opcode == 3 || h[3] & 0x40 || qd > 8)
		return 0;
	/* a question takes 5 bytes at least, a record 11 */
	if (qd * 5U + records * 11U > room - 12)
		return 0;
	if (!(h[2] & 0x80)) /* a query asks something, and refuses nothing */
		return qd && !(h[3] & 0xf) && (w->len < at + 13 || h[12] < 64);
	return qd || records || h[3] & 0xf;
}

la_inline __u8 la_dns_query(const struct la_window *w, __u32 at)
{
	return w->b[at + 2] & 0x80 ? 0 : LA_CF_MESSAGE;
}

la_inline int la_dns_tcp(const struct la_window *w, struct la_label *l)
{
	if (la_port(w, 853))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DOT, LA_CF_FINAL);
	if (!la_port(w, 53))
		return 0;
	/* before any payload the port is all there is: a connection to a
	 * resolver is already a leak of the intent */
	if (!w->len)
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DNS_TCP, 0);
	/* the length may travel in a segment of its own (RFC 7766 8) */
	if (w->total == 2 || la_dns_header(w, 2))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DNS_TCP,
				w->total > 2 ? la_dns_query(w, 2) : 0);
	return 0;
}

la_inline __u8 la_dns_port(const struct la_window *w)
{
	if (la_port(w, 53))
		return LA_DETAIL_DNS_UDP;
	if (la_port(w, 5353))
		return LA_DETAIL_MDNS;
	if (la_port(w, 5355))
		return LA_DETAIL_LLMNR;
	return la_port(w, 137) ? LA_DETAIL_NETBIOS : LA_DETAIL_NONE;
}

la_inline int la_dns_udp(const struct la_window *w, struct la_label *l)
{
	__u8 detail;

	if (la_port(w, 853))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DOQ, LA_CF_FINAL);
	if (!la_dns_header(w, 0))
		return 0;
	detail = la_dns_port(w);
	if (detail == LA_DETAIL_NONE)
		return 0;
	return la_label(l, LA_CLASS_DNS, detail, la_dns_query(w, 0));
}

#endif
