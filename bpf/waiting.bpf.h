/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Packets that wait for the address of a neighbour: TC egress sees them when that has answered, in
 * anybody's context. Of a socket that is of no scope only this tells who has sent it.
 */
#ifndef LEAKAUDIT_WAITING_BPF_H
#define LEAKAUDIT_WAITING_BPF_H

#include "handed.bpf.h"
#include "task.bpf.h"

/* By its addresses: the kernel may tell somebody of it. */
la_inline void la_note_ends(struct sk_buff *skb, struct la_waiting *w)
{
	const void *ip = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
	__u64 key = 0, to = 0;
	__u8 first = 0;

	bpf_probe_read_kernel(&first, sizeof(first), ip);
	if (first >> 4 == 4) {
		bpf_probe_read_kernel(&key, sizeof(key), ip + LA_ENDS_V4);
	} else {
		bpf_probe_read_kernel(&key, sizeof(key), ip + LA_ENDS_V6);
		bpf_probe_read_kernel(&to, sizeof(to), ip + LA_ENDS_V6 + 16);
	}
	key ^= to;
	w->sk = 0;
	bpf_map_update_elem(&la_waiting, &key, w, BPF_ANY);
}

/* Called in the sender's context once its packet is queued: it is the last one then. */
SEC("raw_tp/neigh_event_send_done")
int la_packet_waits(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct neighbour *neighbour = (struct neighbour *)ctx->args[0];
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct la_member *m = bpf_map_lookup_elem(&la_members, &tgid);
	struct la_waiting w = {};
	struct sk_buff *skb;
	__u64 at;

	if (!m || !ctx->args[1] || la_may_be_softirq(task))
		return 0;
	skb = BPF_CORE_READ(neighbour, arp_queue.prev);
	if (skb == (struct sk_buff *)&neighbour->arp_queue)
		return 0; /* it has failed */
	w.sk = (__u64)BPF_CORE_READ(skb, sk);
	w.since = bpf_ktime_get_ns();
	w.scope = m->scope;
	la_owner_of(task, &w.owner);
	at = (__u64)skb;
	if (!w.sk || bpf_map_update_elem(&la_waiting, &at, &w, BPF_ANY))
		return 0;
	la_note_ends(skb, &w);
	la_has_waiting = 1;
	return 0;
}

#endif
