/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A datagram of netlink, as an answer of the kernel or as what it tells. Names, rules and tunnels
 * in it are whoever's the namespace is.
 */
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include "fuzz.h"
#include "network/conntrack.h"
#include "network/copies.h"
#include "network/counters.h"
#include "network/links_nl.h"
#include "network/nat.h"
#include "network/nexthops.h"
#include "network/route.h"
#include "network/rules.h"
#include "facts/transport_nl.h"

static bool ends_within(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void read_link(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[IFLA_MAX + 1];
	struct link_counters counters;
	struct links_nl m;

	switch (links_nl_parse(nlh, &m)) {
	case LINKS_MSG_LINK:
		REQUIRE(m.link.ifindex && ends_within(m.link.name, sizeof(m.link.name)));
		REQUIRE(ends_within(m.link.kind, sizeof(m.link.kind)));
		REQUIRE(ends_within(m.link.master_kind, sizeof(m.link.master_kind)));
		link_wants_tc(&m.link);
		break;
	case LINKS_MSG_ADDR:
	case LINKS_MSG_ADDR_GONE:
		REQUIRE(m.addr.family == 4 || m.addr.family == 6);
		REQUIRE(m.addr.net.len <= 128);
		break;
	default:
		break;
	}
	if (nl_msg_attrs(nlh, sizeof(struct ifinfomsg), tb, ARRAY_SIZE(tb)))
		link_counters_parse(tb[IFLA_STATS64], &counters);
}

static int on_route(void *arg, const struct route_entry *e)
{
	char name[64];

	(void)arg;
	REQUIRE(e->dst.len <= 128);
	route_protocol_name(e->protocol, name, sizeof(name));
	route_prefix_name(&e->dst, name, sizeof(name));
	return 0;
}

static int on_way(void *arg, uint32_t oif)
{
	(void)oif;
	return ++*(unsigned int *)arg == 1000;
}

static void on_nexthop(void *ways, const struct nexthop *one)
{
	REQUIRE(!nexthops_add(ways, one));
}

static void read_routes(const struct nlmsghdr *nlh, struct nexthops *ways)
{
	unsigned int n = 0;

	route_take(nlh, ~0U, on_route, NULL);
	nexthops_read(nlh, on_nexthop, ways);
	nexthops_each(ways, 1, on_way, &n);
}

/* Of a packet with the addresses that seeds.py has. */
static void read_connection(const struct nlmsghdr *nlh, unsigned int family)
{
	struct la_flow_key out = {
		.family = (uint8_t)family, .proto = IPPROTO_UDP, .sport = 7, .dport = 9
	};
	static const uint8_t near[] = { 192, 0, 2, 1 }, far[] = { 192, 0, 2, 2 };
	struct la_flow_key in;

	out.saddr = out.daddr = (struct la_addr){ 0 };
	if (family == 4) {
		out.saddr = addr_from_4(far);
		out.daddr = addr_from_4(near);
	} else {
		memcpy(&out.saddr.b[12], far, sizeof(far));
		memcpy(&out.daddr.b[12], near, sizeof(near));
	}
	if (conntrack_read(nlh, &out, &in))
		REQUIRE((in.family == 4 || in.family == 6) && !in.netns && !in.cookie);
}

static void read_rules(const struct nlmsghdr *nlh)
{
	struct copies_rule of = { .family = 5, .table = "t", .chain = "c" }, rule;

	REQUIRE(!(nat_of_chain(nlh) & ~3U));
	copies_of_ingress(nlh, &of);
	if (!copies_of_rule(nlh, &rule)) {
		REQUIRE(!rule.does[0]);
		return;
	}
	REQUIRE(rule.does[0] && ends_within(rule.does, sizeof(rule.does)));
	REQUIRE(ends_within(rule.table, sizeof(rule.table)));
	REQUIRE(ends_within(rule.chain, sizeof(rule.chain)));
}

static void read_policy(const struct nlmsghdr *nlh)
{
	const struct route_query q = { .dst = addr_from_4("\xc0\0\2\1"), .dport = 53 };
	struct rule rule;
	const struct rules rules = { &rule, 1 };
	char name[64];

	if (!rules_parse(nlh, &rule))
		return;
	REQUIRE(rule.src.len <= 128 && rule.dst.len <= 128);
	rule_takes(&rule, &q);
	rules_decider(&rules, &q, rule.table, &rule.dst);
	rule_name(&rule, name, sizeof(name));
	REQUIRE(ends_within(name, sizeof(name)));
}

static void on_queue(void *arg, uint32_t ifindex, const struct link_queue *q)
{
	(void)arg;
	(void)q;
	REQUIRE(ifindex);
}

static int on_peer(void *arg, const struct la_endpoint *ep, uint32_t mark, uint16_t sport)
{
	(void)mark;
	(void)sport;
	REQUIRE(ep->proto && !ep->cookie);
	++*(int *)arg;
	return 0;
}

static void read_tunnels(const struct nlmsghdr *nlh)
{
	static const struct link link = { .ifindex = 7, .remote_port = 4789 };
	static int (*const takes[])(void *peers, const struct nlmsghdr *nlh) = {
		transport_take_wireguard, transport_take_vxlan, transport_take_ipsec
	};
	int told = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(takes); i++) {
		struct transport_peers peers = { .link = &link, .fn = on_peer, .arg = &told };

		told = 0;
		REQUIRE(!takes[i](&peers, nlh) && peers.found == told);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct nexthops ways = { 0 };
	const struct nlmsghdr *m;
	uint8_t *datagram;
	size_t len;
	int left;

	datagram = input_bytes(&in, in.left, &len);
	left = (int)len;
	for (m = (void *)datagram; nl_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
		read_link(m);
		read_routes(m, &ways);
		read_connection(m, 4);
		read_connection(m, 6);
		read_rules(m);
		read_policy(m);
		link_queue_take(m, on_queue, NULL);
		read_tunnels(m);
		if (m->nlmsg_type == NLMSG_ERROR || m->nlmsg_type == NLMSG_DONE)
			REQUIRE(nl_error(m) <= 0);
	}
	free(ways.v);
	free(datagram);
	return 0;
}
