/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "largest.h"

#include <stdlib.h>
#include <string.h>

#include "record/record_behalf.h"

/* What left counts more than any that was stopped. */
#define LEFT (1ULL << 62)

static uint64_t weight(const struct record_ends *e)
{
	return e->left.packets ? LEFT | e->left.bytes : e->judged.bytes;
}

static void copy(char *to, size_t size, const char *from)
{
	size_t n = from ? strnlen(from, size - 1) : 0;

	if (from)
		*(char *)mempcpy(to, from, n) = '\0';
}

/* The end of a flow that has been quiet is told late. */
static bool has_grown(const struct largest_flow *f, const struct record_leak *leak)
{
	const struct record_ends now = record_leak_ends(leak);

	return now.left.packets > f->ends.left.packets ||
	       now.judged.packets > f->ends.judged.packets || !f->last.tv_sec;
}

/* A name stays: only a flow's first packets tell it. */
static void fill(struct largest_flow *f, const struct record_leak *leak, struct timespec at)
{
	const struct record_process *p = &leak->process;

	f->key = leak->flow.key;
	f->opened = leak->flow.opened;
	f->cls = leak->flow.cls;
	f->detail = leak->flow.detail;
	f->cause = leak->cause;
	if (has_grown(f, leak))
		f->last = at;
	f->ends = record_leak_ends(leak);
	if (!f->first.tv_sec)
		f->first = leak->start;
	f->pid = p->pid;
	copy(f->process, sizeof(f->process), p->name);
	copy(f->unit, sizeof(f->unit), p->container_name ?: p->unit ?: p->container);
	copy(f->interface, sizeof(f->interface), leak->ifname);
	copy(f->netns, sizeof(f->netns), leak->netns);
	copy(f->name, sizeof(f->name), leak->dns_name ?: leak->server_name);
	if (leak->behalf && leak->behalf->n)
		copy(f->asker, sizeof(f->asker), leak->behalf->v[0].name);
}

static size_t find(const struct largest *l, const struct la_flow *flow)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->opened[i] == flow->opened &&
		    !memcmp(&l->v[i].key, &flow->key, sizeof(flow->key)))
			break;
	return i;
}

static size_t smallest(const struct largest *l)
{
	size_t i, at = 0;

	for (i = 1; i < l->n; i++)
		if (weight(&l->v[i].ends) < weight(&l->v[at].ends))
			at = i;
	return at;
}

/* The row for a flow that has none; LARGEST_MAX: it is too small. */
static size_t make_room(struct largest *l, uint64_t of)
{
	size_t at;

	if (l->n < LARGEST_MAX)
		return l->n++;
	if (of <= l->least)
		return LARGEST_MAX;
	at = smallest(l);
	l->least = weight(&l->v[at].ends);
	return of > l->least ? at : LARGEST_MAX;
}

void largest_note(struct largest *l, const struct record_leak *leak, struct timespec at)
{
	const struct record_ends ends = record_leak_ends(leak);
	size_t i = find(l, &leak->flow);

	if (leak->outcome == RECORD_OUTCOME_LEFT && leak->state != RECORD_FLOW_CLOSE &&
	    (i == l->n || has_grown(&l->v[i], leak))) {
		l->latest = (struct largest_flow){ 0 };
		fill(&l->latest, leak, at);
	}
	if (i == l->n) {
		i = make_room(l, weight(&ends));
		if (i == LARGEST_MAX)
			return;
		l->v[i] = (struct largest_flow){ 0 };
		l->opened[i] = leak->flow.opened;
	}
	fill(&l->v[i], leak, at);
}

static int by_weight(const void *a, const void *b)
{
	const struct largest_flow *const *x = a, *const *y = b;
	uint64_t of_x = weight(&(*x)->ends), of_y = weight(&(*y)->ends);

	return (of_x < of_y) - (of_x > of_y);
}

size_t largest_sorted(const struct largest *l, const struct largest_flow *ret[LARGEST_MAX])
{
	size_t i;

	for (i = 0; i < l->n; i++)
		ret[i] = &l->v[i];
	qsort(ret, l->n, sizeof(*ret), by_weight);
	return l->n;
}
