/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * cgroup_skb/ingress, attached where dropping is asked: a peer that reaches the
 * scope on an exposed interface knows its address, and is not to be answered.
 */
#ifndef LEAKAUDIT_INGRESS_BPF_H
#define LEAKAUDIT_INGRESS_BPF_H

#include "flow.bpf.h"
#include "rate_limited.bpf.h"

/* DHCP's answers come from where the server is, which need not be on the link
 * (RFC 2131 4.1, RFC 8415 7.2). */
la_inline int la_is_lease(const struct la_flow_key *k)
{
	return k->proto == LA_PROTO_UDP &&
	       ((k->sport == 68 && k->dport == 67) || (k->sport == 546 && k->dport == 547));
}

/* Facts about the far end; what its flow was judged as is proven. */
la_inline __u32 la_inbound_facts(const struct la_flow_key *k)
{
	__u32 *id = bpf_map_lookup_elem(&la_flow_ids, k);

	return id ? la_facts_of_flow(*id)
		  : la_facts_by(k->daddr.q[0], k->daddr.q[1], k->netns, k->ifindex,
				(__u32)k->dport << 8 | k->proto);
}

la_subprog int la_count_inbound(__u64 netns, __u32 ifindex, __u32 cell, __u64 packets, __u64 bytes)
{
	struct la_role_key rk = { .netns = netns, .ifindex = ifindex };
	struct la_role *role = bpf_map_lookup_elem(&la_roles, &rk);
	struct la_sum_key sk = { .slot = role ? role->slot : 0, .cell = cell };
	struct la_sum none = {}, *sum;

	sum = bpf_map_lookup_elem(&la_inbound, &sk);
	if (!sum) {
		bpf_map_update_elem(&la_inbound, &sk, &none, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&la_inbound, &sk);
	}
	if (sum) {
		__sync_fetch_and_add(&sum->packets, packets);
		__sync_fetch_and_add(&sum->bytes, bytes);
	}
	return 0;
}

la_inline void la_emit_inbound(struct la_flow_key *k, const struct la_sock *s, __u32 cls_detail,
			       __u8 verdict)
{
	struct la_event_flow *e = la_rate_limited_event(k);

	if (!e)
		return;
	e->flow.cls = cls_detail;
	e->flow.detail = cls_detail >> 8;
	e->flow.verdict = verdict;
	e->flow.hook = LA_HOOK_INGRESS;
	la_rate_limited_submit(e, s);
}

SEC("cgroup_skb/ingress")
int la_cgroup_ingress(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct la_facts facts = {};
	struct la_judgement j;
	struct la_label l = {};
	struct la_packet p;
	struct la_sock *s;
	__u64 netns;
	__u32 label;
	__u8 role;

	if (!sk)
		return 1;
	s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	netns = s && s->netns ? s->netns : la_home_netns;
	la_epoch_now(); /* the deadline */
	role = la_role_kind(la_role_lookup(netns, la_ifindex(skb)));
	if (role != LA_ROLE_LOOPBACK && !la_is_followed())
		role = la_proven_role(skb, netns, role);
	if (role == LA_ROLE_TUNNEL || role == LA_ROLE_LOOPBACK)
		return 1;
	if (la_parse_skb(skb, la_link_pack(bpf_ntohs(skb->protocol), 0), &p)) {
		la_count(LA_COUNTER_UNPARSED, 1);
		return !la_drop_now();
	}
	label = la_label_of(skb, la_payload_of(&p), la_ports_of(&p), la_kind_of(&p), 0);
	l.cls = label;
	l.detail = label >> 8;
	la_key_reverse(&p.key);
	p.key.cookie = bpf_get_socket_cookie(skb);
	p.key.netns = netns;
	p.key.ifindex = la_ifindex(skb);
	if (la_is_lease(&p.key))
		return 1;
	facts.flags = la_inbound_facts(&p.key) | LA_FACT_NEAR;
	facts.drop = la_drop_now();
	j = la_evaluate(&p.key, la_reach_of(&p), &l, &facts);
	if (j.exempt != LA_EXEMPT_NONE)
		return 1;
	la_count_inbound(netns, la_ifindex(skb), la_cell(l.cls, p.key.family, 0, j.verdict),
			 skb->gso_segs ?: 1, skb->len);
	la_emit_inbound(&p.key, s, label, j.verdict);
	return j.verdict != LA_VERDICT_DROPPED;
}

#endif
