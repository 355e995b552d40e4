/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * cgroup_skb/ingress. With dropping at the scope: a peer that reaches it on an exposed interface
 * knows its address and must not get an answer. Else at the cgroups of tunnels' daemons: which far
 * ends they hear.
 */
#ifndef LEAKAUDIT_INGRESS_BPF_H
#define LEAKAUDIT_INGRESS_BPF_H

#include "flow.bpf.h"
#include "guarded.bpf.h"
#include "rate_limited.bpf.h"

/*
 * A DHCP answer comes from the server's address, which need not be on the link (RFC 2131 4.1,
 * RFC 8415 7.2).
 */
la_inline int la_is_lease(const struct la_flow_key *k)
{
	return k->proto == LA_PROTO_UDP &&
	       ((k->sport == 68 && k->dport == 67) || (k->sport == 546 && k->dport == 547));
}

/* Facts about the remote address. If its flow has an exemption, that is proven. */
la_inline __u32 la_inbound_facts(const struct la_flow_key *k)
{
	__u32 *id = bpf_map_lookup_elem(&la_flow_ids, k);

	return id ? la_facts_of_flow(la_flow_by_id(*id)) : la_facts_of(k);
}

la_subprog int la_count_inbound(struct __sk_buff *skb, const struct la_flow_key *k, __u32 cell)
{
	if (k)
		la_sum_up(&la_inbound, k, la_scope_of(skb), cell, skb->gso_segs ?: 1, skb->len);
	return 0;
}

la_inline void la_emit_inbound(struct __sk_buff *skb, struct la_flow_key *k,
			       const struct la_sock *s, const struct la_label *l, __u8 verdict)
{
	struct la_event_flow *e = la_rate_limited_event(k);

	if (!e)
		return;
	e->flow.cls = l->cls;
	e->flow.detail = l->detail;
	e->flow.verdict = verdict;
	e->flow.hook = LA_HOOK_INGRESS;
	e->flow.scope = la_scope_of(skb);
	la_rate_limited_submit(e, s);
}

/* Where it comes in. */
la_inline __u8 la_role_in(struct __sk_buff *skb, __u64 netns)
{
	__u8 role = la_role_kind(la_role_lookup(netns, la_ifindex(skb)));

	return la_needs_proof(role) ? la_proven_role(skb, netns, role) : role;
}

/* Whether it is for a daemon of a tunnel, from whom it may answer from now on. */
la_inline int la_hears(const struct la_flow_key *k, const struct la_sock *s,
		       const struct la_label *l)
{
	int heard = la_heard(k, s, l);

	if (heard == LA_HEARD_FIRST)
		la_judge_again(k);
	return heard != LA_HEARD_NOTHING;
}

la_inline int la_comes_in(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct la_facts facts = {};
	struct la_judgement j = {};
	struct la_label l = {};
	struct la_packet p;
	struct la_sock *s;
	__u64 netns;
	__u8 role;

	if (!sk)
		return 1;
	s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	netns = s && s->netns ? s->netns : la_home_netns;
	la_epoch_now(); /* checks the deadline */
	role = la_role_in(skb, netns);
	if (role == LA_ROLE_TUNNEL || role == LA_ROLE_LOOPBACK)
		return 1;
	if (la_parse_skb(skb, 0, bpf_ntohs(skb->protocol), &p)) {
		la_count(LA_COUNTER_UNPARSED, 1);
		return !la_drop_now();
	}
	la_classify(skb, &p, &l);
	la_key_reverse(&p.key);
	la_key_of(skb, netns, &p.key);
	/* from an address of our own: nat has put it there, after the kernel has looked for that of
	 * strangers, and an answer stays here */
	if (la_is_lease(&p.key) || la_is_local(&p.key))
		return 1;
	facts.flags = la_inbound_facts(&p.key) | LA_FACT_ON_LINK_NEIGHBOUR;
	if (!(facts.flags & LA_FACT_TRANSPORT) && s && la_hears(&p.key, s, &l))
		facts.flags |= LA_FACT_TRANSPORT;
	facts.drop = la_drop_now();
	la_evaluate(&p, &l, &facts, &j);
	if (j.exempt != LA_EXEMPT_NONE)
		return 1;
	la_count_inbound(skb, &p.key, la_cell(l.cls, p.key.family, 0, j.verdict));
	la_emit_inbound(skb, &p.key, s, &l, j.verdict);
	return j.verdict != LA_VERDICT_DROPPED;
}

SEC("cgroup_skb/ingress")
int la_cgroup_ingress(struct __sk_buff *skb)
{
	return la_comes_in(skb);
}

/* At the root, for a guard's cgroup that was made again: see la_cgroup_made(). */
SEC("cgroup_skb/ingress")
int la_remade_ingress(struct __sk_buff *skb)
{
	if (la_likely(!*(volatile __u32 *)&la_remade) || !skb->sk ||
	    !la_is_unhooked(la_scope_born(skb)))
		return 1;
	return la_comes_in(skb);
}

SEC("cgroup_skb/ingress")
int la_daemon_hears(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct la_label l = {};
	struct la_packet p;
	struct la_sock *s;
	__u8 role;

	s = sk ? bpf_sk_storage_get(&la_socks, sk, NULL, 0) : NULL;
	if (!s || !la_is_daemon(&s->owner, s->netns))
		return 1;
	role = la_role_in(skb, s->netns);
	if (role == LA_ROLE_TUNNEL || role == LA_ROLE_LOOPBACK ||
	    la_parse_skb(skb, 0, bpf_ntohs(skb->protocol), &p))
		return 1;
	la_classify(skb, &p, &l);
	la_key_reverse(&p.key);
	la_key_of(skb, s->netns, &p.key);
	la_hears(&p.key, s, &l);
	return 1;
}

#endif
