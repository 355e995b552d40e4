/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resolvers at home that are asked from other network namespaces, by an address of an interface. */
#include "base/addr_special.h"
#include "datapath/resolver_hooks.h"
#include "resolvers_priv.h"

#define ADDRS_MAX 64

/* The addresses by which others reach home. */
static size_t home_addrs(const struct resolvers *r, struct la_addr *v)
{
	const struct namespaces *n = r->cfg.namespaces;
	size_t i, kept = 0, all = namespaces_addrs(n, namespaces_home(n)->cookie, v, ADDRS_MAX);

	for (i = 0; i < all; i++)
		if (!addr_special(&v[i], ADDR_NOBODYS))
			v[kept++] = v[i];
	return kept;
}

struct la_resolver_place resolvers_away_place(const struct resolvers *r,
					      const struct la_resolver_place *at)
{
	const uint64_t home = namespaces_home(r->cfg.namespaces)->cookie;
	struct la_resolver_place there = *at;
	struct la_addr v[ADDRS_MAX];
	size_t i, n = at->netns == home ? 0 : home_addrs(r, v);

	there.netns = home;
	for (i = 0; i < n; i++)
		if (addr_equal(&v[i], &at->addr))
			return there;
	there.addr = (struct la_addr){ 0 };
	return there;
}

typedef int tell_fn(struct datapath *k, const struct la_resolver_place *at, uint32_t pid);

/* A place at home, as it is seen from another namespace. */
static void tell(const struct resolvers *r, const struct resolver *who,
		 const struct la_resolver_place *at, uint64_t netns, tell_fn *fn)
{
	struct la_resolver_place from = *at;
	struct la_addr v[ADDRS_MAX];
	size_t i, n = home_addrs(r, v);

	from.netns = netns;
	for (i = 0; i < n; i++) {
		if (!addr_is_any(&at->addr) && !addr_equal(&at->addr, &v[i]))
			continue;
		from.addr = v[i];
		fn(r->cfg.datapath, &from, who->owner.tgid);
	}
}

void resolvers_tell_tls_away(const struct resolvers *r, const struct resolver *who,
			     const struct la_resolver_place *at)
{
	const uint64_t home = namespaces_home(r->cfg.namespaces)->cookie;
	const struct netns *ns;
	size_t i;

	for (i = 0; at->netns == home && (ns = namespaces_each(r->cfg.namespaces, i)); i++)
		if (ns->cookie != home)
			tell(r, who, at, ns->cookie, datapath_add_resolver_tls);
}

void resolvers_look_away(const struct resolvers *r)
{
	const uint64_t home = namespaces_home(r->cfg.namespaces)->cookie;
	const struct netns *ns;
	size_t i, k, p;

	for (i = 0; (ns = namespaces_each(r->cfg.namespaces, i)); i++)
		for (k = 0; k < r->n && ns->cookie != home; k++)
			for (p = 0; p < r->v[k]->n_places; p++)
				if (r->v[k]->places[p].netns == home)
					tell(r, r->v[k], &r->v[k]->places[p], ns->cookie,
					     datapath_add_resolver_place);
}
