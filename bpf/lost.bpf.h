/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Packets that the kernel drops on their way out. A packet that has passed TC egress was counted as
 * left, which is taken back. For others the reason of the drop is recorded.
 */
#ifndef LEAKAUDIT_LOST_BPF_H
#define LEAKAUDIT_LOST_BPF_H

#include "due.bpf.h"
#include "emptied.bpf.h"
#include "segments.bpf.h"
#include "stops.bpf.h"

struct la_lost {
	__u64 bytes; /* IP bytes as on the wire */
	__u64 repeated;
	__u32 packets;
	__u32 l4_off; /* from the IP header */
	__s16 removed; /* bytes that no segment has, or less than 0 that each has more */
	__u16 later; /* a later fragment */
};

la_inline struct skb_shared_info *la_shared_info(struct sk_buff *skb)
{
	return (void *)(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end));
}

/* See la_is_cut(). */
la_inline int la_lost_is_cut(struct sk_buff *skb)
{
	return (BPF_CORE_READ(la_shared_info(skb), gso_type) & LA_GSO_UFO) != 0;
}

/*
 * Whether a queue has made segments of a packet, which have its socket now and go on in its place.
 * Fragments of IPv6 are cut no further: what a switch has not cut to the end goes nowhere.
 */
la_inline int la_is_segmented(struct sk_buff *skb)
{
	unsigned char *ip = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
	__u8 h[7];

	if (BPF_CORE_READ(skb, sk) || !BPF_CORE_READ(la_shared_info(skb), gso_size))
		return 0;
	return !la_lost_is_cut(skb) || bpf_probe_read_kernel(h, sizeof(h), ip) || h[0] >> 4 != 6 ||
	       h[6] != 44;
}

/*
 * By what such a packet is stopped. One that waits for its neighbour has not come to the interface:
 * its frame does not begin yet. A veth has given what it has sent to its other end.
 */
la_inline __u8 la_stop_unsaid(struct sk_buff *skb, const struct la_role *role, int emptied)
{
	unsigned char *frame = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, mac_header);

	if (frame != BPF_CORE_READ(skb, data))
		return LA_STOP_UNKNOWN;
	if (emptied)
		return LA_STOP_QUEUE;
	return role->kind == LA_KIND_VETH && !la_is_segmented(skb) ? LA_STOP_DEVICE
								   : LA_STOP_UNKNOWN;
}

/* Steps over the headers before the transport's. A later fragment gets the key of la_frag_key(). */
la_inline void la_lost_extensions(const unsigned char *ip, struct la_flow_key *k,
				  struct la_lost *lost)
{
	__u8 e[8];
	int i;

	for (i = 0; i < LA_EXT_MAX; i++) {
		if (!la_is_extension(k->proto) ||
		    bpf_probe_read_kernel(e, sizeof(e), ip + lost->l4_off))
			return;
		if (k->proto == 44 && la_get16(&e[2]) & 0xfff8) {
			lost->later = 1;
			k->cookie = la_get32(&e[4]);
			k->proto = 0;
			return;
		}
		if (la_is_kernels_jumbo(k->proto, e))
			lost->removed = LA_JUMBO_HEADER;
		lost->l4_off += k->proto == 44	 ? 8
				: k->proto == 51 ? (e[1] + 2) * 4
						 : (e[1] + 1) * 8;
		k->proto = e[0];
	}
}

la_inline int la_has_ports(__u8 proto)
{
	return proto == LA_PROTO_TCP || proto == LA_PROTO_UDP || proto == 136 || proto == 132 ||
	       proto == 33; /* UDP-Lite, SCTP, DCCP */
}

