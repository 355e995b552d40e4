/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "payload.h"

/* Whether the interface, unknown until now, leads back into this machine. */
static bool is_inside(const struct namespaces *n, const struct la_flow *flow)
{
	return flow->flags & LA_FF_PENDING &&
	       namespaces_leads_inside(n, flow->key.netns, flow->key.ifindex);
}

/* Of a forwarded packet, who has sent it, and from where. */
static void name_sender(const struct accounts *a, const struct la_event_packet *e,
			struct record_leak *l, struct record_source *before)
{
	struct flow_note *note = flows_note(a->flows, e->id, e->opened);
	const struct la_owner *owner = &l->flow.owner;

	if (note) {
		origins_look(a->origins, &l->flow, &note->origin);
		owner = origin_owner(&note->origin, &l->flow);
		if (origin_is_nat(&note->origin, &l->flow, before))
			l->before_nat = before;
	}
	enrich_process(a->enrich, owner, &l->process);
}

void payload_packet(const struct accounts *a, const struct kernel_side *k, struct pipeline *out,
		    const struct la_event_packet *e)
{
	uint32_t n, kept = e->hdr.size - (uint32_t)sizeof(*e);
	const struct la_flow *table = datapath_flows(k->datapath, &n);
	struct record_leak leak = { 0 };
	struct record_source before;
	const struct record_packet packet = {
		.leak = &leak,
		.time = pipeline_time(e->hdr.ktime),
		.data = e->data,
		.caplen = MIN(e->caplen, kept),
		.len = e->len,
	};

	if (e->id < n && table[e->id].opened == e->opened) {
		leak.flow = table[e->id];
		if (is_inside(k->namespaces, &leak.flow))
			return;
		leak.ifname = namespaces_ifname(k->namespaces, leak.flow.key.netns,
						leak.flow.key.ifindex);
		name_sender(a, e, &leak, &before);
	} else { /* the flow is over or the table was full: nothing more is known */
		leak.flow.cls = LA_CLASS_MAX;
		leak.flow.key.ifindex = e->hdr.ifindex;
	}
	leak.flow.verdict = e->verdict;
	pipeline_packet(out, &packet);
}
