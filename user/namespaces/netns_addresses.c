/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses that a tunnel should hide: those of exposed interfaces. The kernel looks for them
 * in the source of packets into tunnels.
 */
#include <string.h>

#include "namespaces_priv.h"
#include "payload/address_leak.h"

/* The limit of addresses that are looked for in a namespace. */
#define ADDRS_MAX 64

static bool link_has(const struct link *link, const struct la_addr *a)
{
	for (size_t i = 0; i < link->n_addrs; i++)
		if (addr_equal(&link->addrs[i].addr, a))
			return true;
	return false;
}

/* An unnumbered tunnel borrows an address, which its other end then knows anyway. */
static bool tunnel_has(const struct netns_state *sp, const struct la_addr *a)
{
	const struct link *link = NULL;

	while ((link = links_next(sp->links, link)))
		if (link->role == LA_ROLE_TUNNEL && link_has(link, a))
			return true;
	return false;
}

size_t netns_state_exposed_addrs(const struct netns_state *sp, struct la_addr *to, size_t max)
{
	const struct link *link = NULL;
	size_t n = 0;

	while ((link = links_next(sp->links, link)))
		for (size_t i = 0; link->role == LA_ROLE_EXPOSED && i < link->n_addrs; i++) {
			const struct la_addr *a = &link->addrs[i].addr;

			if (n < max && address_leak_counts(a) && !tunnel_has(sp, a))
				to[n++] = *a;
		}
	return n;
}

static bool has_addr(const struct la_addr *v, size_t n, const struct la_addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (addr_equal(&v[i], a))
			return true;
	return false;
}

static void replace(struct netns_state *sp, const struct la_addr *v, size_t n)
{
	struct datapath *k = sp->all->cfg.datapath;
	struct exposed_addrs *had = &sp->exposed;
	struct la_addr *copy = reallocarray(NULL, n + 1, sizeof(*copy));
	size_t i;
	int r = 0;

	if (!copy)
		return;
	for (i = 0; i < n; i++)
		if (!has_addr(had->v, had->n, &v[i]))
			r = datapath_add_addr(k, DATAPATH_EXPOSED, sp->ns->cookie, &v[i]) ?: r;
	if (r) /* a packet with such a source would go into the tunnel untold */
		completeness_warn(sp->all->cfg.completeness,
				  "cannot pass to the kernel the addresses of namespace %s: %s",
				  sp->name, strerror(-r));
	for (i = 0; i < had->n; i++)
		if (!has_addr(v, n, &had->v[i]))
			datapath_del_addr(k, DATAPATH_EXPOSED, sp->ns->cookie, &had->v[i]);
	if (n)
		memcpy(copy, v, n * sizeof(*v));
	free(had->v);
	had->v = copy;
	had->n = n;
}

void netns_state_push_addresses(struct netns_state *sp)
{
	struct la_addr v[ADDRS_MAX];

	if (sp->exposed.generation == links_generation(sp->links))
		return;
	sp->exposed.generation = links_generation(sp->links);
	replace(sp, v, netns_state_exposed_addrs(sp, v, ADDRS_MAX));
}

void netns_state_drop_addresses(struct netns_state *sp)
{
	replace(sp, NULL, 0);
}
