/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces that went into a namespace that is not known. Nothing tells when a process sends
 * frames there, so what they send is judged by the hook that they had, which goes with them.
 */
#include <errno.h>
#include <stdlib.h>

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
	struct tc_hook **grown;
	int r = 0;

	if (s->cfg.host || !i->tc)
		return;
	if (!tc_hook_is_anywhere(i->tc)) { /* a clsact's filter is gone */
		if (other_end_is_here(sp, link))
			return;
		r = -ENOENT;
	}
	grown = r ? NULL : reallocarray(s->strays, s->n_strays + 1, sizeof(*grown));
	if (!r && !grown)
		r = -ENOMEM;
	if (r) {
		namespaces_incomplete_because(
			s, "not seen after it went into another namespace:", link->name, r);
		return;
	}
	s->strays = grown;
	grown[s->n_strays++] = take_ptr(i->tc);
	end_known(s);
}

struct tc_hook *netns_strays_take(struct netns_state *sp, uint32_t ifindex)
{
	struct namespaces *s = sp->all;
	struct tc_hook *h;
	size_t i;

	for (i = 0; i < s->n_strays; i++) {
		h = s->strays[i];
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
		if (!tc_hook_is_anywhere(s->strays[i])) {
			tc_detach(s->strays[i]);
			s->strays[i] = s->strays[--s->n_strays];
		}
}

void netns_strays_free(struct namespaces *s)
{
	while (s->n_strays)
		tc_detach(s->strays[--s->n_strays]);
	free(s->strays);
}
