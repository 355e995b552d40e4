/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "totals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/grow.h"

/* A table that grows with its keys. It owns the keys. */
struct table {
	struct record_sums totals;
};

/*
 * Processes beyond this number share the row "other": a fork bomb must not use up the auditor's
 * memory.
 */
#define TABLE_MAX 4096

struct totals {
	struct record_sum leaks, dropped;
	struct record_sum held; /* of flows */
	struct record_sum untracked, untracked_left; /* let through without a flow */
	uint64_t flows;
	struct record_sum by_class[LA_CLASS_MAX];
	struct record_sum by_family[2];
	struct record_sum exempt[LA_EXEMPT_MAX - 1]; /* LA_EXEMPT_NONE has no row */
	struct table interfaces, processes;
};

#define X_NAME(sym, name, help) name,
static const char *const class_names[] = { LA_CLASSES(X_NAME) };
#undef X_NAME

int totals_open(struct totals **ret)
{
	struct totals *s = calloc(1, sizeof(*s));
	size_t i;

	if (!s)
		return -ENOMEM;
	for (i = 0; i < LA_CLASS_MAX; i++)
		s->by_class[i].key = class_names[i];
	for (i = 1; i < LA_EXEMPT_MAX; i++)
		s->exempt[i - 1].key = record_exempt_name((unsigned int)i);
	s->by_family[0].key = "ipv4";
	s->by_family[1].key = "ipv6";
	*ret = s;
	return 0;
}

static void table_clear(struct table *t)
{
	while (t->totals.n)
		free((char *)t->totals.v[--t->totals.n].key);
	free(t->totals.v);
}

void totals_free(struct totals *s)
{
	if (!s)
		return;
	table_clear(&s->interfaces);
	table_clear(&s->processes);
	free(s);
}

static void add(struct record_sum *to, uint64_t packets, uint64_t bytes)
{
	to->packets += packets;
	to->bytes += bytes;
}

static struct record_sum *table_row(struct table *t, const char *key)
{
	char *copy;
	size_t i;

	if (t->totals.n >= TABLE_MAX)
		key = "other";
	/* the latest first: the same key often comes several times in a row */
	for (i = t->totals.n; i-- > 0;)
		if (!strcmp(t->totals.v[i].key, key))
			return &t->totals.v[i];
	copy = GROW(t->totals.v, t->totals.n) ? strdup(key) : NULL;
	if (!copy)
		return NULL;
	t->totals.v[t->totals.n] = (struct record_sum){ .key = copy };
	return &t->totals.v[t->totals.n++];
}

static void table_add(struct table *t, const char *key, uint64_t packets, uint64_t bytes)
{
	struct record_sum *row = table_row(t, key);

	if (row) /* out of memory: the row is lost, the totals are not */
		add(row, packets, bytes);
}

static void add_leak(struct totals *s, unsigned int cls, unsigned int v6, unsigned int verdict,
		     const struct la_sum *n, const char *interface, const char *process)
{
	add(verdict == LA_VERDICT_DROPPED ? &s->dropped : &s->leaks, n->packets, n->bytes);
	add(&s->by_class[cls < LA_CLASS_MAX ? cls : 0], n->packets, n->bytes);
	add(&s->by_family[v6], n->packets, n->bytes);
	table_add(&s->interfaces, interface ?: "unknown", n->packets, n->bytes);
	table_add(&s->processes, process ?: "unknown", n->packets, n->bytes);
}

static void add_exempt(struct totals *s, unsigned int exempt, uint64_t packets, uint64_t bytes)
{
	if (exempt > LA_EXEMPT_NONE && exempt < LA_EXEMPT_MAX)
		add(&s->exempt[exempt - 1], packets, bytes);
}

#define ROW_MAX 96

/* The row of a process. NULL: none is known. */
static const char *row_of(const struct record_process *p, char row[ROW_MAX])
{
	if (p && p->pid)
		snprintf(row, ROW_MAX, "%s[%u]", p->name ?: "?", p->pid);
	else if (p && p->host_pid)
		snprintf(row, ROW_MAX, "%s[host pid %u]", p->name ?: "?", p->host_pid);
	else
		return NULL;
	return row;
}

