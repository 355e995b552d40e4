/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/grow.h"
#include "datapath/tc_news.h"
#include "namespaces_priv.h"

/* For so many seconds an interface that is gone keeps its slot: its last flows need its name. */
#define SLOT_REST 120

static bool has_rested(const struct iface *i)
{
	return !i->alive && namespaces_seconds() - i->gone >= SLOT_REST;
}

void netns_state_forget_users(struct namespaces *s)
{
	size_t i;

	for (i = 0; i < s->n_ifaces; i++)
		if (s->ifaces[i]->users && has_rested(s->ifaces[i])) {
			s->ifaces[i]->users = false;
			s->n_users--;
		}
}

static struct iface *iface_reuse(struct namespaces *s)
{
	size_t i;

	for (i = 0; i < s->n_ifaces; i++) {
		struct iface *old = s->ifaces[i];
		uint16_t slot = old->slot;

		if (!has_rested(old))
			continue;
		free(old->onlink);
		free(old->netns_name);
		s->n_users -= old->users;
		*old = (struct iface){ .slot = slot };
		return old;
	}
	return NULL;
}

static struct iface *iface_append(struct namespaces *s)
{
	struct iface *i = GROW(s->ifaces, s->n_ifaces) ? calloc(1, sizeof(*i)) : NULL;

	if (!i)
		return NULL;
	s->ifaces[s->n_ifaces++] = i;
	i->slot = s->n_ifaces < LA_SLOTS ? (uint16_t)s->n_ifaces : 0;
	return i;
}

static struct iface *iface_new(struct namespaces *s, const struct netns_state *sp,
			       const struct link *link)
{
	struct iface *i = namespaces_adopted(s, sp->ns->cookie, link->ifindex);

	if (i)
		i->adopted = false;
	/* containers come and go, slots are few: reuse them */
	else if (s->n_ifaces >= LA_SLOTS / 2)
		i = iface_reuse(s);
	if (!i)
		i = iface_append(s);
	if (!i)
		return NULL;
	i->netns_name = sp->home ? NULL : strdup(sp->name);
	i->netns = sp->ns->cookie;
	i->ifindex = link->ifindex;
	i->alive = true;
	i->users = !sp->trusted;
	s->n_users += i->users;
	return i;
}

/* --- facts --- */

/* What goes out by a hop is evaluated where it leaves the machine. */
enum la_role_kind netns_state_role(const struct netns_state *sp, const struct link *link)
{
	return netns_hops_has(sp, link) ? LA_ROLE_LOOPBACK : link->role;
}

static uint8_t stacked(const struct netns_state *sp, const struct link *link)
{
	return (link->master || links_is_under(sp->links, link) ? LA_STACKED_UNDER : 0) |
	       (link_is_port(link) ? LA_STACKED_PORT : 0);
}

/* Whether a tunnel's fall is a fact about all interfaces of its namespace. */
static bool is_quiet(const struct netns_state *sp)
{
	return sp->all->cfg.policy->lan == POLICY_LAN_QUIET;
}

static void push_role(struct netns_state *sp, const struct link *link, struct iface *i)
{
	struct la_role role;
	int r;

	netns_hops_enter(sp, link, i);
	role = (struct la_role){ .slot = i->slot,
				 .role = netns_state_role(sp, link),
				 .l2_len = link->l2_len,
				 .stacked = stacked(sp, link),
				 .leaves = netns_state_leaves(sp, link),
				 .tunnel_up = is_quiet(sp) && links_tunnels_up(sp->links),
				 .noted = i->origin != NULL,
				 .kind = policy_kind(link->kind) };

	if (!memcmp(&role, &i->role, sizeof(role)) && i->name[0])
		return;
	if (role.role != LA_ROLE_EXPOSED) /* from then on the hook does not count there */
		lines_end(sp, i, false, NULL);
	if (role.role != i->role.role) /* routes by a hop lead inside */
		sp->connections.stale = true;
	r = datapath_set_role(sp->all->cfg.datapath, i->netns, i->ifindex, &role);
	if (r) /* unknown to the kernel means exposed, so nothing is missed */
		completeness_warn(sp->all->cfg.completeness,
				  "cannot pass to the kernel the role of %s: %s", link->name,
				  strerror(-r));
	i->role = role;
	sp->all->stale = true;
}

void netns_state_push_role(struct netns_state *sp, struct link *link)
{
	push_role(sp, link, link->user);
	netns_state_place_tc(sp, link, link->user);
}

static bool has_prefix(const struct link_prefix *v, size_t n, const struct link_prefix *p)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].len == p->len && addr_equal(&v[i].addr, &p->addr))
			return true;
	return false;
}

