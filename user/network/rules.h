/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of policy routing (ip-rule(8)): which of them a packet of this machine follows. */
#pragma once

#include "nl_read.h"
#include "route.h"

struct rule {
	uint32_t priority;
	uint32_t table; /* 0: it leads to none */
	uint32_t jump; /* to the rule of this priority; 0: no */
	int suppress; /* routes with so many bits or fewer do not count; -1: all do */
	bool invert;
	bool elsewhere; /* for what is forwarded, bound to an interface or of a VRF */
	uint32_t mark, mask; /* mask 0: any */
	bool has_uid;
	uint32_t uid[2]; /* from, to */
	uint8_t proto; /* 0: any */
	uint16_t sport[2], dport[2]; /* from, to; 0: any */
	bool has_src, has_dst;
	struct link_prefix src, dst;
};

struct rules {
	struct rule *v;
	size_t n;
};

/* All of a family (4, 6), in their order. -EINTR: torn by a change, -errno. */
int rules_read(struct nl *nl, unsigned int family, struct rules *ret);
/* Reads the rule of a message. False: it has none. */
bool rules_parse(const struct nlmsghdr *nlh, struct rule *ret);
extern const struct nl_kind rules_kind;
void rules_free(struct rules *r);

/* Whether it takes that packet. */
bool rule_takes(const struct rule *r, const struct route_query *q);

/* The one by which the packet came to a route of that table and prefix; NULL: none is known. */
const struct rule *rules_decider(const struct rules *r, const struct route_query *q, uint32_t table,
				 const struct link_prefix *dst);

/* The first that leads to that table; NULL: none. */
const struct rule *rules_to(const struct rules *r, uint32_t table);

/* Whether it takes but some packets. */
bool rule_selects(const struct rule *r);

/* "not fwmark 0xca6c", "uidrange 1000-1000", as ip-rule(8) has it */
void rule_name(const struct rule *r, char *buf, size_t size);
