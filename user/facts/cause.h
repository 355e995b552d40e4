/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cause of a leak: derived from interfaces, the routing table and the resolver's configuration,
 * as far as they prove it.
 */
#pragma once

#include "network/links.h"
#include "record/record.h"

struct causes;

struct cause {
	enum record_cause cause; /* RECORD_CAUSE_NONE: not proven */
	char prefix[64]; /* with RECORD_CAUSE_ROUTE: "0.0.0.0/1" */
	char protocol[16]; /* "dhcp", "ra", "static", ..., the number; "": not known */
	char selector[128]; /* with RECORD_CAUSE_RULE: "not fwmark 0xca6c" */
	uint32_t priority; /* the same */
	/* That fell, or with RECORD_CAUSE_ROUTE the one that claims the range: */
	char tunnel[IFNAMSIZ];
	char claim[64]; /* "10.8.0.0/24" */
};

/* One for each table of links. The table is borrowed and must outlive it. */
int causes_open(struct causes **ret, const struct links *l);
void causes_free(struct causes *c);

static inline void causes_freep(struct causes **c)
{
	causes_free(*c);
}

/*
 * flow->key.ifindex is an interface of the table. Makes a few queries, which the kernel answers at
 * once. Answers are cached for a second or until an interface changes. Call it when the leak is
 * seen, since facts may change later. The cause of two addresses and their ports is kept for all
 * their packets until a tunnel changes.
 */
void cause_of(struct causes *c, const struct la_flow *flow, struct cause *ret);

/* Sets the fields of a record; the strings are those of c. */
void cause_tell(const struct cause *c, struct record_leak *l);
