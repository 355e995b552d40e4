/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run counts and remembers: flows, totals, names, dropouts. */
#pragma once

#include "account/dropout.h"
#include "account/enrich.h"
#include "account/flows.h"
#include "account/pending.h"
#include "account/totals.h"
#include "namespaces/kernel_side.h"
#include "payload/reader.h"
#include "payload/seams.h"
#include "policy/known_resolvers.h"
#include "record/record_scope.h"

/* What is known of one of several scopes; key is unused. */
struct scope_account {
	struct totals *totals;
	struct record_sum possible, inside;
};

/* Rows of the summary: one for each scope, and one for what belongs to none that is known. */
#define SCOPE_ROWS (SCOPES_MAX + 1)

struct accounts {
	struct scope_account scopes[SCOPE_ROWS]; /* by number; 0: not known */
	size_t n_scopes; /* 0: there is only one, with the totals below */
	struct record_scope_sums scope_rows[SCOPE_ROWS];
	struct record_sum scope_sums[SCOPE_ROWS];
	struct enrich *enrich;
	struct flows *flows;
	struct pending *pending; /* events of packets that are on their way */
	struct totals *totals;
	struct known_resolvers *known; /* resolvers known to encrypt */
	struct reader *reader; /* of payloads */
	struct seams seams;
	struct record_sum inside; /* messages that revealed an address; key is unused */
	struct {
		char name[16]; /* "": unknown */
		uint32_t pid;
	} teller; /* of the last of them */
	struct record_sum possible; /* packets of resolvers that may be the scopes'; the same */
	struct dropouts dropouts;
	struct origins *origins; /* of forwarded packets */
};

/* flows, pending, origins and known stay NULL: the caller opens them. */
int accounts_open(struct accounts *a, const struct scopes *scopes);
void accounts_close(struct accounts *a);

/* The present time, and all that has tried to leave so far. */
struct dropout_moment accounts_moment(const struct accounts *a, const struct kernel_side *k);
/*
 * What of it others have stopped, or is on its way. Of packets without a flow that shows as what is
 * missing; fragmentation adds to what left.
 */
struct la_sum accounts_held(const struct dropout_moment *m);

/*
 * Completes the record of a tunnel that went down or came up with time and dropout. The dropout is
 * owned by a.
 */
void accounts_tunnel(struct accounts *a, const struct kernel_side *k, struct record *r);

/* Adds the flows of a followed guard that ended before we started. */
void accounts_add_retained(struct accounts *a, const struct kernel_side *k);

/* Counts a flow that is over, with its scope. interface: NULL: unknown. */
void accounts_add_flow(struct accounts *a, const struct la_flow *f, const char *interface,
		       const struct record_process *process);

/* Counts what may be the scope's, and what revealed an address. */
void accounts_add_possible(struct accounts *a, const struct la_flow *f);
void accounts_add_inside(struct accounts *a, const struct la_flow *f,
			 const struct record_process *teller);

/* Fills in the totals, after the flows were ended. The tables in *ret are owned by a. */
void accounts_sum(struct accounts *a, const struct kernel_side *k, struct record_summary *ret);

/* Whether anything leaked, inside the tunnel or past it. */
bool accounts_leaked(const struct accounts *a);
