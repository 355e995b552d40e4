/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A look at the headers of a plain TCP or UDP packet where they lie: no helper,
 * no copy. Whatever is not plain (options before the ports, a fragment, another
 * protocol, headers that are not in the linear part) is for la_parse().
 */
#ifndef LEAKAUDIT_PEEK_BPF_H
#define LEAKAUDIT_PEEK_BPF_H

#include "maps.bpf.h"

#define LA_PLAIN_V4 0x45 /* version 4, five words */

struct la_peek {
	const __u8 *ip;
	const __u8 *l4;
	const void *end;
	__u32 header; /* bytes of both headers: what each GSO segment repeats */
	__u8 proto;
	__u8 family;
	__u8 tcp_flags; /* 0 for UDP */
	__u8 payload; /* whether there is any */
};

la_inline int la_peek_l4(struct la_peek *k, __u32 len)
{
	const __u8 *l4 = k->l4;

	k->tcp_flags = 0;
	k->header = (__u32)(l4 - k->ip) + 8;
	if (la_likely(k->proto == LA_PROTO_TCP)) {
		if (la_unlikely((const void *)(l4 + 20) > k->end))
			return 0;
		k->tcp_flags = l4[13];
		k->header += (l4[12] >> 4) * 4 - 8;
	} else if (k->proto != LA_PROTO_UDP) {
		return 0;
	}
	k->payload = len > k->header;
	return 1;
}

la_inline int la_peek(struct __sk_buff *skb, __u32 l2_len, struct la_peek *k)
{
	const void *end = (const void *)(long)skb->data_end;
	__u32 len = skb->len - l2_len;
	const __u8 *ip;

	asm volatile("%[l2] &= 0xff" : [l2] "+r"(l2_len)); /* the verifier wants to see it */
	ip = (const __u8 *)(long)skb->data + l2_len;
	k->ip = ip;
	k->end = end;
	if (la_likely(skb->protocol == bpf_htons(LA_ETH_IPV4))) {
		if (la_unlikely((const void *)(ip + 28) > end || ip[0] != LA_PLAIN_V4 ||
				*(const __u16 *)(ip + 6) & bpf_htons(0x3fff)))
			return 0;
		k->family = 4;
		k->proto = ip[9];
		k->l4 = ip + 20;
		return la_peek_l4(k, len);
	}
	if (skb->protocol != bpf_htons(LA_ETH_IPV6) || (const void *)(ip + 48) > end ||
	    ip[0] >> 4 != 6)
		return 0;
	k->family = 6;
	k->proto = ip[6];
	k->l4 = ip + 40;
	return la_peek_l4(k, len);
}

la_inline __u16 la_peek_port(const struct la_peek *k, __u32 at)
{
	return bpf_ntohs(*(const __u16 *)(k->l4 + at));
}

/* Addresses, ports, protocol and interface of the flow; the socket is the
 * caller's to compare. */
la_inline int la_peek_is(const struct la_peek *k, const struct la_flow_key *key, __u32 ifindex)
{
	const __u8 *ip = k->ip;

	if (la_unlikely(k->family != key->family || k->proto != key->proto || key->routed ||
			ifindex != key->ifindex || la_peek_port(k, 0) != key->sport ||
			la_peek_port(k, 2) != key->dport))
		return 0;
	if (la_likely(k->family == 4))
		return *(const __u32 *)(ip + 12) == key->saddr.w[3] &&
		       *(const __u32 *)(ip + 16) == key->daddr.w[3];
	return *(const __u64 *)(ip + 8) == key->saddr.q[0] &&
	       *(const __u64 *)(ip + 16) == key->saddr.q[1] &&
	       *(const __u64 *)(ip + 24) == key->daddr.q[0] &&
	       *(const __u64 *)(ip + 32) == key->daddr.q[1];
}

#endif
