/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What root has put where it may send packets on that our hooks do not see as the scope's: programs
 * and filters before ours, and rules that copy packets.
 */
#include "base/log.h"
#include "datapath/tc_others.h"
#include "namespaces_priv.h"

static void tell(struct namespaces *s, const char *where, const char *what, const char *name)
{
	if (completeness_lost(s->cfg.completeness, "%s %s: %s", where, what, name))
		log_warn("%s", completeness_why(s->cfg.completeness));
}

static void check_hooks(struct netns_state *sp)
{
	struct link *link;
	struct iface *i;
	char name[64];

	for (link = links_next(sp->links, NULL); link; link = links_next(sp->links, link)) {
		i = link->user;
		if (i && i->tc && tc_hook_is_preceded(i->tc, name, sizeof(name)))
			tell(sp->all, link->name, "may have sent what its TC hook has not seen",
			     name);
	}
}

/* It takes some 0.1 ms for each interface. */
#define OTHERS_PAUSE (5 * NSEC_PER_SEC)

/*
 * Who copies what goes into a tunnel may send it on by another interface, with no owner; and who
 * overwrites the mark of what comes in makes it nobody's.
 */
static void check_others(struct netns_state *sp)
{
	const struct link *link;
	const struct iface *i;
	char name[64];

	if (ktime_now() < sp->others_due)
		return;
	sp->others_due = ktime_now() + OTHERS_PAUSE;
	for (link = links_next(sp->links, NULL); link; link = links_next(sp->links, link)) {
		i = link->user;
		if (link->up && link->role != LA_ROLE_LOOPBACK &&
		    tc_others_copy(sp->ns, link->ifindex, name, sizeof(name)))
			tell(sp->all, link->name, "may send copies of packets, which have no owner",
			     name);
		if (i && i->origin && tc_others_unmark(sp->ns, link->ifindex, name, sizeof(name)))
			tell(sp->all, link->name, "may take what comes in for nobody's", name);
	}
}

/* In the scope of the host a copy is the host's. */
static void check_copies(struct netns_state *sp)
{
	char name[192];

	if (sp->all->cfg.host || (!sp->copies && copies_open(&sp->copies, sp->ns)))
		return;
	if (copies_find_legacy(sp->copies))
		tell(sp->all, "iptables-legacy", "may send copies of packets, which have no owner",
		     "'TEE' is there, and table 'mangle'");
	if (copies_find(sp->copies, name, sizeof(name)))
		tell(sp->all, "nftables", "sends copies of packets, which have no owner", name);
}

void netns_detours_check(struct netns_state *sp)
{
	if (!sp->all->armed || completeness_why(sp->all->cfg.completeness))
		return;
	check_hooks(sp);
	check_copies(sp);
	if (!sp->all->cfg.host)
		check_others(sp);
}
