/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queries the routing tables: where a packet would go and by which route; all routes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "nl.h"

struct route_query {
	struct la_addr dst;
	struct la_addr src; /* an address of this machine; all zero: any */
	uint32_t mark;
	uint32_t uid; /* (uint32_t)-1: unknown */
	uint32_t oif; /* 0: any */
	uint32_t iif; /* by which it came in to be forwarded, with src as it is; 0: it is sent here */
	uint8_t proto; /* used for TCP and UDP only */
	uint16_t sport, dport; /* 0: any */
};

struct route_answer {
	uint32_t oif; /* 0: multipath */
	bool onlink; /* no router is between */
	uint32_t table; /* of route_match() */
	struct link_prefix dst;
	uint8_t protocol; /* RTPROT_* */
};

/* Where the packet would go. 0; -ENETUNREACH and the like; -errno. */
int route_lookup(struct nl *nl, const struct route_query *q, struct route_answer *ret);

/* The route that matches the packet: its table, prefix and protocol. */
int route_match(struct nl *nl, const struct route_query *q, struct route_answer *ret);

/* A path of a route. The paths of one route differ only in via and oif. */
struct route_entry {
	struct link_prefix dst;
	struct la_addr via; /* all zero: dst is on-link */
	uint32_t oif; /* 0: the path is the nexthop object */
	uint32_t nexthop; /* its number, where net.ipv4.nexthop_compat_mode is 0; else 0 */
	uint32_t table;
	uint32_t metric;
	uint8_t protocol; /* RTPROT_* */
	uint8_t type; /* RTN_* */
	uint8_t family; /* 4, 6 */
};

/*
 * Calls fn for each path of each route of the types (bits: 1 << RTN_*) that a packet from here may
 * take: of the tables that rules name, except the local one. family: 4 or 6. A negative return of
 * fn ends it. -EINTR: a change has interrupted it, repeat it. -errno.
 */
typedef int route_entry_fn(void *arg, const struct route_entry *e);
int route_each(struct nl *nl, unsigned int family, uint32_t types, route_entry_fn *fn, void *arg);

/* For what was read apart (nl_read.h). */
bool route_entry_is_possible(const struct route_entry *e);

/* Calls fn for each path of the route that a message (RTM_NEWROUTE, RTM_DELROUTE) is about, if it
 * is of the types; 0 for other messages. */
int route_take(const struct nlmsghdr *nlh, uint32_t types, route_entry_fn *fn, void *arg);

/* "dhcp", or the number; "" where whoever set it has not said who that is (RTPROT_BOOT,
 * which ip(8) sets by default). */
void route_protocol_name(uint8_t protocol, char *buf, size_t size);

/* "10.0.0.0/8", "2001:db8::/32" */
void route_prefix_name(const struct link_prefix *p, char *buf, size_t size);
