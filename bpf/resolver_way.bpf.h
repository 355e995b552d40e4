/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Whether a question to a resolver of this machine may be asked, with dropping. It is refused
 * unless the resolver's way out is known to be a tunnel that is there.
 */
#ifndef LEAKAUDIT_RESOLVER_WAY_BPF_H
#define LEAKAUDIT_RESOLVER_WAY_BPF_H

#include "core/verdict.h"
#include "resolver_maps.bpf.h"
#include "role_fallback.bpf.h"

#define LA_IFF_UP 1

/* Who is asked at a flow's destination; NULL: nobody that the loader knows. */
la_inline struct la_resolver_holder *la_holder_at(const struct la_flow_key *k)
{
	struct la_resolver_place at = {
		.netns = k->netns, .addr = k->daddr, .port = k->dport, .proto = k->proto
	};
	struct la_resolver_holder *h = bpf_map_lookup_elem(&la_resolver_places, &at);

	if (h)
		return h;
	at.addr = (struct la_addr){};
	return bpf_map_lookup_elem(&la_resolver_places, &at);
}

la_inline struct la_resolver *la_resolver_at(const struct la_flow_key *k)
{
	struct la_resolver_holder *h = la_holder_at(k);

	return h ? bpf_map_lookup_elem(&la_resolver_pids, &h->pid) : NULL;
}

/* Whether an interface still is the tunnel that it was, and up. */
la_subprog int la_tunnel_stands(__u64 net, __u64 netns, __u32 ifindex)
{
	struct la_role *role = la_role_at(netns, ifindex);
	__u64 dev = la_dev_at(net, ifindex);
	__u32 flags = 0;
	__u16 type;

	if (!role || role->role != LA_ROLE_TUNNEL || !dev)
		return 0;
	bpf_probe_read_kernel(&flags, sizeof(flags), (void *)(dev + la_offsets.flags));
	return flags & LA_IFF_UP && la_kind_of_dev((const void *)dev, &type) == role->kind;
}

/*
 * net, netns: the asker's namespace. Of a resolver in another one only the loader knows whether its
 * tunnels are there. Routes are certain only while a loader is alive.
 */
la_inline int la_asks_inside(__u64 net, __u64 netns, const struct la_resolver *r)
{
	int i;

	if (!r || r->way == LA_WAY_EXPOSED)
		return 0;
	if (r->way == LA_WAY_SCOPE)
		return 1;
	if (r->unproven || r->netns != netns || !la_offsets.devices)
		return la_is_followed();
	for (i = 0; i < LA_RESOLVER_TUNNELS; i++)
		if (r->tunnels[i] && !la_tunnel_stands(net, netns, r->tunnels[i]))
			return 0;
	return 1;
}

/*
 * Who is asked in a container, behind the interface by which the packet goes. NULL: nobody that the
 * loader knows.
 */
la_inline struct la_resolver *la_resolver_behind(const struct la_flow_key *k)
{
	struct la_resolver_place at = {
		.netns = k->netns, .addr = k->daddr, .port = k->dport, .proto = k->proto
	};
	struct la_resolver_holder *h;

	if (k->dport != 53) /* of others not every packet is looked at */
		return NULL;
	h = bpf_map_lookup_elem(&la_resolver_places, &at);
	if (!h || !h->end || (h->end != k->ifindex && h->bridge != k->ifindex))
		return NULL;
	return bpf_map_lookup_elem(&la_resolver_pids, &h->pid);
}

/*
 * Whether a question to such a one stays on this machine, and what is sent for it is judged. Only
 * the loader knows by which way.
 */
la_inline __u32 la_answered_behind(const struct la_flow_key *k)
{
	struct la_resolver *r = la_resolver_mode ? la_resolver_behind(k) : NULL;

	if (!r || !la_is_followed())
		return 0;
	return la_resolver_mode != LA_RESOLVER_DROP || r->way != LA_WAY_EXPOSED ? LA_FACT_ANSWERED
										: 0;
}

#endif
