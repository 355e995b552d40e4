/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Facts -> leak or exempt, counted or dropped. Nothing else decides this. An uncertain packet is a
 * leak and, with dropping, is dropped.
 */
#ifndef LEAKAUDIT_VERDICT_H
#define LEAKAUDIT_VERDICT_H

#include "address.h"
#include "flow_class.h"
#include "tables.h"

enum la_fact_flags {
	LA_FACT_ONLINK = 1 << 0, /* the destination is in a private on-link prefix */
	LA_FACT_ALLOWED = 1 << 1, /* matches an --allow */
	LA_FACT_TRANSPORT = 1 << 2, /* sender and remote address of a tunnel are proven */
	LA_FACT_LAN_EXEMPT = 1 << 3, /* --lan=exempt */
	LA_FACT_ON_LINK_NEIGHBOUR = 1
				    << 4, /* its neighbour discovery stays on the link, see below */
	LA_FACT_CONFIGURES = 1 << 5, /* the sender may set the addresses of the line */
	LA_FACT_ANSWERED = 1 << 6, /* a resolver in a container, which is judged where it asks */
};

struct la_facts {
	__u32 flags; /* enum la_fact_flags */
	__u32 drop; /* bit n: enum la_class n, see la_is_unwanted() */
};

struct la_judgement {
	__u8 exempt; /* enum la_exempt */
	__u8 verdict; /* enum la_verdict */
};

/* No router forwards it: RFC 5771 4, RFC 4291 2.7. */
la_inline int la_is_link_multicast(const struct la_flow_key *k)
{
	const __u8 *b = k->daddr.b;

	return k->family == 6 ? b[0] == 0xff && (b[1] & 0xf) == 2
			      : b[12] == 224 && !b[13] && !b[14];
}

/*
 * An IPv4-mapped address in an IPv6 packet, where it has no use (RFC 4291 2.5.5.2): facts about the
 * IPv4 address do not apply.
 */
la_inline int la_is_mapped(const struct la_flow_key *k)
{
	const struct la_addr *a = &k->daddr;

	return k->family == 6 && !a->q[0] && !a->b[8] && !a->b[9] && a->b[10] == 0xff &&
	       a->b[11] == 0xff;
}

/* fe80::/10, RFC 4291 2.5.6: no router forwards it. */
la_inline int la_is_link_local(const struct la_flow_key *k)
{
	return k->family == 6 && k->daddr.b[0] == 0xfe && k->daddr.b[1] >> 6 == 2;
}

/*
 * A lease is renewed by unicast, and the server may be anywhere: behind a relay, with a public
 * address (RFC 2131 4.4.5). The port proves nothing: some namespaces open low ports to everybody,
 * and CAP_NET_BIND_SERVICE is no permission to configure the line. So the process must be permitted
 * to set the line's addresses (CAP_NET_ADMIN), as every DHCP client is, and each message must be
 * DHCP. An earlier broadcast is not required: most leases are older than a watch, and a process
 * that can send the unicast could also have sent the broadcast.
 */
la_inline int la_is_renewal(const struct la_flow_key *k, const struct la_label *l, __u32 facts)
{
	return l->detail == LA_DETAIL_DHCP && facts & LA_FACT_CONFIGURES && !la_is_multicast(k);
}

/*
 * Traffic that keeps the link working. Neighbour discovery counts only with the hop limit 255,
 * which no router can have forwarded (RFC 4861 7.1), and only towards the link: a message sent to
 * the Internet would still be one for the next router. For a neighbour with a public address
 * LA_FACT_ON_LINK_NEIGHBOUR is required: the kernel itself sends it, or the neighbour's own packet
 * came in with that hop limit.
 */
la_inline int la_is_neighbour(const struct la_packet *p, const struct la_label *l, __u32 facts)
{
	const struct la_flow_key *k = &p->key;
	int link = facts & LA_FACT_ONLINK || la_is_link_multicast(k) || la_is_link_local(k) ||
		   la_is_broadcast(k);

	switch (k->proto) {
	case LA_PROTO_ICMPV6:
		if (k->family != 6) /* not a use of the protocol */
			return 0;
		if (p->icmp_type >= 133 && p->icmp_type <= 137)
			return p->hops == 255 && (link || facts & LA_FACT_ON_LINK_NEIGHBOUR);
		/* MLD, RFC 2710 and RFC 3810: hop limit 1, to multicast */
		return p->hops == 1 && la_is_multicast(k) &&
		       ((p->icmp_type >= 130 && p->icmp_type <= 132) || p->icmp_type == 143);
	case LA_PROTO_IGMP:
		return k->family == 4 && p->hops == 1 && la_is_multicast(k);
	case LA_PROTO_UDP:
		return la_is_dhcp_port(k) && (link || la_is_renewal(k, l, facts));
	}
	return 0;
}

/* A packet that is plainly something else is no tunnel's. A class by the port alone may be. */
la_inline int la_may_be_outer(__u8 cls, __u8 detail)
{
	return cls == LA_CLASS_IPV4 || cls == LA_CLASS_IPV6 || detail == LA_DETAIL_DOT ||
	       detail == LA_DETAIL_DOQ;
}

