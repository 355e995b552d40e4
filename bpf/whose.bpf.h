/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Whose a packet is at TC egress, and whether the cgroup hook has judged it. */
#ifndef LEAKAUDIT_WHOSE_BPF_H
#define LEAKAUDIT_WHOSE_BPF_H

#include "due.bpf.h"
#include "fastpath.bpf.h"
#include "fragment.bpf.h"
#include "handed.bpf.h"
#include "segments.bpf.h"

/* Whose packet this is at TC. */
enum la_whose {
	LA_WHOSE_NOT_OURS, /* outside the scope */
	LA_WHOSE_JUDGED, /* the cgroup hook has judged it */
	LA_WHOSE_OURS, /* judge it here */
	LA_WHOSE_KERNELS, /* the kernel's, on behalf of a flow of ours */
};

/* The packet is the socket's own, not a tunnel's around it: a tunnel keeps the
 * inner packet's socket, but not its protocol and port. */
la_inline int la_is_own(const struct bpf_sock *sk, const struct la_packet *p)
{
	if (sk->type == LA_SOCK_RAW)
		return sk->protocol == p->key.proto || sk->protocol == 255; /* IPPROTO_RAW */
	if (sk->protocol != p->key.proto)
		return 0;
	if (p->flags & LA_PF_LATER ||
	    (p->key.proto != LA_PROTO_TCP && p->key.proto != LA_PROTO_UDP))
		return 1;
	return sk->src_port == p->key.sport;
}

/* Whether the socket was born in a scope. */
la_inline int la_is_born(struct __sk_buff *skb)
{
	return la_is_host || la_scope_born(skb);
}

/*
 * The flow that the cgroup hook has judged the packet in: on this interface, or on the one
 * above it that hands its packets down. NULL: it is over, or there was no room for it.
 */
la_inline struct la_flow *la_flow_above(struct la_packet *p, struct la_sock *s, __u64 cookie,
					__u32 *id)
{
	__u64 netns = p->key.netns, role = *(volatile __u64 *)&s->role;
	__u32 ifindex = p->key.ifindex;
	struct la_flow *f;

	p->key.cookie = cookie;
	f = la_flow_find(&p->key, s, id);
	if (!f && s->netns) {
		p->key.netns = s->netns;
		p->key.ifindex = role >> 32;
		f = la_flow_find(&p->key, s, id);
		p->key.netns = netns;
		p->key.ifindex = ifindex;
	}
	return f;
}

/*
 * A RST with the socket of a connection is sent by it (and judged) or, on
 * kernels since 6.13, by the kernel in its name (and not seen there). Both
 * look alike; so many as were judged are left alone.
 */
la_inline enum la_whose la_whose_rst(struct la_flow *f, int stacked)
{
	if (!f) /* judged on the interface above this one, if there is one */
		return stacked ? LA_WHOSE_JUDGED : LA_WHOSE_KERNELS;
	if (f->hook != LA_HOOK_CGROUP || f->rst_seen >= f->rst_judged)
		return LA_WHOSE_KERNELS;
	f->rst_seen++;
	return LA_WHOSE_JUDGED;
}

/* The record that a packet is counted in, as far as there is one. */
struct la_found {
	struct la_flow *flow;
	__u32 id;
};

/*
 * In another namespace the cgroup hook lets pass what goes out by an interface that leads to here,
 * whatever it has judged of that socket before. The role is that of the socket's last packet.
 */
la_inline int la_leads_here(const struct la_sock *s, __u64 here)
{
	__u8 role = la_role_kind(*(volatile __u64 *)&s->role);

	return s->netns && s->netns != here && (role == LA_ROLE_LOOPBACK || role == LA_ROLE_TUNNEL);
}

la_inline enum la_whose la_whose_full(const struct bpf_sock *sk, struct la_packet *p,
				      struct la_sock *s, int born, int stacked,
				      struct la_found *found)
{
	struct la_flow *f;

