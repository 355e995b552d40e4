/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * TC ingress of the host's ends of veth pairs, and of taps: who sends what this machine forwards. A
 * packet that crosses a veth pair keeps its socket until IP takes it in, so nothing further on
 * knows it. What it looks like now is noted with its sender; the loader asks conntrack what nat has
 * made of it.
 */
#ifndef LEAKAUDIT_ORIGIN_BPF_H
#define LEAKAUDIT_ORIGIN_BPF_H

#include "judge.bpf.h"
#include "resolver_maps.bpf.h"

/*
 * By addresses, protocol and ports as they come in; cookie, namespace and interface are 0. The
 * oldest give way: the loader reads one when its packet leaves.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct la_flow_key);
	__type(value, struct la_origin);
} la_origins SEC(".maps");

/* What is stored in the socket that sent the packet; of a handshake, in its listener. */
la_inline struct la_sock *la_stored(struct bpf_sock *sk)
{
	struct bpf_sock *full;

	if (!sk)
		return NULL;
	full = bpf_sk_fullsock(sk) ?: bpf_get_listener_sock(sk);
	return full ? bpf_sk_storage_get(&la_socks, full, NULL, 0) : NULL;
}

la_inline void la_origin_key(struct la_flow_key *k)
{
	k->cookie = 0;
	k->netns = 0;
	k->ifindex = 0;
	k->routed = 0;
	k->pad = 0;
	k->pad2 = 0;
}

/*
 * Whether the note still holds. What has no known owner comes from the kernel of the container, on
 * behalf of a socket that is gone; or from a packet socket, which may send what it likes.
 */
la_inline int la_origin_holds(const struct la_origin *o, const struct la_sock *s,
			      const struct bpf_sock *sk, __u32 ifindex)
{
	if (o->ifindex != ifindex)
		return 0;
	if (s && s->attribution != LA_ATTR_UNKNOWN)
		return o->owner.tgid == s->owner.tgid && o->owner.start_ns == s->owner.start_ns;
	return !o->owner.tgid || !sk || sk->family != LA_AF_PACKET;
}

/* Of a socket that nobody has seen being made, its cgroup and user: a resolver may be known by these. */
la_inline void la_note_sender(struct __sk_buff *skb, const struct la_sock *s, struct la_owner *ret)
{
	struct bpf_sock *full = skb->sk;
	const struct la_owner *who;

	if (s && s->attribution != LA_ATTR_UNKNOWN) {
		*ret = s->owner;
		return;
	}
	full = full ? bpf_sk_fullsock(full) : NULL;
	if (!full)
		return;
	who = bpf_sk_storage_get(&la_resolver_socks, full, NULL, 0);
	if (who) {
		*ret = *who;
		return;
	}
	ret->cgroup = bpf_skb_cgroup_id(skb);
	ret->uid = bpf_get_socket_uid(skb);
}

SEC("tc")
int la_tc_origin(struct __sk_buff *skb)
{
	struct la_link link = { .ethertype = bpf_ntohs(skb->protocol), .l2_len = 14 };
	struct bpf_sock *sk = skb->sk;
	struct la_origin note = {}, *known;
	struct la_packet p;
	struct la_sock *s;

	la_link_of(skb, &link);
	if (la_parse_skb(skb, link.l2_len, link.ethertype, &p) || p.flags & LA_PF_LATER)
		return LA_PASS_TC;
	la_origin_key(&p.key);
	s = la_stored(sk);
	known = bpf_map_lookup_elem(&la_origins, &p.key);
	if (known && la_origin_holds(known, s, sk, la_ifindex(skb)))
		return LA_PASS_TC;
	note.since = bpf_ktime_get_ns();
	note.changed = known ? note.since : 0;
	note.ifindex = la_ifindex(skb);
	la_note_sender(skb, s, &note.owner);
	if (known && (known->apart || known->owner.cgroup != note.owner.cgroup))
		note.apart = 1;
	bpf_map_update_elem(&la_origins, &p.key, &note, BPF_ANY);
	return LA_PASS_TC;
}

#endif
