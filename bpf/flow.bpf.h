/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The flow table: finds and opens flows, counts packets, sends events. */
#ifndef LEAKAUDIT_FLOW_BPF_H
#define LEAKAUDIT_FLOW_BPF_H

#include "due.bpf.h"
#include "evidence.bpf.h"
#include "ring.bpf.h"
#include "scopes.bpf.h"
#include "recycle.bpf.h"

/* What a hook knows of a packet besides its bytes. */
struct la_pkt_ctx {
	struct la_sock *sock; /* NULL: no storage */
	__u32 segs; /* packets on the wire */
	__u32 epoch; /* read before any fact */
	__u8 hook;
	__u8 attribution; /* for a socket whose storage has no owner */
	__u8 flags; /* LA_FF_PENDING, LA_FF_WRAPPED, LA_FF_CARRIED, LA_FF_CONFIGURES */
	__u8 confirms; /* it was evaluated before, and is only counted as left */
	__u32 bound_if; /* SO_BINDTODEVICE */
};

/* Whether a packet's socket is of one who may set the addresses of its interface: in
 * another namespace he may not. */
la_inline __u8 la_configures(const struct la_sock *s, const struct la_flow_key *k)
{
	/* without a branch, which would be two ways through all that follows */
	return s ? (s->flags / LA_SF_CONFIGURES & la_same(s->netns, k->netns)) * LA_FF_CONFIGURES
		 : 0;
}

la_inline int la_key_equal(const struct la_flow_key *a, const struct la_flow_key *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;
	__u64 diff = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < sizeof(*a) / 8; i++)
		diff |= x[i] ^ y[i];
	return !diff;
}

la_inline void la_hint(struct la_sock *s, const struct la_flow *f, __u32 id)
{
	s->hint_opened = f->opened;
	s->hint = id + 1;
}

/*
 * Whether a flow is likely to be the first one of its socket: then it is opened without looking for
 * it in vain.
 */
la_inline int la_is_first(const struct la_sock *s)
{
	return s && !s->hint;
}

la_inline struct la_flow *la_flow_find(const struct la_flow_key *k, struct la_sock *s, __u32 *id)
{
	struct la_flow *f;
	__u32 *found;

	if (s && s->hint) {
		*id = s->hint - 1;
		f = la_flow_by_id(*id);
		if (f && f->state == LA_FLOW_LIVE && la_key_equal(&f->key, k))
			return f;
	}
	found = bpf_map_lookup_elem(&la_flow_ids, k);
	if (!found)
		return NULL;
	*id = *found;
	f = la_flow_by_id(*id);
	/* CLOSING: the loader has just removed its key from the hash */
	if (!f || f->state == LA_FLOW_CLOSING || f->state == LA_FLOW_FREE)
		return NULL;
	if (s)
		la_hint(s, f, *id);
	return f;
}

/* The first packet fills the record of its flow. */
la_inline void la_flow_begin(struct __sk_buff *skb, struct la_flow *f, const struct la_packet *p,
			     const struct la_pkt_ctx *pkt_ctx)
{
	struct la_sock *s = pkt_ctx->sock;

	__builtin_memset(f, 0, sizeof(*f));
	f->state = LA_FLOW_NEW;
	f->key = p->key;
	f->opened = bpf_ktime_get_ns();
	f->mark = skb->mark;
	f->hook = pkt_ctx->hook;
	f->attribution = pkt_ctx->attribution;
	f->flags = pkt_ctx->flags;
	f->bound_if = pkt_ctx->bound_if;
	f->scope = la_scope_of(skb);
	f->first = p->tcp_flags | p->icmp_type;
	if (s && s->attribution != LA_ATTR_UNKNOWN) {
		f->owner = s->owner;
		f->attribution = s->attribution;
	}
}

/*
 * Opens a record for a flow, unless it has one already, which is found then. NULL: the table is
 * full.
 */
