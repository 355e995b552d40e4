/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The packet that the cgroup hook has counted last on this CPU. Nearly always it is the next one at
 * TC egress, which then needs neither its socket nor to parse it. There it becomes the one that has
 * passed last: if the next one dropped on this CPU has this address, it is the same.
 */
#ifndef LEAKAUDIT_DUE_BPF_H
#define LEAKAUDIT_DUE_BPF_H

#include "headers.bpf.h"
#include "leave.bpf.h"
#include "lookups.bpf.h"

/* Words of an IP header with what follows it: with the ports, of IPv4 and of IPv6. */
#define LA_DUE_V4 3
#define LA_DUE_V6 6
/* A longer link header is none. */
#define LA_DUE_L2_MAX 63

/*
 * What a packet is recognised by comes first, and its address last of all. A softirq may send
 * another packet while these are written. What was written before is then that packet's, and
 * neither of the two is recognised.
 */
struct la_due {
	__u64 skb; /* its address in the kernel while it is due; 0: none is */
	__u64 passed; /* its address once it has passed TC egress; 0: none has */
	__u64 sk; /* 0: it has passed TC egress unrecognised */
	__u64 ip[LA_DUE_V6]; /* of one that has passed the first LA_DUE_V4; 0: not known */
	__u32 v6; /* all of these words are compared */
	__u32 ifindex;
	__u32 len; /* skb->len, without a link header */
	__u32 flow; /* id of its flow plus one; 0: no flow */
	__u64 opened; /* opened of its flow */
	__u64 bytes; /* of IP, as on the wire */
	__u64 repeated; /* bytes of headers that its segments repeat, with those of the link */
	__u16 packets; /* on the wire */
	__u16 header; /* bytes that each of them repeats, without the link header */
	__u16 slot;
	__u16 udp;
	__u64 dropped; /* address of the last one that the cgroup hook has dropped */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct la_due);
} la_due SEC(".maps");

la_inline volatile struct la_due *la_due_here(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&la_due, &key);
}

/* f: the flow that a packet was counted in; k: its headers */
la_inline void la_due_set(struct __sk_buff *skb, const struct la_flow *f, __u32 id,
			  const struct la_headers *k, __u64 packets, __u64 bytes)
{
	volatile struct la_due *d = la_due_here();
	const __u64 *ip = (const __u64 *)k->ip;
	const void *end = (const void *)(long)skb->data_end;

	if (!d)
		return;
	d->skb = 0;
	d->passed = 0;
	d->sk = (__u64)skb->sk;
	d->ip[0] = ip[0];
	d->ip[1] = ip[1];
	d->ip[2] = ip[2];
	d->v6 = 0;
	if (la_unlikely(!la_is_v4(skb)) && (const void *)(ip + LA_DUE_V6) <= end) {
		d->ip[3] = ip[3];
		d->ip[4] = ip[4];
		d->ip[5] = ip[5];
		d->v6 = 1;
	}
	d->len = skb->len;
	d->ifindex = la_ifindex(skb);
	d->opened = f->opened;
	d->bytes = bytes;
	d->flow = id + 1;
	d->packets = packets;
	d->header = k->header;
	d->slot = f->slot;
	d->udp = la_headers_is_udp(k);
	d->passed = 0;
	d->skb = (__u64)skb;
}

/* l2_len: where the IP header begins */
la_inline void la_due_note_ip(volatile struct la_due *d, struct __sk_buff *skb, __u32 l2_len)
{
	const void *end = (const void *)(long)skb->data_end;
	const __u64 *ip = (const __u64 *)(la_data(skb) + l2_len);

	d->ip[0] = 0;
	if (l2_len > LA_DUE_L2_MAX || (const void *)(ip + LA_DUE_V4) > end)
		return;
	d->ip[0] = ip[0];
	d->ip[1] = ip[1];
	d->ip[2] = ip[2];
}

