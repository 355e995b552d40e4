/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which interfaces at home packets come in that it forwards for a container or a VM, and who is
 * there: the host's end of a veth pair, and a tap.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "host/proc.h"
#include "namespaces_priv.h"
#include "transport.h"

/* In the scope of a cgroup only its own namespaces matter. */
static bool is_entrance(struct netns_state *sp, const struct link *link)
{
	if (!sp->home || !sp->all->armed)
		return false;
	if (!sp->all->cfg.host)
		return netns_hops_is_end(sp->all, link);
	return link->peer_elsewhere || transport_is_tap(link);
}

void netns_origins_place(struct netns_state *sp, const struct link *link, struct iface *i)
{
	const struct namespaces_config *cfg = &sp->all->cfg;
	int r;

	if (!i->alive || !is_entrance(sp, link)) {
		origin_detach(take_ptr(i->origin));
		return;
	}
	if (i->origin || i->no_origin)
		return;
	r = origin_attach(cfg->datapath, sp->ns, i->ifindex, cfg->tc, &i->origin);
	if (r && r != -ENODEV) { /* only names are missing then */
		i->no_origin = true;
		log_warn_r(r, "cannot see who sends what comes in by %s", link->name);
	}
}

struct tap_search {
	uint32_t ifindex;
	struct transport_holder holder;
	size_t n;
};

static int take_holder(void *arg, const struct link *link, const struct transport_holder *h)
{
	struct tap_search *s = arg;

	if (link->ifindex != s->ifindex)
		return 0;
	s->holder = *h;
	s->n++;
	return 0;
}

int namespaces_tap_holder(const struct namespaces *s, uint32_t ifindex, uint32_t *tgid,
			  uint64_t *start_ticks)
{
	struct tap_search t = { .ifindex = ifindex };
	const struct links *home = s->v[0]->links;
	const struct link *link = links_find(home, ifindex);
	int r;

	if (!link || !transport_is_tap(link))
		return -ENODEV;
	r = transport_tap_holders(home, take_holder, &t);
	if (r < 0)
		return r;
	if (t.n != 1 || !t.holder.same_pidns)
		return -ESRCH;
	*tgid = t.holder.tgid;
	*start_ticks = t.holder.start_ticks;
	return 0;
}
