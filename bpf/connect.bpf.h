/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Refuses connections that can only leak. If only the SYN was dropped, the process would wait for
 * minutes. Datagrams are not refused: a dropped datagram fails at once, and its payload is known by
 * then.
 */
#ifndef LEAKAUDIT_CONNECT_BPF_H
#define LEAKAUDIT_CONNECT_BPF_H

#include "allow.bpf.h"
#include "lookups.bpf.h"
#include "rate_limited.bpf.h"
#include "role_fallback.bpf.h"
#include "task.bpf.h"

la_inline void la_destination(struct bpf_sock_addr *ctx, int v6, struct la_flow_key *k)
{
	k->dport = bpf_ntohs(ctx->user_port);
	k->proto = ctx->protocol;
	k->family = 4;
	if (!v6) { /* a program for IPv4 may not read IPv6 fields */
		k->daddr.w[2] = bpf_htonl(0xffff);
		k->daddr.w[3] = ctx->user_ip4;
		return;
	}
	k->daddr.w[0] = ctx->user_ip6[0];
	k->daddr.w[1] = ctx->user_ip6[1];
	k->daddr.w[2] = ctx->user_ip6[2];
	k->daddr.w[3] = ctx->user_ip6[3];
	if (k->daddr.q[0] || k->daddr.w[2] != bpf_htonl(0xffff))
		k->family = 6;
}

/* The address as a number: the verifier forbids arithmetic with a socket from the context. */
la_inline struct sock *la_sk_of(struct bpf_sock *typed)
{
	struct sock *sk = NULL;

	bpf_probe_read_kernel(&sk, sizeof(sk), &typed);
	return sk;
}

/* The namespace of a socket, as a number. */
la_inline __u64 la_net_of(struct sock *sk)
{
	return (__u64)BPF_CORE_READ(sk, __sk_common.skc_net.net);
}

/*
 * Whether what a bound socket sends leaves outside the tunnel. A VRF stands for the interfaces in
 * it. When no loader is alive the device must have the kind that it had when its role was set.
 */
la_inline int la_is_outside(struct bpf_sock *sk, __u64 netns, __u32 ifindex)
{
	struct la_role *role = la_role_at(netns, ifindex);
	const void *dev;
	__u16 type;
	__u64 kind;

	if (!role || role->role != LA_ROLE_EXPOSED || role->kind == LA_KIND_VRF)
		return 0;
	if (la_is_followed())
		return 1;
	dev = (const void *)la_dev_at(la_net_of(la_sk_of(sk)), ifindex);
	kind = la_kind_of_dev(dev, &type);
	return dev && role->kind == kind;
}

/*
 * Why the connection can only leak. Netfilter comes later: if nat may change the destination,
 * nothing is certain. Routes are certain only while a loader is alive. A binding is the socket's
 * own.
 */
la_inline enum la_refusal la_refusal_of(struct bpf_sock *sk, __u64 netns, __u8 family)
{
	struct la_connections *c = bpf_map_lookup_elem(&la_connections, &netns);
	__u8 bit = family == 6 ? LA_FAMILY_V6 : LA_FAMILY_V4;
	__u32 bound = sk->bound_dev_if;

	if (!c || !(c->unchanged & bit))
		return LA_REFUSAL_NONE;
	if (bound)
		return la_is_outside(sk, netns, bound) ? LA_REFUSAL_BOUND : LA_REFUSAL_NONE;
	return c->outside & bit && la_is_followed() ? LA_REFUSAL_FAMILY : LA_REFUSAL_NONE;
}

/* A connection that is refused: class and detail are what it would have carried. */
la_inline void la_tell_refused(struct bpf_sock_addr *ctx, const struct la_flow_key *k,
			       const struct la_sock *s, const struct la_label *l,
			       enum la_refusal why)
{
	struct la_event_flow *e;

	la_count(LA_COUNTER_REFUSED, 1);
	e = la_rate_limited_event(k);
	if (!e)
		return;
	e->flow.key.cookie = bpf_get_socket_cookie(ctx);
	e->flow.cls = l->cls;
	e->flow.detail = l->detail;
	e->flow.verdict = LA_VERDICT_DROPPED;
	e->flow.hook = LA_HOOK_CONNECT;
	e->flow.bound_if = k->ifindex;
	e->flow.refusal = why;
	if (ctx->sk)
		e->flow.scope = la_scope_of_sk(la_sk_of(ctx->sk));
	la_rate_limited_submit(e, s);
}

/*
 * Without payload the class is not known. So it refuses only if the whole family is unwanted, or
 * all that a torrent client sends.
 */
la_inline int la_connect_only_leaks(struct bpf_sock_addr *ctx, const struct la_sock *s, int v6)
{
	struct la_flow_key k = { .netns = s->netns, .cookie = s->owner.tgid };
	struct la_label l = { .cls = LA_CLASS_IPV4 };
	struct bpf_sock *sk = ctx->sk;
	enum la_refusal why;

	if (ctx->type != LA_SOCK_STREAM)
		return 0;
	la_destination(ctx, v6, &k);
	if (k.family == 6)
		l.cls = LA_CLASS_IPV6;
	if (la_is_torrent(&s->owner)) {
		l.cls = LA_CLASS_TORRENT;
		l.detail = LA_DETAIL_BULK;
	}
	la_epoch_now(); /* checks the deadline */
	if (!sk || !la_is_unwanted(k.family, l.cls, la_drop_now()) || !la_is_global(&k))
		return 0;
	why = la_refusal_of(sk, k.netns, k.family);
	if (why == LA_REFUSAL_NONE || la_is_local(&k) || la_is_allowed(&k) ||
	    la_is_daemon(&s->owner, k.netns))
		return 0;
	k.ifindex = sk->bound_dev_if;
	la_tell_refused(ctx, &k, s, &l, why);
	return 1;
}

#endif
