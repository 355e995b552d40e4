/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Whether the task that runs is interrupted by a softirq, which may do anything in its place. */
#ifndef LEAKAUDIT_SOFTIRQ_BPF_H
#define LEAKAUDIT_SOFTIRQ_BPF_H

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

#endif
