/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * TC egress: the last word before the wire, for what the cgroup hook cannot
 * see. The art is to leave alone what it has judged already.
 */
#ifndef LEAKAUDIT_TC_BPF_H
#define LEAKAUDIT_TC_BPF_H

#include "rate_limited.bpf.h"
#include "core/unwrap.h"
#include "resolver.bpf.h"
#include "whose.bpf.h"

/* A record may be another flow's by now. That of a fragment's datagram is between the
 * same addresses, or carries what is inside it. */
la_inline int la_has_fragment(const struct la_flow *f, const struct la_flow_key *k)
{
	return f->state >= LA_FLOW_LIVE &&
	       (f->flags & LA_FF_CARRIED ||
		(la_same_ends(&f->key, k) && f->key.routed == k->routed));
}

/*
 * Fragments. The first one leaves its flow's id for the later ones, which have
 * no ports. Those of a datagram that was judged whole only leave; one that is judged
 * here is counted fragment by fragment. Returns the verdict of a later fragment, -1 where
 * its first one is not known.
 */
la_subprog int la_fragment(struct __sk_buff *skb, const struct la_packet *p, __u32 id, __u32 whole)
{
	struct la_flow_key k = {};
	struct la_flow *f;
	__u32 *first;
	__u64 judged;

	if (!p)
		return -1;
	la_frag_key(p, &k);
	if (!(p->flags & LA_PF_LATER)) {
		bpf_map_update_elem(&la_frags, &k, &id, BPF_ANY);
		f = la_flow_by_id(id);
		if (f && whole && k.family == 6)
			la_flow_added(f, 0, 8);
		return -1;
	}
	first = bpf_map_lookup_elem(&la_frags, &k);
	f = first ? la_flow_by_id(*first) : NULL;
	if (!f || !la_has_fragment(f, &k)) {
		if (whole)
			la_count(LA_COUNTER_FRAGMENTS, 1);
		return -1;
	}
	judged = la_judged_of(f);
	if (whole) {
		if (!(f->flags & LA_FF_UNSEEN)) {
			la_flow_added(f, 1, p->l4_off);
			la_flow_left(f, 1, p->len);
		}
		return la_judged_verdict(judged);
	}
	la_flow_add(f, judged, 1, p->len);
	if (la_judged_verdict(judged) != LA_VERDICT_DROPPED)
		la_flow_left(f, 1, p->len);
	la_capture_leak(skb, p, f, judged, *first);
	return la_judged_verdict(judged);
}

/*
 * What becomes of a packet that the cgroup hook has judged and let pass: dropped late, it ends
 * here. verdict: -1 where no record is found.
 */
la_inline int la_late_end(int verdict)
{
	return la_drop_late && verdict != LA_VERDICT_COUNTED ? LA_DROP_TC : LA_PASS_TC;
}

/* A packet that was judged above leaves, or would. */
la_inline int la_confirm(struct __sk_buff *skb, const struct la_packet *p,
			 struct la_pkt_ctx *pkt_ctx, const struct la_found *found, __u16 slot)
{
	__u32 fragment = p->flags & (LA_PF_FRAGMENT | LA_PF_LATER);
	struct la_flow *f = found->flow;
	struct la_label l = {};

	if (fragment && f && la_is_own_fragment(p))
		fragment = 0; /* it was judged as it is */
	if (fragment & LA_PF_LATER)
		return la_late_end(la_fragment(skb, p, 0, 1));
	if (f) {
		f->slot = slot;
		if (!(f->flags & LA_FF_UNSEEN))
			la_flow_left(f, pkt_ctx->segs, la_wire_bytes(p, pkt_ctx->segs));
		if (fragment)
			la_fragment(skb, p, found->id, 1);
		return la_late_end(la_judged_verdict(la_judged_of(f)));
	}
	pkt_ctx->confirms = 1;
	return la_late_end(la_account_untracked(skb, p, pkt_ctx, &l));
}

/* It may go on by another namespace of this machine, where it is not to be judged once more. */
la_inline void la_note_judged(struct __sk_buff *skb)
{
	if (la_tc_netns != la_home_netns || la_is_brought(skb))
		la_set_brought(skb, LA_BROUGHT_JUDGED);
}

la_inline int la_evaluate_here(struct __sk_buff *skb, const struct la_packet *p,
			       const struct la_pkt_ctx *pkt_ctx, struct la_found *found)
{
	struct la_flow *f;
	int verdict = -1;
	__u32 id = 0;

	if (p->flags & LA_PF_LATER)
		verdict = la_fragment(skb, p, 0, 0);
	if (verdict >= 0)
		return verdict == LA_VERDICT_DROPPED ? LA_DROP_TC : LA_PASS_TC;
	verdict = la_account(skb, p, pkt_ctx, &id);
	if (p->flags & LA_PF_FRAGMENT && !(p->flags & LA_PF_LATER) && id != (__u32)-1)
		la_fragment(skb, p, id, 0);
	if (verdict == LA_VERDICT_DROPPED)
		return LA_DROP_TC;
	la_note_judged(skb);
	f = la_flow_by_id(id);
	if (f && pkt_ctx->flags & LA_FF_CARRIED)
		la_carry(skb, id, f->opened);
	found->id = id;
	found->flow = f;
	return LA_PASS_TC;
}

