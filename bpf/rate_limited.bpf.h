/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Events without a flow that may happen often: reported once, then only counted for a while. */
#ifndef LEAKAUDIT_RATE_LIMITED_BPF_H
#define LEAKAUDIT_RATE_LIMITED_BPF_H

#include "ring.bpf.h"

#define LA_NOTICE_PAUSE 5000000000ULL /* ns; the same as the default interval of a flow's updates */

/*
 * Returns an event to fill in and pass to la_rate_limited_submit(). NULL: it was reported a moment
 * ago, or the ring is full. Its packets are those since the last event.
 */
la_inline struct la_event_flow *la_rate_limited_event(const struct la_flow_key *k)
{
	__u64 now = bpf_ktime_get_ns(), unreported = 0;
	struct la_rate_limited_event first = { .reported = now }, *n;
	struct la_event_flow *e;

	n = bpf_map_lookup_elem(&la_rate_limits, k);
	if (n && now - n->reported < LA_NOTICE_PAUSE) {
		__sync_fetch_and_add(&n->unreported, 1);
		return NULL;
	}
	if (n) {
		unreported = n->unreported;
		n->unreported = 0;
		n->reported = now;
	} else {
		bpf_map_update_elem(&la_rate_limits, k, &first, BPF_ANY);
	}
	e = bpf_ringbuf_reserve(&la_events, sizeof(*e), 0);
	if (!e) {
		la_count(LA_COUNTER_RING_FULL, 1);
		return NULL;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->hdr = (struct la_event_hdr){ sizeof(*e), LA_ABI_VERSION, LA_KIND_NOTICE, k->ifindex,
					now };
	e->flow.key = *k;
	e->flow.opened = now;
	e->flow.packets = unreported + 1;
	e->id = -1;
	return e;
}

/* Adds the owner, if known. */
la_inline void la_rate_limited_submit(struct la_event_flow *e, const struct la_sock *s)
{
	if (s) {
		e->flow.owner = s->owner;
		e->flow.attribution = s->attribution;
	}
	la_submit(e);
}

#endif
