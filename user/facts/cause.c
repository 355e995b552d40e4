/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cause.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/verdict.h"
#include "listeners.h"
#include "network/nl.h"
#include "network/resolv_conf.h"
#include "network/rules.h"
#include "record/record_sender.h"
#include "vpn_client.h"

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

/* Of connections that leak at the same time, so many are remembered. */
#define FOUND_SIZE 256

/* What was found of one connection: its socket's packets, the kernel's answers for a socket that
 * is gone and its retransmissions are records of their own. */
struct found {
	struct la_flow_key key; /* what two ends have in common alone; family 0: free */
	uint64_t generation; /* of the tunnels */
	struct cause cause;
};

struct causes {
	const struct links *links;
	struct nl *nl, *sockets; /* routes and rules; sockets, once they are asked for */
	struct resolv_conf resolvers;
	struct answer cache[CACHE_SIZE];
	struct rules rules[2]; /* of IPv4, of IPv6 */
	uint64_t rules_read[2]; /* ktime; 0: never */
	struct found found[FOUND_SIZE];
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
	rules_free(&c->rules[0]);
	rules_free(&c->rules[1]);
	nl_free(c->sockets);
	nl_free(c->nl);
	free(c);
}

/* --- the routing table --- */

static bool same_query(const struct route_query *a, const struct route_query *b)
{
	return addr_equal(&a->dst, &b->dst) && a->mark == b->mark && a->uid == b->uid &&
	       a->oif == b->oif && a->proto == b->proto && a->sport == b->sport &&
	       a->dport == b->dport;
}

static struct answer *query(struct causes *c, const struct route_query *q, uint64_t now)
{
	uint64_t h = (q->dst.q[0] ^ q->dst.q[1] ^ q->dport ^ (uint64_t)q->sport << 16 ^ q->oif) *
		     0x9e3779b97f4a7c15ULL;
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
 * interface, since the socket may have chosen these. It has the mark, the user and the ports, since
 * rules may match them.
 */
static struct answer *query_flow(struct causes *c, const struct la_flow *flow, uint64_t now)
{
	struct route_query q = {
		.dst = flow->key.daddr,
		.mark = flow->mark,
		.uid = flow->owner.tgid ? flow->owner.uid : (uint32_t)-1,
		.proto = flow->key.proto,
		.sport = flow->key.sport,
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

/* A tunnel for a part of IPv6 carries what goes there. */
static bool lacks_family(struct causes *c, const struct la_flow *flow, uint64_t now)
{
	struct links_claim into;

	return flow->key.family == 6 && !(links_tunnel_families(c->links) & LINK_FAMILY_6) &&
	       !links_tunnel_route(c->links, &flow->key.daddr, 0, &into) && !routes_ipv6(c, now);
}

/*
 * Forwarded packets and the kernel's own answers have no socket that could choose. Which rule they
 * followed is not known here.
 */
static bool has_chooser(const struct la_flow *flow)
{
	return flow->attribution != LA_ATTR_KERNEL && flow->attribution != LA_ATTR_FORWARDED;
}

/* --- routes and rules --- */

/* Not older than the answer that they are to explain. */
static const struct rules *rules_of(struct causes *c, const struct answer *a)
{
	unsigned int family = addr_family(&a->q.dst);
	size_t i = family == 6;
	struct rules fresh;

	if (c->rules_read[i] < a->time && !rules_read(c->nl, family, &fresh)) {
		rules_free(&c->rules[i]);
		c->rules[i] = fresh;
		c->rules_read[i] = ktime_now();
	}
	return &c->rules[i];
}

static enum record_cause name_rule(const struct rule *rule, struct cause *ret)
{
	rule_name(rule, ret->selector, sizeof(ret->selector));
	ret->priority = rule->priority;
	return RECORD_CAUSE_RULE;
}

/*
 * The rule that sends these packets past the tunnel and others not: it took them to a table of
 * its own, or is for all but these, and leads into the tunnel. A rule for all that comes first is
 * no such rule.
 */
static const struct rule *blame_rule(const struct rules *rules, const struct answer *a,
				     const struct links_claim *into)
{
	const struct rule *to = rules_to(rules, into->table);
	const struct rule *by = rules_decider(rules, &a->q, a->why.table, &a->why.dst);

	if (by && rule_selects(by))
		return by;
	if (into->table == a->why.table || !to || !rule_selects(to) || rule_takes(to, &a->q))
		return NULL;
	return !by || to->priority <= by->priority ? to : NULL;
}

static enum record_cause name_route(struct causes *c, const struct answer *a, struct cause *ret)
{
	struct links_claim claim;

