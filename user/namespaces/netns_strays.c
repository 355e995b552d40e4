/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces that went into a namespace that is not known. Nothing tells when a process sends
 * frames there, so what they send is judged by the hook that they had, which goes with them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "namespaces_priv.h"

/*
 * The new namespace may have been read before the news that an interface has left the old one. One
 * that still waits for a hook there will take this one.
 */
static void end_known(struct namespaces *s)
{
	const struct link *link;
	const struct iface *i;
	size_t k;

	for (k = 1; k < s->n; k++) {
		link = NULL;
		while ((link = links_next(s->v[k]->links, link))) {
			i = link->user;
			if (i && !i->tc_due)
				tc_detach(netns_strays_take(s->v[k], link->ifindex));
		}
	}
}

int netns_strays_add(struct namespaces *s, struct tc_hook *h, uint64_t netns,
		     const struct link *link)
{
	struct stray *stray;

	if (!GROW(s->strays, s->n_strays)) {
		tc_detach(h);
		return -ENOMEM;
	}
	stray = &s->strays[s->n_strays++];
	*stray = (struct stray){ .hook = h, .netns = netns, .ifindex = link->ifindex };
	snprintf(stray->name, sizeof(stray->name), "%s", link->name);
	return 0;
}

bool netns_strays_has(const struct namespaces *s, const struct netns *ns, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < s->n_strays; i++)
		if (tc_hook_is_at(s->strays[i].hook, ns, ifindex))
			return true;
	return false;
}

/* One that went where nobody knows keeps its index, in most cases. */
const char *netns_strays_name(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	const char *name = NULL;
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < s->n_strays; i++) {
		const struct stray *one = &s->strays[i];

		if (one->ifindex != ifindex || (one->netns && one->netns != netns))
			continue;
		name = one->name;
		if (one->netns)
			return name;
		n++;
	}
	return n == 1 ? name : NULL;
}

/* What comes out at the other end of a pair is seen there: netns_origins.c. */
static bool other_end_is_here(const struct netns_state *sp, const struct link *link)
{
	const struct link *end = link_is_pair(link) && !link->lower_elsewhere
					 ? links_find(sp->links, link->lower)
					 : NULL;

	return end && end->user;
}

/* In the host's scope what another namespace sends is judged where it leaves home. */
void netns_strays_keep(struct netns_state *sp, const struct link *link, struct iface *i)
{
	struct namespaces *s = sp->all;
	int r;

	if (s->cfg.host || !i->tc)
		return;
	if (tc_hook_is_anywhere(i->tc))
		r = netns_strays_add(s, take_ptr(i->tc), 0, link);
	else if (other_end_is_here(sp, link)) /* a clsact's filter is gone */
		return;
	else
		r = -ENOENT;
	if (r)
		completeness_warn(s->cfg.completeness,
				  "not seen after it went into another namespace: %s: %s",
				  link->name, strerror(-r));
	else
		end_known(s);
}

struct tc_hook *netns_strays_take(struct netns_state *sp, uint32_t ifindex)
{
	struct namespaces *s = sp->all;
	struct tc_hook *h;
	size_t i;

	for (i = 0; i < s->n_strays; i++) {
		h = s->strays[i].hook;
		if (!tc_hook_is_at(h, sp->ns, ifindex))
			continue;
		s->strays[i] = s->strays[--s->n_strays];
		if (!tc_settle(h, sp->ns, ifindex))
			return h;
		tc_detach(h);
		return NULL;
	}
	return NULL;
}

void netns_strays_check(struct namespaces *s)
{
	size_t i;

	for (i = s->n_strays; i-- > 0;)
		if (!tc_hook_is_anywhere(s->strays[i].hook)) {
			tc_detach(s->strays[i].hook);
			s->strays[i] = s->strays[--s->n_strays];
		}
}

void netns_strays_free(struct namespaces *s)
{
	while (s->n_strays)
		tc_detach(s->strays[--s->n_strays].hook);
	free(s->strays);
}
