/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts that a loader before us has told the kernel: each interface keeps its slot,
 * by which on-link prefixes and sums are filed, and what is not there any more goes.
 */
#include <errno.h>
#include <string.h>

#include "namespaces_priv.h"

/* A place in the table for each slot up to that one. */
static struct iface *grow_to(struct namespaces *s, uint32_t slot)
{
	struct iface **grown;

	if (!slot || slot >= LA_SLOTS)
		return NULL;
	if (s->n_ifaces < slot) {
		grown = reallocarray(s->ifaces, slot, sizeof(*grown));
		if (!grown)
			return NULL;
		s->ifaces = grown;
	}
	while (s->n_ifaces < slot) {
		struct iface *i = calloc(1, sizeof(*i));

		if (!i)
			return NULL;
		i->slot = (uint16_t)(s->n_ifaces + 1);
		i->gone = namespaces_seconds();
		s->ifaces[s->n_ifaces++] = i;
	}
	return s->ifaces[slot - 1];
}

static void take_role(void *arg, const struct la_role_key *key, const struct la_role *role)
{
	struct iface *i = grow_to(arg, role->slot);

	if (!i) /* shares a slot with others: it is told anew */
		return;
	i->netns = key->netns;
	i->ifindex = key->ifindex;
	i->role = *role;
	i->adopted = true;
}

static void take_onlink(void *arg, uint32_t slot, const struct link_prefix *p)
{
	struct iface *i = grow_to(arg, slot);
	struct link_prefix *grown;

	if (!i)
		return;
	grown = reallocarray(i->onlink, i->n_onlink + 1, sizeof(*grown));
	if (!grown)
		return;
	i->onlink = grown;
	grown[i->n_onlink++] = *p;
}

void namespaces_adopt(struct namespaces *s)
{
	datapath_each_role(s->cfg.datapath, take_role, s);
	datapath_each_onlink(s->cfg.datapath, take_onlink, s);
}

struct iface *namespaces_adopted(struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < s->n_ifaces; i++)
		if (s->ifaces[i]->adopted && s->ifaces[i]->netns == netns &&
		    s->ifaces[i]->ifindex == ifindex)
			return s->ifaces[i];
	return NULL;
}

/* What is not known is exposed: an interface that nobody has met again is closed. */
void namespaces_disown(struct namespaces *s)
{
	struct datapath *k = s->cfg.datapath;
	size_t i, j;

	for (i = 0; i < s->n_ifaces; i++) {
		struct iface *old = s->ifaces[i];

		if (old->alive)
			continue;
		if (old->adopted)
			datapath_del_role(k, old->netns, old->ifindex);
		for (j = 0; j < old->n_onlink; j++)
			datapath_del_onlink(k, old->slot, &old->onlink[j]);
		old->adopted = false;
		old->n_onlink = 0;
		s->stale = true;
	}
}
