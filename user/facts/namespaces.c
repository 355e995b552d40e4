/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "namespaces_priv.h"

void namespaces_incomplete_because(struct namespaces *s, const char *why, const char *name, int r)
{
	completeness_warn(s->cfg.completeness, "%s %s: %s", why, name, strerror(-r));
}

static void push_facts(struct netns_state *sp)
{
	netns_state_find_holders(sp);
	netns_hops_find(sp);
	netns_state_push_connections(sp);
	netns_state_push_addresses(sp);
}

/* A role decides about TC, and that about who sees what leaves. */
#define ROUNDS_MAX 4

void namespaces_push_changes(struct namespaces *s)
{
	unsigned int round;
	size_t i;

	for (i = 0; i < s->n; i++)
		push_facts(s->v[i]);
	if (!s->stale)
		return;
	s->changes++;
	for (round = 0; s->stale && round < ROUNDS_MAX; round++) {
		s->stale = false;
		for (i = 0; i < s->n; i++)
			netns_state_restack(s->v[i]);
	}
	for (i = 0; i < s->n; i++)
		netns_state_push_connections(s->v[i]);
	netns_hops_forget(s);
	datapath_bump_epoch(s->cfg.datapath);
	s->stale = false;
}

static int add(struct namespaces *s, struct netns *ns, struct links *links, uint64_t scopes)
{
	struct netns_state **grown = reallocarray(s->v, s->n + 1, sizeof(*grown)), *sp;
	int r;

	if (!grown) {
		links_free(links);
		netns_free(ns);
		return -ENOMEM;
	}
	s->v = grown;
	datapath_know_netns(s->cfg.datapath, ns->cookie);
	r = netns_state_open(s, ns, links, scopes, &sp);
	if (r)
		return r;
	s->v[s->n++] = sp;
	netns_state_find_ipsec(sp);
	netns_detours_check(sp);
	if (s->armed)
		namespaces_push_changes(s);
	else /* what depends on the others is passed once, when all are there */
		push_facts(sp);
	return 0;
}

int namespaces_add(struct namespaces *s, struct netns *ns, uint32_t scope)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (netns_equal(s->v[i]->ns, ns)) {
			netns_free(ns);
			netns_state_set_scopes(s->v[i], s->v[i]->scopes | netns_scope_bit(scope));
			if (s->stale)
				namespaces_push_changes(s);
			return 0;
		}
	namespaces_turn_begins(s);
	return add(s, ns, NULL, netns_scope_bit(scope));
}

int namespaces_open(struct namespaces **ret, const struct namespaces_config *cfg,
		    struct netns *home, struct links *links, namespaces_fn *fn, void *arg)
{
	_cleanup_(namespaces_freep) struct namespaces *s = calloc(1, sizeof(*s));
	int r;

	if (!s) {
		links_free(links);
		netns_free(home);
		return -ENOMEM;
	}
	s->cfg = *cfg;
	s->fn = fn;
	s->arg = arg;
	s->tc_mode = "none";
	if (datapath_adopted(cfg->datapath))
		namespaces_adopt(s);
	r = add(s, home, links, 0);
	if (r)
		return r;
	*ret = take_ptr(s);
	return 0;
}

void namespaces_free(struct namespaces *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->n_ifaces; i++) {
		tc_detach(s->ifaces[i]->tc);
		tc_detach(s->ifaces[i]->origin);
		tc_detach(s->ifaces[i]->loop);
		free(s->ifaces[i]->onlink);
		free(s->ifaces[i]->netns_name);
		free(s->ifaces[i]);
	}
	for (i = 0; i < s->n; i++)
		netns_state_free(s->v[i]);
	namespaces_turns_free(s);
	namespaces_walks_free(s);
	netns_strays_free(s);
	free(s->unknown);
	free(s->ifaces);
	free(s->rows);
	free(s->lines);
	free(s->v);
	free(s);
}

const struct netns *namespaces_home(const struct namespaces *s)
{
	return s->v[0]->ns;
}

