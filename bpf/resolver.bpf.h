/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Resolvers of this machine: the scope asks one of them on the loopback device, and it asks outside
 * for the scope. The questions that were asked, those that a resolver has heard, and what it sends
 * outside are told to the loader, which joins them.
 */
#ifndef LEAKAUDIT_RESOLVER_BPF_H
#define LEAKAUDIT_RESOLVER_BPF_H

#include "flow.bpf.h"
#include "resolver_way.bpf.h"

/* Payloads of a stream on the loopback device that are examined before it is taken for no DNS. */
#define LA_LOOKS_MAX 8
/* In their place: a stream that began with a record of TLS, at a place where names are asked so. */
#define LA_LOOKS_TLS 254
/* In their place: of a stream whose question was refused, nothing goes on. */
#define LA_LOOKS_REFUSED 255

/* Every namespace's own loopback device. */
#define LA_IFINDEX_LOOPBACK 1

/*
 * Tells the loader of a message, or of a packet whose message is not to be read. refusal: why it
 * goes no further.
 */
la_inline void la_tell_question(struct __sk_buff *skb, const struct la_packet *p, __u8 kind,
				const struct la_label *l, const struct la_owner *who, __u32 segs,
				enum la_refusal refusal)
{
	const __u32 size = sizeof(struct la_event_flow) + LA_PAYLOAD_MAX;
	struct la_event_flow *e = bpf_ringbuf_reserve(&la_events, size, 0);

	if (!e) {
		la_count(LA_COUNTER_RING_FULL, 1);
		return;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->hdr = (struct la_event_hdr){ size, LA_ABI_VERSION, kind, p->key.ifindex,
					bpf_ktime_get_ns() };
	e->flow.key = p->key;
	e->flow.opened = e->hdr.ktime;
	e->flow.packets = segs;
	e->flow.bytes = la_wire_bytes(p, segs);
	e->flow.cls = l->cls;
	e->flow.detail = l->detail;
	e->flow.refusal = refusal;
	if (refusal != LA_REFUSAL_NONE)
		e->flow.verdict = LA_VERDICT_DROPPED;
	e->flow.hook = kind == LA_KIND_UPSTREAM ? LA_HOOK_TC : LA_HOOK_CGROUP;
	if (who) {
		e->flow.owner = *who;
		e->flow.attribution = LA_ATTR_SOCKET;
	} else if (kind == LA_KIND_UPSTREAM && skb->sk) {
		e->flow.owner.cgroup = bpf_skb_cgroup_id(skb);
		e->flow.owner.uid = bpf_get_socket_uid(skb);
		e->flow.attribution = LA_ATTR_SOCKET;
	} else if (kind == LA_KIND_UPSTREAM) {
		e->flow.attribution = LA_ATTR_FORWARDED;
	}
	if (kind == LA_KIND_ASKED)
		e->flow.scope = la_scope_of(skb);
	e->id = -1;
	if (!la_no_payload && l->flags & LA_CF_MESSAGE)
		la_fill_payload(skb, e, LA_CONTENT_MESSAGE, p->base + p->payload_off,
				p->payload_len, LA_PAYLOAD_MAX);
	la_submit(e);
}

/*
 * By the port, where it is no question to a resolver: one who resolves by itself asks without
 * wanting recursion. There is no room on the stack for more.
 */
la_inline void la_label_port(const struct la_packet *p, struct la_label *l)
{
	int tcp = p->key.proto == LA_PROTO_TCP;

	if (l->cls == LA_CLASS_DNS)
		return;
	if (p->key.dport == 53 && p->payload_len > 12)
		l->flags = LA_CF_MESSAGE;
	l->cls = la_is_resolver_port(p->key.dport) ? LA_CLASS_DNS
		 : p->key.family == 6		   ? LA_CLASS_IPV6
						   : LA_CLASS_IPV4;
	if (p->key.dport == 853)
		l->detail = tcp ? LA_DETAIL_DOT : LA_DETAIL_DOQ;
	else if (p->key.dport == 53)
		l->detail = tcp ? LA_DETAIL_DNS_TCP : LA_DETAIL_DNS_UDP;
}

/*
 * Whether a question is to be refused. Where a packet goes on to another namespace, only those that
 * are known as resolvers count: it may be for one outside, and is judged where it leaves.
 */
la_subprog int la_is_refused(struct __sk_buff *skb, const struct la_packet *p)
{
	struct la_resolver *r;
	__u64 net = 0;
	void *dev;

	if (!p || la_resolver_mode != LA_RESOLVER_DROP || la_is_host || !la_drop_now())
		return 0;
	r = la_resolver_at(&p->key);
	if (!r)
		return la_ifindex(skb) == LA_IFINDEX_LOOPBACK;
	dev = la_dev_of_skb(skb);
	if (dev)
		bpf_probe_read_kernel(&net, sizeof(net), dev + la_offsets.net);
	return !la_asks_inside(net, p->key.netns, r);
}

/*
 * What is encrypted, to a resolver that is known: DNS over HTTPS, or over TLS on another port than
 * its own. A stream begins with a record of TLS then (RFC 8446, 5.1), and not with what asks a
 * proxy to go on.
 */
la_inline int la_asks_by_tls(struct __sk_buff *skb, const struct la_packet *p, struct la_sock *s,
			     struct la_label *l)
{
	struct la_resolver_holder *h = la_holder_at(&p->key);
	__u8 b[2];

