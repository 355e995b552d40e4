/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Passes events to the loader. */
#ifndef LEAKAUDIT_RING_BPF_H
#define LEAKAUDIT_RING_BPF_H

#include "maps.bpf.h"

/* Where more than one part in so many of the ring is filled, its reader is woken all the same. */
#define LA_FILLED 4

/*
 * Who is awake reads the ring without being woken within milliseconds. Waking interrupts this CPU,
 * and would cost the sender more than all else of an event.
 */
la_inline void la_submit(void *event)
{
	__u64 flags = 0;

	if (*(volatile __u32 *)&la_awake)
		flags = bpf_ringbuf_query(&la_events, BPF_RB_AVAIL_DATA) * LA_FILLED <
					bpf_ringbuf_query(&la_events, BPF_RB_RING_SIZE)
				? BPF_RB_NO_WAKEUP
				: BPF_RB_FORCE_WAKEUP;
	bpf_ringbuf_submit(event, flags);
}

/* For what the loader must act on at once. */
la_inline void la_submit_urgently(void *event)
{
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
}

#endif
