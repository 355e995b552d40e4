/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What packets are like: the first bytes of each leaked one, and the messages of
 * torrent clients and of STUN that go into the tunnel, of which the loader reads
 * whether they tell an address that the tunnel is to hide. In a ring of its own,
 * so that much of this loses no event.
 */
#ifndef LEAKAUDIT_EVIDENCE_BPF_H
#define LEAKAUDIT_EVIDENCE_BPF_H

#include "judge.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} la_evidence SEC(".maps");

/* Up to max bytes of the payload, into an event that has none so far. What is
 * behind payload_len has no meaning. */
la_inline void la_fill_payload(struct __sk_buff *skb, struct la_event_flow *e, __u8 content,
			       __u64 payload, const __u32 max)
{
	__u32 n = payload;

	if (n > max)
		n = max;
	if (n && !la_load_upto(skb, payload >> 32, e->payload, n, max)) {
		e->payload_len = n;
		e->content = content;
	}
}

/* As la_load_upto(), with a bound that the loader has set: known to the verifier,
 * not to the compiler. */
la_inline int la_load_snap(struct __sk_buff *skb, __u32 off, void *to, __u64 len, __u64 max)
{
	asm volatile("if %[len] > 0 goto +1\n\t"
		     "%[len] = 1\n\t"
		     "if %[len] <= %[max] goto +1\n\t"
		     "%[len] = %[max]"
		     : [len] "+r"(len)
		     : [max] "r"(max));
	return bpf_skb_load_bytes(skb, off, to, len);
}

/* base: where the IP header is; header: bytes up to the payload. */
la_subprog int la_capture_packet(struct __sk_buff *skb, __u32 id, __u32 base, __u32 header,
				 __u32 verdict)
{
	const __u32 snaplen = la_snaplen;
	__u32 len = skb->len - base, n = len;
	struct la_event_packet *e;
	struct la_flow *f;

	if (!snaplen || skb->len <= base)
		return 0;
	e = bpf_ringbuf_reserve(&la_evidence, sizeof(*e) + snaplen, 0);
	if (!e) {
		la_count(LA_COUNTER_EVIDENCE, 1);
		return 0;
	}
	f = la_flow_by_id(id);
	if (la_no_payload && n > header)
		n = header;
	if (n > snaplen)
		n = snaplen;
	e->hdr = (struct la_event_hdr){ sizeof(*e) + snaplen, LA_ABI_VERSION, LA_KIND_PACKET,
					la_ifindex(skb), bpf_ktime_get_ns() };
	e->opened = f ? f->opened : 0;
	e->id = id;
	e->len = len;
	e->verdict = verdict;
	e->pad[0] = e->pad[1] = e->pad[2] = 0;
	e->caplen = la_load_snap(skb, base, e->data, n, snaplen) ? 0 : n;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* The packet begins with its IP header here, as it does at the cgroup hook. */
la_inline void la_capture_addresses(struct __sk_buff *skb, struct la_flow_key *k)
{
	__u8 h[40] = {};

	if (la_load(skb, 0, h, 20))
		return;
	if (h[0] >> 4 == 4) {
		k->family = 4;
		k->proto = h[9];
		la_map_v4(&k->saddr, &h[12]);
		la_map_v4(&k->daddr, &h[16]);
	} else if (!la_load(skb, 0, h, 40)) {
		k->family = 6;
		k->proto = h[6]; /* which extension headers hide */
		__builtin_memcpy(&k->saddr, &h[8], 16);
		__builtin_memcpy(&k->daddr, &h[24], 16);
	}
}

/* A message into the tunnel; cls and detail as its label has them. */
la_subprog int la_capture_message(struct __sk_buff *skb, __u64 netns, __u64 payload, __u32 ports,
				  __u32 label)
{
	const __u32 size = sizeof(struct la_event_flow) + LA_DATAGRAM_MAX;
	struct bpf_sock *sk = skb->sk;
	struct la_event_flow *e;
	struct la_sock *s;

	if (!sk || !(__u32)payload)
		return 0;
	e = bpf_ringbuf_reserve(&la_evidence, size, 0);
	if (!e) {
		la_count(LA_COUNTER_EVIDENCE, 1);
		return 0;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->hdr = (struct la_event_hdr){ size, LA_ABI_VERSION, LA_KIND_INSIDE, la_ifindex(skb),
					bpf_ktime_get_ns() };
	s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	if (s) {
		e->flow.owner = s->owner;
		e->flow.attribution = s->attribution;
	}
	e->flow.key.netns = netns;
	e->flow.key.ifindex = la_ifindex(skb);
	e->flow.key.cookie = bpf_get_socket_cookie(skb);
	e->flow.key.sport = ports >> 16;
	e->flow.key.dport = ports;
	e->flow.cls = label;
	e->flow.detail = label >> 8;
	e->flow.packets = 1;
	e->flow.bytes = skb->len;
	la_capture_addresses(skb, &e->flow.key);
	la_fill_payload(skb, e, LA_CONTENT_MESSAGE, payload, LA_DATAGRAM_MAX);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

#endif
