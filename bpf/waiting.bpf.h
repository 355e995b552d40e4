/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Packets that wait for the address of a neighbour: TC egress sees them when that has answered, in
 * anybody's context. Of a socket that is of no scope only this tells who has sent it.
 */
#ifndef LEAKAUDIT_WAITING_BPF_H
#define LEAKAUDIT_WAITING_BPF_H

#include "handed.bpf.h"
#include "task.bpf.h"

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
	if (w.sk && !bpf_map_update_elem(&la_waiting, &at, &w, BPF_ANY))
		la_has_waiting = 1;
	return 0;
}

#endif
