/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What root has put, of the machine or of a namespace, where it may send packets on that our hooks
 * do not see as the scope's: programs and filters before ours or where none of ours is, and rules
 * that copy packets.
 */
#include "datapath/tc_others.h"
#include "namespaces_priv.h"

static void tell(struct namespaces *s, const char *where, const char *what, const char *name)
{
	completeness_warn(s->cfg.completeness, "%s %s: %s", where, what, name);
}

/* What a filter takes from the loopback device of another namespace is judged. */
static bool may_be_evaded_by(const struct netns_state *sp, const struct link *link)
{
	return link->role != LA_ROLE_LOOPBACK || sp->home;
}

/* Packets that go out by an ifb come back to where they were. */
static bool comes_back(const struct netns_state *sp, const struct tc_others *others)
{
	const struct link *to = others->to ? links_find(sp->links, others->to) : NULL;

	return to && !strcmp(to->kind, "ifb");
}

/* What is sent on from an exposed interface was judged there. link: NULL where it is gone. */
static void check_senders(struct netns_state *sp, const struct link *link,
			  const struct tc_others *others)
{
	const char *where = link ? link->name : "an interface that is gone";
	bool judged = link && link->role == LA_ROLE_EXPOSED;

	if (others->copies[0])
		tell(sp->all, where, "may send copies of packets, which have no owner",
		     others->copies);
	if (others->sends_on[0] && !judged && !comes_back(sp, others))
		tell(sp->all, where, "may send packets on, past what judges them",
		     others->sends_on);
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
	struct tc_others others;
	char name[64];

	if (i->tc && tc_hook_is_preceded(i->tc, look, name, sizeof(name)))
		tell(s, link->name, "may have sent what its TC hook has not seen", name);
	if (s->cfg.host)
		return;
	if (link->up && may_be_evaded_by(sp, link)) {
		tc_others_send(look, link->ifindex, link->role == LA_ROLE_LOOPBACK, &others);
		check_senders(sp, link, &others);
	}
	if (i->origin && tc_others_unmark(look, link->ifindex, name, sizeof(name)))
		tell(s, link->name, "may take what comes in for nobody's", name);
}

void netns_detours_hear(struct netns_state *sp, const struct link *link,
			const struct tc_filter *filter)
{
	struct tc_others others;

	if (!sp->all->armed || sp->all->cfg.host || (link && !may_be_evaded_by(sp, link)))
		return;
	tc_others_hear(filter, link && link->role == LA_ROLE_LOOPBACK, &others);
	if (link || !sp->trusted)
		check_senders(sp, link, &others);
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
