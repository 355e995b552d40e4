/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/grow.h"
#include "namespaces_priv.h"

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
	struct netns_state *sp;
	int r;

	if (!GROW(s->v, s->n)) {
		links_free(links);
		netns_free(ns);
		return -ENOMEM;
	}
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
	s->mounts = -1;
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
	closep(&s->mounts);
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
			completeness_warn(
				s->cfg.completeness,
				"cannot follow the interfaces of a namespace, netlink: %s",
				strerror(-r));
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

struct record_line *namespaces_reconcile(struct namespaces *s, size_t *n)
{
	size_t i;

	namespaces_dispatch(s); /* interfaces that have gone */
	namespaces_turns_end(s);
	for (i = 0; i < s->n; i++) {
		netns_tc_follow(s->v[i]);
		netns_detours_check(s->v[i]);
	}
	lines_end_all(s);
	*n = s->n_lines;
	return s->lines;
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

const char *namespaces_tc_mode(const struct namespaces *s)
{
	return s->tc_mode;
}