	route_prefix_name(&a->why.dst, ret->prefix, sizeof(ret->prefix));
	route_protocol_name(a->why.protocol, ret->protocol, sizeof(ret->protocol));
	if (a->where.onlink && links_claimed(c->links, &a->q.dst, &claim)) {
		memcpy(ret->tunnel, claim.tunnel, sizeof(ret->tunnel));
		route_prefix_name(&claim.dst, ret->claim, sizeof(ret->claim));
	}
	return RECORD_CAUSE_ROUTE;
}

/* Not a default route: that is what the tunnel's own should have replaced. Of two routes to the
 * same range the one that is not the tunnel's may come first as well. */
static bool is_narrower(const struct route_answer *why, const struct links_claim *into)
{
	return why->dst.len > (addr_family(&why->dst.addr) == 4 ? ADDR_V4_BITS : 0U) &&
	       why->dst.len >= into->dst.len;
}

/* A VPN's client makes the route to its server, which it needs beside the tunnel, by itself. */
static bool is_to_server(const struct la_flow *flow, const struct route_answer *why)
{
	return why->dst.len == ADDR_V4_BITS + 32 && vpn_client_sends(flow);
}

static enum record_cause by_table(struct causes *c, const struct la_flow *flow, struct answer *a,
				  struct cause *ret)
{
	const struct rule *rule;
	struct links_claim into;

