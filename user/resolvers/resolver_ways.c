/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which way a resolver's questions leave: where the addresses that it asks are routed. Those are
 * the ones that it was seen to ask, and those of its resolv.conf. While none is known, it is taken
 * to ask anybody. Sockets that it has are looked at as well: they may be bound, or connected before
 * there was a tunnel. A resolver that was seen to ask past the tunnel does so until interfaces or
 * routes change, whatever they say: it may bind each socket anew. What cannot be proven is exposed.
 * What one in a container sends is routed twice, there and at home.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/addr_special.h"
#include "core/verdict.h"
#include "datapath/resolver_hooks.h"
#include "host/proc.h"
#include "network/nl.h"
#include "network/resolv_conf.h"
#include "network/route.h"
#include "resolvers_priv.h"
#include "facts/transport.h"

#define LOOPBACK_IFINDEX 1

#define ADDRS_MAX 64

struct lookout {
	const struct resolvers *all;
	const struct resolver *who;
	struct nl *nl; /* of its network namespace */
	struct nl *home; /* NULL: it is in no container */
	struct la_addr addrs[ADDRS_MAX];
	size_t n;
	const struct resolver *next[ADDRS_MAX]; /* on this machine, whom it asks */
	size_t n_next;
	size_t leave; /* of these, such as are not on this machine */
	struct la_resolver way;
	bool exposed;
};

static void take_addr(struct lookout *o, const struct la_addr *addr)
{
	if (o->n < ADDRS_MAX)
		o->addrs[o->n++] = *addr;
}

/* datapath_server_fn */
static void take_server(void *arg, const struct la_endpoint *at)
{
	struct lookout *o = arg;
	const struct resolver *next = resolvers_next_at(o->all, o->who, at);

	if (!next)
		take_addr(o, &at->addr);
	else if (o->n_next < ADDRS_MAX)
		o->next[o->n_next++] = next;
}

/* Those that were found behind it, also such as it has not asked yet. */
static void take_next(struct lookout *o)
{
	const struct resolver *next;
	size_t i;

	for (i = 0; (next = resolvers_next(o->all, i)); i++)
		if (next != o->who && next->asked_by == o->who->owner.tgid && o->n_next < ADDRS_MAX)
			o->next[o->n_next++] = next;
}

/* As the resolver sees the file. */
static void take_file(struct lookout *o, const char *path)
{
	struct la_addr found[RESOLVERS_MAX];
	char name[64 + 32];
	size_t n, i;

	snprintf(name, sizeof(name), "/proc/%u/root%s", o->who->owner.tgid, path);
	n = resolv_conf_read(name, found);
	for (i = 0; i < n; i++)
		take_addr(o, &found[i]);
}

/* The resolv.conf that systemd-resolved writes has its servers; the other one leads to itself. */
static void find_addrs(struct lookout *o)
{
	const struct la_owner *who = &o->who->owner;
	struct la_endpoint target;

	if (resolvers_proxy_target(o->who, &target)) {
		take_server(o, &target);
		return;
	}
	datapath_each_server(o->all->cfg.datapath, who->tgid, take_server, o);
	take_next(o);
	take_file(o, strncmp(who->comm, "systemd-resolve", 15)
			     ? "/etc/resolv.conf"
			     : "/run/systemd/resolve/resolv.conf");
}

static void add_tunnel(struct la_resolver *way, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < LA_RESOLVER_TUNNELS; i++) {
		if (!way->tunnels[i])
			way->tunnels[i] = ifindex;
		if (way->tunnels[i] == ifindex)
			return;
	}
	way->unproven = true;
}

/* Whether it may be asked past the tunnel. */
static bool is_let_out(const struct lookout *o, const struct route_query *q, uint8_t family)
{
	const struct policy *p = o->all->cfg.policy;
	const struct la_flow_key k = {
		.daddr = q->dst, .dport = q->dport, .proto = q->proto, .family = family
	};

	return policy_allows(p, &k) || (p->drop && !la_is_unwanted(family, LA_CLASS_DNS, p->drop));
}