/* Reads addresses and ports into a flow's key. 0, or -1: not IP. */
la_inline int la_lost_key(struct sk_buff *skb, struct la_flow_key *k, struct la_lost *lost)
{
	unsigned char *ip = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
	__u32 ports = 0;
	__u8 h[40];

	if (bpf_probe_read_kernel(h, 20, ip))
		return -1;
	if (h[0] >> 4 == 4) {
		k->family = 4;
		k->proto = h[9];
		la_map_v4(&k->saddr, &h[12]);
		la_map_v4(&k->daddr, &h[16]);
		lost->l4_off = (h[0] & 0xf) * 4;
		lost->later = !!(la_get16(&h[6]) & 0x1fff);
		if (lost->later)
			k->cookie = la_get16(&h[4]);
	} else if (h[0] >> 4 == 6 && !bpf_probe_read_kernel(h, 40, ip)) {
		k->family = 6;
		k->proto = h[6];
		__builtin_memcpy(&k->saddr, &h[8], 16);
		__builtin_memcpy(&k->daddr, &h[24], 16);
		lost->l4_off = 40;
		la_lost_extensions(ip, k, lost);
		if (la_get16(&h[4]))
			lost->removed = 0;
	} else {
		return -1;
	}
	if (!lost->later && la_has_ports(k->proto))
		bpf_probe_read_kernel(&ports, 4, ip + lost->l4_off);
	k->ports = bpf_ntohl(ports);
	return 0;
}

la_inline __u32 la_lost_packets(struct sk_buff *skb, __u32 payload)
{
	struct skb_shared_info *info = la_shared_info(skb);
	__u32 segs = BPF_CORE_READ(info, gso_segs), size = BPF_CORE_READ(info, gso_size);

	return segs && size && !la_lost_is_cut(skb) ? segs : la_in_parts(payload, size);
}

#define LA_GSO_TCP (1 << 0 | 1 << 4) /* SKB_GSO_TCPV4, SKB_GSO_TCPV6 */

/*
 * Bytes from the IP header to the payload of the innermost packet, which each segment repeats; to
 * the transport header for fragments.
 */
la_inline __u32 la_lost_headers(struct sk_buff *skb, __u8 proto, __u32 l4_off)
{
	struct skb_shared_info *info = la_shared_info(skb);
	unsigned char *head = BPF_CORE_READ(skb, head);
	__u32 ip = BPF_CORE_READ(skb, network_header), l4 = ip + l4_off;
	int tcp = proto == LA_PROTO_TCP;
	__u8 doff = 0;

	if (BPF_CORE_READ_BITFIELD_PROBED(skb, encapsulation)) {
		l4 = BPF_CORE_READ(skb, inner_transport_header);
		tcp = (BPF_CORE_READ(info, gso_type) & LA_GSO_TCP) != 0;
	}
	if (tcp && !bpf_probe_read_kernel(&doff, 1, head + l4 + 12))
		return l4 - ip + (doff >> 4) * 4;
	return l4 - ip + (la_lost_is_cut(skb) ? 0 : LA_UDP_HEADER);
}

la_inline void la_lost_size(struct sk_buff *skb, const struct la_flow_key *k, struct la_lost *lost)
{
	unsigned char *head = BPF_CORE_READ(skb, head), *data = BPF_CORE_READ(skb, data);
	__u32 ip = BPF_CORE_READ(skb, network_header), len = BPF_CORE_READ(skb, len);
	__u32 link = ip - (__u32)(data - head),
	      header = la_lost_headers(skb, k->proto, lost->l4_off);
	__u64 more;

	if (link > 256) /* the packet begins after its IP header */
		link = 0;
	lost->packets = la_lost_packets(skb, len - link - header);
	more = lost->packets - 1;
	lost->bytes = len - link;
	if (!more)
		return;
	if (k->family == 6 && la_lost_is_cut(skb))
		lost->removed = -LA_FRAGMENT_HEADER;
	lost->bytes += more * header - (more + 1) * lost->removed;
	lost->repeated = more * (link + header) - (more + 1) * lost->removed;
}

la_inline struct la_flow *la_lost_by_key(const struct la_flow_key *k)
{
	__u32 *id = bpf_map_lookup_elem(&la_flow_ids, k);

	return id ? la_flow_by_id(*id) : NULL;
}

/* A later fragment has its datagram's id for a key, which its first one has left. */
la_inline struct la_flow *la_lost_fragment(const struct la_flow_key *k)
{
	__u32 *id = bpf_map_lookup_elem(&la_frags, k);

	return id ? la_flow_by_id(*id) : NULL;
}

