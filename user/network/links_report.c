/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports differences from the state last reported. */
#include <string.h>

#include "links_onlink.h"
#include "links_routes.h"
#include "links_table.h"

const char *link_change_name(enum link_change c)
{
	static const char *const names[] = {
#define X(sym, name) name,
		LINK_CHANGES(X)
#undef X
	};

	return (size_t)c < ARRAY_SIZE(names) ? names[c] : "unknown";
}

static void report(struct links *l, struct entry *e, enum link_change change,
		   const struct link_old *old)
{
	l->fn(l->arg, l, &e->link, change, old);
}

static int refresh_onlink(struct links *l, struct entry *e)
{
	struct link_prefix *v = NULL;
	size_t i, n = 0;
	int r = links_onlink(l, &e->link, &v, &n);

	if (r < 0)
		return r;
	e->onlink_changed |= n != e->link.n_onlink;
	for (i = 0; i < n && !e->onlink_changed; i++)
		e->onlink_changed = v[i].len != e->link.onlink[i].len ||
				    !addr_equal(&v[i].addr, &e->link.onlink[i].addr);
	free(e->link.onlink);
	e->link.onlink = v;
	e->link.n_onlink = n;
	return 0;
}

/* Only when needed: it asks for what each link is on, and below. */
static int refresh_all(struct links *l)
{
	size_t i;
	int r = 0;

	for (i = 0; i < l->n && r == 0; i++) {
		if (!l->moved && !l->v[i]->moved)
			continue;
		r = refresh_onlink(l, l->v[i]);
		l->v[i]->moved = r != 0;
	}
	if (r == 0)
		l->moved = false;
	return r;
}

static void report_new(struct links *l, struct entry *e)
{
	const struct link_old old = { e->link.name, e->link.role };

	report(l, e, LINK_NEW, &old);
	if (e->link.up)
		report(l, e, LINK_UP, &old);
}

static void report_changes(struct links *l, struct entry *e)
{
	const struct link_old old = { e->name, e->role };

	if (strcmp(e->name, e->link.name) != 0)
		report(l, e, LINK_RENAMED, &old);
	if (e->role != e->link.role)
		report(l, e, LINK_ROLE, &old);
	if (e->wants_tc != link_wants_tc(&e->link) || e->l2_len != e->link.l2_len)
		report(l, e, LINK_PLACE, &old);
	if (e->onlink_changed)
		report(l, e, LINK_ONLINK, &old);
	if (e->up != e->link.up)
		report(l, e, e->link.up ? LINK_UP : LINK_DOWN, &old);
}

static void report_gone(struct links *l, struct entry *e)
{
	const struct link_old old = { e->link.name, e->link.role };

	e->link.up = false;
	if (!e->announced)
		return;
	if (e->up)
		report(l, e, LINK_DOWN, &old);
	report(l, e, LINK_GONE, &old);
}

static void erase(struct links *l, size_t i)
{
	struct entry *e = l->v[i];

	l->n--;
	memmove(&l->v[i], &l->v[i + 1], (l->n - i) * sizeof(struct entry *));
	l->moved = l->moved || !links_stands_alone(l, &e->link);
	l->stacked_anew = true;
	links_entry_free(e);
}

static void report_entry(struct links *l, struct entry *e)
{
	if (e->announced && !e->touched && !e->onlink_changed)
		return;
	if (e->announced)
		report_changes(l, e);
	else
		report_new(l, e);
	e->announced = true;
	e->onlink_changed = e->touched = false;
	memcpy(e->name, e->link.name, sizeof(e->name));
	e->role = e->link.role;
	e->up = e->link.up;
	e->wants_tc = link_wants_tc(&e->link);
	e->l2_len = e->link.l2_len;
}

/* Compares the table with what was last reported. */
int links_report_changes(struct links *l)
{
	size_t i;
	int r = l->stacked_anew ? links_index(l) : 0;

	if (!l->changed || !l->fn || r)
		return r;
	l->changed = false;
	l->generation++;
	l->tunnel_generation += l->tunnels_moved;
	l->tunnels_moved = false;
	for (i = 0; i < l->n; i++)
		links_remember_tunnel(l, l->v[i]);
	/* First, so that nothing is derived from them. */
	for (i = 0; i < l->n;) {
		if (!l->v[i]->gone) {
			i++;
			continue;
		}
		report_gone(l, l->v[i]);
		links_routes_gone(l, l->v[i]);
		erase(l, i);
	}
	r = refresh_all(l);
	for (i = 0; i < l->n && r == 0; i++)
		report_entry(l, l->v[i]);
	return r;
}

uint64_t links_generation(const struct links *l)
{
	return l->generation;
}

uint64_t links_resyncs(const struct links *l)
{
	return l->resyncs;
}
