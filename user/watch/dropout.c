/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dropouts of tunnels: when, and how much had tried to leave by then. */
#include "priv.h"

/* reverse of la_cell(): only exemption and verdict are needed */
static void add_total(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	struct record_ends *ends = arg;
	uint32_t verdict = key->cell % LA_CELL_VERDICTS;

	if (key->cell / LA_CELL_VERDICTS % LA_EXEMPT_MAX != LA_EXEMPT_NONE ||
	    verdict == LA_CELL_LEFT)
		return;
	ends->judged.packets += sum->packets;
	ends->judged.bytes += sum->bytes;
	if (verdict != LA_VERDICT_DROPPED)
		return;
	ends->dropped.packets += sum->packets;
	ends->dropped.bytes += sum->bytes;
}

/* Adds flows that are live, flows that are over, and packets without a flow. */
struct dropout_moment watch_moment(struct watch *w)
{
	struct dropout_moment m = { .ns = boottime_now() };
	uint64_t counters[LA_COUNTER_MAX];
	struct record_ends ends = { 0 };

	clock_gettime(CLOCK_REALTIME, &m.time);
	flows_tried(w->flows, &ends);
	totals_tried(w->totals, &ends);
	datapath_totals(w->datapath, add_total, &ends);
	m.tried = ends.judged;
	m.dropped = ends.dropped;
	m.held = ends.held;
	if (!datapath_counters(w->datapath, counters))
		m.refused = counters[LA_COUNTER_REFUSED];
	return m;
}

void watch_tunnel(struct watch *w, struct record *r)
{
	struct record_interface *i = &r->interface;
	struct dropout_moment now;
	bool alone;

	if (r->action == RECORD_TUNNEL_UP && !w->dropouts.n)
		return;
	now = watch_moment(w);
	r->time = now.time;
	if (r->action == RECORD_TUNNEL_DOWN) {
		dropout_begin(&w->dropouts, i->netns, i->name, &now);
		return;
	}
	alone = w->namespaces && namespaces_tunnels_up(w->namespaces, i->netns) <= 1;
	i->dropout = dropout_end(&w->dropouts, i->netns, i->name, alone, &now);
}
