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

/*
 * What origin.bpf.h puts into tc_index of a packet that a process of a scope has brought into this
 * machine past its sockets: with the scope's number. The packet keeps it while it is forwarded, and
 * hands it on to its fragments. LA_BROUGHT_JUDGED: it has been judged in a namespace on its way.
 */
#define LA_BROUGHT 0x4c00
#define LA_BROUGHT_MASK 0xfd00
#define LA_BROUGHT_JUDGED 0xff

/*
 * The same of a packet that goes to where a tunnel sends, and was made by none: alone, or with the
 * above.
 */
#define LA_NOT_OUTER 0x4a00
#define LA_NOT_OUTER_MASK 0xfa00

/*
 * The same of a packet of a resolver in a container, after a question of the scope: so it is known
 * where it leaves, without its socket. LA_RESOLVER_STOPS: there it is to be stopped past the tunnel.
 */
#define LA_BY_RESOLVER 0x4d00
#define LA_RESOLVER_STOPS 1

/* In assembly, as la_ifindex(). */
la_inline __u32 la_brought(const struct __sk_buff *skb)
{
	__u64 index;

	asm volatile("%[index] = *(u32 *)(%[skb] + %[at])"
		     : [index] "=r"(index)
		     : [skb] "r"(skb), [at] "i"(__builtin_offsetof(struct __sk_buff, tc_index)));
	return index;
}

la_inline void la_set_index(struct __sk_buff *skb, __u64 index)
{
	asm volatile("*(u32 *)(%[skb] + %[at]) = %[index]"
		     :
		     : [index] "r"(index), [skb] "r"(skb),
		       [at] "i"(__builtin_offsetof(struct __sk_buff, tc_index))
		     : "memory");
}

/* Whether the packet was forwarded for a resolver. */
la_inline int la_is_by_resolver(const struct __sk_buff *skb)
{
	return (la_brought(skb) & 0xff00) == LA_BY_RESOLVER;
}

la_inline int la_is_brought(const struct __sk_buff *skb)
{
	return (la_brought(skb) & LA_BROUGHT_MASK) == LA_BROUGHT;
}

la_inline int la_is_not_outer(const struct __sk_buff *skb)
{
	return (la_brought(skb) & LA_NOT_OUTER_MASK) == LA_NOT_OUTER;
}

la_inline void la_set_brought(struct __sk_buff *skb, __u64 scope)
{
	la_set_index(skb, LA_BROUGHT | scope | (la_is_not_outer(skb) ? LA_NOT_OUTER : 0));
}

la_inline void la_set_not_outer(struct __sk_buff *skb)
{
	la_set_index(skb, LA_NOT_OUTER | (la_is_brought(skb) ? la_brought(skb) : 0));
}

/* The scope that has brought the packet, unless it was judged on its way; 0: none. */
la_inline __u32 la_scope_brought(const struct __sk_buff *skb)
{
	__u32 scope = la_brought(skb) & 0xff;

	return la_is_brought(skb) && scope != LA_BROUGHT_JUDGED ? scope : 0;
}

/* The scope that a packet without a socket was brought by, or from whose namespaces it came in; 0:
 * none. */
la_inline __u32 la_scope_entered(const struct __sk_buff *skb)
{
	__u32 from = skb->ingress_ifindex, *scope;

	if (la_is_brought(skb))
		return la_scope_brought(skb);
	if (!*(volatile __u32 *)&la_has_entries || la_tc_netns != la_home_netns || !from)
		return 0;
	scope = bpf_map_lookup_elem(&la_entries, &from);
	return scope ? *scope : 0;
}

/* The scope of a packet that is known to be of one; 0: the host, or which one is not known. */
la_subprog __u32 la_scope_of(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct la_sock *s;
	__u32 scope;

	if (la_is_host)
		return 0;
	if (!sk)
		return la_scope_entered(skb);
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
