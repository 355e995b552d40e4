/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a leak left where it did: from the interfaces, the routing table and the
 * resolver's configuration, as far as they prove it.
 */
#pragma once

#include "network/links.h"
#include "report/record.h"

struct causes;

struct cause {
	enum record_cause cause; /* RECORD_CAUSE_NONE: not proven */
	char prefix[64]; /* with RECORD_CAUSE_ROUTE: "0.0.0.0/1" */
	char protocol[16]; /* "dhcp", "ra", "static", ..., or the number */
};

/* One for each table of links, which is borrowed and outlives it. */
int causes_open(struct causes **ret, const struct links *l);
void causes_free(struct causes *c);

static inline void causes_freep(struct causes **c)
{
	causes_free(*c);
}

/* flow->key.ifindex is an interface of the table. Two questions to the routing
 * table at most, answered by the kernel at once; answers are kept for a second
 * or until an interface changes. Call it when the leak is seen: later the facts
 * may be others. */
void cause_of(struct causes *c, const struct la_flow *flow, struct cause *ret);

/* For a record; points into c. */
static inline struct record_route cause_route(const struct cause *c)
{
	return c->cause == RECORD_CAUSE_ROUTE
		       ? (struct record_route){ .prefix = c->prefix, .protocol = c->protocol }
		       : (struct record_route){ 0 };
}
