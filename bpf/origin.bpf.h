/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * TC ingress of the host's ends of veth pairs, of taps and tuns: who sends what this machine
 * forwards. A packet that crosses a veth pair keeps its socket until IP takes it in, so nothing
 * further on knows it. What it looks like now is noted with its sender; the loader asks conntrack
 * what nat has made of it. What no hook judges before it is forwarded gets a mark, and is judged
 * where it leaves: frames that a process of a scope writes into a device that it holds, or sends in
 * a namespace that the loader has not met.
 */
#ifndef LEAKAUDIT_ORIGIN_BPF_H
#define LEAKAUDIT_ORIGIN_BPF_H

#include "handed.bpf.h"
#include "judge.bpf.h"
#include "resolver.bpf.h"
#include "scopes.bpf.h"
#include "whose.bpf.h"

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

/* Of the socket of a device, and of one of frames, nothing is known before. */
la_inline int la_wants_owner(const struct bpf_sock *sk, const struct la_sock *s)
{
	return sk->family != LA_AF_INET && sk->family != LA_AF_INET6 &&
	       (!s || s->attribution == LA_ATTR_UNKNOWN);
}

/* The scope that sends it, by its socket or by the process that writes it now; 0: none. */
la_inline __u32 la_scope_sending(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	__u32 scope = 0;

	if (la_is_host || !sk)
		return 0;
	scope = la_scope_born(skb);
	if ((!scope || la_wants_owner(sk, la_stored(sk))) && la_sent_by_member(skb))
		scope = scope ?: la_scope_of(skb);
	return scope;
}

/* The scope that all belongs to which comes in by the interface; 0: none. */
la_inline __u32 la_scope_behind(struct __sk_buff *skb)
{
	__u32 by = la_ifindex(skb), *scope;

	if (la_tc_netns != la_home_netns || !*(volatile __u32 *)&la_has_entries)
		return 0;
	scope = bpf_map_lookup_elem(&la_entries, &by);
	return scope ? *scope : 0;
}

/* Whether both ends of the veth pair are in this namespace, where what goes in is judged. */
la_subprog int la_leads_back(struct __sk_buff *skb)
{
	__u64 dev = (__u64)la_dev_of_skb(skb), peer = la_other_end(dev);

	return peer &&
	       la_read_pointer(peer + la_offsets.net) == la_read_pointer(dev + la_offsets.net);
}

/*
 * Whether the packet is judged elsewhere: by the cgroup hook, or one at TC. Where all that comes in
 * is a scope's, the cgroup hook leaves it alone, also that of a socket that it has judged before.
 */
la_inline int la_is_judged(struct __sk_buff *skb, const struct la_sock *s, __u32 behind)
{
	return la_is_brought(skb) ||
	       (!behind && ((s && s->flags & LA_SF_SEEN) || la_leads_back(skb)));
}

/* Of a socket that nobody has seen being made, its cgroup and user: a resolver may be known by
 * these. */
la_inline void la_note_sender(struct __sk_buff *skb, const struct la_sock *s, struct la_owner *ret)
{
	struct bpf_sock *full = skb->sk;
	const struct la_resolver_sock *who;

	if (s && s->attribution != LA_ATTR_UNKNOWN) {
		*ret = s->owner;
		return;
	}
	full = full ? bpf_sk_fullsock(full) : NULL;
	if (!full)
		return;
	who = bpf_sk_storage_get(&la_resolver_socks, full, NULL, 0);
	if (who) {
		*ret = who->owner;
		return;
	}
	ret->cgroup = bpf_skb_cgroup_id(skb);
	ret->uid = bpf_get_socket_uid(skb);
}

