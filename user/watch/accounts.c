/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "accounts.h"

#include "datapath/noted.h"

int accounts_open(struct accounts *a, const char *mount)
{
	int r = totals_open(&a->totals);

	if (!r)
		r = hellos_open(&a->hellos);
	return r ?: enrich_open(&a->enrich, mount);
}

void accounts_close(struct accounts *a)
{
	pending_free(a->pending);
	flows_free(a->flows);
	origins_free(a->origins);
	enrich_free(a->enrich);
	totals_free(a->totals);
	known_resolvers_free(a->known);
	hellos_free(a->hellos);
}

/* --- dropouts of tunnels --- */

/* reverse of la_cell(): only exemption and verdict are needed */
static void add_tried(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	struct record_ends *ends = arg;
	uint32_t verdict = key->cell % LA_CELL_VERDICTS;

	if (key->cell / LA_CELL_VERDICTS % LA_EXEMPT_MAX != LA_EXEMPT_NONE ||
	    verdict == LA_CELL_LEFT)
		return;
	record_add(&ends->judged, sum);
	if (verdict == LA_VERDICT_DROPPED)
		record_add(&ends->dropped, sum);
}

/* Adds flows that are live, flows that are over, and packets without a flow. */
struct dropout_moment accounts_moment(const struct accounts *a, const struct kernel_side *k)
{
	struct dropout_moment m = { .ns = boottime_now() };
	uint64_t counters[LA_COUNTER_MAX];
	struct record_ends ends = { 0 };

	clock_gettime(CLOCK_REALTIME, &m.time);
	flows_tried(a->flows, &ends);
	totals_tried(a->totals, &ends);
	datapath_totals(k->datapath, add_tried, &ends);
	m.tried = ends.judged;
	m.dropped = ends.dropped;
	m.held = ends.held;
	if (!datapath_counters(k->datapath, counters))
		m.refused = counters[LA_COUNTER_REFUSED];
	return m;
}

void accounts_tunnel(struct accounts *a, const struct kernel_side *k, struct record *r)
{
	struct record_interface *i = &r->interface;
	struct dropout_moment now;
	bool alone;

	/*
	 * With the host as scope, packets are judged in its own namespace. A tunnel of another
	 * namespace carries none of them.
	 */
	if ((k->scope->host && i->netns_name) || (r->action == RECORD_TUNNEL_UP && !a->dropouts.n))
		return;
	now = accounts_moment(a, k);
	r->time = now.time;
	if (r->action == RECORD_TUNNEL_DOWN) {
		dropout_begin(&a->dropouts, i->netns, i->name, &now);
		return;
	}
	alone = k->namespaces && namespaces_tunnels_up(k->namespaces, i->netns) <= 1;
	i->dropout = dropout_end(&a->dropouts, i->netns, i->name, alone, &now);
}

/* --- totals --- */

struct adder {
	struct totals *totals;
	const struct namespaces *namespaces;
};

/* A datapath_total_fn: adds packets without a flow to the totals. */
static void add_total(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	const struct adder *a = arg;

	totals_add_cell(a->totals, key->cell, sum, namespaces_slot_name(a->namespaces, key->slot));
}

/* reverse of la_cell(): only the verdict is needed */
static void add_inbound(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	struct record_summary *s = arg;
	struct record_sum *to = key->cell % LA_CELL_VERDICTS == LA_VERDICT_DROPPED
					? &s->inbound_dropped
					: &s->inbound;

	to->packets += sum->packets;
	to->bytes += sum->bytes;
}

/* A datapath_sender_fn. */
static void name_sender(void *arg, const struct la_owner *owner, const struct la_sum *sum)
{
	const struct accounts *a = arg;
	struct record_process process;

	enrich_process(a->enrich, owner, &process);
	totals_name_sender(a->totals, &process, sum);
}

void accounts_add_retained(struct accounts *a, const struct kernel_side *k)
{
	struct adder adder = { a->totals, k->namespaces };

	datapath_retained_totals(k->datapath, add_total, &adder);
}

void accounts_sum(struct accounts *a, const struct kernel_side *k, struct record_summary *ret)
{
	struct adder adder = { a->totals, k->namespaces };

	datapath_totals(k->datapath, add_total, &adder);
	datapath_senders(k->datapath, name_sender, a);
	datapath_inbound(k->datapath, add_inbound, ret);
	totals_fill(a->totals, ret);
	ret->inside = a->inside;
}

bool accounts_leaked(const struct accounts *a)
{
	return totals_leaked(a->totals) || a->inside.packets;
}
