/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Fragments. Nearly all are made by the kernel, between the cgroup hook and TC egress, of a
 * datagram that was judged whole. A raw socket may send its own (IP_HDRINCL), each of which that
 * hook judges.
 */
#ifndef LEAKAUDIT_FRAGMENT_BPF_H
#define LEAKAUDIT_FRAGMENT_BPF_H

#include "maps.bpf.h"
#include "core/parse.h"

/* The key of a fragment's datagram: the id in place of socket and ports. Fragments of
 * IPv6 need not agree on the protocol (RFC 8200 4.5). */
la_inline void la_frag_key(const struct la_packet *p, struct la_flow_key *k)
{
	*k = p->key;
	k->cookie = p->frag_id;
	k->sport = 0;
	k->dport = 0;
	if (k->family == 6)
		k->proto = 0;
}

/* For a fragment at the cgroup hook. */
la_subprog int la_note_own_fragment(const struct la_packet *p)
{
	struct la_flow_key k = {};
	__u32 own = LA_FRAG_OWN;

	if (!p)
		return 0;
	la_frag_key(p, &k);
	return bpf_map_update_elem(&la_frags, &k, &own, BPF_ANY);
}

/* Whether a fragment at TC egress was the last one of its datagram at the cgroup hook. */
la_subprog int la_is_own_fragment(const struct la_packet *p)
{
	struct la_flow_key k = {};
	__u32 *own;

	if (!p)
		return 0;
	la_frag_key(p, &k);
	own = bpf_map_lookup_elem(&la_frags, &k);
	return own && *own == LA_FRAG_OWN;
}

#endif
