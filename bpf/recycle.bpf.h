/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Records for new flows where the table is full and nobody follows who would end those that are
 * over: a program whose packets are all refused (a DHT while the tunnel is down) fills it by
 * itself. A record of what was only dropped loses its key, and rests while another CPU may still
 * count in it.
 */
#ifndef LEAKAUDIT_RECYCLE_BPF_H
#define LEAKAUDIT_RECYCLE_BPF_H

#include "role_fallback.bpf.h"
#include "sums.bpf.h"

#define LA_FLOWS_MASK (LA_FLOWS_MAX - 1)
#define LA_RETIRED_AT_ONCE 8
#define LA_REST_NS 1000000000ULL

struct la_resting {
	__u64 opened; /* of its flow */
	__u64 since;
	__u64 id;
};

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, LA_FLOWS_MAX);
	__uint(key_size, 0);
	__uint(value_size, sizeof(struct la_resting));
} la_resting SEC(".maps");

/* The next record to look at. */
__u32 la_retire_at = 0;

la_inline int la_was_only_dropped(const struct la_flow *f)
{
	__u64 judged = *(const volatile __u64 *)&f->judged;

	return f->state == LA_FLOW_LIVE && (__u8)(judged >> 40) == LA_VERDICT_DROPPED &&
	       !(f->packets | f->exempt_packets | f->left_packets);
}

/* Whoever takes the key out of the hash has it. */
la_inline void la_retire(__u64 now)
{
	struct la_resting rest = { .since = now };
	struct la_flow *f;
	__u32 i, id;

	for (i = 0; i < LA_RETIRED_AT_ONCE; i++) {
		id = *(volatile __u32 *)&la_retire_at & LA_FLOWS_MASK;
		*(volatile __u32 *)&la_retire_at = id + 1;
		f = bpf_map_lookup_elem(&la_flows, &id);
		if (!f || now - f->opened < LA_REST_NS || !la_was_only_dropped(f) ||
		    bpf_map_delete_elem(&la_flow_ids, &f->key))
			continue;
		f->state = LA_FLOW_CLOSING;
		rest.opened = f->opened;
		rest.id = id;
		bpf_map_push_elem(&la_resting, &rest, 0);
	}
}

/* The id of a record that has rested, whose counts are in the sums now; -1: there is none. */
la_subprog int la_recycle(void)
{
	struct la_resting rest = {};
	__u64 now = bpf_ktime_get_ns();
	struct la_flow *f;
	__u32 id;

	if (la_is_followed()) /* who follows ends them, and tells of it */
		return -1;
	la_retire(now);
	if (bpf_map_peek_elem(&la_resting, &rest) || now - rest.since < LA_REST_NS ||
	    bpf_map_pop_elem(&la_resting, &rest))
		return -1;
	id = rest.id;
	f = bpf_map_lookup_elem(&la_flows, &id);
	if (!f || f->opened != rest.opened || f->state != LA_FLOW_CLOSING)
		return -1;
	if (now - rest.since < LA_REST_NS) { /* another CPU was faster, and took the older one */
		bpf_map_push_elem(&la_resting, &rest, 0);
		return -1;
	}
	la_count(LA_COUNTER_FLOWS_FULL, f->dropped_packets);
	la_sum_up(&la_totals, &f->key, f->scope,
		  la_cell(f->cls, f->key.family, 0, LA_VERDICT_DROPPED), f->dropped_packets,
		  f->dropped_bytes);
	if (f->attribution != LA_ATTR_UNKNOWN)
		la_sender_add(&f->owner, f->dropped_packets, f->dropped_bytes);
	return id;
}

#endif