	if (!h || !h->by_tls)
		return 0;
	if (p->key.proto == LA_PROTO_TCP && s->looks != LA_LOOKS_TLS) {
		if (s->looks || bpf_skb_load_bytes(skb, p->base + p->payload_off, b, sizeof(b)) ||
		    b[0] < 0x14 || b[0] > 0x17 || b[1] != 3)
			return 0;
		s->looks = LA_LOOKS_TLS;
	}
	l->cls = LA_CLASS_DNS;
	l->detail = LA_DETAIL_DOH;
	return 1;
}

/* A packet of the scope on the loopback device. Returns whether it is refused. */
la_subprog int la_asks(struct __sk_buff *skb, const struct la_packet *p)
{
	struct bpf_sock *sk = skb->sk;
	struct la_label l = {};
	struct la_sock *s;
	int refused;

	if (!p || !sk)
		return 0;
	s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	if (!s)
		return 0;
	if (s->looks == LA_LOOKS_REFUSED)
		return 1;
	if (!la_classify_question(skb, p, &l) && !la_is_resolver_port(p->key.dport) &&
	    !la_asks_by_tls(skb, p, s, &l)) {
		if (p->key.proto == LA_PROTO_TCP && ++s->looks >= LA_LOOKS_MAX)
			s->flags |= LA_SF_ASKS_NOBODY;
		return 0;
	}
	if (s->looks != LA_LOOKS_TLS)
		s->looks = 0;
	refused = la_is_refused(skb, p);
	if (refused && p->key.proto == LA_PROTO_TCP)
		s->looks = LA_LOOKS_REFUSED; /* it is sent again and again */
	if (refused)
		la_count(LA_COUNTER_REFUSED, 1);
	else
		la_asked = bpf_ktime_get_ns();
	la_label_port(p, &l);
	la_tell_question(skb, p, LA_KIND_ASKED, &l, &s->owner, 1,
			 refused ? LA_REFUSAL_RESOLVER : LA_REFUSAL_NONE);
	return refused;
}

/* Returns whether the packet is refused. */
la_inline int la_on_loopback(struct __sk_buff *skb, const struct la_sock *s, struct la_packet *p,
			     __u64 netns)
{
	if (!la_resolver_mode || s->flags & LA_SF_ASKS_NOBODY ||
	    la_parse_skb(skb, 0, bpf_ntohs(skb->protocol), p) || !p->payload_len)
		return 0;
	la_key_of(skb, netns, &p->key);
	return la_asks(skb, p);
}

/* The same of a packet to a container. */
la_inline int la_asks_behind(struct __sk_buff *skb, const struct la_packet *p)
{
	return la_resolver_mode && p->payload_len && la_resolver_behind(&p->key) && la_asks(skb, p);
}

/*
 * A packet that the scope has brought here, or sent past its sockets: whether that was told where
 * it was sent is not known, and the loader takes the same question once.
 */
la_subprog int la_asks_on_the_way(struct __sk_buff *skb, const struct la_packet *p)
{
	struct la_label l = {};

	if (!p || !la_answered_behind(&p->key) || !la_classify_question(skb, p, &l))
		return 0;
	la_asked = bpf_ktime_get_ns();
	la_label_port(p, &l);
	la_tell_question(skb, p, LA_KIND_ASKED, &l, NULL, 1, LA_REFUSAL_NONE);
	return 0;
}

/* Whether a resolver is asked for a name, by the message alone. */
la_subprog int la_is_question(struct __sk_buff *skb, const struct la_packet *p)
{
	struct la_label l = {};

	return p && la_classify_question(skb, p, &l);
}

/* Whether the resolver's way out is, or was a moment ago, taken for the tunnel. */
la_inline int la_was_inside(const struct la_resolver *r)
{
	return r->way == LA_WAY_TUNNEL || bpf_ktime_get_ns() < r->stops_until;
}

/*
 * Whether what a resolver sends past the tunnel is stopped, with dropping. When the scope asked,
 * its way out was taken for the tunnel: it binds its sockets anew for each question, or its servers
 * were not known, or the tunnel has fallen meanwhile.
 */
la_inline int la_is_stopped(const struct la_packet *p, const struct la_resolver_sock *s,
			    const struct la_label *l)
{
	struct la_resolver *r;

	if (!s || la_resolver_mode != LA_RESOLVER_DROP || la_is_host ||
	    !la_is_unwanted(p->key.family, LA_CLASS_DNS, la_drop_now()))
		return 0;
	r = bpf_map_lookup_elem(&la_resolver_pids, &s->resolver);
	if (!r)
		return 1;
	if (r->does_more && l->cls != LA_CLASS_DNS)
		return 0;
	return la_was_inside(r);
}

/* The same of one in a container, whose packet bears a mark. */
la_inline int la_is_stopped_on_the_way(struct __sk_buff *skb, const struct la_packet *p)
{
	return la_brought(skb) == (LA_BY_RESOLVER | LA_RESOLVER_STOPS) && !la_is_host &&
	       la_is_unwanted(p->key.family, LA_CLASS_DNS, la_drop_now());
}

/*
 * What of a resolver's packets is for no question: an answer to somebody outside, and what it sends
 * as a tunnel's daemon, if it is one.
 */
la_inline int la_asks_nothing(const struct la_packet *p, const struct la_resolver_sock *s)
{
	if (la_is_resolver_port(p->key.dport))
		return 0;
	return (la_is_server_port(p->key.sport) && p->key.dport != 443) ||
	       la_is_daemon(&s->owner, p->key.netns);
}

/*
 * A packet of somebody outside of the scope, on an exposed interface: of a resolver, or a question
 * of one who may be a resolver that the loader has not found yet. That it is a question was found
 * out before, since the stack of both is more than there is. Returns whether it is stopped.
 */
la_subprog int la_upstream(struct __sk_buff *skb, struct la_packet *p, __u32 segs, int asks)
{
	struct bpf_sock *sk = skb->sk;
	struct la_resolver_sock *s;
	struct la_facts facts = {};
	struct la_judgement j = {};
	struct la_label l = {};
	__u64 netns;
	int stopped, by_socket;

	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	if (!p || (!sk && !la_is_by_resolver(skb)))
		return 0;
	by_socket = sk != NULL;
	s = sk ? bpf_sk_storage_get(&la_resolver_socks, sk, NULL, 0) : NULL;
	if (by_socket && !asks && (!s || la_asks_nothing(p, s)))
		return 0;
	if (asks)
		la_dns_label(p, &l, LA_CF_MESSAGE);
	la_label_port(p, &l);
	netns = la_netns_of_skb(skb); /* the hook may have moved there with its interface */
	if (netns)
		p->key.netns = netns;
	facts.flags = la_facts_of(&p->key);
	la_evaluate(p, &l, &facts, &j);
	if (j.exempt != LA_EXEMPT_NONE)
		return 0;
	stopped = by_socket ? la_is_stopped(p, s, &l) : la_is_stopped_on_the_way(skb, p);
	if (stopped)
		la_count(LA_COUNTER_REFUSED, segs);
	la_tell_question(skb, p, LA_KIND_UPSTREAM, &l, s ? &s->owner : NULL, segs,
			 stopped ? LA_REFUSAL_RESOLVER : LA_REFUSAL_NONE);
	return stopped;
}

/* Whether the scope has asked anybody a moment ago. */
la_inline int la_has_asked(void)
{
	__u64 asked = *(volatile __u64 *)&la_asked;

	return asked && bpf_ktime_get_ns() - asked < LA_ASKED_FOR;
}

/*
 * Attached to a resolver's cgroup: whoever asks it. So the loader knows which of its questions were
 * asked by others.
 */
SEC("cgroup_skb/ingress")
int la_resolver_hears(struct __sk_buff *skb)
{
	struct la_label l = {};
	struct la_packet p;

	if (la_parse_skb(skb, 0, bpf_ntohs(skb->protocol), &p) || !p.payload_len ||
	    !la_classify_question(skb, &p, &l))
		return 1;
	la_key_of(skb, 0, &p.key);
	la_tell_question(skb, &p, LA_KIND_HEARD, &l, NULL, 1, LA_REFUSAL_NONE);
	return 1;
}

#endif
