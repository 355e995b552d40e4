/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The hooks of packets. */
#include "caller.bpf.h"
#include "fastpath.bpf.h"
#include "fragment.bpf.h"
#include "inside.bpf.h"
#include "forged.bpf.h"
#include "resolver.bpf.h"
#include "segments.bpf.h"
#include "storage.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define LA_PROTO_ESP 50
#define LA_PORT_NATT 4500 /* a key daemon's kernel sends ESP in UDP from this port */
#define LA_PASS_TC (-1) /* TC_ACT_UNSPEC, TCX_NEXT: other programs run next */
#define LA_DROP_TC 2 /* TC_ACT_SHOT */

la_inline __u8 la_role_lookup(__u64 netns, __u32 ifindex)
{
	struct la_role *role = la_role_at(netns, ifindex);

	return role ? la_role_byte(role->role, role->l2_len) : LA_ROLE_UNKNOWN;
}

/* A socket stores nothing until its namespace is known. */
la_inline __u8 la_role_of(struct la_sock *s, __u64 netns, __u32 ifindex, __u32 epoch)
{
	__u64 cached;
	__u8 role;

	if (!s || s->netns != netns)
		return la_role_kind(la_role_lookup(netns, ifindex));
	cached = *(volatile __u64 *)&s->role;
	if (cached >> 8 == la_role_pack(ifindex, epoch, 0) >> 8)
		return la_role_kind(cached);
	role = la_role_lookup(netns, ifindex);
	*(volatile __u64 *)&s->role = la_role_pack(ifindex, epoch, role);
	return la_role_kind(role);
}

/*
 * Whether IPsec made the packet. It keeps the packet's socket and passes its result through this
 * hook again: ESP (RFC 4303), or UDP around it (RFC 3948). A raw socket may have made such a packet
 * itself.
 */
la_inline int la_is_encrypted(const struct bpf_sock *sk, const struct la_packet *p)
{
	/* volatile: clang would make one pointer for two reads, which the verifier rejects */
	__u32 own = *(const volatile __u32 *)&sk->protocol;
	__u32 port = *(const volatile __u32 *)&sk->src_port;

	if (sk->type == LA_SOCK_RAW)
		return 0;
	if (p->key.proto == LA_PROTO_UDP)
		return p->key.sport == LA_PORT_NATT &&
		       (own != LA_PROTO_UDP || port != LA_PORT_NATT);
	return p->key.proto == LA_PROTO_ESP && own != LA_PROTO_ESP;
}

/*
 * A SYN-ACK belongs to the listener, and the accepted socket has another flow. A RST may be sent
 * for a socket that does not exist.
 */
la_inline void la_note_handshake(const struct la_packet *p, const struct bpf_sock *sk,
				 struct la_sock *s, __u32 id)
{
	struct la_flow *f;

	if (p->key.proto != LA_PROTO_TCP || !(p->tcp_flags & (LA_TCP_SYN | LA_TCP_RST)))
		return;
	if (p->tcp_flags & LA_TCP_SYN && sk->state == LA_TCP_LISTEN) {
		la_sees_synack = 1;
		s->hint = 0; /* which the accepted socket inherits */
		s->cookie = p->key.cookie;
	}
	if (sk->state == LA_TCP_SYN_SENT) /* who connects may leave it to another to send */
		s->cookie = p->key.cookie;
	f = p->tcp_flags & LA_TCP_RST ? la_flow_by_id(id) : NULL;
	if (f)
		f->rst_judged++;
}

/* Whether TC egress drops it in place of this hook. Where it would not be seen there, it stays
 * here. */
la_subprog int la_is_dropped_late(struct __sk_buff *skb, __u64 netns)
{
	struct la_role *role;

	if (!la_drop_late)
		return 0;
	role = la_role_at(netns, la_ifindex(skb));
	return role && role->role == LA_ROLE_EXPOSED &&
	       (role->leaves == LA_LEAVES_HERE || role->leaves == LA_LEAVES_BELOW ||
		role->leaves == LA_LEAVES_CARRIED);
}

/* What is known of the packet's flow beside its key. */
la_inline __u8 la_flags_of(const struct bpf_sock *sk, const struct la_sock *s,
			   const struct la_packet *p, __u8 role)
{
	__u8 flags = la_configures(s, &p->key);

	if (la_is_host && role == LA_ROLE_UNKNOWN && p->key.netns != la_home_netns)
		flags |= LA_FF_PENDING;
	if (la_is_encrypted(sk, p))
		flags |= LA_FF_WRAPPED;
	return flags;
}

