/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a replay remembers beside its flows: first fragments, endpoints of torrent clients. A
 * set-associative table of fixed size, allocated on first use. In a full set the entry unused for
 * the longest time is replaced.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"

#define REPLAY_WAYS 4
#define REPLAY_SETS 4096

struct replay_remembered {
	struct la_flow_key key;
	uint64_t used; /* clock at the last use; 0: free */
	uint64_t value;
};

struct replay_memory {
	uint64_t clock;
	struct replay_remembered (*v)[REPLAY_WAYS]; /* NULL: not allocated yet */
};

void replay_memory_clear(struct replay_memory *m);
/* False: out of memory. */
bool replay_remember(struct replay_memory *m, const struct la_flow_key *key, uint64_t hash,
		     uint64_t value);
/* Returns the value, or 0 if there is none. */
uint64_t replay_recall(struct replay_memory *m, const struct la_flow_key *key, uint64_t hash);