static void push_onlink(struct netns_state *sp, const struct link *link, struct iface *i)
{
	struct datapath *k = sp->all->cfg.datapath;
	struct link_prefix *copy;
	size_t j;
	int r = 0;

	if (!i->slot) /* slot 0 is shared: a prefix would be exempt for all of them */
		return;
	for (j = 0; j < i->n_onlink; j++)
		if (!has_prefix(link->onlink, link->n_onlink, &i->onlink[j]))
			datapath_del_onlink(k, i->slot, &i->onlink[j]);
	for (j = 0; j < link->n_onlink; j++)
		if (!has_prefix(i->onlink, i->n_onlink, &link->onlink[j]))
			r = datapath_add_onlink(k, i->slot, &link->onlink[j]) ?: r;
	if (r) /* packets that stay on the link will count as leaked */
		completeness_warn(sp->all->cfg.completeness,
				  "cannot pass to the kernel the prefixes of %s: %s",
				  i->name[0] ? i->name : link->name, strerror(-r));
	copy = reallocarray(i->onlink, link->n_onlink + 1, sizeof(*copy));
	if (copy) {
		if (link->n_onlink)
			memcpy(copy, link->onlink, link->n_onlink * sizeof(*copy));
		i->onlink = copy;
		i->n_onlink = link->n_onlink;
	}
	sp->all->stale = true;
}

/* --- TC --- */

/* What a tunnel of the kernel sends leaves by another device, whose hook sees it there. */
static void begin_line(struct netns_state *sp, const struct link *link, struct iface *i)
{
	if (strcmp(sp->all->tc_mode, "clsact") != 0) /* with many both are there */
		sp->all->tc_mode = tc_hook_mode(i->tc);
	if (!link_encapsulates(link))
		lines_begin(sp, i, link, sp->listening && link->counted ? &link->counters : NULL);
}

bool netns_state_waits(struct netns_state *sp, struct iface *i)
{
	i->tc_due = namespaces_turn_is_over(sp);
	sp->all->turn.due |= i->tc_due;
	return i->tc_due;
}

void netns_state_place_tc(struct netns_state *sp, const struct link *link, struct iface *i)
{
	struct namespaces *s = sp->all;
	int r;

	netns_origins_place(sp, link, i);
	if (i->alive && i->role.noted != (i->origin != NULL))
		push_role(sp, link, i);
	netns_loops_place(sp, link, i);
	if (!i->alive || i->role.role != LA_ROLE_EXPOSED || !netns_state_wants_tc(sp, link)) {
		if (i->alive && s->armed)
			netns_state_tell_hidden(sp, link);
		i->tc_due = false;
		lines_end(sp, i, false, NULL);
		s->stale |= i->tc != NULL;
		if (sp->home)
			tc_detach(take_ptr(i->tc));
		else
			namespaces_detach_hook(s, take_ptr(i->tc));
		return;
	}
	if (i->tc)
		return;
	if (netns_state_waits(sp, i))
		return;
	s->stale = true; /* who leaves there is seen from now on */
	i->tc = netns_strays_take(sp, i->ifindex);
	r = i->tc ? 0
		  : tc_attach(s->cfg.datapath,
			      &(struct tc_wish){ .ns = sp->ns,
						 .ifindex = i->ifindex,
						 .task = TC_JUDGES,
						 .mode = netns_tc_mode(sp, link),
						 .placeholders = s->placeholders,
						 .beside = i->origin },
			      &i->tc);
	if (!r)
		begin_line(sp, link, i);
	else if (r != -ENODEV) /* -ENODEV: it disappeared, LINK_GONE follows */
		netns_tc_failed(s, link, r);
}

/* --- changes --- */

struct record_interface netns_state_describe(const struct netns_state *sp, const struct link *link)
{
	return (struct record_interface){
		.name = link->name,
		.ifindex = link->ifindex,
		.netns = sp->ns->cookie,
		.netns_name = sp->home ? NULL : sp->name,
		.kind = link->kind[0] ? link->kind : NULL,
		.role = netns_state_role(sp, link),
		.up = link->up,
	};
}

void netns_state_report(struct netns_state *sp, enum record_action action, const struct link *link,
			enum link_change change, const char *old_name)
{
	struct record_interface ri = netns_state_describe(sp, link);

	ri.change = change;
	ri.old_name = old_name;
	sp->all->fn(sp->all->arg, action, &ri);
}

void netns_state_restack(struct netns_state *sp)
{
	struct link *link;

	for (link = links_next(sp->links, NULL); link; link = links_next(sp->links, link))
		if (link->user)
			netns_state_push_role(sp, link);
}

static void appear(struct netns_state *sp, struct link *link)
{
	struct iface *i;

	if (!namespaces_has_room(sp))
		return;
	i = iface_new(sp->all, sp, link);
	if (!i) {
		completeness_warn(sp->all->cfg.completeness, "cannot follow %s: %s", link->name,
				  strerror(ENOMEM));
		return;
	}
	link->user = i;
	netns_hops_want(sp, link);
	push_onlink(sp, link, i); /* no packet is to meet the role without them */
	push_role(sp, link, i);
	snprintf(i->name, sizeof(i->name), "%s", link->name);
	netns_state_place_tc(sp, link, i);
	if (!i->tc && !i->tc_due) /* it is not judged here */
		tc_detach(netns_strays_take(sp, i->ifindex));
}

