/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Records for new flows where the table is full: a program whose packets are all refused (a DHT
 * while the tunnel is down) fills it by itself, in less time than who follows needs to end what is
 * over. A record of what was only dropped loses its key, and rests while another CPU may still
 * count in it. Then it ends once, with whoever has taken its id out of la_retired: who follows
 * tells of it, here it goes into the sums. Tunnels' daemons need not wait for that.
 */
#ifndef LEAKAUDIT_RECYCLE_BPF_H
#define LEAKAUDIT_RECYCLE_BPF_H

#include "allow.bpf.h"
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

/* By its id, when the flow of such a record was opened. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LA_FLOWS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} la_retired SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, LA_RESERVE);
	__uint(key_size, 0);
	__uint(value_size, sizeof(__u32));
} la_reserve SEC(".maps");

/* The next record to look at. */
__u32 la_retire_at = 0;
/* The ktime until which no record goes into the sums: somebody reads both. */
__u64 la_held_until = 0;

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
		rest.opened = f->opened;
		rest.id = id;
		if (bpf_map_update_elem(&la_retired, &id, &rest.opened, BPF_NOEXIST))
			continue;
		f->state = LA_FLOW_CLOSING;
		bpf_map_push_elem(&la_resting, &rest, 0);
	}
}

/*
 * The id of a record that has rested, whose counts are in the sums now, or of one that is kept for
 * daemons; -1: there is none. o: the packet's sender, NULL if unknown.
 */
la_subprog int la_recycle(const struct la_owner *o, __u64 netns)
{
	struct la_resting rest = {};
	__u64 now = bpf_ktime_get_ns();
	struct la_flow *f;
	__u32 id = 0;

	if (o && o->tgid && la_is_daemon(o, netns) && !bpf_map_pop_elem(&la_reserve, &id))
		return id;
	la_retire(now);
	if (now < *(volatile __u64 *)&la_held_until || bpf_map_peek_elem(&la_resting, &rest) ||
	    now - rest.since < LA_REST_NS || bpf_map_pop_elem(&la_resting, &rest))
		return -1;
	id = rest.id;
	if (now - rest.since < LA_REST_NS) { /* another CPU was faster, and took the older one */
		bpf_map_push_elem(&la_resting, &rest, 0);
		return -1;
	}
	f = bpf_map_lookup_elem(&la_flows, &id);
	if (!f || f->opened != rest.opened || bpf_map_delete_elem(&la_retired, &id))
		return -1;
	la_count(LA_COUNTER_FLOWS_FULL, f->dropped_packets);
	la_total_up(&f->key, f->scope, la_cell(f->cls, f->key.family, 0, LA_VERDICT_DROPPED),
		    f->dropped_packets, f->dropped_bytes);
	if (f->attribution != LA_ATTR_UNKNOWN)
		la_sender_add(&f->owner, f->dropped_packets, f->dropped_bytes);
	return id;
}

#endif
