/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A packet on loopback that has the source of somebody else. The kernel answers what comes in there
 * (an echo reply, a reset, an error with a part of the packet in it), and its answer goes to that
 * source: out of the machine, with nobody's socket.
 */
#ifndef LEAKAUDIT_FORGED_BPF_H
#define LEAKAUDIT_FORGED_BPF_H

#include "judge.bpf.h"

la_inline int la_is_of_loopback(const struct la_flow_key *k)
{
	const struct la_addr *a = &k->saddr;

	if (k->family == 4)
		return a->b[12] == 127 || !a->w[3];
	return !a->q[0] && !a->w[2] && (a->w[3] == bpf_htonl(1) || !a->w[3]);
}

/*
 * The kernel's own sockets serve every namespace and have none: TC, which knows its interfaces'
 * namespace, evaluates their packets.
 */
la_inline int la_is_kernels(const struct bpf_sock *sk, const struct la_sock *s)
{
	return sk->type == LA_SOCK_RAW && !s->netns;
}

/*
 * Whether the source may be elsewhere. It is not if it is also the destination. Another address of
 * this machine may have gone just now, with the tunnel that had it: it counts only where it is
 * known that the kernel has checked it (bound).
 */
la_inline int la_is_from_elsewhere(const struct la_flow_key *k, __u64 netns, int bound)
{
	struct la_local_key source = { .addr = k->saddr, .netns = netns };

	if (la_is_of_loopback(k) ||
	    (source.addr.q[0] == k->daddr.q[0] && source.addr.q[1] == k->daddr.q[1]))
		return 0;
	if (bound && bpf_map_lookup_elem(&la_locals, &source))
		return 0;
	la_count(LA_COUNTER_REFUSED, 1);
	return 1;
}

/*
 * Whether a packet on loopback may be answered elsewhere. Only a raw socket can choose the source,
 * and one that has asked for it. The role of its interface is not kept: the next packet is to be
 * looked at, too.
 */
la_subprog int la_is_forged(struct __sk_buff *skb, struct la_sock *s, struct la_packet *p,
			    __u64 netns)
{
	struct bpf_sock *sk = skb->sk;
	int bound;

	if (!s || !p || !sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk || (sk->type != LA_SOCK_RAW && !s->any_source))
		return 0;
	s->role = 0;
	bound = la_is_kernels(sk, s);
	return !la_parse_skb(skb, 0, bpf_ntohs(skb->protocol), p) &&
	       la_is_from_elsewhere(&p->key, netns, bound);
}

#endif
