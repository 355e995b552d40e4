/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What root has put where it may send packets on that our hooks do not see as the scope's: programs
 * and filters before ours, and rules that copy packets.
 */
#include "datapath/tc_others.h"
#include "namespaces_priv.h"

static void tell(struct namespaces *s, const char *where, const char *what, const char *name)
{
	completeness_warn(s->cfg.completeness, "%s %s: %s", where, what, name);
}

/*
 * Who copies what goes into a tunnel may send it on by another interface, with no owner; and who
 * overwrites the mark of what comes in makes it nobody's. In the scope of the host a copy is the
 * host's.
 */
static void check_one(struct netns_state *sp, struct tc_look *look, const struct link *link)
{
	const struct iface *i = link->user;
	struct namespaces *s = sp->all;
	char name[64];

	if (i->tc && tc_hook_is_preceded(i->tc, look, name, sizeof(name)))
		tell(s, link->name, "may have sent what its TC hook has not seen", name);
	if (s->cfg.host)
		return;
	if (link->up && link->role != LA_ROLE_LOOPBACK &&
	    tc_others_copy(look, link->ifindex, name, sizeof(name)))
		tell(s, link->name, "may send copies of packets, which have no owner", name);
	if (i->origin && tc_others_unmark(look, link->ifindex, name, sizeof(name)))
		tell(s, link->name, "may take what comes in for nobody's", name);
}

static struct link *next_unseen(const struct netns_state *sp, struct link *link)
{
	const struct iface *i;

	while ((link = links_next(sp->links, link))) {
		i = link->user;
		if (i && !i->tc_seen)
			return link;
	}
	return NULL;
}

static void check_interfaces(struct netns_state *sp)
{
	struct link *link = next_unseen(sp, NULL);
	struct tc_look look;
	struct iface *i;

	if (!link)
		return;
	tc_look_begin(&look, sp->ns);
	for (; link; link = next_unseen(sp, link)) {
		i = link->user;
		i->tc_seen = true;
		check_one(sp, &look, link);
	}
	tc_look_end(&look);
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
	check_interfaces(sp);
	check_copies(sp);
}
