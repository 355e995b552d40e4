/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is remembered of a capture beside its flows: first fragments, torrent
 * clients' endpoints. A table of fixed size, made when there is something to
 * remember, of which the oldest of a few is forgotten where there is no room.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"

#define REPLAY_WAYS 4
#define REPLAY_SETS 4096

struct replay_remembered {
	struct la_flow_key key;
	uint64_t used; /* clock of the last use, 0: free */
	uint64_t value;
};

struct replay_memory {
	uint64_t clock;
	struct replay_remembered (*v)[REPLAY_WAYS]; /* NULL: nothing yet */
};

void replay_memory_clear(struct replay_memory *m);
/* False: there is no memory for it. */
bool replay_remember(struct replay_memory *m, const struct la_flow_key *key, uint64_t hash,
		     uint64_t value);
/* The value, or 0. */
uint64_t replay_recall(struct replay_memory *m, const struct la_flow_key *key, uint64_t hash);
