/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cause.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <time.h>

#include "core/verdict.h"
#include "network/nl.h"
#include "network/resolv_conf.h"
#include "network/route.h"

/* A torrent client has some hundred peers; each is looked up about once. */
#define CACHE_SIZE 64
#define CACHE_NS NSEC_PER_SEC

struct answer {
	struct route_query q;
	struct route_answer where; /* only oif is set */
	struct route_answer why;
	uint64_t time; /* 0: free */
	uint64_t generation; /* of the links */
	int lookup; /* 0 or -errno of the lookup: where */
	int match; /* the same for the match: why; 1: not requested yet */
};

struct causes {
	const struct links *links;
	struct nl *nl;
	struct resolv_conf resolvers;
	struct answer cache[CACHE_SIZE];
};

int causes_open(struct causes **ret, const struct links *l)
{
	_cleanup_(causes_freep) struct causes *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->links = l;
	resolv_conf_init(&c->resolvers);
	r = nl_open(&c->nl, links_netns(l), NETLINK_ROUTE, 0);
	if (r < 0)
		return r;
	*ret = take_ptr(c);
	return 0;
}

void causes_free(struct causes *c)
{
	if (!c)
		return;
	nl_free(c->nl);
	free(c);
}

/* --- the routing table --- */

static bool same_query(const struct route_query *a, const struct route_query *b)
{
	return addr_equal(&a->dst, &b->dst) && a->mark == b->mark && a->uid == b->uid &&
	       a->oif == b->oif && a->proto == b->proto && a->dport == b->dport;
}

static struct answer *query(struct causes *c, const struct route_query *q, uint64_t now)
{
	uint64_t h = (q->dst.q[0] ^ q->dst.q[1] ^ q->dport ^ q->oif) * 0x9e3779b97f4a7c15ULL;
	struct answer *a = &c->cache[(h >> 32) % CACHE_SIZE];

	if (a->time && now - a->time < CACHE_NS && a->generation == links_generation(c->links) &&
	    same_query(&a->q, q))
		return a;
	*a = (struct answer){
		.q = *q, .time = now, .generation = links_generation(c->links), .match = 1
	};
	a->lookup = route_lookup(c->nl, q, &a->where);
	return a;
}

/*
 * Looks up where the packet of an unbound socket would go. The query has neither source nor
 * interface, since the socket may have chosen these. It has the mark, the user and the remote port,
 * since rules may match them.
 */
static struct answer *query_flow(struct causes *c, const struct la_flow *flow, uint64_t now)
{
	struct route_query q = {
		.dst = flow->key.daddr,
		.mark = flow->mark,
		.uid = flow->owner.tgid ? flow->owner.uid : (uint32_t)-1,
		.proto = flow->key.proto,
		.dport = flow->key.dport,
	};

	return query(c, &q, now);
}

static bool into_tunnel(const struct causes *c, const struct answer *a)
{
	const struct link *link = a->lookup == 0 ? links_find(c->links, a->where.oif) : NULL;

	return link && link->role == LA_ROLE_TUNNEL;
}

/* --- the causes --- */

/* Multicast names and NetBIOS are not queries to a resolver. */
static bool is_dns_query(const struct la_flow *flow)
{
	if (flow->cls != LA_CLASS_DNS || flow->key.daddr.b[0] == 0xff)
		return false;
	return flow->detail != LA_DETAIL_MDNS && flow->detail != LA_DETAIL_LLMNR &&
	       flow->detail != LA_DETAIL_NETBIOS;
}

/*
 * The resolver is the cause if the routing table leads to it outside the tunnel. If the table would
 * use the tunnel, the cause is the socket (bound).
 */
static bool is_resolver(struct causes *c, const struct la_flow *flow, uint64_t now)
{
	const struct link *link = links_find(c->links, flow->key.ifindex);

	if (link && link_is_onlink(link, &flow->key.daddr))
		return true;
	return resolv_conf_has(&c->resolvers, &flow->key.daddr, now);
}

/* Whether an IPv6 default route leads into a tunnel that has only a link-local address. */
static bool routes_ipv6(struct causes *c, uint64_t now)
{
	struct route_query q = { .dst = { .b = { 0x20 } }, .uid = (uint32_t)-1 };
	const struct link *link;
	const struct answer *a;

	for (link = links_next(c->links, NULL); link; link = links_next(c->links, link)) {
		if (link->role != LA_ROLE_TUNNEL || !link->up)
			continue;
		q.oif = link->ifindex;
		a = query(c, &q, now);
		if (a->lookup == 0 && a->where.oif == link->ifindex)
			return true;
	}
	return false;
}

static bool lacks_family(struct causes *c, const struct la_flow *flow, uint64_t now)
{
	return flow->key.family == 6 && !(links_tunnel_families(c->links) & LINK_FAMILY_6) &&
	       !routes_ipv6(c, now);
}

/*
 * Forwarded packets and the kernel's own answers have no socket that could choose. Which rule they
 * followed is not known here.
 */
static bool has_chooser(const struct la_flow *flow)
{
	return flow->attribution != LA_ATTR_KERNEL && flow->attribution != LA_ATTR_FORWARDED;
}

static enum record_cause name_route(struct causes *c, struct answer *a, struct cause *ret)
{
	if (a->match == 1)
		a->match = route_match(c->nl, &a->q, &a->why);
	if (a->match < 0)
		return RECORD_CAUSE_NONE;
	route_prefix_name(&a->why.dst, ret->prefix, sizeof(ret->prefix));
	route_protocol_name(a->why.protocol, ret->protocol, sizeof(ret->protocol));
	return RECORD_CAUSE_ROUTE;
}

/* On the link, where it would otherwise be LAN traffic. */
static bool opens_port(const struct causes *c, const struct la_flow *flow)
{
	const struct la_label label = { .cls = flow->cls, .detail = flow->detail };
	const struct link *link = links_find(c->links, flow->key.ifindex);

	return link && la_opens_port(&flow->key, &label) && link_is_onlink(link, &flow->key.daddr);
}

static enum record_cause decide(struct causes *c, const struct la_flow *flow, struct cause *ret)
{
	uint64_t now = ktime_now();
	struct answer *a;
	bool tunnel;

	/* Causes that hold whatever the routes are come first. */
	if (opens_port(c, flow))
		return RECORD_CAUSE_PORTMAP;
	if (links_tunnel_address(c->links, &flow->key.saddr))
		return RECORD_CAUSE_TUNNEL_ADDRESS;
	if (!links_tunnels_up(c->links))
		return links_tunnel_ever_up(c->links) ? RECORD_CAUSE_TUNNEL_DOWN
						      : RECORD_CAUSE_NO_TUNNEL;

	a = query_flow(c, flow, now);
	tunnel = into_tunnel(c, a);
	if (!tunnel && is_dns_query(flow) && is_resolver(c, flow, now))
		return RECORD_CAUSE_RESOLVER;
	if (!tunnel && lacks_family(c, flow, now))
		return RECORD_CAUSE_FAMILY;
	if (flow->bound_if)
		return RECORD_CAUSE_BOUND;
	if (tunnel)
		return has_chooser(flow) ? RECORD_CAUSE_BOUND : RECORD_CAUSE_NONE;
	/* lacks_family() may have replaced the cached answer. */
	a = query_flow(c, flow, now);
	return a->lookup == 0 ? name_route(c, a, ret) : RECORD_CAUSE_NONE;
}

void cause_of(struct causes *c, const struct la_flow *flow, struct cause *ret)
{
	*ret = (struct cause){ 0 };
	ret->cause = decide(c, flow, ret);
}
