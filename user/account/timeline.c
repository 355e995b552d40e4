/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timeline.h"

#include <string.h>

#include "base/util.h"

void timeline_begin(struct timeline *t, uint64_t now, const struct la_sum *left,
		    const struct la_sum *dropped)
{
	*t = (struct timeline){
		.width = NSEC_PER_SEC,
		.began = now,
		.last = now,
		.n = 1,
		.left = *left,
		.dropped = *dropped,
	};
}

static void add(struct timeline_bucket *to, const struct timeline_bucket *b)
{
	to->left.packets += b->left.packets;
	to->left.bytes += b->left.bytes;
	to->dropped.packets += b->dropped.packets;
	to->dropped.bytes += b->dropped.bytes;
	to->down += b->down;
}

static void halve(struct timeline *t)
{
	size_t i;

	for (i = 0; i < TIMELINE_BUCKETS; i++) {
		const struct timeline_bucket b = t->v[i];

		t->v[i] = (struct timeline_bucket){ 0 };
		add(&t->v[i / 2], &b);
	}
	t->width *= 2;
}

/* What left may become less: it was dropped behind the hooks. The next growth is of that sum. */
static struct la_sum take_growth(struct la_sum *sum, const struct la_sum *now)
{
	const struct la_sum was = *sum;

	*sum = *now;
	return (struct la_sum){
		now->packets > was.packets ? now->packets - was.packets : 0,
		now->bytes > was.bytes ? now->bytes - was.bytes : 0,
	};
}

void timeline_add(struct timeline *t, uint64_t now, const struct la_sum *left,
		  const struct la_sum *dropped, bool down)
{
	const struct timeline_bucket news = {
		.left = take_growth(&t->left, left),
		.dropped = take_growth(&t->dropped, dropped),
		.down = down ? now - t->last : 0,
	};
	size_t at;

	while ((now - t->began) / t->width >= TIMELINE_BUCKETS)
		halve(t);
	at = (size_t)((now - t->began) / t->width);
	t->n = at + 1;
	t->last = now;
	add(&t->v[at], &news);
	t->v[at].down = MIN(t->v[at].down, t->width); /* the machine may have slept */
}
