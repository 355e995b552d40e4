/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* From the maps' facts to a flow's class, exemption and verdict. */
#ifndef LEAKAUDIT_JUDGE_BPF_H
#define LEAKAUDIT_JUDGE_BPF_H

#include "allow.bpf.h"
#include "lookups.bpf.h"

la_inline int la_is_onlink(const struct la_flow_key *k)
{
	struct la_role_key rk = { .netns = k->netns, .ifindex = k->ifindex };
	struct la_role *role = bpf_map_lookup_elem(&la_roles, &rk);
	struct la_onlink_key ok = { .prefixlen = 160 };

	if (!role)
		return 0;
	ok.slot = bpf_htonl(role->slot);
	ok.addr = k->daddr;
	return bpf_map_lookup_elem(&la_onlink, &ok) != NULL;
}

la_inline __u32 la_facts_of(const struct la_flow_key *k)
{
	return (la_lan_exempt ? LA_FACT_LAN_EXEMPT : 0) | (la_is_onlink(k) ? LA_FACT_ONLINK : 0) |
	       (la_is_allowed(k) ? LA_FACT_ALLOWED : 0);
}

/* What it says that the kernel itself has made the packet: its neighbours are the
 * link's, by the routes that it has. */
la_inline __u32 la_facts_from(__u8 attribution)
{
	return attribution == LA_ATTR_KERNEL ? LA_FACT_NEAR : 0;
}

/* The facts about a packet that has no record, from its key's numbers. */
la_subprog __u32 la_facts_by(__u64 daddr_high, __u64 daddr_low, __u64 netns, __u32 ifindex,
			     __u32 dport_proto)
{
	struct la_flow_key k = { .netns = netns, .ifindex = ifindex };

	k.daddr.q[0] = daddr_high;
	k.daddr.q[1] = daddr_low;
	k.dport = dport_proto >> 8;
	k.proto = dport_proto;
	return la_facts_of(&k);
}

/*
 * A tunnel's outer packet: from the process that holds the tunnel's device, and
 * each of its sockets to the one far end that it talked to first; or from no
 * socket that the cgroup hook judges, to a far end that the kernel's own
 * tunnel names. What is plainly something else never passes for it.
 */
la_inline int la_is_endpoint(const struct la_flow *f, const struct la_endpoint *e)
{
	__u32 *mark = bpf_map_lookup_elem(&la_endpoints, e);

	return mark && (!*mark || *mark == f->mark);
}

la_inline int la_is_transport(const struct la_flow *f)
{
	struct la_endpoint e = { .addr = f->key.daddr,
				 .port = f->key.dport,
				 .proto = f->key.proto };
	struct la_endpoint *pin;

	/* a class that the port alone has given says nothing against it */
	if (f->cls != LA_CLASS_IPV4 && f->cls != LA_CLASS_IPV6 && f->detail != LA_DETAIL_DOT &&
	    f->detail != LA_DETAIL_DOQ)
		return 0;
	if (f->flags & LA_FF_WRAPPED && la_is_endpoint(f, &e))
		return 1;
	e.cookie = f->key.cookie;
	if (!e.cookie)
		return 0;
	if (la_is_endpoint(f, &e))
		return 1;
	if (!la_is_daemon(&f->owner, f->key.netns))
		return 0;
	bpf_map_update_elem(&la_daemon_peers, &e.cookie, &e, BPF_NOEXIST);
	pin = bpf_map_lookup_elem(&la_daemon_peers, &e.cookie);
	return pin && pin->port == e.port && pin->proto == e.proto &&
	       pin->addr.q[0] == e.addr.q[0] && pin->addr.q[1] == e.addr.q[1];
}

la_inline int la_parse_skb(struct __sk_buff *skb, __u32 link, struct la_packet *p)
{
	return la_parse(skb, link & 0xff, link >> 16, skb->len, p);
}

/*
 * What a packet's headers have told, as the numbers that functions of their own
 * can take. Parsing again would cost the verifier more than all recognisers.
 */
la_inline __u64 la_payload_of(const struct la_packet *p) /* where it begins, and its length */
{
	return (__u64)(p->base + p->payload_off) << 32 | p->payload_len;
}

la_inline __u32 la_reach_pack(struct la_reach r)
{
	return (__u32)r.icmp_type << 8 | r.hops;
}

la_inline struct la_reach la_reach_unpack(__u32 reach)
{
	return (struct la_reach){ .icmp_type = reach >> 8, .hops = reach };
}

/* The label of a packet as la_label_pack() has it, from the inputs that
 * la_memory_pack() has put together. */
