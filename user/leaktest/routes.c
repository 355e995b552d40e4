/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "routes.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/grow.h"
#include "network/links_onlink.h"
#include "network/route.h"
#include "base/util.h"

/* How often the routes are read again if they change meanwhile. */
#define READ_TRIES 8

#define POINTS 3

struct routes {
	const struct links *links;
	struct nl *nl;
	unsigned int family;
	bool lan_leaks;
	bool has_host;
	struct route_entry *v;
	size_t n;
};

/* --- routes to probe --- */

static bool is_exposed(const struct routes *r, uint32_t ifindex)
{
	const struct link *link = links_find(r->links, ifindex);

	return link && link->role == LA_ROLE_EXPOSED;
}

/* Multicast has a kind of its own, and stays on the link. */
static bool is_multicast(const struct link_prefix *p)
{
	struct link_prefix four = { addr_from_4((uint8_t[4]){ 224 }), ADDR_V4_BITS + 4 },
			   six = { { .b = { 0xff } }, 8 };

	return p->len >= (addr_family(&p->addr) == 4 ? four.len : six.len) &&
	       (prefix_has(&four, &p->addr) || prefix_has(&six, &p->addr));
}

/* Whether all of p is exempt on that interface. */
static bool is_lan(const struct routes *r, uint32_t ifindex, const struct link_prefix *p)
{
	const struct link *link = links_find(r->links, ifindex);
	_cleanup_(freep) struct link_prefix *v = NULL;
	bool found = false;
	size_t n = 0, i;

	if (r->lan_leaks || !link || links_onlink(r->links, link, &v, &n))
		return false;
	for (i = 0; i < n && !found; i++)
		found = p->len >= v[i].len && prefix_has(&v[i], &p->addr);
	return found;
}

static int take_route(void *arg, const struct route_entry *e)
{
	struct routes *r = arg;

	/* the other probes take the default route */
	if (e->dst.len <= (r->family == 4 ? ADDR_V4_BITS : 0))
		return 0;
	if ((e->oif && !is_exposed(r, e->oif)) || is_multicast(&e->dst) ||
	    is_lan(r, e->oif, &e->dst))
		return 0;
	if (!GROW(r->v, r->n))
		return -ENOMEM;
	r->v[r->n++] = *e;
	return 0;
}

/* The widest first. Of routes to the same destination the one that the kernel prefers. */
static int compare(const void *a, const void *b)
{
	const struct route_entry *x = a, *y = b;
	int d = memcmp(&x->dst.addr, &y->dst.addr, sizeof(x->dst.addr));

	if (x->dst.len != y->dst.len)
		return x->dst.len - y->dst.len;
	return d ?: (x->metric > y->metric) - (x->metric < y->metric);
}

static int read_routes(struct routes *r)
{
	int err = -EINTR, tries;

	for (tries = 0; tries < READ_TRIES && err == -EINTR; tries++) {
		r->n = 0;
		err = route_each(r->nl, r->family, 1U << RTN_UNICAST, take_route, r);
	}
	if (!err && r->n)
		qsort(r->v, r->n, sizeof(*r->v), compare);
	return err == -EINTR ? -EBUSY : err; /* -EINTR would mean a signal */
}

/* --- an address that the route takes --- */

/*
 * Points of a prefix: its middle, the first after its base, the last before its broadcast address.
 * The middle comes first: 0.0.0.0/1 begins with addresses that cannot be destinations.
 */
static void points_of(const struct link_prefix *p, struct la_addr points[POINTS])
{
	struct la_addr mask = addr_mask(p->len);
	size_t i;

	for (i = 0; i < POINTS; i++)
		points[i] = addr_and(&p->addr, &mask);
	if (p->len == 128)
		return;
	points[0].b[p->len / 8] |= (uint8_t)(0x80 >> p->len % 8);
	points[1].b[15] |= 1;
	points[2].q[0] |= ~mask.q[0];
	points[2].q[1] |= ~mask.q[1];
	points[2].b[15] &= 0xfe;
}

