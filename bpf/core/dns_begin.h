/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A question to a resolver in a stream to any port, which is cut: its length may come alone (RFC
 * 7766 8), and its beginning in as many pieces as there are bytes.
 */
#ifndef LEAKAUDIT_DNS_BEGIN_H
#define LEAKAUDIT_DNS_BEGIN_H

#include "dns_message.h"

#define LA_DNS_BEGINS 14 /* the length and the header */

/* The scratch of a stream of which fewer bytes were sent, all as a question has them: how many. */
#define LA_DNS_BEGUN (1U << 29)

/* Whether byte `at` of the beginning is not that of a query that wants recursion (RFC 1035 4.1.1).
 */
la_inline __u8 la_dns_is_other(__u8 byte, __u32 at)
{
	switch (at) {
	case 0: /* the length, the id */
	case 1:
	case 2:
	case 3:
		return 0;
	case 4: /* nothing but RD */
		return byte ^ 1;
	case 5: /* AD and CD may be set */
		return byte & 0xcf;
	case 7: /* one question */
		return byte ^ 1;
	case 13: /* EDNS, a signature */
		return byte & 0xfc;
	default:
		return byte;
	}
}

/* What follows the header: a name that no multicast resolves, as far as it is there. */
la_inline int la_dns_goes_on(struct la_src *src, __u32 at, __u32 end)
{
	__u64 name = la_dns_name(src, at, end);
	__u8 b[12] = {};

	if (name == LA_DNS_CUT)
		return 1;
	at = la_dns_name_end(name);
	if (!at || at > 0xf000 || name & LA_DNS_POINTER ||
	    la_dns_is_local(src, name >> 16 & 0xffff, b))
		return 0;
	return at + 4 > end || (!la_load(src, at, b, 4) && la_dns_asks_of(b));
}

/* Whether a question has begun by the end of this segment. */
la_subprog int la_dns_begins(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	__u8 b[LA_DNS_BEGINS] = {};
	__u32 at, seen, until, i;
	__u64 wrong = 0;

	if (!p || !l || (l->scratch && l->scratch >> 29 != LA_DNS_BEGUN >> 29))
		return 0;
	seen = l->scratch & 0xf;
	until = seen + p->payload_len;
	at = p->base + p->payload_off - seen; /* headers are before it, not what was sent before */
	l->scratch = 0;
	if (at > 0xf000 || la_load_upto(src, at, b, until, LA_DNS_BEGINS))
		return 0;
#pragma GCC unroll 14
	for (i = 0; i < LA_DNS_BEGINS; i++) {
		__u64 here = la_less(seen, i + 1ULL) & la_less(i, until);

		wrong |= -here & la_dns_is_other(b[i], i);
	}
	if (wrong || (!seen && until > 1 && la_get16(b) < 12 + 5))
		return 0;
	if (until <= LA_DNS_BEGINS) { /* the name is to come */
		l->scratch = LA_DNS_BEGUN | until;
		return 0;
	}
	return la_dns_goes_on(src, at + LA_DNS_BEGINS, at + until);
}

/*
 * What asks a resolver on a port that is not the resolvers'. Names by multicast have ports
 * of their own, to which one host may be asked alone (RFC 6762 5.5, RFC 4795 2.4); beyond
 * the link nobody answers such a question but a resolver.
 */
la_inline int la_classify_question(struct la_src *src, const struct la_packet *p,
				   struct la_label *l)
{
	int beyond;

	if (!la_is_unicast(&p->key))
		return 0;
	if (p->key.proto == LA_PROTO_TCP)
		return la_dns_begins(src, p, l) && la_dns_label(p, l, LA_CF_MESSAGE);
	beyond = l->detail == LA_DETAIL_MDNS && l->flags & LA_CF_MESSAGE && p->key.dport == 5353 &&
		 la_is_global(&p->key);
	return (beyond || la_dns_here(src, p) == LA_DNS_TO_RESOLVER) &&
	       la_dns_label(p, l, LA_CF_MESSAGE);
}

#endif
