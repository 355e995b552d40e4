/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Sockets that are not of the scope, by which a process of it sends: made before it came, handed to
 * it, or inherited. Some are used once and closed before a scan of open files finds them. TC egress
 * runs in the context of the sender, unless a softirq sends.
 */
#ifndef LEAKAUDIT_HANDED_BPF_H
#define LEAKAUDIT_HANDED_BPF_H

#include "maps.bpf.h"

#define LA_SOFTIRQ_SERVED 0x100 /* in the kernel's preempt count */

/* What is at an offset of where a member of a struct leads to; NULL: nowhere. */
la_inline const void *la_led(const void *from, __u32 offset)
{
	const void *to = NULL;

	if (from)
		bpf_probe_read_kernel(&to, sizeof(to), from + offset);
	return to;
}

/* The socket in the kernel, whose type is not known here. */
la_inline const void *la_sk_at(struct bpf_sock *typed)
{
	const void *sk = NULL;

	bpf_probe_read_kernel(&sk, sizeof(sk), &typed);
	return sk;
}

/* Where the preempt count is while the task runs; NULL: not known. */
la_inline const void *la_preempt_count(const void *task)
{
	__u32 cpu = -1;
	const void *rq;

	if (la_offsets.task.preempt)
		return task + la_offsets.task.preempt;
	rq = la_led(la_led(task, la_offsets.task.queue), la_offsets.task.run_queue);
	bpf_probe_read_kernel(&cpu, sizeof(cpu), rq + la_offsets.task.cpu);
	return cpu == bpf_get_smp_processor_id() ? rq + la_offsets.task.count : NULL;
}

/* Also where it cannot be known: then the task that runs may not be the sender. */
la_inline int la_may_be_softirq(const void *task)
{
	const void *at = la_preempt_count(task);
	__u32 count = LA_SOFTIRQ_SERVED;

	if (at)
		bpf_probe_read_kernel(&count, sizeof(count), at);
	return count & LA_SOFTIRQ_SERVED;
}

/* As la_owner_of(), by offsets in place of CO-RE. */
la_inline void la_own_sender(struct la_sock *s, const void *task, __u32 tgid)
{
	const volatile struct la_task_offsets *o = &la_offsets.task;
	const void *leader = la_led(task, o->leader), *at;

	s->owner.tgid = tgid;
	bpf_probe_read_kernel(&s->owner.start_ns, sizeof(s->owner.start_ns), leader + o->start);
	bpf_probe_read_kernel_str(s->owner.comm, sizeof(s->owner.comm), leader + o->comm);
	bpf_probe_read_kernel(&s->owner.exec, sizeof(s->owner.exec), task + la_offsets.exec);
	at = la_led(task, o->cred);
	bpf_probe_read_kernel(&s->owner.uid, sizeof(s->owner.uid), at + o->uid);
	at = la_led(la_led(la_led(task, o->cgroups), o->cgroup), o->node);
	bpf_probe_read_kernel(&s->owner.cgroup, sizeof(s->owner.cgroup), at + o->id);
	s->attribution = LA_ATTR_SOCKET;
	s->held = la_scan;
}

/*
 * Whether a process of a scope sends by a socket that is of none. What it sends later counts as
 * well, as retransmissions do; a scan finds out when it does not hold the socket any more.
 */
la_subprog int la_sent_by_member(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct la_member *m;
	struct la_sock *s;
	const void *task;
	__u32 tgid = 0;

	if (la_is_host || !la_offsets.task.leader || !sk)
		return 0;
	task = (const void *)bpf_get_current_task();
	bpf_probe_read_kernel(&tgid, sizeof(tgid), task + la_offsets.tgid);
	m = bpf_map_lookup_elem(&la_members, &tgid);
	if (!m || la_may_be_softirq(task))
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	s = bpf_sk_storage_get(&la_socks, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!s) { /* judged all the same, and nobody's */
		la_count(LA_COUNTER_STORAGE, 1);
		return 1;
	}
	la_own_sender(s, task, tgid);
	s->flags |= LA_SF_IN_SCOPE;
	s->scope = m->scope;
	if (!s->netns && (sk->family == LA_AF_INET || sk->family == LA_AF_INET6))
		s->netns = la_tc_netns_of(skb);
	return 1;
}

#endif
