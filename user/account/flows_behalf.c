/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flows_behalf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Flows of resolvers end within seconds of their last question. */
#define FLOWS_MAX 512

struct flow_behalf {
	struct la_flow_key key;
	uint64_t opened; /* ktime; 0: free */
	uint64_t used; /* grows with each question */
	struct asks_matched matched;
};

struct flows_behalf {
	struct flow_behalf v[FLOWS_MAX];
	uint64_t questions;
};

int flows_behalf_open(struct flows_behalf **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void flows_behalf_free(struct flows_behalf *b)
{
	free(b);
}

static bool is_of(const struct flow_behalf *one, const struct la_flow *flow)
{
	return one->opened == flow->opened && !memcmp(&one->key, &flow->key, sizeof(flow->key));
}

/* The flow's, or else the one that was used longest ago. */
static size_t place_of(const struct flows_behalf *b, const struct la_flow *flow)
{
	size_t oldest = 0, i;

	for (i = 0; i < FLOWS_MAX; i++) {
		if (is_of(&b->v[i], flow))
			return i;
		if (b->v[i].used < b->v[oldest].used)
			oldest = i;
	}
	return oldest;
}

void flows_behalf_add(struct flows_behalf *b, const struct la_flow *flow,
		      const struct asks_matched *m)
{
	struct flow_behalf *one = &b->v[place_of(b, flow)];

	if (!is_of(one, flow))
		*one = (struct flow_behalf){ .key = flow->key, .opened = flow->opened };
	one->used = ++b->questions;
	asks_merge(&one->matched, m);
}

const struct asks_matched *flows_behalf_of(const struct flows_behalf *b, const struct la_flow *flow)
{
	const struct flow_behalf *one = &b->v[place_of(b, flow)];

	return flow->opened && is_of(one, flow) ? &one->matched : NULL;
}
