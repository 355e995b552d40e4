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

/*
 * Whether the route can only leak: the socket is bound to an exposed interface, or no tunnel of the
 * namespace carries the family.
 */
la_inline int la_only_leaks(const struct bpf_sock *sk, __u64 netns, __u8 family)
{
	struct la_role_key rk = { .netns = netns, .ifindex = sk->bound_dev_if };
	struct la_role *role;
	__u8 *families;

	if (rk.ifindex) {
		role = bpf_map_lookup_elem(&la_roles, &rk);
		return role && role->role == LA_ROLE_EXPOSED;
	}
	families = bpf_map_lookup_elem(&la_tunnel_families, &netns);
	return families && !(*families & (family == 6 ? LA_FAMILY_V6 : LA_FAMILY_V4));
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
	__u8 cls;

	/* facts that nobody updates may be outdated: then the SYN is dropped instead */
	if (ctx->type != LA_SOCK_STREAM || !la_is_followed())
		return 0;
	la_destination(ctx, v6, &k);
	cls = k.family == 6 ? LA_CLASS_IPV6 : LA_CLASS_IPV4;
	if (la_is_torrent(&s->owner))
		cls = LA_CLASS_TORRENT;
	la_epoch_now(); /* checks the deadline */
	if (!sk || !la_is_unwanted(k.family, cls, la_drop_now()) || !la_is_global(&k) ||
	    !la_only_leaks(sk, k.netns, k.family) || la_is_local(&k) || la_is_allowed(&k) ||
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
	la_rate_limited_submit(e, s);
	return 1;
}

#endif