	if (!born) /* sockets that processes of the scope brought along */
		return s && s->flags & LA_SF_IN_SCOPE ? LA_WHOSE_OURS : LA_WHOSE_NOT_OURS;
	if ((sk->family != LA_AF_INET && sk->family != LA_AF_INET6) || !s ||
	    !(s->flags & LA_SF_SEEN) || la_leads_here(s, p->key.netns))
		return LA_WHOSE_OURS;
	if (!(p->flags & LA_PF_LATER) || sk->type == LA_SOCK_RAW)
		found->flow = la_flow_above(p, s, p->key.cookie, &found->id);
	f = found->flow;
	if (p->key.proto == LA_PROTO_TCP && p->tcp_flags & LA_TCP_RST && sk->type != LA_SOCK_RAW &&
	    la_is_own(sk, p))
		return la_whose_rst(f, stacked);
	if (la_is_own(sk, p))
		return LA_WHOSE_JUDGED;
	/* source NAT may have given it another port before either hook */
	if (f && f->hook == LA_HOOK_CGROUP)
		return LA_WHOSE_JUDGED;
	/* what an interface above has made of it */
	f = la_hinted(s);
	if (!f || f->opened != s->hint_opened || !(f->flags & LA_FF_CARRIED))
		return LA_WHOSE_OURS;
	found->flow = f;
	found->id = s->hint - 1;
	return LA_WHOSE_JUDGED;
}

/*
 * A SYN-ACK's request socket has the cgroup of its listener, and no storage. The
 * listener has: a process of the scope may have brought it along.
 */
la_inline enum la_whose la_whose_request(struct bpf_sock *sk, struct la_packet *p, int born,
					 struct la_found *found)
{
	__u64 cookie = p->key.cookie;
	struct bpf_sock *listener;
	struct la_sock *s;

	if (born && !la_sees_synack)
		return LA_WHOSE_OURS;
	listener = bpf_get_listener_sock(sk);
	s = listener ? bpf_sk_storage_get(&la_socks, listener, NULL, 0) : NULL;
	if (!born)
		return s && s->flags & LA_SF_IN_SCOPE ? LA_WHOSE_OURS : LA_WHOSE_NOT_OURS;
	if (s && la_leads_here(s, p->key.netns))
		return LA_WHOSE_OURS;
	if (s) {
		found->flow = la_flow_above(p, s, s->cookie, &found->id);
		s->hint = 0; /* which the accepted socket inherits */
	}
	p->key.cookie = cookie;
	return LA_WHOSE_JUDGED;
}

/*
 * Whether a packet without a socket came in from a namespace of the scope, or was brought by it. A
 * fragment that was made anew on its way does not know by which interface any more. A tunnel's
 * packet around it, which has come in by none, is another one.
 */
la_inline int la_has_entered(struct __sk_buff *skb, const struct la_packet *p)
{
	if (!skb->ingress_ifindex && !(p->flags & LA_PF_FRAGMENT) && !la_is_brought(skb))
		return 0;
	if (!skb->ingress_ifindex && *(volatile __u32 *)&la_has_entries &&
	    la_tc_netns == la_home_netns && !la_is_brought(skb))
		la_count(LA_COUNTER_FRAGMENTS, 1);
	return la_scope_entered(skb) != 0;
}

#define LA_IFINDEX_LOOPBACK 1 /* in every namespace */

/*
 * Whether a packet without a socket was sent to the loopback device of a namespace of the scope's,
 * where a filter has sent it on (mirred): nothing else that comes in there leaves again.
 */
la_inline int la_is_taken_from_loopback(const struct __sk_buff *skb)
{
	return !la_tc_netns && skb->ingress_ifindex == LA_IFINDEX_LOOPBACK && !la_is_brought(skb);
}

/*
 * Whether a packet without a socket may be a piece of one with a virtio header, which an interface
 * above has cut: its last piece alone keeps the socket.
 */
la_inline int la_may_be_piece(const struct __sk_buff *skb)
{
	return !skb->ingress_ifindex && !la_is_brought(skb);
}

/*
 * Whether a packet without a socket is a copy that a switch has made. It has its bytes together
 * with what it is a copy of, as has a piece that somebody hears above: with dropping that proves
 * nothing, but for a packet that the cgroup hook has judged and that is yet to come.
 */
