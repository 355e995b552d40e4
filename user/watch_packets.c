/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first bytes of leaked packets, with what is known of their flows. */
#include "watch_priv.h"

void watch_packet(struct watch *w, const struct la_event_packet *e)
{
	uint32_t n, kept = e->hdr.size - (uint32_t)sizeof(*e);
	const struct la_flow *table = kernel_flows(w->kernel, &n);
	struct record_leak leak = { 0 };
	const struct record_packet packet = {
		.leak = &leak,
		.time = pipeline_time(e->hdr.ktime),
		.data = e->data,
		.caplen = MIN(e->caplen, kept),
		.len = e->len,
	};

	if (e->id < n && table[e->id].opened == e->opened) {
		leak.flow = table[e->id];
		leak.ifname = spaces_ifname(w->spaces, leak.flow.key.netns, leak.flow.key.ifindex);
		enrich_process(w->enrich, &leak.flow.owner, &leak.process);
	} else { /* the flow is over, or the table was full: nothing is known of it */
		leak.flow.cls = LA_CLASS_MAX;
		leak.flow.key.ifindex = e->hdr.ifindex;
	}
	leak.flow.verdict = e->verdict;
	pipeline_packet(w->out, &packet);
}
