/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * TC egress of the loopback device: frames that a process makes itself. The kernel takes them in as
 * if they had come from outside: it forwards what is for others, and answers whoever a frame is
 * said to be from.
 */
#ifndef LEAKAUDIT_LOOP_BPF_H
#define LEAKAUDIT_LOOP_BPF_H

#include "forged.bpf.h"
#include "handed.bpf.h"
#include "scopes.bpf.h"

/* The kernel makes the headers of other sockets, and the cgroup hook sees their packets. */
la_inline int la_makes_headers(const struct bpf_sock *sk)
{
	return (sk->family != LA_AF_INET && sk->family != LA_AF_INET6) || sk->type == LA_SOCK_RAW;
}

la_subprog int la_loops(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct la_packet p;
	struct la_sock *s;
	__u32 scope;

	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	if (!sk)
		return LA_PASS_TC;
	s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	if (!la_is_born(skb) && !(s && s->flags & LA_SF_IN_SCOPE) && !la_sent_by_member(skb))
		return LA_PASS_TC;
	scope = la_scope_of(skb);
	if (scope)
		la_set_brought(skb, scope);
	if (!la_drop_now())
		return LA_PASS_TC;
	if (la_parse_skb(skb, 14, bpf_ntohs(skb->protocol), &p)) {
		if (la_stays_on_link(bpf_ntohs(skb->protocol)))
			return LA_PASS_TC;
		la_count(LA_COUNTER_UNPARSED, 1);
		return LA_DROP_TC;
	}
	return la_is_from_elsewhere(&p.key, la_tc_netns_of(skb), 0) ? LA_DROP_TC : LA_PASS_TC;
}

SEC("tc")
int la_tc_loopback(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	return la_likely(!sk || !la_makes_headers(sk)) ? LA_PASS_TC : la_loops(skb);
}

#endif