la_subprog __u64 la_label_of(struct __sk_buff *skb, __u64 payload, __u32 ports, __u32 kind,
			     __u64 memory)
{
	struct la_label l = {};

	la_memory_unpack(memory, &l);
	la_classify_payload(skb, payload >> 32, (__u32)payload & 0xffff, ports, kind, &l);
	if ((__u32)payload)
		l.flags |= LA_CF_PAYLOAD;
	return la_label_pack(&l);
}

la_subprog __u32 la_facts_of_flow(__u32 id)
{
	struct la_flow *f = la_flow_by_id(id);

	return f ? la_facts_of(&f->key) | (la_is_transport(f) ? LA_FACT_TRANSPORT : 0) |
			       la_facts_from(f->attribution)
		 : 0;
}

/* Exemption and verdict (from bit 8) of a packet of flow `id`. */
la_subprog __u32 la_evaluate_flow(__u32 id, __u32 reach, __u32 fact_flags)
{
	struct la_flow *f = la_flow_by_id(id);
	struct la_facts facts = { .flags = fact_flags, .drop = la_drop_now() };
	struct la_judgement j;
	struct la_label l = {};

	if (!f)
		return 0;
	l.cls = f->cls;
	l.detail = f->detail;
	j = la_evaluate(&f->key, la_reach_unpack(reach), &l, &facts);
	return j.exempt | (__u32)j.verdict << 8;
}

/* What of a packet without a record decides beside its addresses and ports. label: as
 * la_label_pack() has it. */
la_inline __u64 la_goal_pack(const struct la_packet *p, __u64 label, __u8 attribution)
{
	return (__u64)attribution << 56 | (label & 0xffff) << 40 | (__u64)p->key.routed << 32 |
	       la_reach_pack(la_reach_of(p)) << 16 | (__u32)p->key.family << 8 | p->key.proto;
}

/* The same as la_evaluate_flow() of a packet that has no record. */
la_subprog __u32 la_evaluate_by(__u64 daddr_high, __u64 daddr_low, __u64 netns, __u64 ifindex_ports,
				__u64 goal)
{
	struct la_flow_key k = { .netns = netns,
				 .ifindex = ifindex_ports >> 32,
				 .sport = ifindex_ports >> 16,
				 .dport = ifindex_ports,
				 .proto = goal,
				 .family = goal >> 8,
				 .routed = goal >> 32 };
	struct la_label l = { .cls = goal >> 40, .detail = goal >> 48 };
	struct la_facts facts = { .drop = la_drop_now() };
	struct la_judgement j;

	k.daddr.q[0] = daddr_high;
	k.daddr.q[1] = daddr_low;
	facts.flags = la_facts_of(&k) | la_facts_from(goal >> 56);
	j = la_evaluate(&k, la_reach_unpack(goal >> 16 & 0xffff), &l, &facts);
	return j.exempt | (__u32)j.verdict << 8;
}

/* A judgement as it lies in the record, for those who go by more than one part of it. */
la_inline __u64 la_judged_of(const struct la_flow *f)
{
	return *(const volatile __u64 *)&f->judged;
}

/* Exempt, or dropped: what is neither is a leak that was let out. */
#define LA_JUDGED_OTHER 0xffff00000000ULL

la_inline __u32 la_judged_epoch(__u64 judged)
{
	return judged;
}

la_inline __u8 la_judged_exempt(__u64 judged)
{
	return judged >> 32;
}

la_inline __u8 la_judged_verdict(__u64 judged)
{
	return judged >> 40;
}

/* j: exemption and verdict, as la_evaluate_flow() has them. */
la_inline void la_record_judgement(struct la_flow *f, __u32 epoch, __u32 j)
{
	__u8 was = (__u8)j != LA_EXEMPT_NONE ? (__u8)j : f->was_exempt;

	*(volatile __u64 *)&f->judged = (__u64)f->cls << 56 | (__u64)was << 48 |
					(__u64)(j & 0xffff) << 32 | epoch;
}

/* Label and judgement of a packet go into the record of flow `id`; returns the
 * label's flags. */
la_inline __u32 la_classify_flow(struct __sk_buff *skb, struct la_flow *f, __u32 id, __u32 epoch,
				 const struct la_packet *p)
{
	__u32 flags = LA_CF_FINAL;
	__u64 label, memory;

	if (!(f->flags & LA_FF_CLASS_FINAL)) {
		memory = la_memory_of(id);
		label = la_label_of(skb, la_payload_of(p), la_ports_of(p), la_kind_of(p), memory);
		if (label & LA_CF_HELLO << 16)
			label = la_hello_label(skb, p->base + p->payload_off, p->payload_len, label,
					       memory);
		flags = la_flow_take(f, label);
		if (flags & LA_CF_CLIENT)
			la_torrent_flow(id);
	}
	la_record_judgement(
		f, epoch,
		la_evaluate_flow(id, la_reach_pack(la_reach_of(p)), la_facts_of_flow(id)));
	return flags;
}

#endif
