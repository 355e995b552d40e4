/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Packets into a tunnel: samples of their messages, in which the loader looks for addresses that
 * the tunnel should hide, and sources that are such addresses.
 *
 * A socket's packets are examined in bursts. The first burst is the socket's beginning; each later
 * one begins with the first packet after a pause. So the messages of a socket that speaks seldom
 * are all examined, as signalling is, and of one that sends all the time a few. While the pause
 * lasts, a packet costs a comparison with the clock (la_needs_no_probe()).
 */
#ifndef LEAKAUDIT_INSIDE_BPF_H
#define LEAKAUDIT_INSIDE_BPF_H

#include "evidence.bpf.h"
#include "headers.bpf.h"

/* A burst has 8 messages, or 16 packets without payload: a socket that receives sends
 * nothing else. */
#define LA_BURST 64
#define LA_BURST_MESSAGE 8
#define LA_BURST_EMPTY 4
/*
 * The pause in jiffies: a quarter of a second, with the usual 250 a second. It doubles after each
 * burst of messages that were not in clear, up to a minute.
 */
#define LA_PAUSE 64
#define LA_PAUSE_DOUBLED_MAX 8

/* What a message looks like. */
enum la_look {
	LA_LOOK_OTHER,
	LA_LOOK_CLEAR, /* may hold an address in clear text */
	LA_LOOK_TLS, /* nothing behind it can be read */
};

/* How many of the first bytes are printable. In random bytes it is 6 of 16. */
#define LA_LOOK_BYTES 16
#define LA_LOOK_PRINTABLE 11

/* Of eight bytes those from 0x20 to 0x7f, without a branch. */
la_inline __u64 la_count_printable(__u64 bytes)
{
	__u64 printable = ~bytes & (bytes << 1 | bytes << 2) & 0x8080808080808080ULL;

	return (printable >> 7) * 0x0101010101010101ULL >> 56;
}

/* A client's WebSocket message of text is masked (RFC 6455 5.2, 5.3). */
la_inline int la_is_websocket(const __u8 *b)
{
	return b[0] == 0x81 && b[1] & 0x80;
}

la_subprog int la_look_at(struct __sk_buff *skb, const struct la_packet *p)
{
	__u64 words[LA_LOOK_BYTES / 8] = {};
	const __u8 *b = (const __u8 *)words;

	if (!p || p->payload_len < sizeof(words) ||
	    la_load(skb, p->base + p->payload_off, words, sizeof(words)))
		return LA_LOOK_OTHER;
	/* records of TLS: change of cipher, alert, handshake, data (RFC 8446 5.1) */
	if (p->key.proto == LA_PROTO_TCP && b[0] >= 20 && b[0] <= 23 && b[1] == 3)
		return LA_LOOK_TLS;
	if (la_is_websocket(b) ||
	    la_count_printable(words[0]) + la_count_printable(words[1]) >= LA_LOOK_PRINTABLE)
		return LA_LOOK_CLEAR;
	return LA_LOOK_OTHER;
}

la_inline void la_fill_inside(struct __sk_buff *skb, struct la_event_flow *e, __u32 size,
			      __u64 netns, const struct la_packet *p, const struct la_label *l)
{
	struct bpf_sock *sk = skb->sk;
	struct la_sock *s = NULL;

	__builtin_memset(e, 0, sizeof(*e));
	e->hdr = (struct la_event_hdr){ size, LA_ABI_VERSION, LA_KIND_INSIDE, la_ifindex(skb),
					bpf_ktime_get_ns() };
	if (sk)
		s = bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	if (s) {
		e->flow.owner = s->owner;
		e->flow.attribution = s->attribution;
	}
	e->flow.key = p->key;
	la_key_of(skb, netns, &e->flow.key);
	e->flow.cls = l->cls;
	e->flow.detail = l->detail;
	e->flow.packets = 1;
	e->flow.bytes = skb->len;
	e->flow.scope = la_scope_of(skb);
}

