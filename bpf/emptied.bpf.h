/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Queues that are emptied: their line goes down, or they are replaced, or their interface goes into
 * another namespace. What waits in one has passed TC egress, and does not leave. The kernel frees
 * these packets in the task that empties the queue, at once or when that gives the lock of all
 * interfaces back (rtnl_kfree_skbs()): by then the interface may be elsewhere. If it has got
 * another index there, they are mostly not recognised (la_may_be_lost()), and missing.
 */
#ifndef LEAKAUDIT_EMPTIED_BPF_H
#define LEAKAUDIT_EMPTIED_BPF_H

#include "softirq.bpf.h"

/* From one of these packets to the next one: the kernel lets others run in between. */
#define LA_EMPTIED_NS 2000000000

SEC("tp_btf/qdisc_reset")
int la_queue_emptied(__u64 *ctx)
{
	struct Qdisc *q = (struct Qdisc *)ctx[0];
	struct net_device *dev = q->dev_queue->dev;
	struct la_emptied key = { bpf_get_current_pid_tgid(), (__u64)dev };
	struct la_emptied_at at = { .last = bpf_ktime_get_ns(), .ifindex = dev->ifindex };

	if (!la_may_be_among(&la_exposed_bits, at.ifindex))
		return 0;
	at.netns = BPF_CORE_READ(dev, nd_net.net, net_cookie);
	bpf_map_update_elem(&la_emptied, &key, &at, BPF_ANY);
	return 0;
}

/*
 * Where the interface was as the running task emptied its queue, in which a packet that is freed
 * now has waited. NULL: it has not. A driver frees what it has sent in softirqs, which may
 * interrupt this task.
 */
la_inline struct la_emptied_at *la_find_emptied(const struct net_device *dev)
{
	struct la_emptied key = { bpf_get_current_pid_tgid(), (__u64)dev };
	struct la_emptied_at *at = bpf_map_lookup_elem(&la_emptied, &key);
	__u64 now = bpf_ktime_get_ns();

	if (!at || now - at->last > LA_EMPTIED_NS || !la_offsets.task.leader ||
	    la_may_be_softirq((const void *)bpf_get_current_task()))
		return NULL;
	at->last = now;
	return at;
}

#endif
