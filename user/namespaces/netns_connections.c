/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts that prove that a connection can only leak: where a namespace's routes lead, whether nat
 * may change its destination, and the namespace's own addresses. If they cannot be passed no
 * connection is refused; its packets are dropped all the same.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/addr_special.h"
#include "namespaces_priv.h"
#include "network/route.h"

static bool has_addr(const struct la_addr *v, size_t n, const struct la_addr *a)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (addr_equal(&v[i], a))
			return true;
	return false;
}

/* Returns all addresses of the namespace. NULL: out of memory. */
static struct la_addr *collect_addrs(const struct netns_state *sp, size_t *n)
{
	const struct link *link;
	struct la_addr *v;
	size_t max = 1, i;

	for (link = links_next(sp->links, NULL); link; link = links_next(sp->links, link))
		max += link->n_addrs;
	v = calloc(max, sizeof(*v));
	*n = 0;
	for (link = v ? links_next(sp->links, NULL) : NULL; link;
	     link = links_next(sp->links, link))
		for (i = 0; i < link->n_addrs; i++)
			v[(*n)++] = link->addrs[i].addr;
	return v;
}

/* What the kernel has no room for it would take for another machine's. */
static void replace_locals(struct netns_state *sp, struct la_addr *v, size_t n)
{
	struct datapath *k = sp->all->cfg.datapath;
	struct connection_facts *w = &sp->connections;
	size_t i;

	w->lacks_locals &= n > 0;
	for (i = 0; i < n; i++)
		if (!has_addr(w->locals, w->n_locals, &v[i]) &&
		    datapath_add_addr(k, DATAPATH_LOCAL, sp->ns->cookie, &v[i]))
			w->lacks_locals = true;
	for (i = 0; i < w->n_locals; i++)
		if (!has_addr(v, n, &w->locals[i]))
			datapath_del_addr(k, DATAPATH_LOCAL, sp->ns->cookie, &w->locals[i]);
	free(w->locals);
	w->locals = v;
	w->n_locals = n;
}

/* --- where routes lead --- */

/* A router may have all routes of the internet, and they change all the time: reading them
 * takes no more than a twentieth of it. */
#define READ_SHARE 20

#define ROUTE_GROUPS \
	(RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE | 1U << (RTNLGRP_IPV6_RULE - 1))
#define ROUTE_TYPES                                                                          \
	(1U << RTN_UNICAST | 1U << RTN_LOCAL | 1U << RTN_BLACKHOLE | 1U << RTN_UNREACHABLE | \
	 1U << RTN_PROHIBIT)

struct outlook {
	const struct netns_state *sp;
	bool inside, outside;
};

/* Only destinations that no LAN has are refused. */
static bool may_be_global(const struct link_prefix *p)
{
	const struct link_prefix *special =
		addr_special(&p->addr, ADDR_NOBODYS | ADDR_LINK_LOCAL | ADDR_PRIVATE | ADDR_SHARED);

	return !special || special->len > p->len;
}

/*
 * Inside is also what leads to nowhere or back into this machine: a mark of netfilter may choose
 * such a table (a transparent proxy). What is not known may lead inside.
 */
static int take_route(void *arg, const struct route_entry *e)
{
	struct outlook *o = arg;
	const struct link *link = links_find(o->sp->links, e->oif);
	enum la_role_kind role = link ? netns_state_role(o->sp, link) : LA_ROLE_MAX;

	if (!may_be_global(&e->dst))
		return 0;
	if (e->type == RTN_UNICAST && role == LA_ROLE_EXPOSED)
		o->outside |= link->up;
	else if (e->type != RTN_UNICAST || role != LA_ROLE_TUNNEL || link->up)
		o->inside = true;
	return o->inside ? -ECANCELED : 0;
}

/* LA_FAMILY_* of the family if its routes lead outside, else 0. */
static uint8_t look_outside(const struct netns_state *sp, unsigned int family)
{
	_cleanup_(nl_freep) struct nl *nl = NULL;
	struct outlook o = { .sp = sp };
	int r = nl_open(&nl, sp->ns, NETLINK_ROUTE, 0);

	if (r == 0)
		r = route_each(nl, family, ROUTE_TYPES, take_route, &o);
	if (r < 0 || !o.outside)
		return 0;
	return family == 4 ? LA_FAMILY_V4 : LA_FAMILY_V6;
}

/* Routes that have changed and cannot be read yet are in doubt. */
static void follow_routes(struct netns_state *sp)
{
	struct connection_facts *f = &sp->connections;
	uint64_t generation = links_generation(sp->links), now = ktime_now();

	if (!f->routes)
		return;
	if (nl_discard(f->routes) || f->generation != generation) {
		f->stale = true;
		sp->all->changes++;
	}
	f->generation = generation;
	if (!f->stale)
		return;
	f->outside = 0;
	if (now - f->read < f->cost * READ_SHARE)
		return;
	f->stale = false;
	f->outside = look_outside(sp, 4) | look_outside(sp, 6);
	f->read = ktime_now();
	f->cost = f->read - now;
}

/* --- both --- */

static void push_locals(struct netns_state *sp)
{
	struct la_addr *v;
	size_t n;

	if (sp->connections.generation == links_generation(sp->links))
		return;
	v = collect_addrs(sp, &n);
	if (v)
		replace_locals(sp, v, n);
}

static void wake_for(struct netns_state *sp, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = sp->all->cfg.source };

	epoll_ctl(sp->all->cfg.epfd, EPOLL_CTL_ADD, fd, &ev);
}

/* What cannot be followed is in doubt as long as that is so. */
static void open_sources(struct netns_state *sp)
{
	struct connection_facts *f = &sp->connections;

	if (!f->routes && !nl_open(&f->routes, sp->ns, NETLINK_ROUTE, ROUTE_GROUPS)) {
		f->stale = true;
		wake_for(sp, f->routes->fd);
	}
	if (!f->nat)
		nat_open(&f->nat, sp->ns);
	if (f->nat && !f->nat_wakes && nat_fd(f->nat) >= 0) {
		f->nat_wakes = true;
		wake_for(sp, nat_fd(f->nat));
	}
}

void netns_state_push_connections(struct netns_state *sp)
{
	struct connection_facts *f = &sp->connections;
	struct la_connections c = { 0 };

	if (!sp->all->cfg.policy->drop)
		return;
	open_sources(sp);
	push_locals(sp);
	follow_routes(sp);
	if (f->nat) {
		nat_follow(f->nat);
		c.unchanged = (uint8_t)(~nat_families(f->nat) & (LA_FAMILY_V4 | LA_FAMILY_V6));
	}
	c.outside = f->lacks_locals ? 0 : f->outside;
	if (f->told && !memcmp(&c, &f->last, sizeof(c)))
		return;
	f->last = c;
	f->told = !datapath_set_connections(sp->all->cfg.datapath, sp->ns->cookie, &c);
}

void netns_state_poll_nat(struct netns_state *sp)
{
	if (sp->connections.nat)
		nat_poll(sp->connections.nat);
}

void netns_state_drop_connections(struct netns_state *sp)
{
	replace_locals(sp, NULL, 0);
	datapath_del_connections(sp->all->cfg.datapath, sp->ns->cookie);
}

void netns_state_free_connections(struct netns_state *sp)
{
	free(sp->connections.locals);
	nl_free(sp->connections.routes);
	nat_free(sp->connections.nat);
}
