/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The path of nearly every packet: its socket has sent before, on the same interface, the facts
 * have not changed, and there is nothing to classify.
 *
 * Between two packets of a socket the CPU runs so much other code that our code and branches are no
 * longer cached. So the usual path is straight-line code, and all conditions are combined in one
 * word that is tested once.
 */
#ifndef LEAKAUDIT_FASTPATH_BPF_H
#define LEAKAUDIT_FASTPATH_BPF_H

#include "flow.bpf.h"
#include "role_fallback.bpf.h"

/* Of struct la_flow's standing: its state, a hook that is the cgroup's, and that a hook sees
 * its packets leave; and where its flags say whether its class is final. */
#define LA_STANDING_MASK 0x10ffffffULL
#define LA_STANDING_SETTLED 24
#define LA_STANDING_CARRIED ((__u64)LA_FF_CARRIED << LA_STANDING_SETTLED)
_Static_assert(LA_HOOK_CGROUP == 0 && LA_FF_CLASS_FINAL == 1 && LA_FF_UNSEEN == 1 << 4 &&
		       __builtin_offsetof(struct la_flow, flags) ==
			       __builtin_offsetof(struct la_flow, standing) + 3,
	       "the same in numbers");

/* Forces the computation here, so that its operands need not be kept. */
#define la_compute_now(word) asm volatile("" : "+r"(word))

/* No packet may take the fast path; or only once its interface is proven, as nobody follows. */
#define LA_LOOK_CLOSER (1ULL << 32)
#define LA_ALONE (1ULL << 33)

/*
 * The slow case of the epoch: checks the deadline, whether a loader is alive (else interfaces must
 * be verified), whether evidence is kept of each packet, and whether TC is to drop it. Not inlined:
 * it would lie amidst the usual packet's code.
 */
la_subprog __u64 la_careful(void)
{
	int followed = la_is_followed(); /* may begin a new epoch */

	return la_epoch_now() | (la_snaplen || la_drop_late ? LA_LOOK_CLOSER : 0) |
	       (followed ? 0 : LA_ALONE);
}

/* The epoch, with what is said against the fast path. */
la_inline __u64 la_epoch_word_now(void)
{
	__u64 now = *(volatile __u64 *)&la_epoch_word;

	return la_likely(now <= 0xffffffff) ? now : la_careful();
}

/* The last flow of this socket. */
la_inline struct la_flow *la_hinted(const struct la_sock *s)
{
	return la_flow_by_id(s->hint - 1); /* without a hint this is no flow's id */
}

/* 0 if the record still is that flow's and this is its interface. */
la_inline __u64 la_diff_hint(const struct __sk_buff *skb, const struct la_sock *s,
			     const struct la_flow *f)
{
	return (f->opened ^ s->hint_opened) | (f->key.ifindex ^ la_ifindex(skb));
}

/*
 * Counts a packet if it belongs to the socket's last flow and needs no closer look. Returns its
 * verdict, or -1.
 */
la_inline int la_fastpath_count(struct __sk_buff *skb, const struct la_sock *s, struct la_flow *f,
				__u64 now)
{
	__u64 judged = la_judged_of(f), standing = f->standing, diff, odd, segs, len;
	struct la_headers k;

	odd = la_diff_hint(skb, s, f) | ((judged & 0xffffffff) ^ now) |
	      ((standing & LA_STANDING_MASK) ^ LA_FLOW_LIVE);
	la_compute_now(odd);
	if (la_unlikely(!la_headers_at(skb, la_data(skb), &k, &f->key, &diff)))
		return -1;
	odd |= diff | (k.tcp_flags & (LA_TCP_SYN | LA_TCP_RST));
	la_compute_now(odd);
	len = skb->len;
	if (len > k.header) /* it has payload */
		odd |= ~(standing >> LA_STANDING_SETTLED) & 1;
	if (la_unlikely(odd))
		return -1;
	segs = skb->gso_segs ?: 1;
	len += (segs - 1) * k.header;
	/* first what is locked, which waits until all that was written before has arrived */
	la_flow_add(f, judged, segs, len);
	if (la_drop && la_judged_verdict(judged) == LA_VERDICT_DROPPED)
		la_due_dropped(skb);
	else if (la_likely(!(standing & LA_STANDING_CARRIED)))
		la_due_set(skb, f, s->hint - 1, &k, segs, len);
	else
		la_due_none();
	return la_judged_verdict(judged);
}