la_inline struct la_flow *la_flow_open(struct __sk_buff *skb, const struct la_packet *p,
				       const struct la_pkt_ctx *pkt_ctx, __u32 *id)
{
	struct la_sock *s = pkt_ctx->sock;
	struct la_flow *f;

	if (bpf_map_pop_elem(&la_free_ids, id))
		*id = la_recycle(s ? &s->owner : NULL, p->key.netns);
	f = la_flow_by_id(*id);
	if (f) {
		la_flow_begin(skb, f, p, pkt_ctx);
		if (!bpf_map_update_elem(&la_flow_ids, &p->key, id, BPF_NOEXIST)) {
			f->state = LA_FLOW_LIVE;
			if (s)
				la_hint(s, f, *id);
			return f;
		}
		f->state = LA_FLOW_FREE;
		bpf_map_push_elem(&la_free_ids, id, 0);
	} else if (!la_is_first(s)) {
		return NULL; /* it was looked for */
	}
	return la_flow_find(&p->key, s, id);
}

la_inline void la_fill_event(struct la_event_flow *e, __u32 size, const struct la_flow *f, __u32 id,
			     __u8 reason)
{
	e->hdr = (struct la_event_hdr){ size, LA_ABI_VERSION, LA_KIND_FLOW, f->key.ifindex,
					bpf_ktime_get_ns() };
	e->flow = *f;
	e->id = id;
	e->reason = reason;
	e->content = LA_CONTENT_NONE;
	e->payload_len = 0;
}

/*
 * Sends an event with bytes of the message or other payload, from which the loader reads names.
 * max: a constant, since reserving requires one.
 */
la_inline int la_emit_payload(struct __sk_buff *skb, const struct la_flow *f, __u32 id, __u8 reason,
			      __u8 content, __u32 off, __u32 len, const __u32 max)
{
	const __u32 size = sizeof(struct la_event_flow) + max;
	struct la_event_flow *e = bpf_ringbuf_reserve(&la_events, size, 0);

	if (!e)
		return -1;
	la_fill_event(e, size, f, id, reason);
	la_fill_payload(skb, e, content, off, len, max);
	la_submit(e);
	return 0;
}

la_inline int la_emit_flow(const struct la_flow *f, __u32 id, __u8 reason)
{
	struct la_event_flow *e = bpf_ringbuf_reserve(&la_events, sizeof(*e), 0);

	if (!e)
		return -1;
	la_fill_event(e, sizeof(*e), f, id, reason);
	la_submit(e);
	return 0;
}

/*
 * Sends at most one event for a packet: the flow opened, its class changed, or it carried a
 * message. The loader reports updates and the end of a flow from the record.
 */
la_subprog int la_emit(struct __sk_buff *skb, struct la_flow *f, __u32 id,
		       const struct la_packet *p, const struct la_label *l)
{
	__u8 reason = LA_REASON_OPEN, content = LA_CONTENT_MESSAGE;
	__u32 off, len;
	int r;

	if (!f || !p || !l)
		return 0;
	off = p->base + p->payload_off;
	len = p->payload_len;
	if (f->flags & LA_FF_REPORTED)
		reason = l->flags & LA_CF_REPORTED ? LA_REASON_MESSAGE : LA_REASON_CLASS;
	if (l->flags & LA_CF_HELLO) {
		content = LA_CONTENT_NAME;
		off = l->hello.name_off;
		len = l->hello.name_len;
	}
	if (la_no_payload || !(l->flags & LA_CF_REPORTED))
		r = la_emit_flow(f, id, reason);
	else if (l->flags & LA_CF_QUIC)
		r = la_emit_payload(skb, f, id, reason, LA_CONTENT_QUIC, off, len, LA_DATAGRAM_MAX);
	else if (len <= LA_PAYLOAD_SHORT)
		r = la_emit_payload(skb, f, id, reason, content, off, len, LA_PAYLOAD_SHORT);
	else
		r = la_emit_payload(skb, f, id, reason, content, off, len, LA_PAYLOAD_MAX);
	if (r)
		la_count(LA_COUNTER_RING_FULL, 1);
	f->flags |= LA_FF_REPORTED;
	return 0;
}

/*
 * Returns the counters of a packet: packets, then bytes. judged: as the verdict was read from the
 * record.
 */
la_inline __u64 *la_counters_of(struct la_flow *f, __u64 judged)
{
	if (!(judged & LA_JUDGED_OTHER))
		return &f->packets;
	return la_judged_exempt(judged) != LA_EXEMPT_NONE ? &f->exempt_packets
							  : &f->dropped_packets;
}