void totals_add_flow(struct totals *s, const struct la_flow *f, const char *interface,
		     const struct record_process *process)
{
	const struct record_ends ends = record_ends(f);
	const struct la_sum exempt = record_exempt(f);
	bool v6 = f->key.family == 6;
	char row[ROW_MAX];
	const char *key = row_of(process, row);

	if (!key && f->attribution == LA_ATTR_KERNEL)
		key = "kernel";
	else if (!key && f->attribution == LA_ATTR_FORWARDED)
		key = "forwarded";
	s->flows += ends.judged.packets > 0;
	add(&s->held, ends.held.packets, ends.held.bytes);
	if (ends.left.packets)
		add_leak(s, f->cls, v6, LA_CELL_LEFT, &ends.left, interface, key);
	if (ends.dropped.packets)
		add_leak(s, f->cls, v6, LA_VERDICT_DROPPED, &ends.dropped, interface, key);
	add_exempt(s, f->was_exempt, exempt.packets, exempt.bytes);
}

void totals_add_cell(struct totals *s, uint32_t cell, const struct la_sum *sum,
		     const char *interface)
{
	/* la_cell(), read backwards */
	uint32_t verdict = cell % LA_CELL_VERDICTS, rest = cell / LA_CELL_VERDICTS;
	uint32_t exempt = rest % LA_EXEMPT_MAX, cls_family = rest / LA_EXEMPT_MAX;

	if (exempt == LA_EXEMPT_NONE && verdict == LA_VERDICT_COUNTED)
		add(&s->untracked, sum->packets, sum->bytes);
	else if (exempt == LA_EXEMPT_NONE)
		add_leak(s, cls_family / 2, cls_family % 2, verdict, sum, interface, NULL);
	else if (verdict == LA_VERDICT_COUNTED)
		add_exempt(s, exempt, sum->packets, sum->bytes);
	if (exempt == LA_EXEMPT_NONE && verdict == LA_CELL_LEFT)
		add(&s->untracked_left, sum->packets, sum->bytes);
}

void totals_name_sender(struct totals *s, const struct record_process *process,
			const struct la_sum *sum)
{
	char row[ROW_MAX];
	const char *key = row_of(process, row);
	struct record_sum *unknown = table_row(&s->processes, "unknown");

	if (!key || !unknown || unknown->packets < sum->packets || unknown->bytes < sum->bytes)
		return;
	unknown->packets -= sum->packets;
	unknown->bytes -= sum->bytes;
	table_add(&s->processes, key, sum->packets, sum->bytes);
}

/* With what has no flow and is not known to have left. */
static struct record_sum sum_held(const struct totals *s)
{
	struct record_sum held = s->held;

	if (s->untracked.packets > s->untracked_left.packets) {
		held.packets += s->untracked.packets - s->untracked_left.packets;
		if (s->untracked.bytes > s->untracked_left.bytes)
			held.bytes += s->untracked.bytes - s->untracked_left.bytes;
	}
	return held;
}

static struct record_sum sum_judged(const struct totals *s)
{
	struct record_sum judged = sum_held(s);

	add(&judged, s->leaks.packets, s->leaks.bytes);
	add(&judged, s->dropped.packets, s->dropped.bytes);
	return judged;
}

uint64_t totals_leaked(const struct totals *s)
{
	return s->leaks.packets;
}

void totals_tried(const struct totals *s, struct record_ends *to)
{
	const struct record_sum tried = sum_judged(s);

	to->judged.packets += tried.packets;
	to->judged.bytes += tried.bytes;
	to->dropped.packets += s->dropped.packets;
	to->dropped.bytes += s->dropped.bytes;
	to->held.packets += s->held.packets;
	to->held.bytes += s->held.bytes;
	to->left.packets += s->leaks.packets;
	to->left.bytes += s->leaks.bytes;
}

static int by_volume(const void *a, const void *b)
{
	const struct record_sum *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return (x->packets < y->packets) - (x->packets > y->packets);
}

static struct record_sums sorted(struct table *t)
{
	if (t->totals.n)
		qsort(t->totals.v, t->totals.n, sizeof(*t->totals.v), by_volume);
	return t->totals;
}

void totals_fill(struct totals *s, struct record_summary *ret)
{
	ret->leaks = s->leaks;
	ret->dropped = s->dropped;
	ret->judged = sum_judged(s);
	ret->held = sum_held(s);
	ret->flows = s->flows;
	ret->by_class = (struct record_sums){ s->by_class, LA_CLASS_MAX };
	ret->by_family = (struct record_sums){ s->by_family, 2 };
	ret->exempt = (struct record_sums){ s->exempt, LA_EXEMPT_MAX - 1 };
	ret->by_interface = sorted(&s->interfaces);
	ret->by_process = sorted(&s->processes);
}
