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

/* At most so many devices are compared: those with the same low bits of the ifindex. */
#define LA_DEVS_MAX 16
#define LA_DEV_HASH 256

/* The device with that index in the socket's namespace, NULL: none was found. */
la_inline struct net_device *la_dev_of(struct sock *sk, __u32 ifindex)
{
	struct net *net = BPF_CORE_READ(sk, __sk_common.skc_net.net);
	struct hlist_node *node = NULL;
	struct net_device *dev;
	struct hlist_head *heads;
	int i;

	if (!bpf_core_field_exists(net->dev_index_head))
		return NULL;
	heads = BPF_CORE_READ(net, dev_index_head);
	bpf_probe_read_kernel(&node, sizeof(node), heads + ifindex % LA_DEV_HASH);
	for (i = 0; i < LA_DEVS_MAX && node; i++) {
		dev = (void *)node - bpf_core_field_offset(struct net_device, index_hlist);
		if ((__u32)BPF_CORE_READ(dev, ifindex) == ifindex)
			return dev;
		node = BPF_CORE_READ(node, next);
	}
	return NULL;
}

/*
 * Whether what a bound socket sends leaves outside the tunnel. A VRF stands for the interfaces in
 * it. When no loader is alive the device must have the kind that it had when its role was set.
 */
la_inline int la_is_outside(struct bpf_sock *sk, __u64 netns, __u32 ifindex)
{
	struct la_role *role = la_role_at(netns, ifindex);
	struct net_device *dev;
	__u16 type;
	__u64 kind;

	if (!role || role->role != LA_ROLE_EXPOSED || role->kind == LA_KIND_VRF)
		return 0;
	if (la_is_followed())
		return 1;
	dev = la_dev_of(la_sk_of(sk), ifindex);
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

la_inline int la_is_local(const struct la_flow_key *k)
{
	struct la_local_key local = { .addr = k->daddr, .netns = k->netns };

	return bpf_map_lookup_elem(&la_locals, &local) != NULL;
}

/*
 * Without payload the class is not known. So it refuses only if the whole family is unwanted, or
 * all that a torrent client sends.
 */
la_inline int la_connect_only_leaks(struct bpf_sock_addr *ctx, const struct la_sock *s, int v6)
{
	struct la_flow_key k = { .netns = s->netns, .cookie = s->owner.tgid };
	struct bpf_sock *sk = ctx->sk;
	struct la_event_flow *e;
	enum la_refusal why;
	__u8 cls;

	if (ctx->type != LA_SOCK_STREAM)
		return 0;
	la_destination(ctx, v6, &k);
	cls = k.family == 6 ? LA_CLASS_IPV6 : LA_CLASS_IPV4;
	if (la_is_torrent(&s->owner))
		cls = LA_CLASS_TORRENT;
	la_epoch_now(); /* checks the deadline */
	if (!sk || !la_is_unwanted(k.family, cls, la_drop_now()) || !la_is_global(&k))
		return 0;
	why = la_refusal_of(sk, k.netns, k.family);
	if (why == LA_REFUSAL_NONE || la_is_local(&k) || la_is_allowed(&k) ||
	    la_is_daemon(&s->owner, k.netns))
		return 0;
	k.ifindex = sk->bound_dev_if;
	la_count(LA_COUNTER_REFUSED, 1);
	e = la_rate_limited_event(&k);
	if (!e)
		return 1;
	e->flow.key.cookie = bpf_get_socket_cookie(ctx);
	e->flow.cls = cls;
	e->flow.detail = cls == LA_CLASS_TORRENT ? LA_DETAIL_BULK : LA_DETAIL_NONE;
	e->flow.verdict = LA_VERDICT_DROPPED;
	e->flow.hook = LA_HOOK_CONNECT;
	e->flow.bound_if = k.ifindex;
	e->flow.refusal = why;
	e->flow.scope = la_scope_of_sk(la_sk_of(sk));
	la_rate_limited_submit(e, s);
	return 1;
}

#endif
