/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "upstreams.h"

#include <errno.h>
#include <string.h>

#define UPSTREAMS_MAX 512

/* A resolver's socket is used for one question, or in bursts. */
#define QUIET (2 * NSEC_PER_SEC)

struct upstreams {
	struct upstream v[UPSTREAMS_MAX];
	size_t n_used;
};

int upstreams_open(struct upstreams **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void upstreams_free(struct upstreams *u)
{
	free(u);
}

static bool is_certain(const struct upstream *up)
{
	return up->matched.match != ASKS_POSSIBLE;
}

/* The latest of them. What waits for its first question is of any scope. */
static struct upstream *find(struct upstreams *u, const struct la_flow_key *k,
			     struct upstream_for what)
{
	struct upstream *found = NULL, *up;
	size_t i;

	for (i = 0; i < UPSTREAMS_MAX; i++) {
		up = &u->v[i];
		if (!up->used || is_certain(up) != what.certain ||
		    memcmp(&up->flow.key, k, sizeof(*k)) != 0)
			continue;
		if (!what.any && up->told && up->flow.scope != what.scope)
			continue;
		if (!found || up->last > found->last)
			found = up;
	}
	return found;
}

static void end(struct upstreams *u, struct upstream *up, upstream_fn *over, void *arg)
{
	over(arg, up);
	*up = (struct upstream){ 0 };
	u->n_used--;
}

static struct upstream *free_one(struct upstreams *u, upstream_fn *over, void *arg)
{
	struct upstream *oldest = &u->v[0];
	size_t i;

	for (i = 0; i < UPSTREAMS_MAX; i++) {
		if (!u->v[i].used)
			return &u->v[i];
		if (u->v[i].last < oldest->last)
			oldest = &u->v[i];
	}
	end(u, oldest, over, arg);
	return oldest;
}

struct upstream *upstreams_of(struct upstreams *u, const struct la_event_flow *e,
			      struct upstream_for what, upstream_fn *over, void *arg)
{
	struct upstream *up = find(u, &e->flow.key, what);

	if (up) {
		if (!up->told)
			up->flow.scope = what.scope;
		return up;
	}
	up = free_one(u, over, arg);
	up->used = true;
	u->n_used++;
	up->flow = e->flow;
	up->flow.packets = up->flow.bytes = 0;
	up->flow.scope = what.scope;
	up->matched.match = what.certain ? ASKS_NONE : ASKS_POSSIBLE;
	up->last = e->hdr.ktime;
	return up;
}

static void add(struct la_flow *f, uint64_t packets, uint64_t bytes)
{
	f->packets += packets;
	f->bytes += bytes;
	f->left_packets += packets;
	f->left_bytes += bytes;
}

void upstream_count(struct upstream *up, const struct la_event_flow *e)
{
	add(&up->flow, e->flow.packets, e->flow.bytes);
	add(&up->flow, up->early.packets, up->early.bytes);
	up->early = (struct la_sum){ 0 };
	up->last = e->hdr.ktime;
	if (up->flow.cls < LA_CLASS_DNS && e->flow.cls >= LA_CLASS_DNS) {
		up->flow.cls = e->flow.cls;
		up->flow.detail = e->flow.detail;
	}
}

void upstreams_expire(struct upstreams *u, uint64_t now, upstream_fn *over, void *arg)
{
	size_t i;

	for (i = 0; i < UPSTREAMS_MAX && u->n_used; i++)
		if (u->v[i].used && (now == UINT64_MAX || now > u->v[i].last + QUIET))
			end(u, &u->v[i], over, arg);
}
