/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resolvers that ask another one on this machine: what that one sends is for whoever asked the
 * first. */
#include "base/addr_special.h"
#include "datapath/resolver_hooks.h"
#include "resolvers_priv.h"

#define LINKS_MAX 64

struct chained {
	uint32_t by; /* pid */
	struct la_resolver_place at;
};

struct chain {
	const struct resolvers *all;
	const struct resolver *by;
	struct chained v[LINKS_MAX];
	size_t n;
};

static bool is_here(const struct resolvers *r, uint64_t netns, const struct la_addr *addr)
{
	struct la_addr v[LINKS_MAX];
	size_t i, n;

	if (addr_special(addr, ADDR_NOBODYS))
		return true;
	n = namespaces_addrs(r->cfg.namespaces, netns, v, ARRAY_SIZE(v));
	for (i = 0; i < n; i++)
		if (addr_equal(&v[i], addr))
			return true;
	return false;
}

/* datapath_server_fn */
static void take_server(void *arg, const struct la_endpoint *at)
{
	struct chain *l = arg;

	if (l->n == LINKS_MAX || !is_here(l->all, l->by->netns, &at->addr))
		return;
	l->v[l->n++] = (struct chained){ .by = l->by->owner.tgid,
					 .at = { .netns = l->by->netns,
						 .addr = at->addr,
						 .port = at->port,
						 .proto = at->proto } };
}

static bool is_place(const struct la_resolver_place *p, const struct la_endpoint *at)
{
	return p->port == at->port && p->proto == at->proto &&
	       (addr_equal(&p->addr, &at->addr) || addr_is_any(&p->addr));
}

/* Whether what the one sends there comes to the other. */
static bool is_reached(const struct resolvers *r, const struct resolver *by,
		       const struct resolver *who, const struct la_endpoint *at)
{
	return who != by && (who->netns == by->netns || resolvers_is_boxed_at(r, who, &at->addr));
}

const struct resolver *resolvers_next_at(const struct resolvers *r, const struct resolver *by,
					 const struct la_endpoint *at)
{
	const struct resolver *who;
	size_t i, p;

	for (i = 0; (who = resolvers_next(r, i)); i++)
		for (p = 0; p < who->n_places; p++)
			if (is_place(&who->places[p], at) && is_reached(r, by, who, at))
				return who;
	return NULL;
}

void resolvers_note_asked(struct resolvers *r, const struct resolver *who, uint32_t by)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->v[i] == who)
			r->v[i]->asked_by = by;
}

static bool follow(struct resolvers *r, const struct chained *link)
{
	const struct resolver *who;
	size_t before = r->n;
	bool hidden;

	who = resolvers_at(r, &link->at, &hidden);
	if (who && who->owner.tgid != link->by)
		resolvers_note_asked(r, who, link->by);
	return r->n > before;
}

bool resolvers_follow(struct resolvers *r)
{
	const uint32_t chained = datapath_chained(r->cfg.datapath);
	struct chain l = { .all = r };
	bool found = false;
	size_t i;

	if (chained == r->chained)
		return false;
	r->chained = chained;
	for (i = 0; (l.by = resolvers_next(r, i)); i++)
		datapath_each_server(r->cfg.datapath, l.by->owner.tgid, take_server, &l);
	for (i = 0; i < l.n; i++)
		found |= follow(r, &l.v[i]);
	if (found)
		resolvers_find_ways(r);
	return found;
}
