/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dropout.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"

/* The counters are read while another thread adds to them, so a later value may seem smaller. */
static uint64_t grown(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

static struct la_sum sum_grown(const struct la_sum *from, const struct la_sum *to)
{
	return (struct la_sum){ grown(from->packets, to->packets), grown(from->bytes, to->bytes) };
}

static void count(struct record_dropouts *sum, uint64_t ns)
{
	sum->count++;
	sum->ns += ns;
	sum->longest = MAX(sum->longest, ns);
}

static struct dropout *find(struct dropouts *d, uint64_t netns, const char *name)
{
	size_t i;

	for (i = d->n; i-- > 0;)
		if (d->v[i].netns == netns && (!name || !strcmp(d->v[i].name, name)))
			return &d->v[i];
	return NULL;
}

static void finish(struct dropouts *d, struct dropout *one, uint64_t now_ns)
{
	count(&d->over, grown(one->fell.ns, now_ns));
	d->n--;
	memmove(one, one + 1, (size_t)(&d->v[d->n] - one) * sizeof(*one));
}

void dropout_begin(struct dropouts *d, uint64_t netns, const char *name,
		   const struct dropout_moment *now)
{
	struct dropout *one;

	if (find(d, netns, name))
		return;
	if (d->n == DROPOUTS_MAX)
		finish(d, d->v, now->ns);
	one = &d->v[d->n++];
	*one = (struct dropout){ .netns = netns, .fell = *now };
	snprintf(one->name, sizeof(one->name), "%s", name);
}

const struct record_dropout *dropout_end(struct dropouts *d, uint64_t netns, const char *name,
					 bool alone, const struct dropout_moment *now)
{
	struct dropout *own = find(d, netns, name), *one = own;

	if (!one && alone)
		one = find(d, netns, NULL);
	if (!one)
		return NULL;
	memcpy(d->last_name, one->name, sizeof(d->last_name));
	d->last = (struct record_dropout){
		.since = one->fell.time,
		.until = now->time,
		.ns = grown(one->fell.ns, now->ns),
		.tried = sum_grown(&one->fell.tried, &now->tried),
		.dropped = sum_grown(&one->fell.dropped, &now->dropped),
		.held = sum_grown(&one->fell.held, &now->held),
		.refused = grown(one->fell.refused, now->refused),
		.name = own ? NULL : d->last_name,
	};
	do
		finish(d, one, now->ns);
	while (!own && (one = find(d, netns, NULL)));
	return &d->last;
}

struct record_dropouts dropouts_sum(const struct dropouts *d, uint64_t now_ns)
{
	struct record_dropouts sum = d->over;
	size_t i;

	for (i = 0; i < d->n; i++)
		count(&sum, grown(d->v[i].fell.ns, now_ns));
	sum.down = d->n;
	return sum;
}