/* What comes from a container goes on by a route of home, as it came in; *ret becomes that. */
static int route_on(const struct lookout *o, const struct route_query *q, struct route_answer *ret)
{
	const struct box *b = boxes_by(o->all->boxes, o->who->netns, ret->oif);
	const struct la_addr *from = b ? box_addr(b, addr_family(&q->dst)) : NULL;
	struct route_query on = *q;

	if (!from)
		return -ENOENT;
	if (addr_is_any(&on.src))
		on.src = *from;
	on.iif = b->bridge ?: b->end;
	on.oif = 0;
	on.mark = 0;
	on.uid = (uint32_t)-1;
	return route_lookup(o->home, &on, ret);
}

static int route(const struct lookout *o, const struct route_query *q, struct route_answer *ret)
{
	int r = route_lookup(o->nl, q, ret);

	return r || !o->home || ret->oif == LOOPBACK_IFINDEX ? r : route_on(o, q, ret);
}

static int role_of(const struct lookout *o, uint32_t ifindex)
{
	const struct namespaces *n = o->all->cfg.namespaces;

	return namespaces_role(n, o->home ? namespaces_home(n)->cookie : o->who->netns, ifindex);
}

/* Where such a question would go. */
static void look_by(struct lookout *o, const struct route_query *q)
{
	uint8_t family = (uint8_t)addr_family(&q->dst);
	struct route_answer to;
	int r = route(o, q, &to), role;

	if (r == -ENETUNREACH || r == -EHOSTUNREACH || r == -EACCES || r == -EINVAL) {
		o->leave++; /* to nowhere */
		return;
	}
	if (!r && to.oif == LOOPBACK_IFINDEX) /* it is another resolver's, or the scope's own */
		return;
	o->leave++;
	role = r || !to.oif ? -ENOENT : role_of(o, to.oif);
	if (role == LA_ROLE_TUNNEL && !addr_special(&q->dst, ADDR_LINK_LOCAL))
		add_tunnel(&o->way, to.oif);
	else if (!is_let_out(o, q, family))
		o->exposed = true;
}

static bool has_addr(const struct la_addr *a)
{
	return !addr_special(a, ADDR_NOBODYS);
}

/* by: what is known of the socket. */
static void look_at(struct lookout *o, const struct route_query *by, const struct la_addr *addr)
{
	struct route_query q = *by;

	if (q.oif && addr_special(addr, ADDR_NOBODYS)) /* the kernel would route it there */
		return;
	if (has_addr(&q.src) && addr_family(&q.src) != addr_family(addr))
		return;
	q.dst = *addr;
	q.uid = o->who->owner.uid;
	q.proto = IPPROTO_UDP;
	q.dport = 53;
	look_by(o, &q);
}

/* Some of the root servers and of the public resolvers: one in each half of the internet. */
static void look_anywhere(struct lookout *o, const struct route_query *by)
{
	static const char *const anywhere[] = { "8.8.8.8", "198.41.0.4", "2001:4860:4860::8888",
						"2a01:4f8::1" };
	struct la_addr addr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(anywhere); i++)
		if (addr_parse(anywhere[i], &addr))
			look_at(o, by, &addr);
}

/* The next resolver's way is its own. */
static void look_at_next(struct lookout *o, const struct resolver *next)
{
	size_t i;

	if (next->told.way == LA_WAY_EXPOSED)
		o->exposed = true;
	for (i = 0; i < LA_RESOLVER_TUNNELS; i++)
		if (next->told.tunnels[i])
			add_tunnel(&o->way, next->told.tunnels[i]);
	o->way.unproven |= next->told.unproven;
	o->leave++;
}

/* Where the addresses that it asks are routed. */
static void look_for_addrs(struct lookout *o, const struct route_query *by)
{
	size_t i;

	o->leave = 0;
	for (i = 0; i < o->n_next; i++)
		look_at_next(o, o->next[i]);
	for (i = 0; i < o->n; i++)
		look_at(o, by, &o->addrs[i]);
	if (!o->leave)
		look_anywhere(o, by);
}

/* Where it is, and what it is looked at by. */
struct look {
	struct netns *opened;
	const struct netns *ns;
	struct nl *nl, *home;
};

static void look_end(struct look *l)
{
	nl_free(l->nl);
	nl_free(l->home);
	netns_free(l->opened);
}

