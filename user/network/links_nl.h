/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnetlink's messages about links and addresses, and what they say. */
#pragma once

#include "link.h"
#include "nl.h"

enum links_msg {
	LINKS_MSG_OTHER, /* nothing for us, or malformed */
	LINKS_MSG_LINK, /* link is filled: new or changed */
	LINKS_MSG_LINK_GONE, /* link.ifindex */
	LINKS_MSG_ADDR, /* addr and link.ifindex are filled */
	LINKS_MSG_ADDR_GONE,
};

struct links_nl {
	struct link link; /* role, pppoe and the lists are not its business */
	struct link_addr addr;
};

enum links_msg links_nl_parse(const struct nlmsghdr *nlh, struct links_nl *ret);

/* Asks for a dump of all links or addresses. */
int links_nl_dump_links(struct nl *nl);
int links_nl_dump_addrs(struct nl *nl);

/* One link; the answer comes as a message like those of its changes. */
int links_nl_get_link(struct nl *nl, uint32_t ifindex);