/* 0 or 1: clang 19 would hand on a function's number as it is, which the verifier refuses. */
la_inline int la_passes_late(struct __sk_buff *skb, __u64 netns)
{
	__u64 late = la_is_dropped_late(skb, netns);

	la_opaque(late);
	return late != 0;
}

/*
 * Of sockets that the kernel makes for a process (the subflows of MPTCP) no hook tells the
 * namespace: they have that of their packet. Not of the kernel's own ones, see la_is_kernels().
 */
la_subprog int la_find_netns(struct __sk_buff *skb, struct la_sock *s)
{
	struct bpf_sock *sk = skb->sk;

	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	if (s && sk && sk->type != LA_SOCK_RAW)
		s->netns = la_netns_of_skb(skb);
	return 0;
}

/* Any packet but the usual one: what it needs is not even cleared for that. */
la_inline int la_egress_closer(struct __sk_buff *skb, struct bpf_sock *sk, struct la_sock *s,
			       __u64 now)
{
	struct la_pkt_ctx pkt_ctx = { .hook = LA_HOOK_CGROUP, .attribution = LA_ATTR_UNKNOWN };
	struct la_packet p;
	__u64 netns;
	__u32 id = 0;
	__u8 role, verdict;
	int again;

	if (!la_may_be_counted(s))
		la_meet(skb, s);
	pkt_ctx.epoch = now;
	if (la_unlikely(!s->netns))
		la_find_netns(skb, s);
	netns = s->netns ? s->netns : la_home_netns;
	role = la_role_of(s, netns, la_ifindex(skb), pkt_ctx.epoch);
	if (la_needs_proof(role)) {
		role = la_proven_role(skb, netns, role);
		if (role == LA_ROLE_LOOPBACK) /* judged elsewhere: origin.bpf.h is to mark it */
			s->flags &= ~LA_SF_SEEN;
	}
	if (role == LA_ROLE_TUNNEL || role == LA_ROLE_LOOPBACK) {
		if (role == LA_ROLE_LOOPBACK)
			return !(la_drop_now() && la_is_forged(skb, s, &p, netns)) &&
			       !la_on_loopback(skb, s, &p, netns);
		la_inside(skb, s, &p, netns);
		return 1;
	}
	again = !la_drop_late && s->hint ? la_fastpath_peer(skb, now & ~LA_ALONE) : -1;
	if (again >= 0)
		return again != LA_VERDICT_DROPPED;
	la_meet(skb, s);
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 1;
	if (la_is_kernels(sk, s))
		return 1;
	s->flags = (s->flags | LA_SF_SEEN) & ~LA_SF_IN_SCOPE;
	if (la_parse_skb(skb, 0, bpf_ntohs(skb->protocol), &p)) {
		la_count(LA_COUNTER_UNPARSED, 1);
		return !la_drop_now();
	}
	pkt_ctx.sock = s;
	pkt_ctx.segs = la_count_segments(skb, p.payload_len);
	pkt_ctx.bound_if = sk->bound_dev_if;
	la_key_of(skb, netns, &p.key);
	if (la_asks_behind(skb, &p))
		return 0;
	pkt_ctx.flags = la_flags_of(sk, s, &p, role);
	verdict = la_account(skb, &p, &pkt_ctx, &id);
	if (p.flags & LA_PF_FRAGMENT)
		la_note_own_fragment(&p);
	la_hint_peer(id);
	la_note_handshake(&p, sk, s, id);
	la_announce(skb, id);
	return verdict != LA_VERDICT_DROPPED || la_passes_late(skb, netns);
}

SEC("cgroup_skb/egress")
int la_cgroup_egress(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct la_sock *s;
	__u64 now;
	int r;

	if (!sk)
		return 1;
	now = la_epoch_word_now();
	s = la_make_storage(&la_socks, sk);
	if (la_likely(s)) {
		r = la_fastpath(skb, s, now);
		if (la_likely(r >= 0))
			return r != LA_VERDICT_DROPPED;
		return la_egress_closer(skb, sk, s, now);
	}
	/* it cannot be marked as seen: TC evaluates all that it sends */
	la_count(LA_COUNTER_STORAGE, 1);
	return 1;
}

#include "tc.bpf.h"
#include "ingress.bpf.h"
#include "origin.bpf.h"
#include "loop.bpf.h"