/*
 * A packet without a socket: the driver of a tun takes that away before it drops the packet
 * (tun_net_xmit()), and of the segments that a queue makes of one only the last has it. They belong
 * to the flow that has passed last on this CPU, if they look like it. later: fragments that a queue
 * makes have no ports.
 */
la_inline struct la_flow *la_lost_orphan(const volatile struct la_due *last,
					 const struct la_flow_key *k, int later)
{
	struct la_flow *f = la_flow_by_id(last->flow - 1);

	if (!f || !la_same_ends(&f->key, k))
		return NULL;
	return later || (f->key.ports == k->ports && f->key.kind == k->kind) ? f : NULL;
}

/* Finds the flow of a dropped packet. k: its addresses and interface. */
la_inline struct la_flow *la_lost_flow(struct sock *sk, const volatile struct la_due *last,
				       struct la_flow_key *k)
{
	struct la_flow *f, *hinted = NULL;
	struct la_sock *s;
	__u64 carried;
	__u32 id;

	if (!sk)
		return la_lost_by_key(k) ?: la_lost_orphan(last, k, 0);
	k->cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	f = la_lost_by_key(k);
	if (f)
		return f;
	s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	if (!s || !s->hint)
		return NULL;
	id = s->hint - 1;
	hinted = la_flow_by_id(id);
	if (!hinted || hinted->opened != s->hint_opened)
		return NULL;
	/* the interface above this one, where it was evaluated */
	k->netns = hinted->key.netns;
	k->ifindex = hinted->key.ifindex;
	f = la_lost_by_key(k);
	if (f)
		return f;
	carried = hinted->flags & LA_FF_CARRIED;
	la_opaque(carried); /* else clang masks a pointer, which the verifier rejects */
	return carried ? hinted : NULL;
}

la_inline void la_take_back(struct la_flow *f, const struct la_lost *lost)
{
	__sync_fetch_and_add(&f->left_packets, -(__u64)lost->packets);
	__sync_fetch_and_add(&f->left_bytes, -lost->bytes);
}

la_inline void la_line_lost(struct la_line_sum *sum, __u64 len, __u8 proto,
			    const struct la_lost *lost)
{
	__sync_fetch_and_add(&sum->skbs, 1);
	__sync_fetch_and_add(&sum->packets, lost->packets);
	__sync_fetch_and_add(&sum->bytes, len);
	__sync_fetch_and_add(&sum->repeated, lost->repeated);
	if (proto != LA_PROTO_UDP || lost->packets < 2)
		return;
	__sync_fetch_and_add(&sum->udp_more, lost->packets - 1);
	__sync_fetch_and_add(&sum->udp_repeated, lost->repeated);
}

/* Whether the last packet that passed belongs to the same flow. A later fragment's is not noted. */
la_inline int la_is_last(const volatile struct la_due *last, const struct la_flow *f, __u32 later)
{
	__u32 flow = last->flow;

	if (later && !flow)
		return 1;
	return f == la_flow_by_id(flow - 1);
}

#define LA_BEHIND_ECN 0x0000ffffffffffffULL /* of the first word: not the bits of ECN */
#define LA_NO_CHECKSUM 0x00ff0000ffffffffULL /* of the second word, with IPv4 */

/*
 * Whether a dropped packet begins like the one that has passed last. One of others, for which no
 * cgroup hook clears that, may have its address and end before TC egress. Queues set bits of ECN.
 */
la_inline int la_begins_like(const volatile struct la_due *last, const struct sk_buff *skb)
{
	__u64 ip[LA_DUE_V4];

	if (!last->ip[0] ||
	    bpf_probe_read_kernel(ip, sizeof(ip),
				  BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header)))
		return 1;
	return !(bpf_be64_to_cpu(ip[0] ^ last->ip[0]) & LA_BEHIND_ECN) &&
	       !(bpf_be64_to_cpu(ip[1] ^ last->ip[1]) & LA_NO_CHECKSUM) && ip[2] == last->ip[2];
}

