/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tunnel's falls and returns: when, and how much had tried to leave by then. */
#include "watch_priv.h"

/* la_cell(), of which only the exemption and the verdict matter here */
static void add_total(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	struct dropout_moment *m = arg;

	if (key->cell / LA_VERDICT_MAX % LA_EXEMPT_MAX != LA_EXEMPT_NONE)
		return;
	m->tried.packets += sum->packets;
	m->tried.bytes += sum->bytes;
	if (key->cell % LA_VERDICT_MAX != LA_VERDICT_DROPPED)
		return;
	m->dropped.packets += sum->packets;
	m->dropped.bytes += sum->bytes;
}

/* Flows that live, flows that are over, and packets that have none. */
struct dropout_moment watch_moment(struct watch *w)
{
	struct dropout_moment m = { .ns = boottime_now() };
	uint64_t counters[LA_COUNTER_MAX];

	clock_gettime(CLOCK_REALTIME, &m.time);
	flows_tried(w->flows, &m.tried, &m.dropped);
	sums_tried(w->sums, &m.tried, &m.dropped);
	kernel_totals(w->kernel, add_total, &m);
	if (!kernel_counters(w->kernel, counters))
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
	alone = w->spaces && spaces_tunnels_up(w->spaces, i->netns) <= 1;
	i->dropout = dropout_end(&w->dropouts, i->netns, i->name, alone, &now);
}
