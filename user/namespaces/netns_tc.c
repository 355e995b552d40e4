/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks at TC: by which way they are attached, and which of them are to be looked at again. That is
 * asked of none where nothing has changed, since there may be thousands.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "datapath/tc_news.h"
#include "namespaces_priv.h"

/*
 * Attaching by tcx waits for RCU, some 10 ms, with the lock of all interfaces held, and detaching
 * as well; clsact does not. It empties the queue of a device, though, and takes the place of the
 * discipline "ingress". So it is for those that have no queue, where very many are to be attached
 * at once, and not for those that somebody else is just setting up.
 */
enum tc_mode netns_tc_mode(const struct netns_state *sp, const struct link *link)
{
	const struct namespaces *s = sp->all;

	if (s->cfg.tc != TC_AUTO || s->cfg.drop_late || !s->many || link->queued ||
	    (sp->home && !s->arming))
		return s->cfg.tc;
	return TC_MANY;
}

void netns_tc_failed(struct namespaces *s, const struct link *link, int r)
{
	if (r != -EBUSY) {
		completeness_warn(s->cfg.completeness, "cannot attach to TC egress of %s: %s",
				  link->name, strerror(-r));
	} else if (completeness_warn(s->cfg.completeness,
				     "cannot see what leaves by %s: its qdisc ingress has the "
				     "place that clsact needs",
				     link->name)) {
		log_hint("clsact takes the same filters: tc qdisc del dev %s ingress, then tc "
			 "qdisc add dev %s clsact; Linux 6.6 needs neither (--tc auto)",
			 link->name, link->name);
	}
}

void netns_tc_count(struct namespaces *s)
{
	const struct link *link;
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		for (link = links_next(s->v[i]->links, NULL); link;
		     link = links_next(s->v[i]->links, link))
			n += link->user && link->role == LA_ROLE_EXPOSED;
	s->many = n > TC_MANY_FROM;
}

/* --- what has changed --- */

static void changed(void *arg, uint32_t ifindex, const struct tc_filter *filter)
{
	struct netns_state *sp = arg;
	struct link *link = ifindex ? links_find(sp->links, ifindex) : links_next(sp->links, NULL);
	struct iface *i;

	if (ifindex && filter)
		netns_detours_hear(sp, link, filter);
	for (; link; link = ifindex ? NULL : links_next(sp->links, link)) {
		i = link->user;
		if (i)
			i->tc_seen = false;
	}
}

static void compare_programs(struct netns_state *sp, const struct tc_programs *v, size_t n)
{
	const struct link *link;
	struct iface *i;

	while (n--) {
		link = links_find(sp->links, v[n].ifindex);
		i = link->user;
		i->tc_seen &= i->tc_programs == v[n].sum;
		i->tc_programs = v[n].sum;
	}
}

static int follow_programs(struct netns_state *sp)
{
	_cleanup_(freep) struct tc_programs *v = calloc(links_count(sp->links) + 1, sizeof(*v));
	const struct link *link = NULL;
	size_t n = 0;
	int r;

	if (!v)
		return -ENOMEM;
	while ((link = links_next(sp->links, link)))
		if (link->user)
			v[n++].ifindex = link->ifindex;
	r = tc_programs_read(sp->ns, v, n);
	if (!r)
		compare_programs(sp, v, n);
	return r;
}

void netns_tc_follow(struct netns_state *sp)
{
	if (!sp->tc_news && tc_news_open(&sp->tc_news, sp->ns))
		changed(sp, 0, NULL);
	else
		tc_news_follow(sp->tc_news, changed, sp);
	if (follow_programs(sp))
		changed(sp, 0, NULL);
}

/* Attaches it anew where another process has removed it. */
static void check_hook(struct netns_state *sp, const struct link *link, struct tc_hook **hook)
{
	struct iface *i = link->user;

	if (!*hook || i->tc_seen || tc_hook_alive(*hook))
		return;
	tc_detach(take_ptr(*hook));
	netns_state_place_tc(sp, link, i);
	if (*hook) /* else the interface itself has disappeared */
		completeness_warn(sp->all->cfg.completeness,
				  "another process removed the TC hook of %s: %s", link->name,
				  strerror(ENOENT));
}

void netns_tc_check(struct netns_state *sp, const struct link *link)
{
	struct iface *i = link->user;

	check_hook(sp, link, &i->tc);
	check_hook(sp, link, &i->origin);
}
