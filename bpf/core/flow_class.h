/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A packet -> its label -> its flow's class: combines the labels of several packets. The kernel and
 * the replay use the same record.
 */
#ifndef LEAKAUDIT_FLOW_CLASS_H
#define LEAKAUDIT_FLOW_CLASS_H

#include "classify.h"

/*
 * The detail for which the server named by the packet is known, or none. For a TLS hello the name
 * is in l->hello. The kernel looks it up in a map; other callers set src->named.
 */
#ifdef __bpf__
la_inline __u8 la_named(struct __sk_buff *src, const struct la_packet *p, struct la_label *l);
#else
la_inline __u8 la_named(const struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	return src->named ? src->named(src, p, l) : LA_DETAIL_NONE;
}
#endif

/* Labels the packet again, with its ClientHello. */
la_subprog int la_hello_label(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	if (!p || !l)
		return 0;
	la_hello(src, p, l);
	la_label_hello(l, l->hello.name_len ? la_named(src, p, l) : LA_DETAIL_NONE);
	return 0;
}

/*
 * The same for the first datagram of QUIC. BPF has no ciphers: the kernel passes the datagram to
 * the user side.
 */
la_inline void la_quic_label(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
#ifndef __bpf__
	__u8 named = la_named(src, p, l);

	if (named)
		la_label(l, LA_CLASS_DNS, named, l->flags | LA_CF_FINAL);
#else
	(void)src;
	(void)p;
	(void)l;
#endif
}

/* Payload packets that are examined before the class is final. */
#define LA_PROBES_MAX 8

/*
 * What is no leak by where it goes is one by what it says: a later message to the same host may be
 * a question to a resolver, or ask for a port. So may one of which only a part was sent.
 */
la_inline int la_flow_may_turn(const struct la_flow *f)
{
	return f->exempt == LA_EXEMPT_LAN || (f->scratch && f->scratch != LA_DNS_NO_DOQ);
}

/*
 * DNS and STUN flows are examined further, since each query is an event. So are those of DHCP,
 * where one message proves nothing about the next, and what goes to the port of DNS: any of it may
 * be a question, as may what is not yet one at the port of those that are encrypted. What has begun
 * like something is waited for. A class from a port or a name needs no further look.
 */
la_inline int la_flow_is_final(const struct la_flow *f, __u32 flags)
{
	if (f->key.dport == 53 || (f->key.dport == 853 && f->cls != LA_CLASS_DNS))
		return 0;
	if (flags & LA_CF_FINAL)
		return 1;
	return f->probes >= LA_PROBES_MAX && f->cls != LA_CLASS_DNS && f->cls != LA_CLASS_STUN &&
	       f->detail != LA_DETAIL_DHCP && !la_flow_may_turn(f);
}

/* The answer to a question that was one to a resolver, from a port of names by multicast. */
la_inline int la_flow_answers(const struct la_flow *f, const struct la_label *l)
{
	return (l->detail == LA_DETAIL_MDNS || l->detail == LA_DETAIL_LLMNR) &&
	       !(l->flags & LA_CF_MESSAGE) &&
	       (f->detail == LA_DETAIL_DNS_UDP || f->detail == LA_DETAIL_DNS_TCP);
}

/* Whether the flow becomes what its packet is. Payload that was not recognised does not
 * take back what an earlier packet has proven: a class, or that a port was asked for. */
la_inline int la_flow_turns(const struct la_flow *f, const struct la_label *l)
{
	__u8 first = l->flags & LA_CF_PAYLOAD ? 1 : 0;

	if (la_flow_answers(f, l))
		return 0;
	return f->probes <= first || l->cls >= LA_CLASS_DNS ||
	       (f->cls < LA_CLASS_DNS && f->detail != LA_DETAIL_PORTMAP);
}

la_inline void la_flow_take(struct la_flow *f, const struct la_label *l)
{
	if (l->flags & LA_CF_PAYLOAD && f->probes < 255)
		f->probes++;
	if (la_flow_turns(f, l)) {
		f->cls = l->cls;
		f->detail = l->detail;
	}
	f->scratch = l->scratch;
	if (la_flow_is_final(f, l->flags))
		f->flags |= LA_FF_CLASS_FINAL;
}

/*
 * Labels a packet and merges the label into its flow. The caller fills torrent_owner and resolver.
 * For a packet without a flow call la_classify() only.
 */
la_inline void la_flow_label(struct la_src *src, const struct la_packet *p, struct la_flow *f,
			     struct la_label *l)
{
	l->was = f->cls;
	l->scratch = f->scratch;
	la_classify(src, p, l);
	if (l->flags & LA_CF_UTP)
		la_utp_follow(src, p, f, l);
	if (l->flags & LA_CF_HELLO)
		la_hello_label(src, p, l);
	if (l->flags & LA_CF_QUIC)
		la_quic_label(src, p, l);
	la_flow_take(f, l);
}

#endif