la_inline int la_is_copy(struct __sk_buff *skb, __u32 base, __u8 stacked)
{
	if (!(stacked & LA_STACKED_PORT) || la_is_alone(skb))
		return 0;
	return !la_drop_now() || la_due_begins(skb, base);
}

/*
 * Notes that a scope has brought a packet without a socket, which is sent in a call of its process.
 * base: where its IP header begins.
 */
la_subprog int la_bring_piece(struct __sk_buff *skb, __u32 base, __u32 stacked)
{
	const void *task = (const void *)bpf_get_current_task();
	struct la_member *m;
	__u32 tgid;

	if (la_is_host || !la_offsets.task.leader || la_is_copy(skb, base, stacked))
		return 0;
	tgid = la_tgid_of(task);
	m = bpf_map_lookup_elem(&la_members, &tgid);
	if (m && !la_may_be_softirq(task))
		la_set_brought(skb, m->scope);
	return 0;
}

/*
 * Who has made a packet without a socket: one that came in by no interface is the kernel's own. A
 * fragment that was made anew on its way does not know its interface.
 */
la_inline __u8 la_made_by(struct __sk_buff *skb, const struct la_packet *p)
{
	return skb->ingress_ifindex || p->flags & LA_PF_FRAGMENT ? LA_ATTR_FORWARDED
								 : LA_ATTR_KERNEL;
}

/* LA_FF_WRAPPED or 0. Without a branch: the verifier would walk all that follows once more. */
la_inline __u8 la_may_be_wrapped(const struct __sk_buff *skb)
{
	__u32 differs = (la_brought(skb) & LA_NOT_OUTER_MASK) ^ LA_NOT_OUTER;

	la_opaque(differs);
	return ((differs + 0xffff) >> 16) * LA_FF_WRAPPED;
}

/* Whose the packet is, by its socket. */
la_inline enum la_whose la_whose(struct __sk_buff *skb, struct la_packet *p,
				 struct la_pkt_ctx *pkt_ctx, int stacked, struct la_found *found)
{
	struct bpf_sock *sk = skb->sk, *full;
	enum la_whose whose;
	struct la_sock *s;
	int born;

	pkt_ctx->flags = la_may_be_wrapped(skb);
	if (!sk) {
		pkt_ctx->attribution = la_made_by(skb, p);
		return la_is_host || la_is_taken_from_loopback(skb) || la_has_entered(skb, p)
			       ? LA_WHOSE_OURS
			       : LA_WHOSE_NOT_OURS;
	}
	born = la_is_born(skb);
	full = bpf_sk_fullsock(sk);
	if (!full) {
		/* request and time-wait sockets are the kernel's part of a connection */
		pkt_ctx->attribution = LA_ATTR_KERNEL;
		if (sk->state == LA_TCP_NEW_SYN_RECV)
			return la_whose_request(sk, p, born, found);
		if (bpf_map_lookup_elem(&la_flow_ids, &p->key))
			return LA_WHOSE_KERNELS;
		return la_is_host ? LA_WHOSE_OURS : LA_WHOSE_NOT_OURS;
	}
	pkt_ctx->attribution = LA_ATTR_UNKNOWN;
	/* created for ours: it leads a later scan from the socket to its flow */
	s = born ? la_make_storage(&la_socks, full) : bpf_sk_storage_get(&la_socks, full, NULL, 0);
	whose = la_whose_full(full, p, s, born, stacked, found);
	if (whose == LA_WHOSE_NOT_OURS && (la_sent_by_member(skb) || la_sent_by_connection(skb))) {
		s = bpf_sk_storage_get(&la_socks, full, NULL, 0);
		whose = LA_WHOSE_OURS;
	}
	/* only sockets of processes have a namespace of their own */
	if (full->type == LA_SOCK_RAW && full->family != LA_AF_PACKET && s && !s->netns)
		pkt_ctx->attribution = LA_ATTR_KERNEL;
	if (full->family == LA_AF_PACKET || la_is_own(full, p))
		pkt_ctx->flags = 0;
	pkt_ctx->flags |= la_configures(s, &p->key);
	pkt_ctx->sock = s;
	return whose;
}

#endif
