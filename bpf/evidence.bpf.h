/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Passes bytes of packets to the loader: the first bytes of leaked packets, and messages into the
 * tunnel (inside.bpf.h). They have a ring of their own, so that many of them lose no event.
 */
#ifndef LEAKAUDIT_EVIDENCE_BPF_H
#define LEAKAUDIT_EVIDENCE_BPF_H

#include "judge.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} la_evidence SEC(".maps");

/*
 * Copies up to max of the n bytes at `off` into an event without payload. Bytes after payload_len
 * are undefined.
 */
la_inline void la_fill_payload(struct __sk_buff *skb, struct la_event_flow *e, __u8 content,
			       __u32 off, __u32 n, const __u32 max)
{
	if (n > max)
		n = max;
	if (n && !la_load_upto(skb, off, e->payload, n, max)) {
		e->payload_len = n;
		e->content = content;
	}
}

/*
 * Same as la_load_upto(), with a bound set by the loader: the verifier knows it, the compiler does
 * not.
 */
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

/* f, id: the packet's flow; NULL and -1 if it has none */
la_subprog int la_capture_packet(struct __sk_buff *skb, const struct la_packet *p,
				 const struct la_flow *f, __u32 id, __u32 verdict)
{
	const __u32 snaplen = la_snaplen;
	struct la_event_packet *e;
	__u32 n;

	if (!snaplen || !p || skb->len <= p->base)
		return 0;
	e = bpf_ringbuf_reserve(&la_evidence, sizeof(*e) + snaplen, 0);
	if (!e) {
		la_count(LA_COUNTER_EVIDENCE, 1);
		return 0;
	}
	n = skb->len - p->base;
	e->len = n;
	if (la_no_payload && n > p->payload_off)
		n = p->payload_off;
	if (n > snaplen)
		n = snaplen;
	e->hdr = (struct la_event_hdr){ sizeof(*e) + snaplen, LA_ABI_VERSION, LA_KIND_PACKET,
					la_ifindex(skb), bpf_ktime_get_ns() };
	e->opened = f ? f->opened : 0;
	e->id = id;
	e->verdict = verdict;
	e->pad[0] = e->pad[1] = e->pad[2] = 0;
	e->caplen = la_load_snap(skb, p->base, e->data, n, snaplen) ? 0 : n;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* Sets the hook's part of the key. */
la_inline void la_key_of(struct __sk_buff *skb, __u64 netns, struct la_flow_key *k)
{
	k->cookie = bpf_get_socket_cookie(skb);
	k->netns = netns;
	k->ifindex = la_ifindex(skb);
}

#endif
