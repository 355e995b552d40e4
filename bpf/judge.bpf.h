/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* From the maps' facts to a flow's class, exemption and verdict. */
#ifndef LEAKAUDIT_JUDGE_BPF_H
#define LEAKAUDIT_JUDGE_BPF_H

#include "maps.bpf.h"

la_inline struct la_flow *la_flow_by_id(__u32 id)
{
	return bpf_map_lookup_elem(&la_flows, &id);
}

la_inline struct la_process la_process_of(const struct la_owner *o)
{
	return (struct la_process){ .start_ns = o->start_ns, .tgid = o->tgid };
}

/* New proof: what this process sent as unknown payload so far is its bulk. */
la_inline void la_torrent_shown(const struct la_owner *o)
{
	struct la_process who = la_process_of(o);
	__u8 one = 1;

	if (o->tgid && !bpf_map_update_elem(&la_torrents, &who, &one, BPF_NOEXIST))
		__sync_fetch_and_add(&la_epoch, 1);
}

la_inline int la_is_torrent(const struct la_owner *o)
{
	struct la_process who = la_process_of(o);

	return o->tgid && bpf_map_lookup_elem(&la_torrents, &who);
}

/* The same for a flow's owner, out of the hooks' small stack. shown: it has just
 * proven itself. */
la_once __u32 la_torrent_flow(__u32 id, __u32 shown)
{
	struct la_flow *f = la_flow_by_id(id);

	if (!f)
		return 0;
	if (shown)
		la_torrent_shown(&f->owner);
	return shown || la_is_torrent(&f->owner);
}

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

la_inline int la_is_allowed(const struct la_flow_key *k)
{
	__u32 i;

	for (i = 0; i < LA_ALLOW_MAX; i++) {
		const volatile struct la_allow *a = &la_allows[i];

		if (i >= la_allow_n)
			break;
		if ((a->port && a->port != k->dport) || (a->proto && a->proto != k->proto))
			continue;
		if (!((k->daddr.q[0] ^ a->addr.q[0]) & a->mask.q[0]) &&
		    !((k->daddr.q[1] ^ a->addr.q[1]) & a->mask.q[1]))
			return 1;
	}
	return 0;
}

la_inline __u32 la_facts_of(const struct la_flow_key *k)
{
	return (la_lan_exempt ? LA_FACT_LAN_EXEMPT : 0) |
	       (la_is_onlink(k) ? LA_FACT_ONLINK : 0) | (la_is_allowed(k) ? LA_FACT_ALLOWED : 0);
}

/*
 * A tunnel's outer packet: from the process that holds the tunnel's device, and
 * each of its sockets to the one far end that it talked to first; or from no
 * socket that the cgroup hook judges, to a far end that the kernel's own
 * tunnel names. What is plainly something else never passes for it.
 */
#define LA_TICK_NS 10000000 /* USER_HZ is 100 on all that we run on */

la_inline int la_is_daemon(const struct la_owner *o)
{
	__u32 tgid = o->tgid;
	__u64 *start = tgid ? bpf_map_lookup_elem(&la_daemons, &tgid) : NULL;

	return start && *start == o->start_ns / LA_TICK_NS;
}

la_inline int la_is_endpoint(const struct la_flow *f, const struct la_endpoint *e)
{
	__u32 *mark = bpf_map_lookup_elem(&la_endpoints, e);

	return mark && (!*mark || *mark == f->mark);
}

la_inline int la_is_transport(const struct la_flow *f)
{
	struct la_endpoint e = { .addr = f->key.daddr, .port = f->key.dport,
				 .proto = f->key.proto };
	struct la_endpoint *pin;

	/* a class that the port alone has given says nothing against it */
	if (f->cls != LA_CLASS_IPV4 && f->cls != LA_CLASS_IPV6 &&
	    f->detail != LA_DETAIL_DOT && f->detail != LA_DETAIL_DOQ)
		return 0;
	if (f->flags & LA_FF_WRAPPED && la_is_endpoint(f, &e))
		return 1;
	e.cookie = f->key.cookie;
	if (!e.cookie)
		return 0;
	if (la_is_endpoint(f, &e))
		return 1;
	if (!la_is_daemon(&f->owner))
		return 0;
	bpf_map_update_elem(&la_pins, &e.cookie, &e, BPF_NOEXIST);
	pin = bpf_map_lookup_elem(&la_pins, &e.cookie);
	return pin && pin->port == e.port && pin->proto == e.proto &&
	       pin->addr.q[0] == e.addr.q[0] && pin->addr.q[1] == e.addr.q[1];
}