/* Whether a packet to this address takes the route, and not a longer one. */
static bool leads(const struct routes *r, const struct route_entry *e, const struct probe *p,
		  uint32_t *oif)
{
	const struct route_query q = {
		.dst = p->to, .proto = IPPROTO_UDP, .dport = p->port, /* uid: 0, ours */
	};
	struct route_answer why, where;

	if (route_match(r->nl, &q, &why) || route_lookup(r->nl, &q, &where))
		return false;
	if (why.table != e->table || why.dst.len != e->dst.len ||
	    !addr_equal(&why.dst.addr, &e->dst.addr) || (e->oif && where.oif != e->oif))
		return false;
	*oif = where.oif;
	return is_exposed(r, where.oif);
}

static bool aim(const struct routes *r, struct probe *p)
{
	struct la_addr points[POINTS];
	struct link_prefix host = { .len = 128 };
	const struct link *link;
	uint32_t oif;
	size_t i;

	points_of(&p->route.dst, points);
	for (i = 0; i < POINTS; i++) {
		p->to = host.addr = points[i];
		if (!leads(r, &p->route, p, &oif) || is_lan(r, oif, &host))
			continue;
		link = links_find(r->links, oif);
		p->ifindex = oif;
		memcpy(p->ifname, link->name, sizeof(p->ifname));
		return true;
	}
	/* the tunnel's routes are more specific, or the route's rule does not match our packets */
	return false;
}

static int plan(struct routes *r, struct probe_plan *ret, const struct probe_kind *kind)
{
	size_t before = ret->n, i;
	int err = read_routes(r);

	for (i = 0; i < r->n && !err; i++) {
		struct probe p = { .kind = kind,
				   .family = (uint8_t)r->family,
				   .port = kind->port,
				   .route = r->v[i] };

		if (!aim(r, &p))
			continue;
		if (ret->n - before == PROBE_ROUTES_MAX)
			ret->routes_left++;
		else
			err = probe_plan_add_once(ret, &p);
		r->has_host |= probe_route_is_host(&p);
	}
	return err;
}

/* Plans a packet into each tunnel that a process carries: a host route may lead to its server. */
static void plan_into(struct probe_plan *ret, const struct probe_plan_config *cfg,
		      const struct links *links, const struct probe_kind *kind, unsigned int family)
{
	struct probe p = { .kind = kind,
			   .family = (uint8_t)family,
			   .how = PROBE_DEVICE,
			   .port = kind->port,
			   .to = cfg->to[family == 6] };
	const struct link *link;

	for (link = links_next(links, NULL); link; link = links_next(links, link)) {
		if (link->role != LA_ROLE_TUNNEL || link->tun == LINK_TUN_NONE ||
		    ret->n_into == PROBE_TUNNELS_MAX)
			continue;
		memcpy(p.ifname, link->name, sizeof(p.ifname));
		ret->into[ret->n_into++] = p;
	}
}

int probe_routes_plan(struct probe_plan *ret, const struct probe_plan_config *cfg,
		      const struct links *links, const struct probe_kind *kind, unsigned int family)
{
	struct routes r = { .links = links, .family = family, .lan_leaks = cfg->lan_leaks };
	int err = nl_open(&r.nl, links_netns(links), NETLINK_ROUTE, 0);

	if (!err)
		err = plan(&r, ret, kind);
	if (r.has_host && !ret->n_into) {
		plan_into(ret, cfg, links, kind, 4);
		plan_into(ret, cfg, links, kind, 6);
	}
	nl_free(r.nl);
	free(r.v);
	return err;
}

void probe_route_name(struct text *t, const struct route_entry *e)
{
	static const struct la_addr none;
	char word[64];

	route_prefix_name(&e->dst, word, sizeof(word));
	text_add(t, "%s", word);
	if (!addr_equal(&e->via, &none)) {
		text_add(t, " via ");
		text_addr(t, &e->via, addr_family(&e->via));
	}
	route_protocol_name(e->protocol, word, sizeof(word));
	if (word[0] || e->table != RT_TABLE_MAIN)
		text_add(t, " (%s", word);
	if (e->table != RT_TABLE_MAIN)
		text_add(t, "%stable %u", word[0] ? ", " : "", e->table);
	if (word[0] || e->table != RT_TABLE_MAIN)
		text_add(t, ")");
}
