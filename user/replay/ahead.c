/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes several packets at a time. What one of them will need of the flow table is fetched while
 * those before it are counted.
 */
#include "priv.h"

/* So many loads from memory are under way at once, about as many as a core can have. */
#define AHEAD 16

struct batch {
	struct capture_packet packets[AHEAD];
	struct replay_parsed parsed[AHEAD];
	unsigned int n;
};

static int take(struct replay *r, struct batch *b)
{
	struct replay_parsed *s = &b->parsed[b->n];
	struct capture_packet *c = &b->packets[b->n];

	b->n++;
	c->time = c->time ?: r->file_time;
	*s = (struct replay_parsed){ .captured = c };
	return replay_look(r, s);
}

static int count_all(struct replay *r, struct batch *b)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < b->n; i++)
		if (b->parsed[i].use == REPLAY_COUNTED)
			replay_flows_fetch(r->flows, b->parsed[i].hash);
	for (i = 0; i < b->n && !ret; i++)
		ret = replay_count(r, &b->parsed[i]);
	return ret;
}

int replay_some(struct replay *r, struct capture *c)
{
	struct batch b;
	int got, ret, counted;

	b.n = 0;
	do {
		got = capture_next(c, &b.packets[b.n]);
		ret = got == 1 ? take(r, &b) : 0;
	} while (got == 1 && !ret && b.n < AHEAD && capture_has_next(c));
	counted = count_all(r, &b);
	return ret ?: counted ?: got;
}
