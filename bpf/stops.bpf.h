/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* By what a packet was stopped on its way out, as far as the kernel's reason tells. */
#ifndef LEAKAUDIT_STOPS_BPF_H
#define LEAKAUDIT_STOPS_BPF_H

#include "maps.bpf.h"

#define la_is_reason(reason, name)                                 \
	(bpf_core_enum_value_exists(enum skb_drop_reason, name) && \
	 (reason) == bpf_core_enum_value(enum skb_drop_reason, name))

la_inline int la_is_queue(__u32 reason)
{
	return la_is_reason(reason, SKB_DROP_REASON_QDISC_DROP) ||
	       la_is_reason(reason, SKB_DROP_REASON_QDISC_OVERLIMIT) ||
	       la_is_reason(reason, SKB_DROP_REASON_QDISC_CONGESTED) ||
	       la_is_reason(reason, SKB_DROP_REASON_CAKE_FLOOD) ||
	       la_is_reason(reason, SKB_DROP_REASON_FQ_BAND_LIMIT) ||
	       la_is_reason(reason, SKB_DROP_REASON_FQ_HORIZON_LIMIT) ||
	       la_is_reason(reason, SKB_DROP_REASON_FQ_FLOW_LIMIT) ||
	       la_is_reason(reason, SKB_DROP_REASON_DUALPI2_STEP_DROP);
}

/* enum la_stop. Apart: the verifier need not follow each reason to the end. */
la_subprog __u32 la_stop_of(__u32 reason)
{
	if (la_is_queue(reason))
		return LA_STOP_QUEUE;
	if (la_is_reason(reason, SKB_DROP_REASON_BPF_CGROUP_EGRESS))
		return LA_STOP_CGROUP;
	if (la_is_reason(reason, SKB_DROP_REASON_NETFILTER_DROP))
		return LA_STOP_NETFILTER;
	if (la_is_reason(reason, SKB_DROP_REASON_TC_EGRESS))
		return LA_STOP_TC;
	if (la_is_reason(reason, SKB_DROP_REASON_NEIGH_CREATEFAIL) ||
	    la_is_reason(reason, SKB_DROP_REASON_NEIGH_FAILED) ||
	    la_is_reason(reason, SKB_DROP_REASON_NEIGH_QUEUEFULL) ||
	    la_is_reason(reason, SKB_DROP_REASON_NEIGH_DEAD))
		return LA_STOP_NEIGHBOUR;
	if (la_is_reason(reason, SKB_DROP_REASON_DEV_READY) ||
	    la_is_reason(reason, SKB_DROP_REASON_FULL_RING))
		return LA_STOP_DEVICE;
	return LA_STOP_UNKNOWN;
}

/* Whether a packet is freed without a reason that says by what. */
la_inline int la_is_unsaid(__u32 reason)
{
	return bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_TC_EGRESS) &&
	       (la_is_reason(reason, SKB_DROP_REASON_NOT_SPECIFIED) ||
		la_is_reason(reason, SKB_DROP_REASON_QUEUE_PURGE));
}

/*
 * By what a packet of a device without carrier is stopped: nobody answers there, and its queue is
 * none (dev_deactivate()).
 */
la_inline __u8 la_stop_at(struct net_device *dev, __u8 stop)
{
	unsigned long no_carrier = 1UL << 2; /* __LINK_STATE_NOCARRIER */

	if (stop != LA_STOP_NEIGHBOUR && stop != LA_STOP_QUEUE && stop != LA_STOP_UNKNOWN)
		return stop;
	return BPF_CORE_READ(dev, state) & no_carrier ? LA_STOP_DEVICE : stop;
}

/* Whether that comes behind TC egress, or before it. Others may be on either side. */
la_inline int la_is_behind(__u8 stop)
{
	return stop == LA_STOP_QUEUE || stop == LA_STOP_DEVICE;
}

la_inline int la_is_ahead(__u8 stop)
{
	return stop == LA_STOP_CGROUP || stop == LA_STOP_NETFILTER || stop == LA_STOP_NEIGHBOUR;
}

#endif