	if (a->match == 1)
		a->match = route_match(c->nl, &a->q, &a->why);
	if (a->match < 0 || !links_tunnel_route(c->links, &a->q.dst, 0, &into))
		return RECORD_CAUSE_NONE;
	rule = blame_rule(rules_of(c, a), a, &into);
	if (rule)
		return name_rule(rule, ret);
	if (is_to_server(flow, &a->why))
		return RECORD_CAUSE_LOGIN;
	return is_narrower(&a->why, &into) ? name_route(c, a, ret) : RECORD_CAUSE_NONE;
}

/* --- the tunnel's address --- */

static bool is_served(struct causes *c, const struct la_flow *flow)
{
	if (!c->sockets && nl_open(&c->sockets, links_netns(c->links), NETLINK_SOCK_DIAG, 0) < 0)
		return false;
	return listeners_has(c->sockets, flow->key.proto, flow->key.sport);
}

static bool kernel_answers(const struct la_flow *flow)
{
	return flow->attribution == LA_ATTR_KERNEL && !record_is_copied(flow);
}

/*
 * The tunnel is up, and its address leaves elsewhere. Where a neighbour is told something by it
 * he has asked: the kernel answers him, or a service does. Else it is an open connection, and a
 * route has pulled it out.
 */
static bool is_probed(struct causes *c, const struct la_flow *flow, const struct answer *a,
		      bool tunnel)
{
	struct links_claim claim;

	if (links_tunnel_address(c->links, &flow->key.saddr) != LINKS_TUNNEL_UP)
		return false;
	if (tunnel)
		return kernel_answers(flow);
	if (a->lookup || !a->where.onlink || links_claimed(c->links, &flow->key.daddr, &claim))
		return false;
	return kernel_answers(flow) || is_served(c, flow);
}

/* --- the decision --- */

/* Who makes the tunnel cannot send through it before. */
static enum record_cause by_fall(const struct la_flow *flow, const char *tunnel, struct cause *ret)
{
	if (tunnel)
		snprintf(ret->tunnel, sizeof(ret->tunnel), "%s", tunnel);
	if (vpn_client_sends(flow))
		return RECORD_CAUSE_LOGIN;
	return tunnel ? RECORD_CAUSE_TUNNEL_DOWN : RECORD_CAUSE_NO_TUNNEL;
}

/* Before the tunnel was there, of which we have heard meanwhile. */
static bool was_login(const struct causes *c, const struct la_flow *flow)
{
	return flow->opened && flow->opened < links_tunnel_came_up(c->links) &&
	       vpn_client_sends(flow);
}

/* One that fell is to blame, also where another one is up that does not lead there. */
static const char *fallen_before(const struct causes *c, const struct la_addr *dst)
{
	struct links_claim into;

	return links_tunnel_route(c->links, dst, 0, &into) ? NULL
							   : links_tunnel_fallen(c->links, dst);
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
	const char *fallen;
	struct answer *a;
	bool tunnel;

	/* Causes that hold whatever the routes are come first. */
	if (opens_port(c, flow))
		return RECORD_CAUSE_PORTMAP;
	if (links_tunnel_address(c->links, &flow->key.saddr) == LINKS_TUNNEL_FALLEN)
		return RECORD_CAUSE_TUNNEL_ADDRESS;
	if (!links_tunnels_up(c->links))
		return by_fall(flow, links_tunnel_fallen(c->links, NULL), ret);
	if (was_login(c, flow))
		return RECORD_CAUSE_LOGIN;

	a = query_flow(c, flow, now);
	tunnel = into_tunnel(c, a);
	fallen = tunnel ? NULL : fallen_before(c, &flow->key.daddr);
	if (fallen)
		return by_fall(flow, fallen, ret);
	if (is_probed(c, flow, a, tunnel))
		return RECORD_CAUSE_TUNNEL_PROBED;
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
	return a->lookup == 0 ? by_table(c, flow, a, ret) : RECORD_CAUSE_NONE;
}

static struct la_flow_key ends_of(const struct la_flow_key *k)
{
	return (struct la_flow_key){ .saddr = k->saddr,
				     .daddr = k->daddr,
				     .ports = k->ports,
				     .proto = k->proto,
				     .family = k->family };
}

static struct found *found_of(struct causes *c, const struct la_flow_key *ends)
{
	uint64_t h = (ends->saddr.q[0] ^ ends->saddr.q[1] ^ ends->daddr.q[0] ^ ends->daddr.q[1] ^
		      ends->ports ^ (uint64_t)ends->proto << 32) *
		     0x9e3779b97f4a7c15ULL;

	return &c->found[(h >> 32) % FOUND_SIZE];
}

void cause_of(struct causes *c, const struct la_flow *flow, struct cause *ret)
{
	const struct la_flow_key ends = ends_of(&flow->key);
	uint64_t generation = links_tunnel_generation(c->links);
	struct found *f = found_of(c, &ends);

	if (f->generation == generation && f->key.family && !memcmp(&f->key, &ends, sizeof(ends))) {
		*ret = f->cause;
		return;
	}
	*ret = (struct cause){ 0 };
	ret->cause = decide(c, flow, ret);
	if (ret->cause && flow->key.sport)
		*f = (struct found){ .key = ends, .generation = generation, .cause = *ret };
}

void cause_tell(const struct cause *c, struct record_leak *l)
{
	l->cause = c->cause;
	if (c->cause == RECORD_CAUSE_ROUTE)
		l->route = (struct record_route){ .prefix = c->prefix,
						  .protocol = c->protocol[0] ? c->protocol : NULL };
	if (c->cause == RECORD_CAUSE_RULE)
		l->rule = (struct record_rule){ .selector = c->selector, .priority = c->priority };
	if (c->tunnel[0])
		l->tunnel = (struct record_tunnel){ .name = c->tunnel,
						    .prefix = c->claim[0] ? c->claim : NULL };
}
