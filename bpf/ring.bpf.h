/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Passes events to the loader. */
#ifndef LEAKAUDIT_RING_BPF_H
#define LEAKAUDIT_RING_BPF_H

#include "maps.bpf.h"

/*
 * A napping reader is woken as the ring fills beyond one part in so many. Who fills it further need
 * not do so as well: it will run as soon as it can.
 */
#define LA_FILLED 4

/*
 * Who is awake reads the ring without being woken within milliseconds. Waking interrupts this CPU,
 * and would cost the sender more than all else of an event.
 */
la_inline void la_submit(void *event)
{
	__u32 reader = *(volatile __u32 *)&la_awake;
	__u64 flags = reader ? BPF_RB_NO_WAKEUP : 0, part;

	if (reader == LA_READER_NAPS) {
		part = bpf_ringbuf_query(&la_events, BPF_RB_RING_SIZE) / LA_FILLED;
		if (bpf_ringbuf_query(&la_events, BPF_RB_AVAIL_DATA) - part < part / LA_FILLED)
			flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(event, flags);
}

/* For what the loader must act on at once. */
la_inline void la_submit_urgently(void *event)
{
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
}

#endif