/* Whose frames a process makes, whole or but for the link header. A packet that the
 * kernel itself has put into a session or behind a label has its sender's socket, or
 * none, and was judged on the way. */
la_inline int la_makes_frames(const struct bpf_sock *sk)
{
	return sk->family == LA_AF_PACKET || sk->family == LA_AF_PPPOX || sk->family == LA_AF_LLC;
}

/* Whether a process has made the frame: here, or a virtual machine that a switch serves. */
la_inline int la_is_made(struct __sk_buff *skb)
{
	const struct bpf_sock *sk = skb->sk;

	if (la_is_brought(skb) || (la_is_host && skb->ingress_ifindex))
		return 1;
	return sk && la_makes_frames(sk);
}

la_inline void la_emit_frame(struct __sk_buff *skb, const struct la_sock *s, __u8 verdict)
{
	struct la_flow_key k = { .netns = la_tc_netns_of(skb), .ifindex = la_ifindex(skb) };
	struct la_event_flow *e;

	k.cookie = bpf_get_socket_cookie(skb);
	e = la_rate_limited_event(&k);
	if (!e)
		return;
	e->flow.detail = LA_DETAIL_FRAME;
	e->flow.verdict = verdict;
	e->flow.hook = LA_HOOK_TC;
	e->flow.scope = la_scope_of(skb);
	la_rate_limited_submit(e, s);
}

/*
 * What is not IP, or not to be read as such. A process's frames may hold a packet
 * that the next hop unpacks and passes on (PPPoE, MPLS, more tags than are stepped
 * over, LLC): those that may leave the link are told, and where dropping is asked they do not pass.
 */
la_subprog int la_not_ip(struct __sk_buff *skb, __u32 ethertype, __u32 malformed)
{
	struct bpf_sock *sk = skb->sk;
	struct la_sock *s = NULL;
	int told;

	if (sk)
		s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	if (!la_is_host && !la_scope_brought(skb) &&
	    (!sk ||
	     (!la_is_born(skb) && !(s && s->flags & LA_SF_IN_SCOPE) && !la_sent_by_member(skb))))
		return LA_PASS_TC;
	if (s && s->flags & LA_SF_SEEN) /* the cgroup hook has counted it */
		return la_late_end(-1);
	if (malformed) {
		la_count(LA_COUNTER_UNPARSED, 1);
		return la_drop_now() ? LA_DROP_TC : LA_PASS_TC;
	}
	told = la_is_made(skb) && !la_stays_on_link(ethertype);
	if (told && la_drop_now()) {
		la_count(LA_COUNTER_REFUSED, 1);
		la_emit_frame(skb, s, LA_VERDICT_DROPPED);
		return LA_DROP_TC;
	}
	la_count(LA_COUNTER_NON_IP, 1);
	if (told)
		la_emit_frame(skb, s, LA_VERDICT_COUNTED);
	return LA_PASS_TC;
}

/* With dropping, frames that hold something else than a packet do not pass anyway. */
la_inline void la_unwrap_sent(struct __sk_buff *skb, struct la_link *link)
{
	if (la_is_made(skb) && !la_drop_now())
		la_unwrap(skb, link);
}

/* The exposed interface that a packet is about to leave by. */
struct la_exit {
	struct la_link link;
	__u16 slot;
	__u8 leaves; /* enum la_leaves */
	__u8 stacked; /* as in struct la_role */
};

/*
 * In a namespace that the loader does not follow a hook is for what no other one judges: frames,
 * and sockets that were handed over. What comes from another namespace was judged there.
 */
la_inline int la_is_settled(struct __sk_buff *skb, const __u64 *netns)
{
	struct bpf_sock *sk = skb->sk;
	__u64 cookie = *netns;
	struct la_sock *s;

	if (la_tc_netns || la_is_host || bpf_map_lookup_elem(&la_netns, netns))
		return 0;
	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	if (!sk)
		return 1;
	bpf_probe_read_kernel(&cookie, sizeof(cookie),
			      la_led(la_sk_at(sk), la_offsets.sk_net) + la_offsets.cookie);
	s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	return cookie != *netns || (s && s->flags & LA_SF_SEEN);
}

/*
 * Returns 0, or -1 where the interface is not exposed. One that the loader has not told is
 * taken for Ethernet, and the lowest. A hook may have moved into another namespace with its
 * interface. Apart, for the hook's stack.
 */