la_inline void la_counters_add(__u64 *counters, __u64 packets, __u64 bytes)
{
	__sync_fetch_and_add(&counters[0], packets);
	__sync_fetch_and_add(&counters[1], bytes);
}

la_inline void la_flow_add(struct la_flow *f, __u64 judged, __u64 packets, __u64 bytes)
{
	la_counters_add(la_counters_of(f, judged), packets, bytes);
}

/* Finds which hook sees the packets of a flow leave, by present facts. */
la_inline void la_flow_find_way(struct la_flow *f)
{
	struct la_role *role = la_role_at(f->key.netns, f->key.ifindex);
	__u8 leaves = la_leaves_of(role);
	__u8 flags = f->flags & ~(LA_FF_UNSEEN | LA_FF_CARRIED);

	if (leaves == LA_LEAVES_CARRIED)
		flags |= LA_FF_CARRIED;
	if (leaves == LA_LEAVES_UNSEEN && f->hook == LA_HOOK_CGROUP)
		flags |= LA_FF_UNSEEN;
	f->flags = flags;
	f->slot = role ? role->slot : 0;
}

la_inline void la_flow_judged(struct la_flow *f, __u64 judged, const struct la_packet *p,
			      const struct la_pkt_ctx *pkt_ctx)
{
	la_flow_add(f, judged, pkt_ctx->segs, la_wire_bytes(p, pkt_ctx->segs));
	if (pkt_ctx->hook == LA_HOOK_CGROUP)
		la_due_none();
}

/*
 * Counts a packet that was let through as left if no other hook follows: at TC egress of the lowest
 * device, or if we know of none. Called after the event was sent, which is before the packet
 * leaves.
 */
la_inline void la_flow_leaves(struct la_flow *f, __u64 judged, const struct la_packet *p,
			      const struct la_pkt_ctx *pkt_ctx)
{
	int here = pkt_ctx->hook == LA_HOOK_TC ? !(f->flags & LA_FF_CARRIED)
					       : f->flags & LA_FF_UNSEEN;

	if (here && la_judged_verdict(judged) != LA_VERDICT_DROPPED)
		la_flow_left(f, pkt_ctx->segs, la_wire_bytes(p, pkt_ctx->segs));
}

/* Passes on the evidence of a packet that was just counted. */
la_inline void la_capture_leak(struct __sk_buff *skb, const struct la_packet *p,
			       const struct la_flow *f, __u64 judged, __u32 id)
{
	if (la_snaplen && la_judged_exempt(judged) == LA_EXEMPT_NONE)
		la_capture_packet(skb, p, f, id, la_judged_verdict(judged));
}

/* The same check as la_flow_leaves() makes with a record, without one. */
la_inline int la_leaves_here(const struct la_pkt_ctx *pkt_ctx, const struct la_flow_key *k)
{
	if (pkt_ctx->hook == LA_HOOK_TC)
		return !(pkt_ctx->flags & LA_FF_CARRIED);
	return la_leaves_of(la_role_at(k->netns, k->ifindex)) == LA_LEAVES_UNSEEN;
}

/*
 * Evaluates a packet without a record, by its label and by what its sender has proven. Returns its
 * verdict, with LA_SENDER_COUNTS. Not inlined, since it is rare.
 */
la_subprog int la_evaluate_untracked(struct __sk_buff *skb, const struct la_packet *p,
				     const struct la_pkt_ctx *pkt_ctx, const struct la_label *l,
				     __u32 proven)
{
	struct la_facts facts = { .drop = la_drop_now() };
	struct la_judgement j = {};
	__u32 cell, ends, scope;

	if (!p || !pkt_ctx || !l)
		return LA_VERDICT_DROPPED;
	facts.flags = la_facts_of(&p->key) | proven |
		      la_facts_from(pkt_ctx->attribution, pkt_ctx->flags);
	la_evaluate(p, l, &facts, &j);
	scope = la_scope_of(skb);
	cell = la_cell(l->cls, p->key.family, j.exempt, 0);
	if (!pkt_ctx->confirms) {
		la_count(LA_COUNTER_FLOWS_FULL, pkt_ctx->segs);
		la_total_up(&p->key, scope, cell + j.verdict, pkt_ctx->segs,
			    la_wire_bytes(p, pkt_ctx->segs));
	}
	ends = !pkt_ctx->confirms;
	if (j.verdict == LA_VERDICT_COUNTED) {
		ends = la_leaves_here(pkt_ctx, &p->key);
		if (ends)
			la_total_up(&p->key, scope, cell + LA_CELL_LEFT, pkt_ctx->segs,
				    la_wire_bytes(p, pkt_ctx->segs));
	}
	if (la_snaplen && j.exempt == LA_EXEMPT_NONE)
		la_capture_packet(skb, p, NULL, -1, j.verdict);
	return j.exempt == LA_EXEMPT_NONE && ends ? j.verdict | LA_SENDER_COUNTS : j.verdict;
}