la_inline int la_parse_skb(struct __sk_buff *skb, __u32 link, struct la_packet *p)
{
	return la_parse(skb, link & 0xff, link >> 16, skb->len, p);
}

/* The label of this packet as la_label_pack() has it, given its flow's so far. */
la_once __u64 la_label_of(struct __sk_buff *skb, __u32 link, __u32 torrent_owner,
			  __u32 scratch)
{
	struct la_label l = { .torrent_owner = torrent_owner, .scratch = scratch };
	struct la_packet p;

	if (la_parse_skb(skb, link, &p))
		return 0;
	la_classify(skb, &p, &l);
	if (p.payload_len)
		l.flags |= LA_CF_PAYLOAD;
	return la_label_pack(&l);
}

la_once __u32 la_facts_of_flow(__u32 id)
{
	struct la_flow *f = la_flow_by_id(id);

	return f ? la_facts_of(&f->key) | (la_is_transport(f) ? LA_FACT_TRANSPORT : 0) : 0;
}

/* Exemption and verdict (from bit 8) of this packet as one of flow `id`. */
la_once __u32 la_judge_flow(struct __sk_buff *skb, __u32 id, __u32 link, __u32 fact_flags)
{
	struct la_flow *f = la_flow_by_id(id);
	struct la_facts facts = { .flags = fact_flags, .drop = la_drop };
	struct la_judgement j;
	struct la_label l = {};
	struct la_packet p;

	if (!f || la_parse_skb(skb, link, &p))
		return 0;
	l.cls = f->cls;
	l.detail = f->detail;
	j = la_judge(&p, &l, &facts);
	return j.exempt | (__u32)j.verdict << 8;
}

/* Label and judgement of this packet go into the record of flow `id`; returns
 * the label's flags. Its parts parse once more each: that is the price, on a
 * flow's first packets, of programs that the verifier gets through quickly. */
la_inline __u32 la_settle(struct __sk_buff *skb, struct la_flow *f, __u32 id, __u32 epoch,
			  __u32 link)
{
	__u32 flags = LA_CF_FINAL, judged;
	__u64 label;
	__u8 cls;

	if (!(f->flags & LA_FF_SETTLED)) {
		label = la_label_of(skb, link, la_torrent_flow(id, 0), f->scratch);
		flags = (__u8)(label >> 16);
		cls = label;
		if (flags & LA_CF_PAYLOAD && f->probes < 255)
			f->probes++;
		/* payload that was not recognised does not take back a class that
		 * an earlier packet of the flow has proven */
		if (f->probes <= 1 || cls >= LA_CLASS_DNS || f->cls < LA_CLASS_DNS) {
			f->cls = cls;
			f->detail = (__u8)(label >> 8);
		}
		f->scratch = label >> 32;
		if (flags & LA_CF_CLIENT)
			la_torrent_flow(id, 1);
		/* DNS and STUN flows stay open to inspection: each query is an event */
		if (flags & LA_CF_FINAL || (f->probes >= LA_PROBES_MAX &&
					    f->cls != LA_CLASS_DNS && f->cls != LA_CLASS_STUN))
			f->flags |= LA_FF_SETTLED;
	}
	judged = la_judge_flow(skb, id, link, la_facts_of_flow(id));
	f->exempt = judged;
	if (f->exempt != LA_EXEMPT_NONE)
		f->was_exempt = f->exempt;
	f->verdict = (__u8)(judged >> 8);
	f->epoch = epoch;
	return flags;
}

#endif
