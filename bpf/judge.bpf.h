/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Looks up facts in maps, and evaluates a flow: class, exemption and verdict. */
#ifndef LEAKAUDIT_JUDGE_BPF_H
#define LEAKAUDIT_JUDGE_BPF_H

#include "allow.bpf.h"
#include "far_ends.bpf.h"
#include "resolver_way.bpf.h"
#include "role_fallback.bpf.h"

la_inline int la_exempts_lan(const struct la_role *role)
{
	return la_lan_exempt == LA_LAN_EXEMPT ||
	       (la_lan_exempt == LA_LAN_QUIET && role->tunnel_up && la_is_followed());
}

la_inline __u32 la_facts_of_link(const struct la_flow_key *k)
{
	struct la_role *role = la_role_at(k->netns, k->ifindex);
	struct la_onlink_key ok = { .prefixlen = 160 };

	if (!role)
		return 0;
	ok.slot = bpf_htonl(role->slot);
	ok.addr = k->daddr;
	if (!bpf_map_lookup_elem(&la_onlink, &ok))
		return 0;
	return LA_FACT_ONLINK | la_answered_behind(k) |
	       (la_exempts_lan(role) ? LA_FACT_LAN_EXEMPT : 0);
}

/* Facts about the destination of a packet. */
la_subprog __u32 la_facts_of(const struct la_flow_key *k)
{
	if (!k)
		return 0;
	return la_facts_of_link(k) | (la_is_allowed(k) ? LA_FACT_ALLOWED : 0);
}

/*
 * What the sender proves. A packet made by the kernel itself follows its routes: so its neighbours
 * are on the link.
 */
la_inline __u32 la_facts_from(__u8 attribution, __u8 flags)
{
	return (attribution == LA_ATTR_KERNEL ? LA_FACT_ON_LINK_NEIGHBOUR : 0) |
	       (flags & LA_FF_CONFIGURES ? LA_FACT_CONFIGURES : 0);
}

la_inline int la_is_endpoint(__u32 mark, const struct la_endpoint *e)
{
	__u32 *of = NULL;

	if (la_may_be_among(&la_endpoint_bits, e->port))
		of = bpf_map_lookup_elem(&la_endpoints, e);
	return of && (!*of || *of == mark);
}

/* Whether a tunnel of the kernel's proves what it sends there: not where any user can make one. */
la_inline int la_is_trusted(__u64 netns)
{
	__u8 *known;

	if (netns == la_home_netns)
		return 1;
	known = bpf_map_lookup_elem(&la_netns, &netns);
	return known && *known == LA_NETNS_TRUSTED;
}

/*
 * Whether it is a tunnel's outer packet. Either the process that holds the tunnel's device sent it
 * to whom it may (far_ends.bpf.h). Or it has no socket that the cgroup hook evaluates, and goes to
 * a remote address of a tunnel of the kernel. o: NULL if not known.
 */
la_inline int la_is_outer(const struct la_flow_key *k, const struct la_owner *o, __u32 mark,
			  __u32 flags)
{
	struct la_endpoint e = { .addr = k->daddr, .port = k->dport, .proto = k->proto };

	if (flags & LA_FF_WRAPPED && la_is_endpoint(mark, &e) && la_is_trusted(k->netns))
		return 1;
	e.cookie = k->cookie;
	if (!e.cookie)
		return 0;
	if (la_is_endpoint(mark, &e))
		return 1;
	return o && la_is_daemon(o, k->netns) && la_may_reach(o, &e, la_is_named(o));
}

la_inline int la_is_transport(const struct la_flow *f)
{
	return la_may_be_outer(f->cls, f->detail) &&
	       la_is_outer(&f->key, &f->owner, f->mark, f->flags);
}

/* What the sender of a packet proves for which there is no record. */
la_subprog __u32 la_outer_untracked(const struct la_flow_key *k, const struct la_owner *o,
				    const struct la_label *l, __u32 mark, __u32 flags)
{
	return k && l && la_may_be_outer(l->cls, l->detail) && la_is_outer(k, o, mark, flags)
		       ? LA_FACT_TRANSPORT
		       : 0;
}

la_inline int la_parse_skb(struct __sk_buff *skb, __u32 base, __u32 ethertype, struct la_packet *p)
{
	/* initialised, as the verifier requires for arguments (until 6.3) */
	__builtin_memset(p, 0, sizeof(*p));
	return la_parse(skb, base, ethertype, skb->len, p);
}

la_subprog __u32 la_facts_of_flow(const struct la_flow *f)
{
	if (!f)
		return 0;
	return la_facts_of(&f->key) | (la_is_transport(f) ? LA_FACT_TRANSPORT : 0) |
	       la_facts_from(f->attribution, f->flags);
}

/* The evaluation in the record as one word, for callers that need more than one part. */
la_inline __u64 la_judged_of(const struct la_flow *f)
{
	return *(const volatile __u64 *)&f->judged;
}

/* Bits that are set if the flow is exempt or dropped, not a leak that was let out. */
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

la_inline void la_record_judgement(struct la_flow *f, __u32 epoch, const struct la_judgement *j)
{
	__u8 was = j->exempt != LA_EXEMPT_NONE ? j->exempt : f->was_exempt;

	*(volatile __u64 *)&f->judged = (__u64)f->cls << 56 | (__u64)was << 48 |
					(__u64)j->verdict << 40 | (__u64)j->exempt << 32 | epoch;
}

/* Classifies and evaluates a packet; the results go into its flow's record. */
la_inline void la_classify_flow(struct __sk_buff *skb, struct la_flow *f, __u32 epoch,
				const struct la_packet *p, struct la_label *l)
{
	struct la_facts facts = { .drop = la_drop_now() };
	struct la_judgement j = {};

	l->flags = LA_CF_FINAL;
	if (!(f->flags & LA_FF_CLASS_FINAL)) {
		*l = (struct la_label){};
		la_recall(&f->key, &f->owner, l);
		la_flow_label(skb, p, f, l);
		if (l->flags & LA_CF_CLIENT)
			la_torrent_shown(&f->owner);
	}
	if (!l->hello.name_len)
		l->flags &= ~LA_CF_HELLO; /* there is no name to report */
	facts.flags = la_facts_of_flow(f);
	la_flow_evaluate(p, f, l, &facts, &j);
	la_record_judgement(f, epoch, &j);
}

#endif