/* No record is free: evaluates the packet by itself. */
la_inline __u8 la_account_untracked(struct __sk_buff *skb, const struct la_packet *p,
				    const struct la_pkt_ctx *pkt_ctx, struct la_label *l)
{
	const struct la_sock *s = pkt_ctx->sock;
	__u32 proven;
	int verdict;

	la_recall(&p->key, s ? &s->owner : NULL, l);
	la_classify(skb, p, l);
	proven = la_outer_untracked(&p->key, s ? &s->owner : NULL, l, skb->mark, pkt_ctx->flags);
	verdict = la_evaluate_untracked(skb, p, pkt_ctx, l, proven);
	if (verdict & LA_SENDER_COUNTS && s && s->attribution != LA_ATTR_UNKNOWN)
		la_sender_add(&s->owner, pkt_ctx->segs, la_wire_bytes(p, pkt_ctx->segs));
	return verdict & (LA_SENDER_COUNTS - 1);
}

/*
 * Accounts a packet on an exposed interface: counts it once, in its flow's record, or in the totals
 * if the table is full. Returns its verdict; *id is the flow's id or -1.
 */
la_inline __u8 la_account(struct __sk_buff *skb, const struct la_packet *p,
			  const struct la_pkt_ctx *pkt_ctx, __u32 *id)
{
	struct la_flow *f = NULL;
	struct la_label l = {};
	__u8 cls, detail;
	__u64 judged;

	if (!la_is_first(pkt_ctx->sock))
		f = la_flow_find(&p->key, pkt_ctx->sock, id);
	if (!f)
		f = la_flow_open(skb, p, pkt_ctx, id);
	if (!f) {
		*id = -1;
		return la_account_untracked(skb, p, pkt_ctx, &l);
	}
	judged = la_judged_of(f); /* 0: not yet, or by the epoch before any fact */
	if (judged && la_judged_epoch(judged) == pkt_ctx->epoch &&
	    (f->flags & LA_FF_CLASS_FINAL || !p->payload_len)) {
		la_flow_judged(f, judged, p, pkt_ctx);
		la_flow_leaves(f, judged, p, pkt_ctx);
		la_capture_leak(skb, p, f, judged, *id);
		return la_judged_verdict(judged);
	}
	if (f->attribution == LA_ATTR_UNKNOWN && pkt_ctx->sock &&
	    pkt_ctx->sock->attribution != LA_ATTR_UNKNOWN) {
		f->owner = pkt_ctx->sock->owner;
		f->attribution = pkt_ctx->sock->attribution;
	}
	f->flags |= pkt_ctx->flags & LA_FF_CONFIGURES;
	if (!(pkt_ctx->flags & LA_FF_PENDING))
		f->flags &= ~LA_FF_PENDING;
	if (pkt_ctx->hook == LA_HOOK_CGROUP) /* at our start TC may have seen the flow first */
		f->hook = LA_HOOK_CGROUP;
	cls = f->cls;
	detail = f->detail;
	la_flow_find_way(f);
	la_classify_flow(skb, f, pkt_ctx->epoch, p, &l);
	judged = la_judged_of(f);
	la_flow_judged(f, judged, p, pkt_ctx);
	la_capture_leak(skb, p, f, judged, *id);
	if (la_judged_exempt(judged) == LA_EXEMPT_NONE && !(f->flags & LA_FF_PENDING) &&
	    (!(f->flags & LA_FF_REPORTED) || l.flags & LA_CF_REPORTED || f->cls != cls ||
	     f->detail != detail))
		la_emit(skb, f, *id, p, &l);
	la_flow_leaves(f, judged, p, pkt_ctx);
	return la_judged_verdict(judged);
}

#endif
