/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * DNS by the whole of a message (RFC 1035 4.1), on whatever port: a question to a resolver, or an
 * answer. On the port of DNS by the name alone, whatever the header says.
 */
#ifndef LEAKAUDIT_DNS_MESSAGE_H
#define LEAKAUDIT_DNS_MESSAGE_H

#include "address.h"
#include "dns.h"

#define LA_DNS_LABELS 64 /* an address of IPv6 has 34 (RFC 3596 2.5) */

/* Whether a name's last label, at `at`, is "local" (RFC 6762 3), in any case. b: room for 12 bytes.
 */
la_inline int la_dns_is_local(struct la_src *src, __u32 at, __u8 *b)
{
	return !la_load(src, at, b, 6) && b[0] == 5 && (b[1] | 0x20) == 'l' &&
	       (la_get32(&b[2]) | 0x20202020) == 0x6f63616c;
}

/*
 * The name at `at`: where it ends, in 16 bits above that its last label is, and above those whether
 * it ends with a pointer (RFC 1035 4.1.4). 0: it does not end; LA_DNS_CUT: it goes on at `end`.
 */
#define LA_DNS_POINTER (1ULL << 32)
#define LA_DNS_CUT (1ULL << 33)

la_subprog __u64 la_dns_name(struct la_src *src, __u32 at, __u32 end)
{
	__u32 last = at;
	__u8 n = 0;
	int i;

	for (i = 0; i < LA_DNS_LABELS; i++) {
		if (at >= end || at > 0xf000 || la_load(src, at, &n, 1))
			return LA_DNS_CUT;
		if (n > 63)
			return n < 0xc0 ? 0 : LA_DNS_POINTER | last << 16 | (at + 2);
		if (!n)
			return (__u64)last << 16 | (at + 1);
		last = at;
		at += 1 + n;
	}
	return 0;
}

la_inline __u32 la_dns_name_end(__u64 name)
{
	return name & 0xffff;
}

/* What follows the name of a question: a type, and a class that there is. */
la_inline int la_dns_asks_of(const __u8 *b)
{
	return la_get16(b) && !b[2] &&
	       (b[3] == 1 || b[3] == 3 || b[3] == 4 || b[3] == 254 || b[3] == 255);
}

/* Where the record at `at` ends; 0: not before `end`. b: room for 12 bytes. */
la_inline __u32 la_dns_record(struct la_src *src, __u32 at, __u32 end, __u8 *b)
{
	at = la_dns_name_end(la_dns_name(src, at, end));
	if (!at || at > 0xf000 || at + 10 > end || la_load(src, at, b, 10))
		return 0;
	at += 10 + la_get16(&b[8]);
	return at <= end ? at : 0;
}

enum la_dns_kind {
	LA_DNS_NONE,
	LA_DNS_QUERY,
	LA_DNS_TO_RESOLVER, /* a query that wants recursion */
	LA_DNS_ANSWER,
};

/* A header with one question. Besides EDNS's record a query may have a signature (RFC 8945). */
la_inline enum la_dns_kind la_dns_kind_of(const __u8 *h)
{
	if (h[2] & 0x78 || h[3] & 0x40 || la_get16(&h[4]) != 1)
		return LA_DNS_NONE;
	if (h[2] & 0x80)
		return LA_DNS_ANSWER;
	if (h[2] & 0xfe || h[3] & 0xcf || la_get32(&h[6]) || la_get16(&h[10]) > 2)
		return LA_DNS_NONE;
	return h[2] & 1 ? LA_DNS_TO_RESOLVER : LA_DNS_QUERY;
}

#define LA_DNS_RECORDS 16 /* answers with more are not read to their end */

/* Whether nothing but n records is between `at` and `end`. */
la_inline int la_dns_is_records(struct la_src *src, __u32 at, __u32 end, __u32 n, __u8 *b)
{
	__u32 i;

	for (i = 0; i < LA_DNS_RECORDS; i++) {
		if (i >= n)
			return at == end;
		at = la_dns_record(src, at, end, b);
		if (!at)
			return 0;
	}
	return 1;
}

/*
 * What `len` bytes at `at` are if they are one message and nothing else, for a name that no
 * multicast resolves. A query whose sender wants recursion is one to a resolver (RFC 6762 18.6,
 * RFC 4795 2.1.1: there nobody asks for it).
 */
