/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow table of a replay, in ordinary memory. It grows without a limit, so every flow has a
 * record. A record does not move until it is removed.
 */
#pragma once

#include <stdbool.h>

#include "core/event.h"
#include "base/util.h"

struct flow_note;

struct replay_flow {
	/* with --all the lower endpoint is first in its key */
	struct la_flow flow __attribute__((aligned(64)));
	uint64_t serial; /* order of opening, from 1 */
	uint64_t active; /* time of the last packet, ns since 1970 */
	uint64_t reported_at; /* time of the last event */
	struct flow_note *note; /* what aggregated events have told of it; NULL: nothing */
	uint32_t hash;
	uint32_t facts; /* LA_FACT_... */
	uint32_t facts_of; /* addresses that the host had when they were found; 0: none yet */
	/* what the classifier keeps of the other direction */
	struct la_utp_seen utp_back;
	uint32_t scratch_back;
	bool swapped; /* the first packet was sent by the higher endpoint */
	bool ingress;
	bool grown; /* since the last event */
};

struct replay_flows;

int replay_flows_open(struct replay_flows **ret);
void replay_flows_free(struct replay_flows *t);

static inline void replay_flows_freep(struct replay_flows **t)
{
	replay_flows_free(*t);
}

/* The hash has a random seed: nobody can make a capture of colliding flows. */
uint64_t replay_hash(const struct replay_flows *t, const struct la_flow_key *key);

/*
 * Two steps of what replay_flows_find() will read, each some packets ahead of the next: with more
 * flows than a cache holds, most of the time of a packet would be the wait for them.
 */
void replay_flows_fetch_slot(const struct replay_flows *t, uint64_t hash);
void replay_flows_fetch(const struct replay_flows *t, uint64_t hash);

/* Returns the flow of the key, or NULL. */
struct replay_flow *replay_flows_find(const struct replay_flows *t, const struct la_flow_key *key,
				      uint64_t hash);
/* Adds a flow, zero except for key and serial. NULL: out of memory. */
struct replay_flow *replay_flows_add(struct replay_flows *t, const struct la_flow_key *key,
				     uint64_t hash);
void replay_flows_remove(struct replay_flows *t, struct replay_flow *f);

/* What a flow takes, in bytes, with its place in the table. */
size_t replay_flows_size(void);

size_t replay_flows_count(const struct replay_flows *t);

/*
 * Lists the flows without a packet since before, in the order of their last one. The caller frees
 * the array. 0 or -ENOMEM.
 */
int replay_flows_silent(const struct replay_flows *t, uint64_t before, struct replay_flow ***ret,
			size_t *n);
