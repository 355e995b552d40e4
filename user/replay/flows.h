/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow table of a capture, in ordinary memory: it grows as it must, so that
 * no flow is without a record. Records stay where they are until their removal.
 */
#pragma once

#include <stdbool.h>

#include "core/event.h"
#include "base/util.h"

struct replay_flow {
	struct la_flow flow; /* with --all, its key has the lower endpoint first */
	uint64_t serial; /* of opening, from 1 */
	uint64_t active; /* time of the last packet, ns since 1970 */
	uint64_t told_at; /* time of the last event */
	uint64_t told_packets;
	uint32_t hash;
	uint32_t scratch_back; /* the classifier's memory of the other direction */
	bool swapped; /* the first packet went from the higher endpoint */
	bool ingress;
};

struct replay_flows;

int replay_flows_open(struct replay_flows **ret);
void replay_flows_free(struct replay_flows *t);

static inline void replay_flows_freep(struct replay_flows **t)
{
	replay_flows_free(*t);
}

/* Differs from run to run: nobody can make a capture of colliding flows. */
uint64_t replay_hash(const struct replay_flows *t, const struct la_flow_key *key);

/* The flow of a key, or NULL. */
struct replay_flow *replay_flows_find(const struct replay_flows *t, const struct la_flow_key *key,
				      uint64_t hash);
/* A new one, all zero but key and serial; NULL: no memory. */
struct replay_flow *replay_flows_add(struct replay_flows *t, const struct la_flow_key *key,
				     uint64_t hash);
void replay_flows_remove(struct replay_flows *t, struct replay_flow *f);

size_t replay_flows_count(const struct replay_flows *t);

/* All flows that were silent since before, in the order of their opening; the
 * array is the caller's to free. -ENOMEM. */
int replay_flows_silent(const struct replay_flows *t, uint64_t before, struct replay_flow ***ret,
			size_t *n);
