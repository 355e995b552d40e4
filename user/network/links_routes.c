/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links_routes.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/grow.h"
#include "base/addr_special.h"
#include "route.h"

/* Kept for each tunnel: a tunnel may have all routes of the internet. Of the public ranges so
 * many; of the others, which a LAN may have as well, all that a network could need. */
#define PUBLIC_MAX 4096
#define ROUTES_MAX 65536

/* A dump that was torn by changes is asked again, this often. */
#define READ_TRIES 4

static struct entry *find(const struct links *l, uint32_t ifindex)
{
	return (struct entry *)links_find(l, ifindex); /* the link is the entry's first member */
}

static bool has_route(const struct link_routes *v, const struct link_route *r)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		if (v->v[i].table == r->table && v->v[i].dst.len == r->dst.len &&
		    addr_equal(&v->v[i].dst.addr, &r->dst.addr))
			return true;
	return false;
}

static int keep(struct link_routes *to, const struct link_route *r)
{
	size_t max = addr_special(&r->dst.addr, ADDR_PRIVATE | ADDR_LINK_LOCAL) ? ROUTES_MAX
										: PUBLIC_MAX;

	if (to->n >= max)
		return 0;
	if (!GROW(to->v, to->n))
		return -ENOMEM;
	to->v[to->n++] = *r;
	return 0;
}

static bool is_same(const struct link_routes *a, const struct link_routes *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!has_route(b, &a->v[i]))
			return false;
	return true;
}

static void forget(struct links *l, size_t i)
{
	free(l->gone[i].routes.v);
	l->gone[i] = l->gone[--l->n_gone];
}

/* One of its name is up: what it leads to is its own routes' affair. */
static void come_back(struct links *l, const struct entry *e)
{
	size_t i;

	for (i = l->n_gone; i-- > 0;)
		if (!strcmp(l->gone[i].name, e->link.name)) {
			forget(l, i);
			l->moved = true;
			l->changed = true;
			l->tunnels_moved = true;
		}
}

/* --- reading --- */

void links_routes_stale(struct links *l, struct entry *e)
{
	e->stale = true;
	l->stale = true;
}

struct path {
	struct links *l;
	const struct route_entry *r;
};

/* Calls fn for each interface that the route leads to. */
static int each_way(struct links *l, const struct route_entry *r,
		    int (*fn)(void *arg, uint32_t oif))
{
	struct path path = { l, r };

	if (!r->oif && r->nexthop)
		return nexthops_each(&l->nexthops, r->nexthop, fn, &path);
	return fn(&path, r->oif);
}

static int keep_answer(void *arg, uint32_t oif)
{
	const struct path *path = arg;
	const struct route_entry *r = path->r;
	const struct link_route one = { .dst = r->dst, .table = r->table };
	struct entry *e = find(path->l, oif);

	/* the local table's are this machine's own addresses, and fe80 is on every link */
	if (!e || !e->reading || r->table == RT_TABLE_LOCAL ||
	    (r->family == 6 && r->dst.len >= 10 && addr_special(&r->dst.addr, ADDR_LINK_LOCAL)))
		return 0;
	return keep(&e->fresh, &one);
}

static int note_news(void *arg, uint32_t oif)
{
	const struct path *path = arg;
	struct entry *e = find(path->l, oif);

	if (e && e->link.role == LA_ROLE_TUNNEL)
		links_routes_stale(path->l, e);
	return 0;
}

/* Routes that name it lead elsewhere now, without a message about them. */
static void note_nexthop(struct links *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i]->link.role == LA_ROLE_TUNNEL)
			links_routes_stale(l, l->v[i]);
}

int links_routes_take(struct links *l, const struct nl_head *head, const struct links_item *item)
{
	bool answer = l->reading && nl_answers(l->nl, head);

	if (!answer && (head->type == RTM_NEWNEXTHOP || head->type == RTM_DELNEXTHOP))
		note_nexthop(l);
	else if (answer && item && item->msg == LINKS_MSG_NEXTHOP)
		return nexthops_add(&l->nexthops, &item->nexthop);
	else if (item && item->msg == LINKS_MSG_ROUTE)
		return each_way(l, &item->route, answer ? keep_answer : note_news);
	return 0;
}

