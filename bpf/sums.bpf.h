/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Sums of what has no record, as the flow table has no room for it. */
#ifndef LEAKAUDIT_SUMS_BPF_H
#define LEAKAUDIT_SUMS_BPF_H

#include "maps.bpf.h"

/* Beside a verdict: the packet has ended, and counts for its sender. */
#define LA_SENDER_COUNTS 0x100
_Static_assert(LA_VERDICT_MAX < LA_SENDER_COUNTS, "a verdict leaves that bit");

/* Adds to the sums of the packet's interface. */
la_inline void la_sum_up(void *sums, const struct la_flow_key *k, __u32 scope, __u32 cell,
			 __u64 packets, __u64 bytes)
{
	struct la_role *role = la_role_at(k->netns, k->ifindex);
	struct la_sum_key sk = { .slot = role ? role->slot : 0, .scope = scope, .cell = cell };
	struct la_sum none = {}, *sum;

	sum = bpf_map_lookup_elem(sums, &sk);
	if (!sum) {
		bpf_map_update_elem(sums, &sk, &none, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(sums, &sk);
	}
	if (sum) {
		__sync_fetch_and_add(&sum->packets, packets);
		__sync_fetch_and_add(&sum->bytes, bytes);
	}
}

/* Of a packet without a record. */
la_inline void la_total_up(const struct la_flow_key *k, __u32 scope, __u32 cell, __u64 packets,
			   __u64 bytes)
{
	if (!la_has_totals)
		la_has_totals = 1;
	la_sum_up(&la_totals, k, scope, cell, packets, bytes);
}

/* The key is read in place: there is no room for it on the hooks' stack. */
la_inline void la_sender_add(const struct la_owner *o, __u64 packets, __u64 bytes)
{
	struct la_sum none = {}, *sum = bpf_map_lookup_elem(&la_senders, o);

	if (!sum) {
		bpf_map_update_elem(&la_senders, o, &none, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&la_senders, o);
	}
	if (sum) {
		__sync_fetch_and_add(&sum->packets, packets);
		__sync_fetch_and_add(&sum->bytes, bytes);
	}
}

#endif