/*
 * A query to a unicast resolver on the LAN is not LAN traffic, since the resolver forwards it to
 * the ISP. A user with an encrypting resolver allows its address. Answers of a server on this host
 * to the LAN stay there.
 */
la_inline int la_is_relayed(const struct la_flow_key *k, const struct la_label *l)
{
	__u16 to = k->dport, from = k->sport;

	if (l->cls != LA_CLASS_DNS || la_is_multicast(k) || la_is_broadcast(k))
		return 0;
	if (la_is_resolver_port(from) && !la_is_resolver_port(to))
		return 0;
	return l->detail != LA_DETAIL_MDNS && l->detail != LA_DETAIL_LLMNR &&
	       l->detail != LA_DETAIL_NETBIOS;
}

/*
 * A port mapping makes this machine reachable from the Internet, by its real address. (A search for
 * routers by SSDP opens nothing.)
 */
la_inline int la_opens_port(const struct la_flow_key *k, const struct la_label *l)
{
	return l->detail == LA_DETAIL_PORTMAP && !la_is_ssdp(k);
}

/*
 * Frames that no next hop forwards, whatever their content: ARP, EAPOL (IEEE 802.1X), PPPoE
 * discovery (RFC 2516) and LLDP. Others (tags, labels, sessions) may contain packets.
 */
la_inline int la_stays_on_link(__u32 ethertype)
{
	return ethertype == 0x0806 || ethertype == 0x888e || ethertype == 0x8863 ||
	       ethertype == 0x88cc;
}

/*
 * What goes to a port of DNS and is nothing else for certain may be a question that only its
 * resolver can read. What follows STUN, and unknown bytes of a torrent client, are nothing for
 * certain.
 */
la_inline int la_may_be_question(const struct la_flow_key *k, const struct la_label *l)
{
	return la_is_resolver_port(k->dport) &&
	       (l->cls == LA_CLASS_IPV4 || l->cls == LA_CLASS_IPV6 ||
		l->detail == LA_DETAIL_MEDIA || l->detail == LA_DETAIL_BULK);
}

/* ipv4 and ipv6 name the whole family, with all classes in it. */
la_inline int la_is_unwanted(__u8 family, __u8 cls, __u32 drop)
{
	return !!(drop & (1U << cls | 1U << (family == 6 ? LA_CLASS_IPV6 : LA_CLASS_IPV4)));
}

/* volatile: in the kernel they are constants that are set before loading. */
la_inline int la_allow_matches(const volatile struct la_allow *a, const struct la_flow_key *k)
{
	return (!a->port || a->port == k->dport) && (!a->proto || a->proto == k->proto) &&
	       !((k->daddr.q[0] ^ a->addr.q[0]) & a->mask.q[0]) &&
	       !((k->daddr.q[1] ^ a->addr.q[1]) & a->mask.q[1]);
}

/*
 * Turns the key of an inbound packet into that of its answer: the remote address becomes the
 * destination.
 */
la_inline void la_key_reverse(struct la_flow_key *k)
{
	struct la_addr addr = k->saddr;
	__u16 port = k->sport;

	k->saddr = k->daddr;
	k->daddr = addr;
	k->sport = k->dport;
	k->dport = port;
}

la_subprog int la_evaluate(const struct la_packet *p, const struct la_label *l,
			   const struct la_facts *f, struct la_judgement *j)
{
	const struct la_flow_key *k;
	__u32 facts;
	int closed;

	if (!p || !l || !f || !j)
		return 0;
	k = &p->key;
	closed = f->drop & 1U << LA_CLASS_DNS && la_may_be_question(k, l);
	/* with a source route the destination is the next stop: nothing is known of the last one */
	facts = la_is_mapped(k) || k->routed ? 0 : f->flags;
	*j = (struct la_judgement){ LA_EXEMPT_NONE, LA_VERDICT_COUNTED };
	if (!k->routed && la_is_neighbour(p, l, facts))
		j->exempt = LA_EXEMPT_NEIGHBOUR;
	else if (facts & LA_FACT_ALLOWED)
		j->exempt = LA_EXEMPT_ALLOWED;
	else if (facts & LA_FACT_ONLINK && facts & LA_FACT_LAN_EXEMPT &&
		 (facts & LA_FACT_ANSWERED || (!closed && !la_is_relayed(k, l))) &&
		 !la_opens_port(k, l))
		j->exempt = LA_EXEMPT_LAN;
	else if (facts & LA_FACT_TRANSPORT)
		j->exempt = LA_EXEMPT_TRANSPORT;
	else if (closed || la_is_unwanted(k->family, l->cls, f->drop))
		j->verdict = LA_VERDICT_DROPPED;
	return 0;
}

/*
 * Evaluates a packet by what its flow is now. To a port of DNS it must be something else by
 * itself: what the flow's earlier ones were proves nothing there.
 */
la_inline void la_flow_evaluate(const struct la_packet *p, const struct la_flow *f,
				const struct la_label *own, const struct la_facts *facts,
				struct la_judgement *j)
{
	struct la_label l = { .cls = f->cls, .detail = f->detail };

	if (la_is_resolver_port(p->key.dport) && p->payload_len && f->cls > LA_CLASS_DNS) {
		l.cls = own->cls;
		l.detail = own->detail;
	}
	la_evaluate(p, &l, facts, j);
}

#endif