/* max: a constant, since reserving requires one. */
la_inline int la_emit_inside(struct __sk_buff *skb, __u64 netns, const struct la_packet *p,
			     const struct la_label *l, const __u32 max)
{
	const __u32 size = sizeof(struct la_event_flow) + max;
	struct la_event_flow *e = bpf_ringbuf_reserve(&la_evidence, size, 0);

	if (!e)
		return -1;
	la_fill_inside(skb, e, size, netns, p, l);
	la_fill_payload(skb, e, LA_CONTENT_MESSAGE, p->base + p->payload_off, p->payload_len, max);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* Passes on a message into the tunnel. */
la_subprog int la_capture_message(struct __sk_buff *skb, __u64 netns, const struct la_packet *p,
				  const struct la_label *l)
{
	int r;

	if (!p || !l || !p->payload_len)
		return 0;
	if (p->payload_len <= LA_DATAGRAM_MAX)
		r = la_emit_inside(skb, netns, p, l, LA_DATAGRAM_MAX);
	else
		r = la_emit_inside(skb, netns, p, l, LA_INSIDE_MAX);
	if (r)
		la_count(LA_COUNTER_INSIDE, 1);
	return 0;
}

/*
 * Samples leave room in the ring for what must not be lost there. So they are not counted as lost
 * where nobody reads it.
 */
la_inline int la_has_room_for_samples(void)
{
	return bpf_ringbuf_query(&la_evidence, 0) < 1 << 19; /* BPF_RB_AVAIL_DATA; half of it */
}

/* Reports the first packet of a socket whose source is an exposed interface's address. */
la_subprog int la_check_source(struct __sk_buff *skb, __u64 netns, const struct la_packet *p)
{
	struct la_local_key source = { .netns = netns };
	struct la_label l = {};
	struct la_event_flow *e;

	if (!p)
		return 0;
	source.addr = p->key.saddr;
	if (!bpf_map_lookup_elem(&la_exposed, &source))
		return 0;
	e = bpf_ringbuf_reserve(&la_evidence, sizeof(*e), 0);
	if (!e) {
		la_count(LA_COUNTER_RING_FULL, 1);
		return 0;
	}
	l.cls = p->key.family == 6 ? LA_CLASS_IPV6 : LA_CLASS_IPV4;
	la_fill_inside(skb, e, sizeof(*e), netns, p, &l);
	e->reason = LA_REASON_SOURCE;
	bpf_ringbuf_submit(e, 0);
	return 1;
}

/*
 * Whether a message may reveal the machine's address in clear. QUIC and questions of DNS do not:
 * nothing in them is read.
 */
la_inline int la_may_reveal(const struct la_sock *s, const struct la_label *l, int look)
{
	if (l->cls == LA_CLASS_STUN || l->cls == LA_CLASS_TORRENT || s->flags & LA_SF_CLIENT)
		return 1;
	return look != LA_LOOK_TLS && l->cls != LA_CLASS_DNS && !(l->flags & LA_CF_QUIC) &&
	       la_has_room_for_samples();
}

/* A client can be recognised inside the tunnel, long before anything leaks. */
la_inline int la_probe(struct __sk_buff *skb, struct la_sock *s, const struct la_packet *p,
		       __u64 netns)
{
	struct la_label l = {};
	int look = la_look_at(skb, p);

	la_classify(skb, p, &l);
	if (l.flags & LA_CF_CLIENT) {
		la_torrent_shown(&s->owner);
		s->flags |= LA_SF_CLIENT;
	}
	if (!la_no_payload && la_may_reveal(s, &l, look))
		la_capture_message(skb, netns, p, &l);
	if (l.cls == LA_CLASS_STUN || l.cls == LA_CLASS_TORRENT || look == LA_LOOK_CLEAR)
		s->bulk = 0;
	else if (s->bulk < LA_PAUSE_DOUBLED_MAX * LA_BURST / LA_BURST_MESSAGE)
		s->bulk++;
	return look;
}

/*
 * A client announces to trackers from the socket that its peers use, long after the probes
 * (BEP 15).
 */
la_subprog int la_probe_announce(struct __sk_buff *skb, __u64 netns)
{
	struct la_label l = { .cls = LA_CLASS_TORRENT, .detail = LA_DETAIL_TRACKER };
	struct la_packet p;
	struct la_headers k;
	__u8 b[16] = {};

	if (!la_headers(skb, la_data(skb), &k) || !la_headers_is_udp(&k) ||
	    skb->len < k.header + 98 || la_load(skb, k.header, b, sizeof(b)) ||
	    la_get32(&b[8]) != 1 || la_parse_skb(skb, 0, bpf_ntohs(skb->protocol), &p))
		return 0;
	return la_capture_message(skb, netns, &p, &l);
}

/* The end of a burst. A stream of TLS stays one. */
la_inline void la_rest(struct la_sock *s, int look)
{
	s->flags |= LA_SF_PROBED;
	s->probes = 0;
	s->sample_at = look == LA_LOOK_TLS
			       ? ~0ULL
			       : bpf_jiffies64() +
					 ((__u64)LA_PAUSE << s->bulk * LA_BURST_MESSAGE / LA_BURST);
}

/* A packet of a burst. p: room for what is parsed. */
la_inline void la_examine(struct __sk_buff *skb, struct la_sock *s, struct la_packet *p,
			  __u64 netns)
{
	int look = LA_LOOK_OTHER;

	if (la_parse_skb(skb, 0, bpf_ntohs(skb->protocol), p))
		return;
	if (!(s->flags & LA_SF_SOURCE_TOLD) && la_check_source(skb, netns, p))
		s->flags |= LA_SF_SOURCE_TOLD;
	if (p->payload_len)
		look = la_probe(skb, s, p, netns);
	s->probes += p->payload_len ? LA_BURST_MESSAGE : LA_BURST_EMPTY;
	if (s->probes >= LA_BURST || look == LA_LOOK_TLS)
		la_rest(s, look);
}

la_inline void la_inside(struct __sk_buff *skb, struct la_sock *s, struct la_packet *p, __u64 netns)
{
	if (!(s->flags & LA_SF_PROBED) || bpf_jiffies64() >= s->sample_at) {
		s->flags &= ~LA_SF_PROBED;
		la_examine(skb, s, p, netns);
	} else if (s->flags & LA_SF_CLIENT && !la_no_payload) {
		la_probe_announce(skb, netns);
	}
}

#endif
