/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "leakers.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static void add_ends(struct record_ends *to, const struct record_ends *e)
{
	record_add(&to->judged, &e->judged);
	record_add(&to->left, &e->left);
	record_add(&to->dropped, &e->dropped);
	record_add(&to->held, &e->held);
}

static int by_weight(const void *a, const void *b)
{
	const struct record_ends *x = &((const struct leaker *)a)->ends;
	const struct record_ends *y = &((const struct leaker *)b)->ends;

	if (x->left.bytes != y->left.bytes)
		return x->left.bytes < y->left.bytes ? 1 : -1;
	return (x->judged.bytes < y->judged.bytes) - (x->judged.bytes > y->judged.bytes);
}

/* The row of the smallest, which becomes one of the others. */
static size_t give_up_smallest(struct leakers *l)
{
	size_t i, at = 0;

	for (i = 1; i < l->n; i++)
		if (by_weight(&l->v[i], &l->v[at]) > 0)
			at = i;
	add_ends(&l->other.ends, &l->v[at].ends);
	l->other.flows += l->v[at].flows;
	return at;
}

static struct leaker *row_of(struct leakers *l, const struct leaker_key *key)
{
	uint32_t h = (uint32_t)hash_bytes(HASH_BEGIN, key, sizeof(*key));
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->hashes[i] == h && !memcmp(&l->v[i].key, key, sizeof(*key)))
			return &l->v[i];
	i = l->n < LEAKERS_MAX ? l->n++ : give_up_smallest(l);
	l->hashes[i] = h;
	l->v[i] = (struct leaker){ .key = *key };
	return &l->v[i];
}

void leakers_add(struct leakers *l, const struct la_flow *flow, const struct la_owner *owner)
{
	const struct record_ends ends = record_ends(flow);
	struct leaker_key key = {
		.cgroup = owner->cgroup,
		.netns = flow->key.netns,
		.ifindex = flow->key.ifindex,
		.cls = flow->cls < LA_CLASS_MAX ? flow->cls : 0,
		.attribution = owner->tgid ? 0 : flow->attribution,
	};
	const struct la_sum exempt = record_exempt(flow);
	struct leaker *row;

	if (flow->was_exempt < LA_EXEMPT_MAX)
		record_add(&l->exempt[flow->was_exempt], &exempt);
	if (!ends.judged.packets && !ends.left.packets)
		return;
	memcpy(key.comm, owner->comm, strnlen(owner->comm, sizeof(key.comm)));
	row = row_of(l, &key);
	row->owner = *owner;
	row->flows++;
	add_ends(&row->ends, &ends);
	add_ends(&l->by_class[key.cls], &ends);
}

void leakers_add_cell(struct leakers *l, uint32_t cell, const struct la_sum *sum)
{
	/* la_cell(), read backwards */
	uint32_t verdict = cell % LA_CELL_VERDICTS, rest = cell / LA_CELL_VERDICTS;
	uint32_t cls = rest / LA_EXEMPT_MAX / 2, exempt = rest % LA_EXEMPT_MAX;
	struct record_ends *to = &l->by_class[cls < LA_CLASS_MAX ? cls : 0];

	if (exempt != LA_EXEMPT_NONE) {
		if (verdict == LA_VERDICT_COUNTED)
			record_add(&l->exempt[exempt], sum);
		return;
	}
	if (verdict == LA_CELL_LEFT) {
		record_add(&to->left, sum);
		return;
	}
	record_add(&to->judged, sum);
	if (verdict == LA_VERDICT_DROPPED)
		record_add(&to->dropped, sum);
}

void leakers_sort(struct leakers *l)
{
	qsort(l->v, l->n, sizeof(l->v[0]), by_weight);
}
