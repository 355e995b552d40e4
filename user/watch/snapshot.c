/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "priv.h"
#include "snapshot_put.h"

/* Several pages that are open cost no more than one. */
#define FRESH_FOR (NSEC_PER_SEC / 2)

int snapshot_open(struct watch *w)
{
	struct snapshot *s = &w->snapshot;

	s->done = calloc(1, sizeof(*s->done));
	s->now = calloc(1, sizeof(*s->now));
	if (!s->done || !s->now)
		return -ENOMEM;
	clock_gettime(CLOCK_REALTIME, &s->started);
	s->moment = accounts_moment(&w->accounts, &w->kernel);
	timeline_begin(&s->timeline, boottime_now(), &s->moment.left, &s->moment.dropped);
	return 0;
}

void snapshot_close(struct snapshot *s)
{
	free(s->done);
	free(s->now);
	json_free(&s->json);
}

/* --- what happens --- */

static void on_retained(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	leakers_add_cell(arg, key->cell, sum);
}

void snapshot_retained(struct watch *w)
{
	struct snapshot *s = &w->snapshot;

	datapath_retained_totals(w->kernel.datapath, on_retained, s->done);
	s->moment = accounts_moment(&w->accounts, &w->kernel);
	timeline_begin(&s->timeline, boottime_now(), &s->moment.left, &s->moment.dropped);
}

void snapshot_tick(struct watch *w, const struct dropout_moment *now)
{
	struct snapshot *s = &w->snapshot;

	if (now->left.packets > s->moment.left.packets)
		s->leaked_at = now->ns;
	s->moment = *now;
	timeline_add(&s->timeline, now->ns, &now->left, &now->dropped, w->accounts.dropouts.n);
}

void snapshot_leak(struct watch *w, const struct record *r)
{
	if (r->action == RECORD_LEAK)
		largest_note(&w->snapshot.largest, &r->leak, r->time);
}

void snapshot_flow(struct watch *w, const struct la_flow *flow, const struct la_owner *owner)
{
	leakers_add(w->snapshot.done, flow, owner);
}

/* The one that has not changed for longest is given up for another. */
static struct snapshot_tunnel *tunnel_of(struct snapshot *s, uint64_t netns, const char *name)
{
	struct snapshot_tunnel *oldest = s->tunnels;
	size_t i;

	for (i = 0; i < s->n_tunnels; i++) {
		struct snapshot_tunnel *t = &s->tunnels[i];

		if (t->netns == netns && !strcmp(t->name, name))
			return t;
		if (t->since_ns < oldest->since_ns)
			oldest = t;
	}
	if (s->n_tunnels < SNAPSHOT_TUNNELS)
		oldest = &s->tunnels[s->n_tunnels++];
	*oldest = (struct snapshot_tunnel){ .netns = netns };
	snprintf(oldest->name, sizeof(oldest->name), "%s", name);
	return oldest;
}

static void note_dropout(struct snapshot *s, const char *name, const struct record_dropout *d)
{
	struct snapshot_dropout *to = &s->dropouts[s->n_dropouts++ % SNAPSHOT_DROPOUTS];

	*to = (struct snapshot_dropout){ .record = *d };
	to->record.name = NULL;
	snprintf(to->name, sizeof(to->name), "%s", d->name ?: name);
}

void snapshot_tunnel(struct watch *w, const struct record *r)
{
	const struct record_interface *i = &r->interface;
	struct snapshot *s = &w->snapshot;
	struct snapshot_tunnel *t = tunnel_of(s, i->netns, i->name);

	t->up = r->action == RECORD_TUNNEL_UP;
	t->since = r->time;
	if (!t->since.tv_sec)
		clock_gettime(CLOCK_REALTIME, &t->since);
	t->since_ns = boottime_now();
	if (!i->dropout)
		return;
	if (!i->dropout->name) { /* its own */
		t->dropouts++;
		t->down_ns += i->dropout->ns;
	}
	note_dropout(s, i->name, i->dropout);
}

/* --- what is shown --- */

static void on_flow(void *arg, uint32_t id, const struct la_flow *flow)
{
	struct watch *w = arg;
	const struct flow_note *note = flows_note(w->accounts.flows, id, flow->opened);

	leakers_add(w->snapshot.now, flow, note ? origin_owner(&note->origin, flow) : &flow->owner);
}

/* A datapath_total_fn. */
static void on_cell(void *arg, const struct la_sum_key *key, const struct la_sum *sum)
{
	leakers_add_cell(arg, key->cell, sum);
}

static void sum_up(struct watch *w)
{
	struct snapshot *s = &w->snapshot;

	*s->now = *s->done;
	flows_each(w->accounts.flows, on_flow, w);
	datapath_totals(w->kernel.datapath, on_cell, s->now);
	leakers_sort(s->now);
}

int snapshot_text(struct watch *w, const char **text, size_t *len)
{
	struct snapshot *s = &w->snapshot;
	struct dropout_moment moment;
	uint64_t now = ktime_now();
	int r = 0;

	if (s->over)
		return -ESHUTDOWN;
	if (!s->text || now - s->made >= FRESH_FOR) {
		moment = accounts_moment(&w->accounts, &w->kernel);
		snapshot_tick(w, &moment);
		sum_up(w);
		json_reset(&s->json);
		snapshot_put(w, &s->json);
		r = json_line(&s->json, &s->text, &s->len);
		s->made = now;
	}
	if (r)
		s->text = NULL;
	*text = s->text;
	*len = s->len;
	return r;
}
