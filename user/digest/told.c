/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "told.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define ROOM_FIRST 1024U

struct id {
	uint64_t high, low;
};

/* Number 0 of a list: its head. */
struct place {
	uint32_t next, prev;
};

struct entry {
	struct id id;
	struct told_flow flow;
	uint32_t chained; /* the next of the same hash */
	struct place place; /* the list of those that are open, or over; the oldest first */
};

struct told {
	struct entry *v; /* the first two are the heads of the lists */
	uint32_t n, room;
	uint32_t *heads;
	uint32_t mask;
	uint64_t forgotten;
};

/* The first two entries: whose links are the lists of flows that are open, and over. */
enum { OPEN, OVER, FIRST };

int told_open(struct told **ret)
{
	_cleanup_(told_freep) struct told *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->mask = ROOM_FIRST - 1;
	t->heads = malloc(ROOM_FIRST * sizeof(*t->heads));
	t->v = calloc(ROOM_FIRST, sizeof(*t->v));
	if (!t->heads || !t->v)
		return -ENOMEM;
	memset(t->heads, 0xff, ROOM_FIRST * sizeof(*t->heads));
	t->room = ROOM_FIRST;
	t->n = FIRST;
	t->v[OPEN].place = (struct place){ OPEN, OPEN };
	t->v[OVER].place = (struct place){ OVER, OVER };
	*ret = take_ptr(t);
	return 0;
}

void told_free(struct told *t)
{
	if (!t)
		return;
	free(t->v);
	free(t->heads);
	free(t);
}

uint64_t told_forgotten(const struct told *t)
{
	return t->forgotten;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdULL;
	return x ^ x >> 33;
}

/* 32 hexadecimal digits are the id itself; of anything else it is a hash. */
static struct id id_of(const char *s)
{
	struct id id = { 0, 0 };

	for (size_t i = 0; s[i]; i++) {
		unsigned char c = (unsigned char)s[i];
		uint64_t digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

		if (i >= 32 || digit > 15) {
			id.low = mix(id.low ^ c) + id.high;
			id.high = mix(id.high ^ id.low);
			continue;
		}
		id.high = id.high << 4 | id.low >> 60;
		id.low = id.low << 4 | digit;
	}
	return id;
}

static uint32_t *head_of(struct told *t, struct id id)
{
	return &t->heads[mix(id.high ^ mix(id.low)) & t->mask];
}

static void unlink_entry(struct told *t, uint32_t i)
{
	struct place l = t->v[i].place;

	t->v[l.prev].place.next = l.next;
	t->v[l.next].place.prev = l.prev;
}

static void link_last(struct told *t, uint32_t list, uint32_t i)
{
	uint32_t last = t->v[list].place.prev;

	t->v[i].place = (struct place){ .next = list, .prev = last };
	t->v[last].place.next = i;
	t->v[list].place.prev = i;
}

static void chain(struct told *t, uint32_t i)
{
	uint32_t *head = head_of(t, t->v[i].id);

	t->v[i].chained = *head;
	*head = i;
}

static void unchain(struct told *t, uint32_t i)
{
	uint32_t *at = head_of(t, t->v[i].id);

	while (*at != i)
		at = &t->v[*at].chained;
	*at = t->v[i].chained;
}

static int grow(struct told *t)
{
	uint32_t room = t->room * 2;
	struct entry *v = reallocarray(t->v, room, sizeof(*v));
	uint32_t *heads;

	if (!v)
		return -ENOMEM;
	t->v = v;
	heads = reallocarray(t->heads, room, sizeof(*heads));
	if (!heads)
		return -ENOMEM;
	t->heads = heads;
	t->room = room;
	t->mask = room - 1;
	memset(heads, 0xff, room * sizeof(*heads));
	for (uint32_t i = FIRST; i < t->n; i++)
		chain(t, i);
	return 0;
}

/* A free entry: a new one, or that of the flow that is over for longest, or was told of longest
 * ago. */
static uint32_t take_entry(struct told *t)
{
	uint32_t i = t->v[OVER].place.next;

	if (t->n < TOLD_FLOWS_MAX && (t->n < t->room || !grow(t)))
		return t->n++;
	if (i == OVER) {
		i = t->v[OPEN].place.next;
		t->forgotten += i != OPEN;
	}
	if (i < FIRST)
		return NONE;
	unlink_entry(t, i);
	unchain(t, i);
	return i;
}

static uint32_t find(struct told *t, struct id id)
{
	uint32_t i = *head_of(t, id);

	while (i != NONE && (t->v[i].id.low != id.low || t->v[i].id.high != id.high))
		i = t->v[i].chained;
	return i;
}

struct told_flow *told_flow(struct told *t, const char *flow_id, bool over, bool *fresh)
{
	struct id id = id_of(flow_id);
	uint32_t i = find(t, id);

	*fresh = i == NONE;
	if (*fresh) {
		i = take_entry(t);
		if (i == NONE)
			return NULL;
		t->v[i] = (struct entry){ .id = id };
		chain(t, i);
	} else {
		unlink_entry(t, i);
	}
	link_last(t, over ? OVER : OPEN, i);
	return &t->v[i].flow;
}
