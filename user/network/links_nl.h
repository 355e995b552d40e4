/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses rtnetlink messages about links and addresses. */
#pragma once

#include "link.h"
#include "nexthops.h"
#include "nl_read.h"
#include "route.h"

enum links_msg {
	LINKS_MSG_OTHER, /* not relevant, or malformed */
	LINKS_MSG_LINK, /* link is filled: it is new or has changed */
	LINKS_MSG_LINK_GONE, /* link.ifindex and its counters are filled */
	LINKS_MSG_ADDR, /* addr and link.ifindex are filled */
	LINKS_MSG_ADDR_GONE,
	LINKS_MSG_ROUTE, /* of links_kind alone, as the next: a way of a unicast route */
	LINKS_MSG_NEXTHOP, /* one that routes may name */
};

struct links_nl {
	struct link link; /* role, pppoe and lists are not set */
	struct link_addr addr;
};

enum links_msg links_nl_parse(const struct nlmsghdr *nlh, struct links_nl *ret);

/* All that is told by a socket of links_open(): a struct links_item for each. */
struct links_item {
	enum links_msg msg;
	union {
		struct links_nl nl;
		struct route_entry route;
		struct nexthop nexthop;
	};
};
extern const struct nl_kind links_kind;

/* Requests a dump of all links or addresses. */
int links_nl_dump_links(struct nl *nl);
int links_nl_dump_addrs(struct nl *nl);

/* Requests one link. The answer has the form of a change. */
int links_nl_get_link(struct nl *nl, uint32_t ifindex);

/* For netns_run(): whether the namespace has PPPoE sessions. */
int links_has_pppoe(void *arg);
