/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Looks up what helps to label a packet besides its bytes: whether the sender is a torrent client,
 * and resolvers that encrypt.
 */
#ifndef LEAKAUDIT_LOOKUPS_BPF_H
#define LEAKAUDIT_LOOKUPS_BPF_H

#include "maps.bpf.h"

/* Processes that were recognised as torrent clients. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct la_process);
	__type(value, __u8);
} la_torrents SEC(".maps");

/*
 * Resolvers by name and by address (with the port; cookie and protocol are 0), and the detail for
 * which each is known.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_name);
	__type(value, __u8);
} la_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_endpoint);
	__type(value, __u8);
} la_resolvers SEC(".maps");

la_inline struct la_flow *la_flow_by_id(__u32 id)
{
	return bpf_map_lookup_elem(&la_flows, &id);
}

la_inline struct la_process la_process_of(const struct la_owner *o)
{
	return (struct la_process){ .start_ns = o->start_ns, .tgid = o->tgid };
}

/* A process was recognised as a client: unknown payload that it sent so far is its bulk data. */
la_subprog int la_torrent_shown(const struct la_owner *o)
{
	struct la_process who;
	__u8 one = 1;

	if (!o || !o->tgid)
		return 0;
	who = la_process_of(o);
	if (!bpf_map_update_elem(&la_torrents, &who, &one, BPF_NOEXIST))
		__sync_fetch_and_add(&la_epoch_word.epoch, 1);
	return 0;
}

la_inline __u8 la_is_torrent(const struct la_owner *o)
{
	struct la_process who = la_process_of(o);

	return o->tgid && bpf_map_lookup_elem(&la_torrents, &who);
}

la_inline __u8 la_resolver_of(const struct la_flow_key *k)
{
	struct la_endpoint e = { .addr = k->daddr, .port = k->dport };
	__u8 *detail = NULL;

	if (la_may_be_among(&la_resolver_bits, e.port))
		detail = bpf_map_lookup_elem(&la_resolvers, &e);
	return detail ? *detail : LA_DETAIL_NONE;
}

/* Sets the label's inputs that do not come from the flow. owner: NULL if unknown. */
la_subprog int la_recall(const struct la_flow_key *k, const struct la_owner *owner,
			 struct la_label *l)
{
	if (!k || !l)
		return 0;
	l->resolver = la_resolver_of(k);
	l->torrent_owner = owner && la_is_torrent(owner);
	return 0;
}

la_inline __u8 la_name_detail(struct __sk_buff *skb, const struct la_hello *hello, __u32 under)
{
	struct la_name n = { .under = under };
	__u8 *detail;

	n.hash = la_name_hash(skb, hello->name_off, hello->name_len, under);
	detail = n.hash ? bpf_map_lookup_elem(&la_names, &n) : NULL;
	return detail ? *detail : LA_DETAIL_NONE;
}

la_inline __u8 la_named(struct __sk_buff *skb, const struct la_packet *p, struct la_label *l)
{
	(void)p;
	return la_name_detail(skb, &l->hello, 0) ?: la_name_detail(skb, &l->hello, 1);
}

#endif