/* A packet that has passed TC egress unrecognised, or was counted and is not to be recognised. */
la_inline void la_due_passed(struct __sk_buff *skb, __u32 l2_len, __u32 flow, __u16 slot,
			     __u32 packets, __u64 bytes, __u64 repeated)
{
	volatile struct la_due *d = la_due_here();

	if (!d)
		return;
	d->skb = 0;
	d->passed = 0;
	d->sk = 0;
	la_due_note_ip(d, skb, l2_len);
	d->flow = flow;
	d->slot = slot;
	d->packets = packets;
	d->bytes = bytes;
	d->repeated = repeated;
	d->passed = (__u64)skb;
}

/* Call it for a packet on its way to TC egress: the next one may have the address of the last. */
la_inline void la_due_none(void)
{
	volatile struct la_due *d = la_due_here();

	if (!d)
		return;
	d->skb = 0;
	d->passed = 0;
}

/*
 * For a packet that ends here, and is none that has passed before at its address. Who is told of
 * dropped packets need not find out what it is.
 */
la_inline void la_due_dropped(struct __sk_buff *skb)
{
	volatile struct la_due *d = la_due_here();

	if (!d)
		return;
	d->skb = 0;
	d->passed = 0;
	d->dropped = (__u64)skb;
}

/* A SYN-ACK has its listener here at the cgroup hook, and the request's socket at TC. */
la_inline int la_due_is_of(const volatile struct la_due *d, struct bpf_sock *sk)
{
	if (la_likely(d->sk == (__u64)sk))
		return 1;
	if (!sk || sk->state != LA_TCP_NEW_SYN_RECV)
		return 0;
	sk = bpf_get_listener_sock(sk);
	return sk && d->sk == (__u64)sk;
}

/* Whether the bytes from there on are those of the packet that is due. */
la_inline int la_due_is_at(struct __sk_buff *skb, const volatile struct la_due *d, const __u64 *ip)
{
	const void *end = (const void *)(long)skb->data_end;
	__u64 diff;

	if (la_unlikely((const void *)(ip + LA_DUE_V4) > end))
		return 0;
	diff = (ip[0] ^ d->ip[0]) | (ip[1] ^ d->ip[1]) | (ip[2] ^ d->ip[2]) |
	       (d->ifindex ^ la_ifindex(skb));
	if (la_unlikely(d->v6)) {
		if ((const void *)(ip + LA_DUE_V6) > end)
			return 0;
		diff |= (ip[3] ^ d->ip[3]) | (ip[4] ^ d->ip[4]) | (ip[5] ^ d->ip[5]);
	}
	return !diff;
}

/* Whether a packet begins like the one that is due, of which it may be a copy. */
la_inline int la_due_begins(struct __sk_buff *skb, __u32 base)
{
	const volatile struct la_due *d = la_due_here();
	const void *end = (const void *)(long)skb->data_end;
	const __u64 *ip = (const __u64 *)(la_data(skb) + base);

	if (!d || !d->skb || base > LA_DUE_L2_MAX || (const void *)(ip + LA_DUE_V4) > end)
		return 0;
	return !((ip[0] ^ d->ip[0]) | (ip[1] ^ d->ip[1]) | (ip[2] ^ d->ip[2]));
}

/* Counts a packet at TC egress as left if it is the one that is due. */
la_inline int la_due_left(struct __sk_buff *skb)
{
	volatile struct la_due *d = la_due_here();
	struct la_line *line;
	struct la_flow *f;
	__u64 l2_len, repeated;
	__u32 n;

	if (!d || d->skb != (__u64)skb)
		return 0;
	d->skb = 0;
	l2_len = (__u32)(skb->len - d->len);
	if (la_unlikely(!la_due_is_of(d, skb->sk) || l2_len > LA_DUE_L2_MAX ||
			!la_due_is_at(skb, d, (const __u64 *)(la_data(skb) + l2_len))))
		return 0;
	f = la_flow_by_id(d->flow - 1);
	if (la_unlikely(!f || f->opened != d->opened))
		return 0;
	line = la_line_of(d->slot);
	if (la_unlikely(!line))
		return 0;
	n = d->packets;
	la_flow_left(f, n, d->bytes);
	repeated = (n - 1) * (skb->len - d->len + d->header);
	la_line_add(line, skb, n, repeated, d->udp);
	d->repeated = repeated;
	d->passed = (__u64)skb;
	return 1;
}

#endif
