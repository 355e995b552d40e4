/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outages.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"

static void keep(struct outages *o, const struct outage *one)
{
	size_t i, shortest = 0;

	o->count++;
	o->ms += one->ms;
	o->longest_ms = MAX(o->longest_ms, one->ms);
	o->refused += one->refused;
	ends_add(&o->ends, &one->ends);
	if (o->n < OUTAGES_MAX) {
		o->v[o->n++] = *one;
		return;
	}
	for (i = 1; i < o->n; i++)
		if (o->v[i].ms < o->v[shortest].ms)
			shortest = i;
	if (o->v[shortest].ms < one->ms)
		o->v[shortest] = *one;
}

void outages_add(struct outages *o, const struct recorded *r)
{
	struct outage one = { .since = r->dropout.since,
			      .until = r->dropout.until,
			      .ms = r->dropout.ms,
			      .ends = { .dropped = r->dropout.dropped, .held = r->dropout.held },
			      .refused = r->dropout.refused };
	struct la_sum stopped = r->dropout.dropped;

	sum_add(&stopped, &r->dropout.held);
	one.ends.left = sum_over(&r->dropout.tried, &stopped);
	snprintf(one.tunnel, sizeof(one.tunnel), "%s", r->dropout.name ?: r->tunnel ?: "");
	snprintf(one.host, sizeof(one.host), "%s", r->host ?: "");
	if (one.until == RECORDED_NO_TIME)
		one.until = r->time;
	if (one.since == RECORDED_NO_TIME)
		one.since = one.until - (int64_t)(one.ms * 1000000);
	keep(o, &one);
}

void outages_add_open(struct outages *o, const char *host, const char *tunnel, int64_t since,
		      int64_t last)
{
	struct outage one = { .since = since,
			      .until = RECORDED_NO_TIME,
			      .ms = last > since ? (uint64_t)(last - since) / 1000000 : 0 };

	snprintf(one.tunnel, sizeof(one.tunnel), "%s", tunnel);
	snprintf(one.host, sizeof(one.host), "%s", host);
	o->open++;
	keep(o, &one);
}

static int by_time(const void *a, const void *b)
{
	const struct outage *x = a, *y = b;

	return (x->since > y->since) - (x->since < y->since);
}

void outages_sort(struct outages *o)
{
	if (o->n)
		qsort(o->v, o->n, sizeof(*o->v), by_time);
}
