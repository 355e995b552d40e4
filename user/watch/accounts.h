/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run counts and remembers of what it has seen: flows, sums, names, dropouts. */
#pragma once

#include "account/dropout.h"
#include "account/enrich.h"
#include "account/flows.h"
#include "account/totals.h"
#include "facts/kernel_side.h"
#include "payload/hellos.h"
#include "policy/known_resolvers.h"

struct accounts {
	struct enrich *enrich;
	struct flows *flows;
	struct totals *totals;
	struct known_resolvers *known; /* resolvers that encrypt */
	struct hellos *hellos;
	struct record_sum inside; /* messages that told an address; key unused */
	struct dropouts dropouts;
};

/* mount: of cgroup v2. Flows are opened when the table is there, by flows_open(). */
int accounts_open(struct accounts *a, const char *mount);
void accounts_close(struct accounts *a);

/* Now, and all that has tried to leave so far. */
struct dropout_moment accounts_moment(const struct accounts *a, const struct kernel_side *k);

/* A tunnel fell or came back: r, which says so, is told when, and what happened
 * meanwhile. The dropout in it is ours. */
void accounts_tunnel(struct accounts *a, const struct kernel_side *k, struct record *r);

/* The sums of flows that were over before we came, of an adopted kernel's side. */
void accounts_add_retained(struct accounts *a, const struct kernel_side *k);

/* All there is, when the flows are ended. The summary's tables are ours. */
void accounts_sum(struct accounts *a, const struct kernel_side *k, struct record_summary *ret);

/* Whether anything leaked, inside the tunnel or past it. */
bool accounts_leaked(const struct accounts *a);
