/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which interfaces packets come in that a namespace forwards for a container or a VM, and who is
 * there: an end of a veth pair, a tap, a tun that carries no tunnel.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "host/proc.h"
#include "namespaces_priv.h"
#include "facts/transport.h"

/*
 * In the host's scope all that is forwarded counts, and only its sender is wanted. In a cgroup's
 * the hook tells what counts, wherever the scope has a namespace. Of a veth pair whose ends are
 * both here the one may go to a container at any time, which is told late at the other end.
 */
static bool is_entrance(const struct netns_state *sp, const struct link *link)
{
	if (!sp->all->armed)
		return false;
	if (sp->all->cfg.host)
		return sp->home && (link->peer_elsewhere || transport_is_tap(link));
	return link->peer_elsewhere || !strcmp(link->kind, "veth") ||
	       (link->tun != LINK_TUN_NONE && !netns_transport_carries(sp, link));
}

void netns_origins_place(struct netns_state *sp, const struct link *link, struct iface *i)
{
	const struct namespaces_config *cfg = &sp->all->cfg;
	int r;

	if (!i->alive || !is_entrance(sp, link)) {
		if (sp->home)
			tc_detach(take_ptr(i->origin));
		else
			namespaces_detach_hook(sp->all, take_ptr(i->origin));
		return;
	}
	if (i->origin || i->no_origin || netns_state_waits(sp, i))
		return;
	r = tc_attach(cfg->datapath,
		      &(struct tc_wish){ .ns = sp->ns,
					 .ifindex = i->ifindex,
					 .task = TC_NOTES,
					 .mode = netns_tc_mode(sp, link),
					 .beside = i->tc },
		      &i->origin);
	if (!r || r == -ENODEV)
		return;
	i->no_origin = true;
	if (cfg->host) /* only names are missing then */
		log_warn_r(r, "cannot see who sends what comes in by %s", link->name);
	else
		completeness_warn(sp->all->cfg.completeness,
				  "cannot see who sends what comes in by %s: %s", link->name,
				  strerror(-r));
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
