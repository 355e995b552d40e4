/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "accounts.h"

#include <stdio.h>

#include "datapath/noted.h"

int accounts_open(struct accounts *a, const struct scopes *scopes)
{
	int r = totals_open(&a->totals);
	size_t i;

	a->n_scopes = scopes->n > 1 ? scopes->n : 0;
	for (i = 0; a->n_scopes && i <= a->n_scopes && !r; i++)
		r = totals_open(&a->scopes[i].totals);
	if (!r)
		r = reader_open(&a->reader);
	return r ?: enrich_open(&a->enrich, scopes_first(scopes)->mount);
}

void accounts_close(struct accounts *a)
{
	size_t i;

	for (i = 0; i < SCOPE_ROWS; i++)
		totals_free(a->scopes[i].totals);
	pending_free(a->pending);
	flows_free(a->flows);
	origins_free(a->origins);
	enrich_free(a->enrich);
	totals_free(a->totals);
	known_resolvers_free(a->known);
	reader_free(a->reader);
}

/* --- dropouts of tunnels --- */

/* reverse of la_cell(): only exemption and verdict are needed */
static void add_tried(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	struct record_ends *ends = arg;
	uint32_t verdict = key->cell % LA_CELL_VERDICTS;

	if (key->cell / LA_CELL_VERDICTS % LA_EXEMPT_MAX != LA_EXEMPT_NONE)
		return;
	if (verdict == LA_CELL_LEFT) {
		record_add(&ends->left, sum);
		return;
	}
	record_add(&ends->judged, sum);
	if (verdict == LA_VERDICT_DROPPED)
		record_add(&ends->dropped, sum);
}

/* Adds flows that are live, flows that are over, and packets without a flow. */
struct dropout_moment accounts_moment(const struct accounts *a, const struct kernel_side *k)
{
	struct dropout_moment m = { .ns = boottime_now() };
	struct record_ends ends = { 0 };

	clock_gettime(CLOCK_REALTIME, &m.time);
	datapath_hold_records(k->datapath);
	flows_tried(a->flows, &ends);
	totals_tried(a->totals, &ends);
	datapath_totals(k->datapath, add_tried, &ends);
	datapath_release_records(k->datapath);
	m.tried = ends.judged;
	m.dropped = ends.dropped;
	m.held = ends.held;
	m.left = ends.left;
	m.refused = datapath_counter(k->datapath, LA_COUNTER_REFUSED);
	return m;
}

static uint64_t over(uint64_t all, uint64_t a, uint64_t b)
{
	return all > a + b ? all - a - b : 0;
}

struct la_sum accounts_held(const struct dropout_moment *m)
{
	return (struct la_sum){
		MAX((uint64_t)m->held.packets,
		    over(m->tried.packets, m->left.packets, m->dropped.packets)),
		MAX((uint64_t)m->held.bytes, over(m->tried.bytes, m->left.bytes, m->dropped.bytes)),
	};
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
	if ((scopes_is_host(&k->scopes) && i->netns_name) ||
	    (r->action == RECORD_TUNNEL_UP && !a->dropouts.n))
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

/* Beside the sums of all. NULL: there is only one scope. */
static struct scope_account *account_of(struct accounts *a, uint32_t scope)
{
	if (!a->n_scopes)
		return NULL;
	return &a->scopes[scope <= a->n_scopes ? scope : 0];
}

static void add_to(struct record_sum *to, uint64_t packets, uint64_t bytes)
{
	to->packets += packets;
	to->bytes += bytes;
}

void accounts_add_flow(struct accounts *a, const struct la_flow *f, const char *interface,
		       const struct record_process *process)
{
	struct scope_account *of = account_of(a, f->scope);

	totals_add_flow(a->totals, f, interface, process);
	if (of)
		totals_add_flow(of->totals, f, interface, process);
}

void accounts_add_possible(struct accounts *a, const struct la_flow *f)
{
	struct scope_account *of = account_of(a, f->scope);

	add_to(&a->possible, f->packets, f->bytes);
	if (of)
		add_to(&of->possible, f->packets, f->bytes);
}

void accounts_add_inside(struct accounts *a, const struct la_flow *f,
			 const struct record_process *teller)
{
	struct scope_account *of = account_of(a, f->scope);

	snprintf(a->teller.name, sizeof(a->teller.name), "%s", teller->name ?: "");
	a->teller.pid = teller->pid;
	add_to(&a->inside, f->packets, f->bytes);
	if (of)
		add_to(&of->inside, f->packets, f->bytes);
}

struct adder {
	struct accounts *accounts;
	const struct namespaces *namespaces;
};

/* A datapath_total_fn: adds packets without a flow to the totals. */
static void add_total(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	const struct adder *a = arg;
	const struct scope_account *of = account_of(a->accounts, key->scope);
	const char *interface = namespaces_slot_name(a->namespaces, key->slot);

	totals_add_cell(a->accounts->totals, key->cell, sum, interface);
	if (of)
		totals_add_cell(of->totals, key->cell, sum, interface);
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
	struct adder adder = { a, k->namespaces };

	datapath_retained_totals(k->datapath, add_total, &adder);
}

static struct record_scope_sums sums_of(const struct scope_account *of, const char *path)
{
	struct record_summary all = { 0 };
	struct record_scope_sums ret = { .path = path };
	size_t i;

	totals_fill(of->totals, &all);
	for (i = 0; i < all.exempt.n; i++)
		add_to(&ret.exempt, all.exempt.v[i].packets, all.exempt.v[i].bytes);
	ret.leaks = all.leaks;
	ret.dropped = all.dropped;
	ret.held = all.held;
	ret.judged = all.judged;
	ret.possible = of->possible;
	ret.inside = of->inside;
	ret.flows = all.flows;
	return ret;
}

static bool is_empty(const struct record_scope_sums *s)
{
	return !s->judged.packets && !s->exempt.packets && !s->possible.packets &&
	       !s->inside.packets;
}

/* One row for each scope, and one for what belongs to none that is known, if there is any. */
static void sum_scopes(struct accounts *a, const struct scopes *scopes, struct record_summary *ret)
{
	struct record_scope_sums *rows = a->scope_rows;
	size_t i, n = 0;

	for (i = 1; a->n_scopes && i <= a->n_scopes + 1; i++) {
		size_t number = i % (a->n_scopes + 1);
		const char *path = number ? scopes->v[number - 1]->path : NULL;

		rows[n] = sums_of(&a->scopes[number], path);
		if (!number && is_empty(&rows[n]))
			continue;
		a->scope_sums[n] = (struct record_sum){ .key = path };
		add_to(&a->scope_sums[n], rows[n].leaks.packets, rows[n].leaks.bytes);
		add_to(&a->scope_sums[n], rows[n].dropped.packets, rows[n].dropped.bytes);
		n++;
	}
	ret->scopes = rows;
	ret->n_scopes = n;
	ret->by_scope = (struct record_sums){ a->scope_sums, n };
}

void accounts_sum(struct accounts *a, const struct kernel_side *k, struct record_summary *ret)
{
	struct adder adder = { a, k->namespaces };

	datapath_totals(k->datapath, add_total, &adder);
	datapath_senders(k->datapath, name_sender, a);
	datapath_inbound(k->datapath, add_inbound, ret);
	totals_fill(a->totals, ret);
	ret->inside = a->inside;
	ret->possible = a->possible;
	sum_scopes(a, &k->scopes, ret);
}

bool accounts_leaked(const struct accounts *a)
{
	return totals_leaked(a->totals) || a->inside.packets;
}
