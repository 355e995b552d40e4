/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "whose_priv.h"

#define SLOTS (SENDERS_MAX * 2)

int senders_open(struct senders *s)
{
	s->v = calloc(SLOTS, sizeof(*s->v));
	return s->v ? 0 : -ENOMEM;
}

void senders_close(struct senders *s)
{
	for (size_t i = 0; s->v && i < SLOTS; i++)
		free(s->v[i].v);
	free(s->v);
}

/* Its slot, or the free one where it would be. */
static struct sender *slot_of(const struct senders *s, uint32_t interface, uint64_t id)
{
	size_t i = ((id ^ (uint64_t)interface << 40) * 0x9e3779b97f4a7c15ULL) >> 51;

	while (s->v[i % SLOTS].id &&
	       (s->v[i % SLOTS].id != id || s->v[i % SLOTS].interface != interface))
		i++;
	return &s->v[i % SLOTS];
}

struct sender *senders_find(const struct senders *s, uint32_t interface, uint64_t id)
{
	struct sender *slot = id ? slot_of(s, interface, id) : NULL;

	return slot && slot->id ? slot : NULL;
}

struct sender *senders_add(struct senders *s, uint32_t interface, uint64_t id)
{
	struct sender *slot = slot_of(s, interface, id);

	if (slot->id)
		return slot;
	if (s->n == SENDERS_MAX)
		return NULL;
	s->n++;
	slot->id = id;
	slot->interface = interface;
	return slot;
}

bool sender_has(const struct sender *s, const struct la_addr *a)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (addr_equal(&s->v[i].addr, a))
			return true;
	return false;
}

int sender_note(struct sender *s, const struct la_addr *a, bool begun)
{
	uint32_t i;

	for (i = 0; i < s->n; i++) {
		if (addr_equal(&s->v[i].addr, a)) {
			s->v[i].begun |= begun;
			return 0;
		}
	}
	s->crowded |= s->n == SENDER_ADDRS_MAX;
	if (s->crowded)
		return 0;
	if (!GROW(s->v, s->n))
		return -ENOMEM;
	s->v[s->n++] = (struct sender_addr){ *a, begun };
	return 0;
}
