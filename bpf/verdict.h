/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Facts -> leak or exempt, counted or dropped. The only place that decides.
 * Doubt is a leak, and where dropping is asked, doubt drops.
 */
#ifndef LEAKAUDIT_VERDICT_H
#define LEAKAUDIT_VERDICT_H

#include "classify.h"

enum la_fact_flags {
	LA_FACT_ONLINK = 1 << 0, /* destination in a private on-link prefix */
	LA_FACT_ALLOWED = 1 << 1, /* matches an --allow */
	LA_FACT_TRANSPORT = 1 << 2, /* sender and far end of a tunnel, proven */
	LA_FACT_LAN_EXEMPT = 1 << 3, /* --lan=exempt */
};

struct la_facts {
	__u8 flags; /* enum la_fact_flags */
	__u32 drop; /* classes to drop, a bit each */
};

struct la_judgement {
	__u8 exempt; /* enum la_exempt */
	__u8 verdict; /* enum la_verdict */
};

la_inline int la_is_multicast(const struct la_packet *p)
{
	return p->key.family == 6 ? p->key.daddr.b[0] == 0xff : p->key.daddr.b[12] >> 4 == 0xe;
}

la_inline int la_is_broadcast(const struct la_packet *p)
{
	return p->key.family == 4 && p->key.daddr.w[3] == 0xffffffff;
}

/*
 * What keeps the link alive. Neighbour discovery counts only with the hop
 * limit of 255 that no router has passed on (RFC 4861 7.1); DHCP only towards
 * the link: a unicast renewal (RFC 2131 4.4.5) is on-link as well.
 */
la_inline int la_is_neighbour(const struct la_packet *p, const struct la_facts *f)
{
	int link = la_is_multicast(p) || la_is_broadcast(p) || f->flags & LA_FACT_ONLINK;

	switch (p->key.proto) {
	case LA_PROTO_ICMPV6:
		if (p->key.family != 6) /* not what the protocol is for */
			return 0;
		if (p->icmp_type >= 133 && p->icmp_type <= 137)
			return p->hops == 255;
		/* MLD, RFC 2710 and RFC 3810: hop limit 1, to multicast */
		return p->hops == 1 && link &&
		       ((p->icmp_type >= 130 && p->icmp_type <= 132) || p->icmp_type == 143);
	case LA_PROTO_IGMP:
		return p->key.family == 4 && la_is_multicast(p);
	case LA_PROTO_UDP:
		return link && ((p->key.sport == 68 && p->key.dport == 67) ||
				(p->key.sport == 546 && p->key.dport == 547));
	}
	return 0;
}

/*
 * A question to a unicast resolver on the LAN is no LAN traffic: that resolver
 * is there to pass it on to the ISP. Who runs an encrypting one allows it by
 * its address.
 */
la_inline int la_is_relayed(const struct la_packet *p, const struct la_label *l)
{
	if (l->cls != LA_CLASS_DNS || la_is_multicast(p) || la_is_broadcast(p))
		return 0;
	return l->detail == LA_DETAIL_DNS_UDP || l->detail == LA_DETAIL_DNS_TCP ||
	       l->detail == LA_DETAIL_DOT || l->detail == LA_DETAIL_DOQ;
}

la_inline struct la_judgement la_judge(const struct la_packet *p, const struct la_label *l,
				       const struct la_facts *f)
{
	struct la_judgement j = { LA_EXEMPT_NONE, LA_VERDICT_COUNTED };

	if (la_is_neighbour(p, f))
		j.exempt = LA_EXEMPT_NEIGHBOUR;
	else if (f->flags & LA_FACT_ALLOWED)
		j.exempt = LA_EXEMPT_ALLOWED;
	else if (f->flags & LA_FACT_ONLINK && f->flags & LA_FACT_LAN_EXEMPT &&
		 !la_is_relayed(p, l))
		j.exempt = LA_EXEMPT_LAN;
	else if (f->flags & LA_FACT_TRANSPORT)
		j.exempt = LA_EXEMPT_TRANSPORT;
	else if (f->drop & 1U << l->cls)
		j.verdict = LA_VERDICT_DROPPED;
	return j;
}

#endif
