/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What is known beside a packet's bytes, and makes more of its label: whether
 * the sender is a torrent client, and the resolvers that encrypt. */
#ifndef LEAKAUDIT_LOOKUPS_BPF_H
#define LEAKAUDIT_LOOKUPS_BPF_H

#include "maps.bpf.h"

/* Processes that have shown themselves torrent clients. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct la_process);
	__type(value, __u8);
} la_torrents SEC(".maps");

/* Resolvers by name and by address (with the port, no cookie and no protocol),
 * and the detail that each is known for. */
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

/* New proof: what this process sent as unknown payload so far is its bulk. */
la_inline void la_torrent_shown(const struct la_owner *o)
{
	struct la_process who = la_process_of(o);
	__u8 one = 1;

	if (o->tgid && !bpf_map_update_elem(&la_torrents, &who, &one, BPF_NOEXIST))
		__sync_fetch_and_add(&la_epoch_word.epoch, 1);
}

/* The same of a flow's owner, out of the hooks' small stack. */
la_subprog int la_torrent_flow(__u32 id)
{
	struct la_flow *f = la_flow_by_id(id);

	if (f)
		la_torrent_shown(&f->owner);
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
	__u8 *detail = bpf_map_lookup_elem(&la_resolvers, &e);

	return detail ? *detail : LA_DETAIL_NONE;
}

/* A label's inputs for a packet of flow `id`, as la_memory_pack() has them. */
la_subprog __u64 la_memory_of(__u32 id)
{
	struct la_flow *f = la_flow_by_id(id);
	struct la_label l = {};

	if (!f)
		return 0;
	l.torrent_owner = la_is_torrent(&f->owner);
	l.resolver = la_resolver_of(&f->key);
	l.was = f->cls;
	l.scratch = f->scratch;
	return la_memory_pack(&l);
}

/* The same of a packet that has no record. */
la_subprog __u64 la_memory_by(__u64 daddr_high, __u64 daddr_low, __u32 dport, __u64 start_ns,
			      __u32 tgid)
{
	struct la_owner o = { .start_ns = start_ns, .tgid = tgid };
	struct la_flow_key k = { .dport = dport };
	struct la_label l = {};

	k.daddr.q[0] = daddr_high;
	k.daddr.q[1] = daddr_low;
	l.resolver = la_resolver_of(&k);
	l.torrent_owner = la_is_torrent(&o);
	return la_memory_pack(&l);
}

la_inline __u8 la_named(struct __sk_buff *skb, __u64 hello, __u32 under)
{
	struct la_name n = { .under = under };
	__u8 *detail;

	n.hash = la_name_hash(skb, la_tls_name_off(hello), la_tls_name_len(hello), under);
	detail = n.hash ? bpf_map_lookup_elem(&la_names, &n) : NULL;
	return detail ? *detail : LA_DETAIL_NONE;
}

/* The label again, with what the ClientHello at `off` says. memory: the inputs
 * that it was made from. */
la_subprog __u64 la_hello_label(struct __sk_buff *skb, __u32 off, __u32 len, __u64 label,
				__u64 memory)
{
	__u64 hello = la_hello(skb, off, len, memory);
	struct la_label l = {};
	__u8 named = LA_DETAIL_NONE;

	la_memory_unpack(memory, &l);
	la_label_unpack(label, &l);
	if (la_tls_name_len(hello)) {
		named = la_named(skb, hello, 0);
		if (!named)
			named = la_named(skb, hello, 1);
	} else {
		l.flags &= ~LA_CF_HELLO; /* there is nothing to tell */
	}
	la_label_hello(&l, hello, named);
	l.scratch = la_tls_scratch(hello);
	return la_label_pack(&l);
}

#endif