la_inline int la_dns_whole(struct la_src *src, __u32 at, __u32 len)
{
	__u32 end = at + len, records;
	enum la_dns_kind kind;
	__u8 b[12] = {};
	__u64 name;

	if (len < 12 + 5 || len > 0xffff || at > 0xf000 || la_load(src, at, b, sizeof(b)))
		return LA_DNS_NONE;
	kind = la_dns_kind_of(b);
	records = (__u32)la_get16(&b[6]) + la_get16(&b[8]) + la_get16(&b[10]);
	if (kind == LA_DNS_NONE)
		return kind;
	name = la_dns_name(src, at + 12, end);
	at = la_dns_name_end(name);
	if (!at || name & LA_DNS_POINTER || la_dns_is_local(src, name >> 16 & 0xffff, b) ||
	    at + 4 > end || la_load(src, at, b, 4) || !la_dns_asks_of(b))
		return LA_DNS_NONE;
	return la_dns_is_records(src, at + 4, end, records, b) ? kind : LA_DNS_NONE;
}

la_inline int la_is_unicast(const struct la_flow_key *k)
{
	return !la_is_multicast(k) && !la_is_broadcast(k);
}

/* The message that a packet may be. A stream has its length in front. Returns an enum la_dns_kind. */
la_subprog int la_dns_here(struct la_src *src, const struct la_packet *p)
{
	__u32 at, skip = 0;
	__u8 n[2] = {};

	if (!p)
		return LA_DNS_NONE;
	at = p->base + p->payload_off;
	if (p->key.proto == LA_PROTO_TCP) {
		skip = 2;
		if (p->payload_len < 2 || at > 0xf000 || la_load(src, at, n, sizeof(n)) ||
		    la_get16(n) + 2 != p->payload_len)
			return LA_DNS_NONE;
	}
	return la_dns_whole(src, at + skip, p->payload_len - skip);
}

la_inline int la_dns_label(const struct la_packet *p, struct la_label *l, __u8 flags)
{
	return la_label(l, LA_CLASS_DNS,
			p->key.proto == LA_PROTO_TCP ? LA_DETAIL_DNS_TCP : LA_DETAIL_DNS_UDP,
			flags);
}

/* Where the name at `at`, of a message from `from` to `end`, leads by a pointer there is a name,
 * too. */
la_inline __u32 la_dns_named_until(struct la_src *src, __u32 at, __u32 from, __u32 end)
{
	__u64 name = la_dns_name(src, at, end);
	__u8 b[2] = {};

	at = la_dns_name_end(name);
	if (!at || !(name & LA_DNS_POINTER))
		return at;
	if (la_load(src, at - 2, b, sizeof(b)))
		return 0;
	from += la_get16(b) & 0x3fff;
	return from < end && la_dns_name_end(la_dns_name(src, from, end)) ? at : 0;
}

/*
 * A message on the port of DNS, by the question where the first one is. Resolvers answer many a
 * message whose header is not in order: unknown flags, an error in a query, wrong counts.
 */
la_subprog int la_classify_named(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	__u32 at, from, end;
	__u8 b[4] = {}, flags;

	if (!p || !l)
		return 0;
	from = p->base + p->payload_off;
	end = from + p->payload_len;
	from += p->key.proto == LA_PROTO_TCP ? 2 : 0;
	if (from > 0xf000 || la_load(src, from + 2, b, 1))
		return 0;
	at = la_dns_named_until(src, from + 12, from, end);
	if (!at || at > 0xf000 || at + 4 > end)
		return 0;
	flags = p->key.dport == 53 && !(b[0] & 0x80) ? LA_CF_MESSAGE : 0;
	return !la_load(src, at, b, sizeof(b)) && la_dns_asks_of(b) && la_dns_label(p, l, flags);
}

/*
 * A message on another port that is no question to a resolver. One on the link may be between its
 * hosts alone, and stays what it was.
 */
la_inline int la_classify_message(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	int kind;

	if (p->key.dport == 53 || p->key.sport == 53)
		return la_classify_named(src, p, l);
	if (!la_is_global(&p->key))
		return 0;
	kind = la_dns_here(src, p);
	return kind != LA_DNS_NONE && la_dns_label(p, l, kind == LA_DNS_ANSWER ? 0 : LA_CF_MESSAGE);
}

#endif