void namespaces_arm(struct namespaces *s, struct tcx_placeholders *placeholders)
{
	struct link *link;
	size_t i;

	netns_tc_count(s);
	s->armed = s->arming = true;
	s->turn.ends = 0;
	s->placeholders = placeholders;
	for (i = 0; i < s->n; i++)
		for (link = links_next(s->v[i]->links, NULL); link;
		     link = links_next(s->v[i]->links, link))
			if (link->user)
				netns_state_place_tc(s->v[i], link, link->user);
	s->placeholders = NULL;
	lines_begin_all(s);
	if (datapath_adopted(s->cfg.datapath))
		namespaces_disown(s);
	for (i = 0; i < s->n; i++) {
		netns_tc_follow(s->v[i]);
		netns_detours_check(s->v[i]);
	}
	namespaces_push_changes(s);
	s->arming = false;
	if (!s->cfg.host)
		namespaces_look_for_cards(s);
}

int namespaces_dispatch(struct namespaces *s)
{
	struct netns_state *sp;
	int r, worst = 0;
	size_t i;

	namespaces_turn_begins(s);
	for (i = 0; i < s->n; i++) {
		sp = namespaces_in_turn(s, i);
		if (namespaces_turn_is_over(sp)) /* its socket stays readable */
			break;
		r = links_dispatch(sp->links);
		if (r && !worst) {
			worst = r;
			namespaces_incomplete_because(
				s, "cannot follow the interfaces of a namespace,", "netlink", r);
		}
	}
	namespaces_push_changes(s);
	return worst;
}

void namespaces_continue(struct namespaces *s)
{
	if (!s->turn.due)
		return;
	namespaces_turn_begins(s);
	namespaces_take_turns(s);
	namespaces_walk(s);
	namespaces_push_changes(s);
}

uint64_t namespaces_changes(const struct namespaces *s)
{
	return s->changes;
}

void namespaces_check(struct namespaces *s)
{
	struct link *link;
	size_t i;

	namespaces_turn_begins(s);
	netns_tc_count(s);
	for (i = 0; i < s->n; i++) {
		netns_tc_follow(s->v[i]);
		for (link = links_next(s->v[i]->links, NULL); link;
		     link = links_next(s->v[i]->links, link))
			netns_state_check_link(s->v[i], link);
		netns_state_find_ipsec(s->v[i]);
		netns_state_poll_nat(s->v[i]);
		netns_detours_check(s->v[i]);
		namespaces_check_room(s->v[i]);
	}
	netns_strays_check(s);
	namespaces_take_turns(s);
	namespaces_push_changes(s);
}

bool namespaces_covered(const struct namespaces *s, const char **ifname)
{
	const struct link *link;
	size_t i;

	for (i = 0; i < s->n; i++)
		for (link = links_next(s->v[i]->links, NULL); link;
		     link = links_next(s->v[i]->links, link)) {
			const struct iface *iface = link->user;

			*ifname = link->name;
			if (netns_state_wants_tc(s->v[i], link) &&
			    (!iface || !iface->tc || !tc_hook_alive(iface->tc)))
				return false;
		}
	return true;
}

void namespaces_detach(struct namespaces *s)
{
	size_t i;

	for (i = 0; i < s->n_ifaces; i++) {
		if (s->ifaces[i]->users) {
			namespaces_detach_hook(s, take_ptr(s->ifaces[i]->tc));
			namespaces_detach_hook(s, take_ptr(s->ifaces[i]->origin));
		}
		tc_detach(take_ptr(s->ifaces[i]->tc));
		tc_detach(take_ptr(s->ifaces[i]->origin));
		tc_detach(take_ptr(s->ifaces[i]->loop));
	}
}

static struct netns_state *find_netns_state(const struct namespaces *s, uint64_t netns)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i]->ns->cookie == netns)
			return s->v[i];
	return NULL;
}

const struct netns *namespaces_netns(const struct namespaces *s, uint64_t netns)
{
	const struct netns_state *sp = find_netns_state(s, netns);

	return sp ? sp->ns : NULL;
}

const struct netns *namespaces_each(const struct namespaces *s, size_t i)
{
	return i < s->n ? s->v[i]->ns : NULL;
}

static const struct iface *find_iface(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	const struct iface *gone = NULL;
	size_t i;

	for (i = 0; i < s->n_ifaces; i++) { /* an ifindex may be reused */
		const struct iface *one = s->ifaces[i];

		if (one->ifindex != ifindex || one->netns != netns)
			continue;
		if (one->alive)
			return one;
		if (!gone || one->gone >= gone->gone)
			gone = one;
	}
	return gone;
}