/* ifindex: of the only way out that is asked for; 0: of all. */
static int ask(struct nl *nl, uint8_t family, uint32_t ifindex)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	rtm->rtm_family = family;
	if (ifindex)
		mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
	return nl_send(nl, nlh);
}

/* A kernel without them refuses. */
static int read_nexthops(struct links *l, int (*read)(struct links *l))
{
	int r;

	l->nexthops.n = 0;
	r = nexthops_ask(l->nl);
	if (r == 0)
		r = read(l);
	return r == -EOPNOTSUPP || r == -EINVAL ? 0 : r;
}

static int read_family(struct links *l, uint8_t family, uint32_t ifindex,
		       int (*read)(struct links *l))
{
	int r = ask(l->nl, family, ifindex);

	if (r == 0)
		r = read(l);
	/* a family that the kernel lacks has no routes, nor has an interface that is gone */
	return r == -EAFNOSUPPORT || r == -EOPNOTSUPP || r == -ENODEV ? 0 : r;
}

/* Which entries are asked for; the index where it is one alone, else 0. */
static uint32_t begin(struct links *l)
{
	uint32_t one = 0;
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		struct entry *e = l->v[i];

		e->reading = e->stale && !e->gone;
		e->stale = false;
		e->fresh.n = 0;
		n += e->reading;
		one = e->reading ? e->link.ifindex : one;
	}
	l->stale = false;
	return n == 1 ? one : 0;
}

/*
 * While it is up the tunnel has what was read. One that is down has lost its routes by that, and
 * what it led to is what must not leave elsewhere: there they are added alone.
 */
static int take_over(struct links *l, struct entry *e)
{
	struct link_routes old = e->routes;
	size_t i;
	int r = 0;

	if (e->link.up)
		come_back(l, e);
	if (is_same(&e->routes, &e->fresh))
		return 0;
	l->changed = true;
	l->moved = true;
	l->tunnels_moved = true;
	if (e->link.up) {
		e->routes = e->fresh;
		e->fresh = old;
		return 0;
	}
	for (i = 0; i < e->fresh.n && r == 0; i++)
		if (!has_route(&e->routes, &e->fresh.v[i]))
			r = keep(&e->routes, &e->fresh.v[i]);
	return r;
}

static int end(struct links *l, int r)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		struct entry *e = l->v[i];

		if (!e->reading)
			continue;
		if (r == 0)
			r = take_over(l, e);
		else
			links_routes_stale(l, e);
		e->reading = false;
	}
	return r;
}

int links_routes_read(struct links *l, int (*read)(struct links *l))
{
	int r = 0, tries;
	uint32_t one;

	for (tries = 0; tries < READ_TRIES && l->stale; tries++) {
		one = begin(l);
		l->reading = true;
		r = read_nexthops(l, read);
		if (r == 0)
			r = read_family(l, AF_INET, one, read);
		if (r == 0)
			r = read_family(l, AF_INET6, one, read);
		l->reading = false;
		r = end(l, r);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return r == -EINTR ? 0 : r; /* their next change makes us try again */
}

/* --- tunnels that are gone --- */

void links_routes_gone(struct links *l, struct entry *e)
{
	struct gone_tunnel *g;
	size_t i;

	if (!e->was_up)
		return;
	come_back(l, e);
	if (l->n_gone == LINKS_GONE_MAX)
		forget(l, 0);
	g = &l->gone[l->n_gone++];
	*g = (struct gone_tunnel){ .routes = e->routes };
	memcpy(g->name, e->link.name, sizeof(g->name));
	e->routes = (struct link_routes){ 0 };
	/* that of a point-to-point address and of an address without a route as well */
	for (i = 0; i < e->link.n_addrs; i++)
		keep(&g->routes, &(struct link_route){ .dst = e->link.addrs[i].net });
}

void links_routes_free(struct links *l)
{
	while (l->n_gone)
		forget(l, 0);
	free(l->nexthops.v);
}
