/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* How many packets on the wire a GSO packet is, and which headers each of them has. */
#ifndef LEAKAUDIT_SEGMENTS_BPF_H
#define LEAKAUDIT_SEGMENTS_BPF_H

#include "role_fallback.bpf.h"
#include "softirq.bpf.h"

la_inline __u32 la_in_parts(__u32 bytes, __u32 size)
{
	return size && bytes > size ? (bytes + size - 1) / size : 1;
}

/*
 * A GSO packet with a virtio header (of a VM, or by PACKET_VNET_HDR) has no segment count yet. The
 * last part of one that is cut in two steps (NETIF_F_GSO_PARTIAL) has the count of those before it,
 * and no size.
 */
la_inline __u32 la_count_segments(const struct __sk_buff *skb, __u32 payload)
{
	__u32 size = skb->gso_size;

	return size && skb->gso_segs ? skb->gso_segs : la_in_parts(payload, size);
}

#define LA_INNER_MAX 256 /* more is no tunnel's header, an inner link's, IP's and TCP's */

/*
 * How many bytes of headers each segment of a packet in a tunnel (vxlan, gre) repeats beside the
 * outer ones. The kernel has counted them (6.17); before that it counts those of the outer packet.
 */
la_inline __u16 la_inner_headers(const struct __sk_buff *skb, const struct la_packet *p, __u32 segs)
{
	__u32 outer = p->base + p->payload_off, each;

	if (la_likely(segs < 2))
		return 0;
	each = (skb->wire_len - skb->len) / (segs - 1);
	return each > outer && each - outer < LA_INNER_MAX ? each - outer : 0;
}

#define LA_GSO_UFO (1 << 16) /* SKB_GSO_UDP, which only virtio headers still ask for */

/* Four bytes of a packet's struct skb_shared_info; 0 where they cannot be read. */
la_inline __u32 la_shared_info_at(struct __sk_buff *skb, __u32 offset)
{
	const void *head = NULL;
	__u32 end = 0, value = 0;

	if (!la_offsets.dev)
		return 0;
	bpf_probe_read_kernel(&head, sizeof(head), la_skb_at(skb, la_offsets.head));
	bpf_probe_read_kernel(&end, sizeof(end), la_skb_at(skb, la_offsets.end));
	bpf_probe_read_kernel(&value, sizeof(value), head + end + offset);
	return value;
}

/*
 * Whether a UDP datagram is to be cut into fragments of IP: no field of the context tells. Not
 * inlined, for the hook's stack.
 */
la_subprog int la_is_cut(struct __sk_buff *skb)
{
	return (la_shared_info_at(skb, la_offsets.gso_type) & LA_GSO_UFO) != 0;
}

/* Whether nobody else has the packet's bytes: it is no copy, and has none. */
la_inline int la_is_alone(struct __sk_buff *skb)
{
	return (la_shared_info_at(skb, la_offsets.dataref) & 0xffff) == 1; /* SKB_DATAREF_SHIFT */
}

/* Same as la_count_segments(), at TC, where other packets come than those that sockets make. */
la_inline __u32 la_segments(struct __sk_buff *skb, struct la_packet *p)
{
	__u32 segs;

	if (skb->gso_size && p->key.proto == LA_PROTO_UDP && la_is_cut(skb)) {
		p->flags |= LA_PF_CUT; /* what is cut has the header of UDP, too */
		if (p->flags & LA_PF_FRAGMENT && p->key.family == 6) {
			p->len = skb->len - p->base; /* its header has the length of a piece */
			return la_in_parts(p->len - p->l4_off, skb->gso_size);
		}
		return la_in_parts(p->payload_len + LA_UDP_HEADER, skb->gso_size);
	}
	segs = la_count_segments(skb, p->payload_len);
	p->inner = la_inner_headers(skb, p, segs);
	return segs;
}

#endif