size_t namespaces_exposed_addrs(const struct namespaces *s, uint64_t netns, struct la_addr *to,
				size_t max)
{
	const struct netns_state *sp = find_netns_state(s, netns);

	return sp ? netns_state_exposed_addrs(sp, to, max) : 0;
}

size_t namespaces_addrs(const struct namespaces *s, uint64_t netns, struct la_addr *to, size_t max)
{
	const struct netns_state *sp = find_netns_state(s, netns);
	const struct link *link = sp ? links_next(sp->links, NULL) : NULL;
	size_t n = 0, i;

	for (; link; link = links_next(sp->links, link))
		for (i = 0; i < link->n_addrs && n < max; i++)
			to[n++] = link->addrs[i].addr;
	return n;
}

const char *namespaces_ifname(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	const struct iface *i = find_iface(s, netns, ifindex);

	return i ? i->name : netns_strays_name(s, netns, ifindex);
}

uint32_t namespaces_slot(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	const struct iface *i = find_iface(s, netns, ifindex);

	return i ? i->slot : 0;
}

int namespaces_role(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	const struct iface *i = find_iface(s, netns, ifindex);

	return i ? i->role.role : -ENOENT;
}

bool namespaces_leads_inside(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	int role = namespaces_role(s, netns, ifindex);

	return role == LA_ROLE_LOOPBACK || role == LA_ROLE_TUNNEL;
}

const char *namespaces_slot_name(const struct namespaces *s, uint32_t slot)
{
	return slot && slot <= s->n_ifaces ? s->ifaces[slot - 1]->name : NULL;
}

const char *namespaces_name(const struct namespaces *s, uint64_t netns)
{
	const struct netns_state *sp = find_netns_state(s, netns);
	size_t i;

	if (sp)
		return sp->home ? NULL : sp->name;
	for (i = 0; i < s->n_ifaces; i++) /* all have left it: its flows end later */
		if (s->ifaces[i]->netns == netns && s->ifaces[i]->netns_name)
			return s->ifaces[i]->netns_name;
	return NULL;
}

unsigned int namespaces_tunnels_up(const struct namespaces *s, uint64_t netns)
{
	const struct netns_state *sp = find_netns_state(s, netns);

	return sp ? links_tunnels_up(sp->links) : 0;
}

struct causes *namespaces_causes(const struct namespaces *s, uint64_t netns)
{
	struct netns_state *sp = find_netns_state(s, netns);

	if (sp && !sp->causes) /* it has a hundred kilobytes */
		causes_open(&sp->causes, sp->links);
	return sp ? sp->causes : NULL;
}

bool namespaces_was_unknown(const struct namespaces *s, const struct la_flow *flow)
{
	const struct netns_state *sp = find_netns_state(s, flow->key.netns);
	const struct link *link = sp ? links_find(sp->links, flow->key.ifindex) : NULL;
	const struct iface *i = link ? link->user : NULL;

	if (flow->slot || flow->hook != LA_HOOK_CGROUP) /* TC is attached to what is known */
		return false;
	if (!i)
		return !find_iface(s, flow->key.netns, flow->key.ifindex);
	return i->slot && (i->role.role != LA_ROLE_EXPOSED ||
			   (link_is_onlink(link, &flow->key.daddr) &&
			    policy_exempts_lan(s->cfg.policy, i->role.tunnel_up)));
}

bool namespaces_is_followed(const struct namespaces *s, uint64_t netns, uint32_t ifindex,
			    char *name, size_t size)
{
	const struct netns_state *sp = find_netns_state(s, netns);
	const struct link *link = sp ? links_find(sp->links, ifindex) : NULL;
	const struct iface *i = link ? link->user : NULL;
	unsigned int depth = 8; /* as deep as the kernel stacks devices */

	while (i && i->role.leaves == LA_LEAVES_BELOW && depth--) {
		link = links_find(sp->links, link->lower);
		i = link ? link->user : NULL;
	}
	return i && i->tc && tc_hook_is_followed(i->tc, name, size);
}

const char *namespaces_tc_mode(const struct namespaces *s)
{
	return s->tc_mode;
}
