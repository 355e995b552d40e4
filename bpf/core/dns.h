/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * DNS over UDP and TCP (RFC 1035, RFC 7766), with EDNS (RFC 6891) as one more record, DoT
 * (RFC 7858), DoQ (RFC 9250), DNSCrypt (version 2, draft-denis-dprive-dnscrypt), mDNS (RFC 6762),
 * LLMNR (RFC 4795), NetBIOS names (RFC 1002). DoH is recognised by tls.h.
 */
#ifndef LEAKAUDIT_DNS_H
#define LEAKAUDIT_DNS_H

#include "address.h"
#include "class.h"

/* An answer of this size (RFC 6891 6.2.5) may be a first fragment. */
#define LA_DNS_LARGE 1200

/* Whether the counts are possible: a question takes at least 5 bytes, a record 11. */
la_inline int la_dns_fits(const __u8 *h, __u32 room)
{
	__u16 qd = la_get16(&h[4]);
	__u32 records = (__u32)la_get16(&h[6]) + la_get16(&h[8]) + la_get16(&h[10]);

	return qd <= 8 && records <= 4096 &&
	       (room >= LA_DNS_LARGE || qd * 5U + records * 11U + 12 <= room);
}

/*
 * Whether the message queries something. Besides questions there are a cookie alone (RFC 7873 5.4),
 * and stateful operations (RFC 8490 5.4), which have no sections.
 */
la_inline int la_dns_asks(const __u8 *h, __u32 len)
{
	__u8 opcode = h[2] >> 3 & 0xf;

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
 * a sane count of questions, not more records than fit into `room`. A tunnel or a game on port 53
 * fails this and keeps its family class.
 */
la_inline int la_dns_header(const struct la_window *w, __u32 at, __u32 room)
{
	const __u8 *h = &w->b[at];
	__u8 opcode = h[2] >> 3 & 0xf;

	if (w->len < at + 12 || room < 12 || opcode > 6 || opcode == 3 || h[3] & 0x40 ||
	    !la_dns_fits(h, room))
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

la_inline int la_dns_tcp(const struct la_window *w, struct la_label *l)
{
	__u8 detail = la_dns_tcp_port(w);
	__u32 room = la_get16(w->b);

	if (la_port(w, 853))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DOT, LA_CF_FINAL);
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

/* DNSCrypt begins with an unencrypted query for its certificate, on any port. */
la_inline int la_dnscrypt_begins(const struct la_window *w)
{
	return w->len >= 28 && la_get16(&w->b[4]) == 1 && !(w->b[2] & 0x78) &&
	       la_get32(&w->b[12]) == 0x01320d64 && la_get32(&w->b[16]) == 0x6e736372 &&
	       la_get32(&w->b[20]) == 0x7970742d && la_get32(&w->b[24]) == 0x63657274;
}

/*
 * An answer begins with a constant. A query begins with bytes from the certificate: it is
 * recognised by a known remote address, if it is not QUIC.
 */
la_inline int la_dnscrypt(const struct la_window *w, const struct la_label *l)
{
	if (la_starts(w, "r6fnvWj8"))
		return 1;
	return l->resolver == LA_DETAIL_DNSCRYPT && w->total >= 68 &&
	       !(w->b[0] & 0x80 && la_get32(&w->b[1]) == 1);
}

la_inline int la_dns_udp(const struct la_window *w, struct la_label *l)
{
	__u8 detail = la_dns_port(w);

	if (la_port(w, 853))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DOQ, LA_CF_FINAL);
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

#define LA_DNS_LABELS 40 /* an address of IPv6 has 34 (RFC 3596 2.5) */

/* Whether a name's last label, at `at`, is "local" (RFC 6762 3), in any case. */
la_inline int la_dns_is_local(struct la_src *src, __u32 at)
{
	__u8 b[8] = {};

	return !la_load(src, at, b, 6) && b[0] == 5 && (b[1] | 0x20) == 'l' &&
	       (la_get32(&b[2]) | 0x20202020) == 0x6f63616c;
}

/* Where the name at `at` ends: 0 where it does not. *last: of its last label. */
la_inline __u32 la_dns_name(struct la_src *src, __u32 at, __u32 *last)
{
	__u8 n = 0;
	int i;

	for (i = 0; i < LA_DNS_LABELS; i++) {
		if (la_load(src, at, &n, 1) || n > 63)
			return 0;
		if (!n)
			return at + 1;
		*last = at;
		at += 1 + n;
	}
	return 0;
}

/*
 * A question to a resolver, which a message of `len` bytes at `at` is by itself, whatever its
 * ports: a query whose sender wants recursion, for one name that no multicast resolves
 * (RFC 6762 18.6, RFC 4795 2.1.1: there nobody asks for recursion), in a class that there
 * is, with nothing behind it but an additional record, such as EDNS's.
 */
la_inline int la_dns_question(struct la_src *src, __u32 at, __u32 len)
{
	__u32 end = at + len, last = at;
	__u8 b[12] = {};
	__u16 more;

	if (len < 12 + 5 || len > 0xffff || at > 0xf000 || la_load(src, at, b, sizeof(b)) ||
	    (b[2] & 0xfe) || !(b[2] & 1) || b[3] & 0xcf || la_get16(&b[4]) != 1 ||
	    la_get32(&b[6]) || la_get16(&b[10]) > 2)
		return 0;
	more = la_get16(&b[10]);
	at = la_dns_name(src, at + 12, &last);
	if (!at || la_load(src, at, b, 4) || b[2] ||
	    (b[3] != 1 && b[3] != 3 && b[3] != 4 && b[3] != 255))
		return 0;
	at += 4;
	return (more ? at + 11U * more <= end : at == end) && !la_dns_is_local(src, last);
}

la_inline int la_is_unicast(const struct la_flow_key *k)
{
	return !la_is_multicast(k) && !la_is_broadcast(k);
}

/* Where a message of DNS would be in the payload. A stream has its length in front. */
la_inline int la_dns_asks_here(struct la_src *src, const struct la_packet *p)
{
	__u32 at = p->base + p->payload_off, skip = 0;
	__u8 n[2] = {};

	if (p->key.proto == LA_PROTO_TCP) {
		skip = 2;
		if (p->payload_len < 2 || at > 0xf000 || la_load(src, at, n, sizeof(n)) ||
		    la_get16(n) + 2 != p->payload_len)
			return 0;
	}
	return la_dns_question(src, at + skip, p->payload_len - skip);
}

/*
 * What asks a resolver on a port that is not the resolvers'. Names by multicast have ports
 * of their own, to which one host may be asked alone (RFC 6762 5.5, RFC 4795 2.4); beyond
 * the link nobody answers such a question but a resolver.
 */
la_subprog int la_classify_question(struct la_src *src, const struct la_packet *p,
				    struct la_label *l)
{
	int beyond;

	if (!p || !l || !la_is_unicast(&p->key))
		return 0;
	beyond = l->detail == LA_DETAIL_MDNS && l->flags & LA_CF_MESSAGE && p->key.dport == 5353 &&
		 la_is_global(&p->key);
	if (!beyond && !la_dns_asks_here(src, p))
		return 0;
	return la_label(l, LA_CLASS_DNS,
			p->key.proto == LA_PROTO_TCP ? LA_DETAIL_DNS_TCP : LA_DETAIL_DNS_UDP,
			LA_CF_MESSAGE);
}

#endif
