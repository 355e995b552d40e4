/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tunnels in the table of links. */
#include "links_table.h"

static void remember(struct links *l, const struct la_addr *a, uint32_t ifindex)
{
	size_t i, n = MIN(l->n_past, LINKS_PAST_ADDRS);

	for (i = 0; i < n && !addr_equal(&l->past[i].addr, a); i++)
		;
	if (i == n)
		i = l->n_past++ % LINKS_PAST_ADDRS;
	l->past[i] = (struct past_addr){ .addr = *a, .ifindex = ifindex };
}

static void note_fall(struct links *l, uint32_t ifindex)
{
	size_t i, n = MIN(l->n_past, LINKS_PAST_ADDRS);

	for (i = 0; i < n; i++)
		l->past[i].fell |= l->past[i].ifindex == ifindex;
}

/* fe80::/10 and 169.254.0.0/16 are on every link, so they do not identify one. */
static bool is_link_local(const struct la_addr *a)
{
	if (addr_family(a) == 4)
		return a->b[12] == 169 && a->b[13] == 254;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

void links_remember_tunnel(struct links *l, struct entry *e)
{
	size_t i;

	if (e->link.role != LA_ROLE_TUNNEL)
		return;
	if (e->gone || !e->link.up) {
		e->tunnel_up = false;
		note_fall(l, e->link.ifindex);
		return;
	}
	if (!e->tunnel_up)
		l->tunnel_came_up = ktime_now();
	e->was_up = e->tunnel_up = true;
	for (i = 0; i < e->link.n_addrs; i++) {
		if (!is_link_local(&e->link.addrs[i].addr))
			remember(l, &e->link.addrs[i].addr, e->link.ifindex);
	}
}

unsigned int links_tunnels_up(const struct links *l)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < l->n; i++)
		n += l->v[i]->link.role == LA_ROLE_TUNNEL && l->v[i]->link.up;
	return n;
}

uint64_t links_tunnel_generation(const struct links *l)
{
	return l->tunnel_generation;
}

uint64_t links_tunnel_came_up(const struct links *l)
{
	return l->tunnel_came_up;
}

unsigned int links_tunnel_families(const struct links *l)
{
	const struct link *link;
	unsigned int families = 0;
	size_t i;

	for (link = links_next(l, NULL); link; link = links_next(l, link)) {
		if (link->role != LA_ROLE_TUNNEL || !link->up)
			continue;
		for (i = 0; i < link->n_addrs; i++) {
			if (!is_link_local(&link->addrs[i].addr))
				families |= link->addrs[i].family == 4 ? LINK_FAMILY_4
								       : LINK_FAMILY_6;
		}
	}
	return families;
}

enum links_owner links_tunnel_address(const struct links *l, const struct la_addr *addr)
{
	size_t i, n = MIN(l->n_past, LINKS_PAST_ADDRS);
	enum links_owner owner = LINKS_NO_TUNNEL;
	const struct link *link;

	for (i = 0; i < n && !owner; i++)
		if (l->past[i].fell && addr_equal(&l->past[i].addr, addr))
			owner = LINKS_TUNNEL_FALLEN;
	for (link = links_next(l, NULL); link; link = links_next(l, link)) {
		for (i = 0; i < link->n_addrs; i++) {
			if (!addr_equal(&link->addrs[i].addr, addr))
				continue;
			/* An address that another interface has now proves nothing. */
			if (link->role != LA_ROLE_TUNNEL)
				return LINKS_NO_TUNNEL;
			if (link->up && !is_link_local(addr))
				owner = LINKS_TUNNEL_UP;
		}
	}
	return owner;
}
