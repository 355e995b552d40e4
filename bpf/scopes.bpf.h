/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* To which scope a packet belongs. Where one scope is within another, to the inner one. */
#ifndef LEAKAUDIT_SCOPES_BPF_H
#define LEAKAUDIT_SCOPES_BPF_H

#include "maps.bpf.h"

/* The scope that the packet's socket was born in; 0: none. The deepest cgroup is asked first. */
la_subprog __u32 la_scope_born(struct __sk_buff *skb)
{
	__u64 levels = *(volatile __u64 *)&la_scope_levels, id;
	__u32 *scope;
	int i;

	for (i = 0; i < LA_SCOPE_LEVELS && levels; i++, levels >>= 8) {
		id = bpf_skb_ancestor_cgroup_id(skb, (int)(levels & 0xff) - 1);
		scope = bpf_map_lookup_elem(&la_scopes, &id);
		if (scope)
			return *scope;
	}
	return 0;
}

/* The scope from whose namespaces a packet without a socket came in. */
la_inline __u32 *la_scope_entered(const struct __sk_buff *skb)
{
	__u32 from = skb->ingress_ifindex;

	if (!*(volatile __u32 *)&la_has_entries || la_tc_netns != la_home_netns || !from)
		return NULL;
	return bpf_map_lookup_elem(&la_entries, &from);
}

/* The scope of a packet that is known to be of one; 0: the host, or which one is not known. */
la_subprog __u32 la_scope_of(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct la_sock *s;
	__u32 scope, *from;

	if (la_is_host)
		return 0;
	if (!sk) {
		from = la_scope_entered(skb);
		return from ? *from : 0;
	}
	scope = la_scope_born(skb);
	if (scope)
		return scope;
	if (sk->state == LA_TCP_NEW_SYN_RECV) {
		sk = bpf_get_listener_sock(sk);
		if (!sk)
			return 0;
	}
	s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	return s ? s->scope : 0;
}

#endif
