/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Allowed destinations, those of this machine, and holders of tunnels: facts that hooks of packets
 * and of processes both look up.
 */
#ifndef LEAKAUDIT_ALLOW_BPF_H
#define LEAKAUDIT_ALLOW_BPF_H

#include "maps.bpf.h"

la_inline int la_is_allowed(const struct la_flow_key *k)
{
	__u32 i;

	for (i = 0; i < LA_ALLOW_MAX && i < la_allow_n; i++)
		if (la_allow_matches(&la_allows[i], k))
			return 1;
	return 0;
}

la_inline int la_holds_tunnel(const struct la_owner *o, __u64 netns)
{
	struct la_daemon d = { .netns = netns, .tgid = o->tgid };
	__u64 *start = NULL;

	if (d.tgid && la_may_be_among(&la_daemon_bits, d.tgid))
		start = bpf_map_lookup_elem(&la_daemons, &d);
	return start && *start == o->start_ns / LA_TICK_NS;
}

/* Whether it is in a --transport-cgroup. */
la_inline int la_is_named(const struct la_owner *o)
{
	__u64 cgroup = o->cgroup;

	return cgroup && bpf_map_lookup_elem(&la_transports, &cgroup);
}

/* Whether its sockets in that namespace carry a tunnel. */
la_inline int la_is_daemon(const struct la_owner *o, __u64 netns)
{
	return la_holds_tunnel(o, 0) || la_holds_tunnel(o, netns) || la_is_named(o);
}

/* Whether it is to an address of its own namespace. */
la_inline int la_is_local(const struct la_flow_key *k)
{
	struct la_local_key local = { .addr = k->daddr, .netns = k->netns };

	return bpf_map_lookup_elem(&la_locals, &local) != NULL;
}

#endif