/*
 * Whether this packet into a tunnel is not to be examined: it is no client's socket, and it is not
 * time for the next sample (inside.bpf.h).
 */
la_inline int la_needs_no_probe(const struct la_sock *s)
{
	__u64 odd = (s->flags & (LA_SF_PROBED | LA_SF_CLIENT)) ^ LA_SF_PROBED;

	odd |= bpf_jiffies64() >= s->sample_at;
	la_compute_now(odd);
	return !odd;
}

/* Returns the cgroup hook's verdict, or -1 for the slow path. */
la_inline int la_fastpath(struct __sk_buff *skb, struct la_sock *s, __u64 now)
{
	struct la_flow *f;
	__u64 role;

	role = *(volatile __u64 *)&s->role;
	if (la_unlikely((role ^ la_role_pack(la_ifindex(skb), now, 0)) >> 8 | now >> 32))
		return -1;
	if (la_role_kind(role) == LA_ROLE_LOOPBACK)
		return la_resolver_mode && !(s->flags & LA_SF_ASKS_NOBODY) ? -1
									   : LA_VERDICT_COUNTED;
	if (la_role_kind(role) == LA_ROLE_TUNNEL)
		return la_likely(la_needs_no_probe(s)) ? LA_VERDICT_COUNTED : -1;
	f = la_hinted(s);
	return la_likely(f) ? la_fastpath_count(skb, s, f, now) : -1;
}

/* Announces a packet that has gone the slow way. Not inlined, to save the hook's stack. */
la_subprog int la_announce(struct __sk_buff *skb, __u32 id)
{
	struct la_flow *f = la_flow_by_id(id);
	__u64 diff, segs = skb->gso_segs;
	struct la_headers k;

	if (la_drop_late || !f || f->flags & (LA_FF_UNSEEN | LA_FF_CARRIED) ||
	    (!segs && skb->gso_size) || !la_headers_at(skb, la_data(skb), &k, &f->key, &diff) ||
	    diff | (k.tcp_flags & LA_TCP_RST))
		return 0;
	segs = segs ?: 1;
	la_due_set(skb, f, id, &k, segs, skb->len + (segs - 1) * k.header);
	return 0;
}

/* daddr: the last four bytes of the address */
la_inline __u32 *la_hint_to(__u32 daddr, __u16 dport, __u64 cookie)
{
	__u32 slot = ((daddr ^ (__u32)cookie << 16 ^ dport) * 0x9e3779b1U) >> 20;

	return bpf_map_lookup_elem(&la_hints, &slot);
}

/*
 * Stores the flow for the socket's next packet to this peer. Not inlined, like the next function,
 * to save the hook's stack.
 */
la_subprog int la_hint_peer(__u32 id)
{
	struct la_flow *f = la_flow_by_id(id);
	__u32 *hint;

	if (!f || f->key.proto != LA_PROTO_UDP)
		return 0;
	hint = la_hint_to(f->key.daddr.w[3], f->key.dport, f->key.cookie);
	if (hint)
		*hint = id + 1;
	return 0;
}

/* The fast path for a socket that sends to several peers in turn. */
la_subprog int la_fastpath_peer(struct __sk_buff *skb, __u64 now)
{
	struct bpf_sock *sk = skb->sk;
	__u32 *hint, id;
	struct la_flow *f;
	struct la_sock *s;
	struct la_headers k;
	__u64 cookie;

	if (!sk || !la_headers(skb, la_data(skb), &k) || !la_headers_is_udp(&k))
		return -1;
	cookie = bpf_get_socket_cookie(skb);
	hint = la_hint_to(la_word(k.l4 - 4), la_headers_port(&k, 2), cookie);
	id = hint ? *(volatile __u32 *)hint - 1 : -1; /* -1 is no flow's id */
	f = la_flow_by_id(id);
	s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	if (!s || !f || f->key.cookie != cookie)
		return -1;
	la_hint(s, f, id); /* TC looks at the hint, too */
	return la_fastpath_count(skb, s, f, now);
}

#endif