/* Notes who has sent so, unless that is known. */
la_inline void la_note_origin(struct __sk_buff *skb, struct la_packet *p, const struct la_sock *s)
{
	struct bpf_sock *sk = skb->sk;
	struct la_origin note = {}, *known;

	la_origin_key(&p->key);
	known = bpf_map_lookup_elem(&la_origins, &p->key);
	if (known && la_origin_holds(known, s, sk, la_ifindex(skb)))
		return;
	note.since = bpf_ktime_get_ns();
	note.changed = known ? note.since : 0;
	note.ifindex = la_ifindex(skb);
	la_note_sender(skb, s, &note.owner);
	if (known && (known->apart || known->owner.cgroup != note.owner.cgroup))
		note.apart = 1;
	bpf_map_update_elem(&la_origins, &p->key, &note, BPF_ANY);
}

/*
 * Whether it cannot be the outer packet of a tunnel: a process has made its frame, or sends it by a
 * socket of its own; or it comes from where any user can make a tunnel, or a socket for it.
 */
la_inline int la_is_no_tunnels(struct __sk_buff *skb, const struct la_packet *p)
{
	struct bpf_sock *sk = skb->sk, *full = sk ? bpf_sk_fullsock(sk) : NULL;
	__u64 other = la_other_end((__u64)la_dev_of_skb(skb));

	if (sk && (!full || (full->family != LA_AF_INET && full->family != LA_AF_INET6) ||
		   la_is_own(full, p)))
		return 1;
	return !other || !la_is_trusted(la_netns_of_dev(other));
}

/* What claims to be such a packet is not to be believed where it leaves. */
la_subprog int la_doubt_outer(struct __sk_buff *skb, const struct la_packet *p)
{
	struct la_endpoint e = {};

	if (!p)
		return 0;
	e.addr = p->key.daddr;
	e.port = p->key.dport;
	e.proto = p->key.proto;
	if (la_is_endpoint(skb->mark, &e) && la_is_no_tunnels(skb, p))
		la_set_not_outer(skb);
	return 0;
}

/* What a resolver sends for a question is to be known where it leaves, and stopped, where it is
 * told to be inside. */
la_inline void la_mark_resolvers_packet(struct __sk_buff *skb, const struct la_packet *p)
{
	struct bpf_sock *full = skb->sk;
	const struct la_resolver_sock *who;
	const struct la_resolver *r;

	full = full ? bpf_sk_fullsock(full) : NULL;
	who = full ? bpf_sk_storage_get(&la_resolver_socks, full, NULL, 0) : NULL;
	if (!who || la_asks_nothing(p, who))
		return;
	r = bpf_map_lookup_elem(&la_resolver_pids, &who->resolver);
	la_set_index(skb, la_resolver_mode == LA_RESOLVER_DROP && (!r || la_was_inside(r))
				  ? LA_BY_RESOLVER | LA_RESOLVER_STOPS
				  : LA_BY_RESOLVER);
}

SEC("tc")
int la_tc_origin(struct __sk_buff *skb)
{
	struct la_role *role = la_role_at(la_tc_netns_of(skb), la_ifindex(skb));
	struct la_link link = { .ethertype = bpf_ntohs(skb->protocol), .l2_len = 14 };
	__u32 behind = la_scope_behind(skb), scope = la_scope_sending(skb) ?: behind;
	struct la_packet p;
	struct la_sock *s;

	if (!la_is_host && !scope && skb->sk && !(la_resolver_mode && la_has_asked()))
		return LA_PASS_TC;
	s = la_stored(skb->sk);
	if (scope && !la_is_judged(skb, s, behind))
		la_set_brought(skb, scope);
	if (role)
		link.l2_len = role->l2_len;
	la_link_of(skb, &link);
	if (la_parse_skb(skb, link.l2_len, link.ethertype, &p))
		return LA_PASS_TC;
	la_doubt_outer(skb, &p);
	if (p.flags & LA_PF_LATER)
		return LA_PASS_TC;
	if (!scope && la_resolver_mode && la_has_asked())
		la_mark_resolvers_packet(skb, &p);
	la_note_origin(skb, &p, s);
	return LA_PASS_TC;
}

#endif
