/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Who sends what the flow table has no room for. */
#ifndef LEAKAUDIT_SENDER_BPF_H
#define LEAKAUDIT_SENDER_BPF_H

#include "maps.bpf.h"

/* Beside a verdict: the packet has ended, and counts for its sender. */
#define LA_SENDER_COUNTS 0x100
_Static_assert(LA_VERDICT_MAX < LA_SENDER_COUNTS, "a verdict leaves that bit");

/* The key is read in place: there is no room for it on the hooks' stack. */
la_inline void la_sender_add(const struct la_sock *s, __u64 packets, __u64 bytes)
{
	struct la_sum none = {}, *sum;

	if (s->attribution == LA_ATTR_UNKNOWN)
		return;
	sum = bpf_map_lookup_elem(&la_senders, &s->owner);
	if (!sum) {
		bpf_map_update_elem(&la_senders, &s->owner, &none, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&la_senders, &s->owner);
	}
	if (sum) {
		__sync_fetch_and_add(&sum->packets, packets);
		__sync_fetch_and_add(&sum->bytes, bytes);
	}
}

#endif