/* Before its addresses are found. Returns whether it can be looked at. */
static bool look_begin(struct lookout *o, struct look *l)
{
	const struct resolvers *r = o->all;
	const struct netns *home = namespaces_home(r->cfg.namespaces);

	l->ns = resolvers_netns(r, o->who->netns, &l->opened);
	if (!l->ns || nl_open(&l->nl, l->ns, NETLINK_ROUTE, 0))
		return false;
	if (resolvers_is_boxed(r, o->who->netns) && nl_open(&l->home, home, NETLINK_ROUTE, 0))
		return false;
	o->nl = l->nl;
	o->home = l->home;
	find_addrs(o);
	return true;
}

/* --- the sockets that it has --- */

/* By ports below it answers; these are of multicast DNS and LLMNR. */
#define PORTS_OF_SERVERS 1024
#define PORT_MDNS 5353
#define PORT_LLMNR 5355

/* transport_socket_fn */
static int look_at_socket(void *arg, const struct transport_socket *s)
{
	struct lookout *o = arg;
	struct route_query q = { .dst = s->to.addr,
				 .mark = s->mark,
				 .uid = o->who->owner.uid,
				 .oif = s->ifindex,
				 .proto = s->to.proto,
				 .sport = s->port,
				 .dport = s->to.port };

	if (has_addr(&s->from))
		q.src = s->from;
	if (la_is_server_port(s->to.port) && has_addr(&s->to.addr))
		look_by(o, &q);
	else if (!s->to.port && s->port >= PORTS_OF_SERVERS && s->port != PORT_MDNS &&
		 s->port != PORT_LLMNR && (q.mark || q.oif || has_addr(&s->from)))
		look_for_addrs(o, &q);
	return o->exposed;
}

void resolver_find_bound(const struct resolvers *r, struct resolver *who)
{
	const struct transport_holder h = {
		.tgid = who->owner.tgid,
		.start_ticks = proc_ticks_of_ns(who->owner.start_ns),
	};
	struct lookout o = { .all = r, .who = who };
	_cleanup_(look_end) struct look l = { 0 };

	if (look_begin(&o, &l))
		transport_bound_sockets(&h, l.ns, look_at_socket, &o);
	who->bound = o.exposed;
}

/* --- its way --- */

static bool is_in_scope(const struct resolvers *r, const struct resolver *who)
{
	return scopes_of_pid(r->cfg.scopes, (pid_t)who->owner.tgid) != 0;
}

static void look(struct lookout *o)
{
	static const struct route_query by_none;
	_cleanup_(look_end) struct look l = { 0 };

	o->exposed = o->who->strays || o->who->bound || !look_begin(o, &l);
	if (!o->exposed)
		look_for_addrs(o, &by_none);
}

/* From now on the scope is refused. What was asked before is on its way. */
static uint64_t stops_until(const struct resolver *who, uint8_t way)
{
	return who->told.way == LA_WAY_TUNNEL && way == LA_WAY_EXPOSED ? ktime_now() + LA_ASKED_FOR
								       : who->told.stops_until;
}

int resolver_find_way(const struct resolvers *r, struct resolver *who)
{
	struct lookout o = { .all = r,
			     .who = who,
			     .way = { .netns = who->netns, .does_more = who->does_more } };

	if (is_in_scope(r, who)) {
		o.way.way = LA_WAY_SCOPE;
	} else {
		look(&o);
		o.way.way = o.exposed ? LA_WAY_EXPOSED : LA_WAY_TUNNEL;
		if (!o.way.tunnels[0] || resolvers_is_boxed(r, who->netns))
			o.way.unproven = true;
	}
	if (who->is_told)
		o.way.stops_until = stops_until(who, o.way.way);
	if (who->is_told && !memcmp(&o.way, &who->told, sizeof(o.way)))
		return 0;
	who->told = o.way;
	who->is_told = true;
	return datapath_set_resolver(r->cfg.datapath, who->owner.tgid, &o.way);
}

void resolvers_find_ways(struct resolvers *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		resolver_find_way(r, r->v[i]);
}

void resolvers_changed(struct resolvers *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		r->v[i]->strays = false;
		resolver_find_bound(r, r->v[i]);
	}
	resolvers_find_ways(r);
}

void resolvers_stray(struct resolvers *r, const struct resolver *who)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (r->v[i] != who || who->strays)
			continue;
		r->v[i]->strays = true;
		resolver_find_way(r, r->v[i]);
	}
}
