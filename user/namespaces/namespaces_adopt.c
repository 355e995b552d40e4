/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes over the facts that an earlier loader passed to the kernel. Each interface keeps its slot,
 * which is the key of on-link prefixes and sums. Interfaces that no longer exist are removed.
 */
#include <errno.h>
#include <string.h>

#include "base/grow.h"
#include "namespaces_priv.h"

/* Grows the table up to the slot. */
static struct iface *grow_to(struct namespaces *s, uint32_t slot)
{
	if (!slot || slot >= LA_SLOTS)
		return NULL;
	while (s->n_ifaces < slot) {
		struct iface *i = GROW(s->ifaces, s->n_ifaces) ? calloc(1, sizeof(*i)) : NULL;

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

	if (!i) /* it shares slot 0 with others: its role is passed again */
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

/* An unknown interface is exposed: so the role of one that was not found again is removed. */
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
