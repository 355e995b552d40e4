/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts that prove that a connection can only leak: the families that a namespace's tunnels carry,
 * and its own addresses.
 */
#include <errno.h>
#include <string.h>

#include "namespaces_priv.h"

static bool has_addr(const struct la_addr *v, size_t n, const struct la_addr *a)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (addr_equal(&v[i], a))
			return true;
	return false;
}

/* Returns all addresses of the namespace. NULL: out of memory. */
static struct la_addr *collect_addrs(const struct netns_state *sp, size_t *n)
{
	const struct link *link;
	struct la_addr *v;
	size_t max = 1, i;

	for (link = links_next(sp->links, NULL); link; link = links_next(sp->links, link))
		max += link->n_addrs;
	v = calloc(max, sizeof(*v));
	*n = 0;
	for (link = v ? links_next(sp->links, NULL) : NULL; link;
	     link = links_next(sp->links, link))
		for (i = 0; i < link->n_addrs; i++)
			v[(*n)++] = link->addrs[i].addr;
	return v;
}

static void replace_locals(struct netns_state *sp, struct la_addr *v, size_t n)
{
	struct datapath *k = sp->all->cfg.datapath;
	struct refusal_facts *w = &sp->refusal;
	size_t i;

	for (i = 0; i < n; i++)
		if (!has_addr(w->locals, w->n_locals, &v[i]))
			datapath_add_local(k, sp->ns->cookie, &v[i]);
	for (i = 0; i < w->n_locals; i++)
		if (!has_addr(v, n, &w->locals[i]))
			datapath_del_local(k, sp->ns->cookie, &w->locals[i]);
	free(w->locals);
	w->locals = v;
	w->n_locals = n;
}

/*
 * A tunnel without an address may carry any family with another interface's address. One with a
 * link-local address may have an IPv6 route.
 */
static uint8_t families_of(const struct link *link)
{
	uint8_t families = link->n_addrs ? 0 : LINK_FAMILY_4 | LINK_FAMILY_6;
	size_t i;

	for (i = 0; i < link->n_addrs; i++)
		families |= link->addrs[i].family == 4 ? LINK_FAMILY_4 : LINK_FAMILY_6;
	return families;
}

static uint8_t tunnel_families(const struct netns_state *sp)
{
	const struct link *link;
	uint8_t families = 0;

	for (link = links_next(sp->links, NULL); link; link = links_next(sp->links, link))
		if (link->role == LA_ROLE_TUNNEL && link->up)
			families |= families_of(link);
	return families;
}

/* If the facts cannot be passed, no connection is refused; its packets are dropped all the same. */
void netns_state_push_families(struct netns_state *sp)
{
	uint64_t generation = links_generation(sp->links);
	struct la_addr *v;
	size_t n;

	if (!sp->all->cfg.policy->drop || sp->refusal.generation == generation)
		return;
	v = collect_addrs(sp, &n);
	if (!v)
		return;
	sp->refusal.generation = generation;
	replace_locals(sp, v, n);
	datapath_set_tunnel_families(sp->all->cfg.datapath, sp->ns->cookie, tunnel_families(sp));
}

void netns_state_drop_families(struct netns_state *sp)
{
	replace_locals(sp, NULL, 0);
	datapath_del_tunnel_families(sp->all->cfg.datapath, sp->ns->cookie);
}
