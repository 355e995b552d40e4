/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Queues that are emptied: their line goes down, or they are replaced. What waits in one has passed
 * TC egress, and does not leave. The kernel frees these packets in the task that empties the queue,
 * at once or when that gives the lock of all interfaces back (rtnl_kfree_skbs()).
 */
#ifndef LEAKAUDIT_EMPTIED_BPF_H
#define LEAKAUDIT_EMPTIED_BPF_H

#include "softirq.bpf.h"

#define LA_EMPTIED_NS 100000000 /* from one of these packets to the next one */

SEC("tp_btf/qdisc_reset")
int la_queue_emptied(__u64 *ctx)
{
	struct Qdisc *q = (struct Qdisc *)ctx[0];
	struct net_device *dev = q->dev_queue->dev;
	struct la_emptied key = { bpf_get_current_pid_tgid(), (__u64)dev };
	__u64 now = bpf_ktime_get_ns();

	if (la_may_be_among(&la_exposed_bits, dev->ifindex))
		bpf_map_update_elem(&la_emptied, &key, &now, BPF_ANY);
	return 0;
}

/*
 * Whether a packet that is freed now has waited in a queue that the running task empties. A driver
 * frees what it has sent in softirqs, which may interrupt this task.
 */
la_inline int la_is_emptied(const struct net_device *dev)
{
	struct la_emptied key = { bpf_get_current_pid_tgid(), (__u64)dev };
	__u64 *last = bpf_map_lookup_elem(&la_emptied, &key);
	__u64 now = bpf_ktime_get_ns();

	if (!last || now - *last > LA_EMPTIED_NS || !la_offsets.task.leader ||
	    la_may_be_softirq((const void *)bpf_get_current_task()))
		return 0;
	*last = now;
	return 1;
}

#endif
