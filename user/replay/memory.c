/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

void replay_memory_clear(struct replay_memory *m)
{
	free(m->v);
	*m = (struct replay_memory){ 0 };
}

uint64_t replay_recall(struct replay_memory *m, const struct la_flow_key *key, uint64_t hash)
{
	unsigned int set = hash % REPLAY_SETS, i;

	for (i = 0; m->v && i < REPLAY_WAYS; i++) {
		if (m->v[set][i].used && !memcmp(&m->v[set][i].key, key, sizeof(*key))) {
			m->v[set][i].used = ++m->clock;
			return m->v[set][i].value;
		}
	}
	return 0;
}

bool replay_remember(struct replay_memory *m, const struct la_flow_key *key, uint64_t hash,
		     uint64_t value)
{
	unsigned int set = hash % REPLAY_SETS, oldest = 0, i;

	if (!m->v)
		m->v = calloc(REPLAY_SETS, sizeof(*m->v));
	if (!m->v)
		return false;
	for (i = 0; i < REPLAY_WAYS; i++) {
		if (m->v[set][i].used && !memcmp(&m->v[set][i].key, key, sizeof(*key)))
			break;
		if (m->v[set][i].used < m->v[set][oldest].used)
			oldest = i;
	}
	if (i == REPLAY_WAYS)
		i = oldest;
	m->v[set][i].key = *key;
	m->v[set][i].used = ++m->clock;
	m->v[set][i].value = value;
	return true;
}
