/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cause of a leak: derived from interfaces, the routing table and the resolver's configuration,
 * as far as they prove it.
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

/* One for each table of links. The table is borrowed and must outlive it. */
int causes_open(struct causes **ret, const struct links *l);
void causes_free(struct causes *c);

static inline void causes_freep(struct causes **c)
{
	causes_free(*c);
}

/*
 * flow->key.ifindex is an interface of the table. Makes at most two queries to the routing table,
 * which the kernel answers at once. Answers are cached for a second or until an interface changes.
 * Call it when the leak is seen, since facts may change later.
 */
void cause_of(struct causes *c, const struct la_flow *flow, struct cause *ret);

/* For a record; the strings are those of c. */
static inline struct record_route cause_route(const struct cause *c)
{
	return c->cause == RECORD_CAUSE_ROUTE
		       ? (struct record_route){ .prefix = c->prefix, .protocol = c->protocol }
		       : (struct record_route){ 0 };
}
