/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Packets that leave: TC egress of the lowest device confirms what was evaluated above, and counts
 * all packets, whoever sent them.
 */
#ifndef LEAKAUDIT_LEAVE_BPF_H
#define LEAKAUDIT_LEAVE_BPF_H

#include "maps.bpf.h"

la_inline struct la_line *la_line_of(__u32 slot)
{
	return bpf_map_lookup_elem(&la_lines, &slot);
}

/*
 * Counts a packet that passes TC egress. packets: on the wire, which have `repeated` bytes more
 * than the frame: each but the first repeats the headers. udp: whether they are of UDP. Softirqs
 * are disabled here, so nobody interrupts us on this CPU.
 */
la_inline void la_line_add(struct la_line *line, struct __sk_buff *skb, __u32 packets,
			   __u64 repeated, int udp)
{
	struct la_line_sum *sum = &line->passed;

	sum->skbs++;
	sum->packets += packets;
	sum->bytes += skb->len;
	if (la_likely(packets == 1))
		return;
	sum->repeated += repeated;
	if (udp) {
		sum->udp_more += packets - 1;
		sum->udp_repeated += repeated;
	}
}

la_inline void la_flow_left(struct la_flow *f, __u64 packets, __u64 bytes)
{
	__sync_fetch_and_add(&f->left_packets, packets);
	__sync_fetch_and_add(&f->left_bytes, bytes);
}

/* Adds what fragmentation adds to a datagram that was evaluated as a whole. */
la_inline void la_flow_added(struct la_flow *f, __u64 packets, __u64 bytes)
{
	__sync_fetch_and_add(&f->added_packets, packets);
	__sync_fetch_and_add(&f->added_bytes, bytes);
}

/*
 * For packets that an interface has encapsulated (vxlan) if no socket leads from the outer packet
 * to the flow of the inner one. Both are the same buffer, which the interface sends before it
 * returns.
 */
struct la_carried {
	__u64 skb; /* its address in the kernel; 0: none */
	__u64 ktime;
	__u64 opened; /* opened of the flow */
	__u32 id;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct la_carried);
} la_carried SEC(".maps");

#define LA_CARRIED_NS 1000000 /* after that time the address may be another packet's */

la_inline struct la_carried *la_carried_here(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&la_carried, &key);
}

la_inline void la_carry(struct __sk_buff *skb, __u32 id, __u64 opened)
{
	struct la_carried *c = la_carried_here();

	if (!c)
		return;
	c->skb = (__u64)skb;
	c->ktime = bpf_ktime_get_ns();
	c->opened = opened;
	c->id = id;
}

/* The id of the flow that the packet carries; *opened is its opened. -1: none. */
la_inline __u32 la_carries(struct __sk_buff *skb, __u64 *opened)
{
	struct la_carried *c = la_carried_here();

	if (!c || c->skb != (__u64)skb)
		return -1;
	c->skb = 0;
	*opened = c->opened;
	return bpf_ktime_get_ns() - c->ktime < LA_CARRIED_NS ? c->id : (__u32)-1;
}

#endif
