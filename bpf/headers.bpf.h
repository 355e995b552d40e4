/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Reads the headers of a plain TCP or UDP packet in place: no helper, no copy. A packet that is not
 * plain (options before the ports, a fragment, another protocol, headers outside of the linear
 * part) is left to la_parse().
 *
 * Every packet passes here, with the CPU's branch predictor full of the network stack's branches.
 * So comparisons are combined in one word that is tested once.
 */
#ifndef LEAKAUDIT_HEADERS_BPF_H
#define LEAKAUDIT_HEADERS_BPF_H

#include "maps.bpf.h"

/* In the first eight bytes of an IPv4 header: version 4, five words, no fragment. */
#define LA_PLAIN_V4 0x45ULL
#define LA_PLAIN_V4_MASK 0xff3f0000000000ffULL

struct la_headers {
	const __u8 *ip;
	const __u8 *l4;
	__u64 header; /* bytes of both headers, which each GSO segment repeats */
	__u64 kind; /* as in struct la_flow_key */
	__u64 tcp_flags; /* 0 for UDP */
};

la_inline __u64 la_kind_word(__u8 proto, __u8 family)
{
	return (__u64)family << 8 | proto;
}

la_inline int la_headers_l4(struct la_headers *k, const void *end, __u8 proto)
{
	const __u8 *l4 = k->l4;

	k->header = (__u64)(l4 - k->ip) + 8;
	k->tcp_flags = 0;
	if (la_likely(proto == LA_PROTO_TCP)) {
		if (la_unlikely((const void *)(l4 + 20) > end))
			return 0;
		k->tcp_flags = l4[13];
		k->header += (l4[12] >> 4) * 4 - 8;
		return 1;
	}
	return la_likely(proto == LA_PROTO_UDP);
}

la_inline int la_headers_v4(struct la_headers *k, const __u8 *ip, const void *end)
{
	if (la_unlikely((const void *)(ip + 28) > end ||
			(*(const __u64 *)ip & LA_PLAIN_V4_MASK) != LA_PLAIN_V4))
		return 0;
	k->ip = ip;
	k->l4 = ip + 20;
	k->kind = la_kind_word(ip[9], 4);
	return la_headers_l4(k, end, ip[9]);
}

la_inline int la_headers_v6(struct la_headers *k, const __u8 *ip, const void *end)
{
	if ((const void *)(ip + 48) > end || ip[0] >> 4 != 6)
		return 0;
	k->ip = ip;
	k->l4 = ip + 40;
	k->kind = la_kind_word(ip[6], 6);
	return la_headers_l4(k, end, ip[6]);
}

la_inline int la_is_v4(const struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(LA_ETH_IPV4);
}

/* ip: the IP header in the packet's data */
la_inline int la_headers(struct __sk_buff *skb, const __u8 *ip, struct la_headers *k)
{
	const void *end = (const void *)(long)skb->data_end;

	if (la_likely(la_is_v4(skb)))
		return la_headers_v4(k, ip, end);
	return skb->protocol == bpf_htons(LA_ETH_IPV6) && la_headers_v6(k, ip, end);
}

la_inline const __u8 *la_data(const struct __sk_buff *skb)
{
	return (const __u8 *)(long)skb->data;
}

la_inline int la_headers_is_udp(const struct la_headers *k)
{
	return (__u8)k->kind == LA_PROTO_UDP;
}

la_inline __u16 la_headers_port(const struct la_headers *k, __u32 at)
{
	return bpf_ntohs(*(const __u16 *)(k->l4 + at));
}

la_inline __u64 la_word(const void *at)
{
	return *(const __u32 *)at;
}

/* Bits that differ from a flow in protocol and ports. */
la_inline __u64 la_diff_l4(const struct la_headers *k, const struct la_flow_key *key)
{
	return (bpf_ntohl(la_word(k->l4)) ^ (__u64)key->ports) | (k->kind ^ (__u64)key->kind);
}

/* Bits that differ in addresses. */
la_inline __u64 la_diff_v4(const struct la_headers *k, const struct la_flow_key *key)
{
	return (la_word(k->ip + 12) ^ (__u64)key->saddr.w[3]) |
	       (la_word(k->ip + 16) ^ (__u64)key->daddr.w[3]);
}

la_inline __u64 la_diff_v6(const struct la_headers *k, const struct la_flow_key *key)
{
	const __u64 *addr = (const __u64 *)(k->ip + 8);

	return (addr[0] ^ key->saddr.q[0]) | (addr[1] ^ key->saddr.q[1]) |
	       (addr[2] ^ key->daddr.q[0]) | (addr[3] ^ key->daddr.q[1]);
}

/*
 * Same as la_headers(). *diff has the bits that differ from the flow, 0 if none. The caller
 * compares socket and interface.
 */
la_inline int la_headers_at(struct __sk_buff *skb, const __u8 *ip, struct la_headers *k,
			    const struct la_flow_key *key, __u64 *diff)
{
	const void *end = (const void *)(long)skb->data_end;

	if (la_likely(la_is_v4(skb))) {
		if (la_unlikely(!la_headers_v4(k, ip, end)))
			return 0;
		*diff = la_diff_v4(k, key) | la_diff_l4(k, key);
		return 1;
	}
	if (skb->protocol != bpf_htons(LA_ETH_IPV6) || !la_headers_v6(k, ip, end))
		return 0;
	*diff = la_diff_v6(k, key) | la_diff_l4(k, key);
	return 1;
}

#endif