/* gone: the interface; else we leave its namespace. */
static void disappear(struct netns_state *sp, const struct link *link, bool gone)
{
	static const struct link none;
	struct iface *i = link->user;

	lines_end(sp, i, gone, link->counted ? &link->counters : NULL);
	datapath_del_role(sp->all->cfg.datapath, i->netns, i->ifindex);
	push_onlink(sp, &none, i);
	i->alive = false;
	i->gone = namespaces_seconds();
	if (gone && link->moved)
		netns_strays_keep(sp, link, i);
	netns_state_place_tc(sp, link, i);
	sp->all->stale = true;
}

static void on_change(void *arg, struct links *l, struct link *link, enum link_change change,
		      const struct link_old *old)
{
	struct netns_state *sp = arg;
	struct iface *i = link->user;

	(void)l;
	if (change == LINK_NEW)
		appear(sp, link);
	i = link->user;
	if (!i)
		return;
	i->tc_seen = false;
	switch (change) {
	case LINK_GONE:
		disappear(sp, link, true);
		break;
	case LINK_RENAMED:
		snprintf(i->name, sizeof(i->name), "%s", link->name);
		break;
	case LINK_ROLE:
	case LINK_PLACE:
		netns_state_push_role(sp, link);
		break;
	case LINK_ONLINK:
		push_onlink(sp, link, i);
		return;
	case LINK_UP:
	case LINK_DOWN:
		if (change == LINK_UP) {
			netns_transport_learn(sp, link);
			netns_hops_want(sp, link);
		}
		if (link->role == LA_ROLE_TUNNEL && is_quiet(sp))
			sp->all->stale = true;
		if (link->role == LA_ROLE_TUNNEL)
			netns_state_report(
				sp, change == LINK_UP ? RECORD_TUNNEL_UP : RECORD_TUNNEL_DOWN, link,
				change, NULL);
		return;
	default:
		break;
	}
	/* each sandbox has its own loopback, of which nobody need hear */
	if (change != LINK_PLACE && link->role != LA_ROLE_LOOPBACK)
		netns_state_report(sp, RECORD_INTERFACE, link, change,
				   change == LINK_RENAMED ? old->name : NULL);
}

/* --- open and close --- */

void netns_state_free(struct netns_state *sp)
{
	if (!sp)
		return;
	netns_state_free_connections(sp);
	free(sp->exposed.v);
	free(sp->carriers);
	nl_free(sp->counters);
	nl_free(sp->ipsec_news);
	tc_news_free(sp->tc_news);
	copies_free(sp->copies);
	causes_free(sp->causes);
	links_free(sp->links);
	netns_free(sp->ns);
	free(sp);
}

int netns_state_open(struct namespaces *s, struct netns *ns, struct links *links, uint64_t scopes,
		     struct netns_state **ret)
{
	struct netns_state *sp = calloc(1, sizeof(*sp));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s->cfg.source };
	int r = 0;

	if (!sp) {
		links_free(links);
		netns_free(ns);
		return -ENOMEM;
	}
	sp->all = s;
	sp->ns = ns;
	sp->home = !s->n;
	sp->scopes = scopes;
	sp->home_nsid = sp->nsid_at_home = -1;
	netns_name(ns, sp->name, sizeof(sp->name));
	sp->trusted = sp->home || netns_is_roots(ns);
	datapath_know_netns(s->cfg.datapath, ns->cookie, sp->trusted);
	sp->links = links;
	if (!links)
		r = namespaces_open_links(sp, policy_roles(s->cfg.policy, sp->home));
	if (!sp->home) /* a veth that is met here is known there before it has a role */
		links_dispatch(s->v[0]->links);
	if (!r)
		r = links_listen(sp->links, on_change, sp);
	sp->listening = true;
	if (!r && epoll_ctl(s->cfg.epfd, EPOLL_CTL_ADD, links_fd(sp->links), &ev))
		r = -errno;
	if (r) {
		netns_state_leave(sp);
		return r;
	}
	*ret = sp;
	return 0;
}

void netns_state_leave(struct netns_state *sp)
{
	struct link *link;

	netns_state_drop_connections(sp);
	netns_state_drop_addresses(sp);
	/* passed again when a process enters it again */
	datapath_forget_netns(sp->all->cfg.datapath, sp->ns->cookie);
	for (link = sp->links ? links_next(sp->links, NULL) : NULL; link;
	     link = links_next(sp->links, link))
		if (link->user)
			disappear(sp, link, false);
	tc_forget(sp->all->cfg.datapath, sp->ns);
	netns_state_free(sp);
}

void netns_state_check_link(struct netns_state *sp, struct link *link)
{
	struct iface *i = link->user;

	if (!i)
		return;
	netns_tc_check(sp, link);
	netns_hops_check(sp, link);
	lines_check(sp, i);
	netns_transport_check(sp, link);
}