/*
 * Whether a dropped packet may have been about to leave by an exposed interface. All drops of the
 * machine come here, most of them inbound packets of an interface of ours or another namespace's.
 */
la_inline int la_may_be_lost(const struct sk_buff *skb, const struct net_device *dev)
{
	if ((long)dev >= 0) /* none: a socket keeps other things there */
		return 0;
	return skb->skb_iif != dev->ifindex && la_may_be_among(&la_exposed_bits, dev->ifindex);
}

/*
 * The role of the exposed interface that it was about to leave by, which gets into the key, with
 * by what it was stopped. NULL: it is none of these, or we have dropped it ourselves.
 */
la_inline struct la_role *la_lost_at(struct sk_buff *skb, struct net_device *dev,
				     const volatile struct la_due *last, __u32 reason,
				     struct la_flow_key *k, __u8 *stop)
{
	struct la_emptied_at *at = NULL;
	struct la_role *role;

	if (la_is_reason(reason, SKB_DROP_REASON_BPF_CGROUP_EGRESS) && last->dropped == (__u64)skb)
		return NULL;
	if (la_is_unsaid(reason))
		at = la_find_emptied(dev);
	k->ifindex = at ? at->ifindex : (__u32)dev->ifindex;
	k->netns = at ? at->netns : BPF_CORE_READ(dev, nd_net.net, net_cookie);
	role = la_role_at(k->netns, k->ifindex);
	if (!role || role->role != LA_ROLE_EXPOSED)
		return NULL;
	*stop = la_is_unsaid(reason) ? la_stop_unsaid(skb, role, at != NULL) : la_stop_of(reason);
	return role;
}

/*
 * Decides whether a dropped packet has passed TC egress: those dropped by what is behind it, and
 * the last one that passed on this CPU. The cgroup hook clears that one, since the next packet may
 * have the same address and be dropped before it gets there.
 */
SEC("tp_btf/kfree_skb")
int la_packet_lost(__u64 *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)ctx[0];
	__u32 reason = bpf_core_type_exists(enum skb_drop_reason) ? ctx[2] : 0, slot;
	/* here, where one path comes by: to load them, the verifier looks through all types */
	struct net_device *dev = skb->dev;
	struct sock *sk;
	volatile struct la_due *last;
	struct la_flow_key k = {};
	struct la_lost lost = {};
	struct la_flow *f = NULL;
	struct la_line *line;
	struct la_role *role;
	int known, passed;
	__u8 stop = LA_STOP_UNKNOWN;

	if (la_likely(!la_may_be_lost(skb, dev)))
		return 0;
	sk = skb->sk;
	last = la_due_here();
	role = last ? la_lost_at(skb, dev, last, reason, &k, &stop) : NULL;
	if (!role)
		return 0;
	slot = role->slot;
	line = bpf_map_lookup_elem(&la_lines, &slot);
	if (!line || (stop == LA_STOP_UNKNOWN && la_is_segmented(skb)))
		return 0;
	if (!la_lost_key(skb, &k, &lost))
		f = lost.later ? la_lost_fragment(&k) ?: la_lost_orphan(last, &k, 1)
			       : la_lost_flow(sk, last, &k);
	la_lost_size(skb, &k, &lost);
	known = last->passed == (__u64)skb && last->slot == slot && !la_is_ahead(stop) &&
		la_is_last(last, f, lost.later) && la_begins_like(last, skb);
	passed = known || (la_is_behind(stop) && role->leaves);
	if (known) {
		last->passed = 0;
		lost.packets = last->packets;
		lost.bytes = last->bytes;
		lost.repeated = last->repeated;
	}
	if (f) {
		f->stopped = la_stop_at(dev, stop);
		__sync_fetch_and_add(&f->lost_packets, lost.packets);
	}
	/* where it would have left by a device below, it was not counted here */
	if (passed && f && (role->leaves == LA_LEAVES_HERE || role->leaves == LA_LEAVES_PORT))
		la_take_back(f, &lost);
	if (passed)
		la_line_lost(&line->lost, BPF_CORE_READ(skb, len), k.proto, &lost);
	return 0;
}

#endif
