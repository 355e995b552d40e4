/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run counts and remembers: flows, totals, names, dropouts. */
#pragma once

#include "account/dropout.h"
#include "account/enrich.h"
#include "account/flows.h"
#include "account/pending.h"
#include "account/totals.h"
#include "facts/kernel_side.h"
#include "payload/hellos.h"
#include "policy/known_resolvers.h"

struct accounts {
	struct enrich *enrich;
	struct flows *flows;
	struct pending *pending; /* events of packets that are on their way */
	struct totals *totals;
	struct known_resolvers *known; /* resolvers known to encrypt */
	struct hellos *hellos;
	struct record_sum inside; /* messages that revealed an address; key is unused */
	struct dropouts dropouts;
	struct origins *origins; /* of forwarded packets */
};

/* mount: of cgroup v2. flows, pending, origins and known stay NULL: the caller opens them. */
int accounts_open(struct accounts *a, const char *mount);
void accounts_close(struct accounts *a);

/* The present time, and all that has tried to leave so far. */
struct dropout_moment accounts_moment(const struct accounts *a, const struct kernel_side *k);

/*
 * Completes the record of a tunnel that went down or came up with time and dropout. The dropout is
 * owned by a.
 */
void accounts_tunnel(struct accounts *a, const struct kernel_side *k, struct record *r);

/* Adds the flows of a followed guard that ended before we started. */
void accounts_add_retained(struct accounts *a, const struct kernel_side *k);

/* Fills in the totals, after the flows were ended. The tables in *ret are owned by a. */
void accounts_sum(struct accounts *a, const struct kernel_side *k, struct record_summary *ret);

/* Whether anything leaked, inside the tunnel or past it. */
bool accounts_leaked(const struct accounts *a);