la_subprog int la_find_exit(struct __sk_buff *skb, struct la_exit *e)
{
	__u64 netns = la_netns_of_skb(skb);
	struct la_role *role = la_role_at(netns ?: la_tc_netns, la_ifindex(skb));

	if (!e || (role ? role->role != LA_ROLE_EXPOSED
			: la_is_settled(skb, &netns) || la_leads_home(skb, netns)))
		return -1;
	e->link.ethertype = bpf_ntohs(skb->protocol);
	e->link.l2_len = role ? role->l2_len : 14;
	e->slot = role ? role->slot : 0;
	e->leaves = role ? role->leaves : LA_LEAVES_HERE;
	e->stacked = role ? role->stacked : 0;
	return 0;
}

/* What an interface above has put into this packet was judged there. */
la_inline int la_find_carried(struct __sk_buff *skb, struct la_found *found)
{
	__u64 opened = 0;
	__u32 id = la_carries(skb, &opened);
	struct la_flow *f = la_flow_by_id(id);

	if (!f || f->opened != opened)
		return 0;
	found->flow = f;
	found->id = id;
	return 1;
}

la_inline int la_tc_ip(struct __sk_buff *skb, struct la_packet *p, struct la_pkt_ctx *pkt_ctx,
		       const struct la_exit *e, struct la_found *found)
{
	int carries = e->leaves == LA_LEAVES_CARRIED;
	enum la_whose whose;

	pkt_ctx->segs = la_segments(skb, p);
	la_key_of(skb, la_tc_netns_of(skb), &p->key);
	if (!skb->sk && la_may_be_piece(skb))
		la_bring_piece(skb, p->base, e->stacked);
	whose = la_whose(skb, p, pkt_ctx, e->stacked & LA_STACKED_UNDER, found);
	if (carries)
		pkt_ctx->flags |= LA_FF_CARRIED;
	if (whose == LA_WHOSE_NOT_OURS) {
		if (la_resolver_mode && la_has_asked() && e->leaves != LA_LEAVES_BELOW &&
		    la_upstream(skb, p, pkt_ctx->segs, la_is_question(skb, p)))
			return LA_DROP_TC;
		return LA_PASS_TC;
	}
	/* dropped late, it may not go into another packet: that one need not be recognised */
	if (whose == LA_WHOSE_JUDGED && carries && !la_drop_late)
		return LA_PASS_TC;
	if (whose == LA_WHOSE_JUDGED || la_find_carried(skb, found))
		return la_confirm(skb, p, pkt_ctx, found, e->slot);
	/* a copy that the switch has made, or what comes from another of its ports */
	if (e->leaves == LA_LEAVES_PORT &&
	    ((!skb->sk && !la_is_brought(skb)) ||
	     (pkt_ctx->sock && la_leads_here(pkt_ctx->sock, p->key.netns))))
		return LA_PASS_TC;
	if (la_resolver_mode)
		la_asks_on_the_way(skb, p);
	return la_evaluate_here(skb, p, pkt_ctx, found);
}

/* What the segments of a packet have more than its frame. */
la_inline __u64 la_repeated(const struct la_packet *p, __u32 segs)
{
	return la_wire_bytes(p, segs) - p->len + (__u64)(segs - 1) * p->base;
}

/* Any packet but the usual one. Apart, so that the hook begins with what that one needs. */
la_subprog int la_look_closer(struct __sk_buff *skb)
{
	struct la_pkt_ctx pkt_ctx = { .hook = LA_HOOK_TC, .segs = 1 };
	struct la_found found = {};
	struct la_exit e = {};
	struct la_line *line;
	struct la_packet p;
	__u64 repeated;
	int r;

	pkt_ctx.epoch = la_epoch_now(); /* before any fact is read */
	if (la_find_exit(skb, &e))
		return LA_PASS_TC;
	la_link_of(skb, &e.link);
	la_unwrap_sent(skb, &e.link);
	r = la_parse_skb(skb, e.link.l2_len, e.link.ethertype, &p);
	if (r)
		r = la_not_ip(skb, e.link.ethertype, r < 0);
	else
		r = la_tc_ip(skb, &p, &pkt_ctx, &e, &found);
	if (r == LA_DROP_TC) {
		la_due_none(); /* no cgroup hook has, for a frame */
		return r;
	}
	line = la_line_of(e.slot);
	if (!line)
		return r;
	repeated = la_repeated(&p, pkt_ctx.segs);
	la_line_add(line, skb, pkt_ctx.segs, repeated, p.key.proto == LA_PROTO_UDP);
	la_due_passed(skb, e.link.l2_len, found.flow ? found.id + 1 : 0, e.slot, pkt_ctx.segs,
		      la_wire_bytes(&p, pkt_ctx.segs), repeated);
	return r;
}

SEC("tc")
int la_tc_egress(struct __sk_buff *skb)
{
	if (la_likely(la_due_left(skb))) /* none is due where it is dropped late */
		return LA_PASS_TC;
	return la_look_closer(skb);
}

#endif
