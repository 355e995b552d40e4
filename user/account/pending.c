/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pending.h"

#include <errno.h>
#include <string.h>

#include "base/util.h"

/* Events are 0.3 to 1.8 kB: at most 2 MB. */
#define PENDING_MAX 1024

/* Most packets leave within microseconds; who does not is asked for again later. */
#define LOOK_SOON_MS 2
#define LOOK_LATER_MS 50
#define SOON_NS (20 * 1000000ULL)

struct pending {
	const struct flows *flows;
	pending_fn *fn;
	void *arg;
	struct la_event_flow *v[PENDING_MAX]; /* each its own copy, the oldest first */
	size_t n;
	uint64_t youngest; /* ktime of the last one */
};

int pending_open(struct pending **ret, const struct flows *flows, pending_fn *fn, void *arg)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->flows = flows;
	p->fn = fn;
	p->arg = arg;
	*ret = p;
	return 0;
}

void pending_free(struct pending *p)
{
	size_t i;

	for (i = 0; p && i < p->n; i++)
		free(p->v[i]);
	free(p);
}

static void release(struct pending *p, size_t i, enum record_outcome outcome)
{
	struct la_event_flow *e = p->v[i];

	p->n--;
	memmove(&p->v[i], &p->v[i + 1], (p->n - i) * sizeof(p->v[0]));
	p->fn(p->arg, e, outcome);
	free(e);
}

/* Events of one flow stay in their order. */
static bool is_behind(const struct pending *p, const struct la_event_flow *e, size_t until)
{
	size_t i;

	for (i = 0; i < until; i++)
		if (p->v[i]->id == e->id && p->v[i]->flow.opened == e->flow.opened)
			return true;
	return false;
}

void pending_add(struct pending *p, const struct la_event_flow *e)
{
	int outcome = is_behind(p, e, p->n) ? -EAGAIN : flows_outcome(p->flows, e);
	struct la_event_flow *copy = outcome < 0 ? malloc(e->hdr.size) : NULL;

	if (!copy) {
		p->fn(p->arg, e, outcome < 0 ? RECORD_OUTCOME_HELD : (enum record_outcome)outcome);
		return;
	}
	if (p->n == PENDING_MAX)
		release(p, 0, RECORD_OUTCOME_HELD);
	memcpy(copy, e, e->hdr.size);
	p->v[p->n++] = copy;
	p->youngest = e->hdr.ktime;
}

void pending_look(struct pending *p, uint64_t now)
{
	size_t i = 0;
	int outcome;

	while (i < p->n) {
		const struct la_event_flow *e = p->v[i];

		outcome = flows_outcome(p->flows, e);
		if (outcome < 0 && now > e->hdr.ktime && now - e->hdr.ktime >= FLOWS_HELD_AFTER)
			outcome = RECORD_OUTCOME_HELD;
		if (outcome < 0 || is_behind(p, e, i))
			i++;
		else
			release(p, i, (enum record_outcome)outcome);
	}
}

int pending_timeout(const struct pending *p)
{
	if (!p->n)
		return -1;
	return ktime_now() - p->youngest < SOON_NS ? LOOK_SOON_MS : LOOK_LATER_MS;
}
