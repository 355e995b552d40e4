/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run remembers of its past in bounded memory, and yet exactly. */
#include <stdio.h>
#include <stdlib.h>

#include "account/largest.h"
#include "account/leakers.h"
#include "account/timeline.h"
#include "base/util.h"
#include "unit.h"

/* --- the timeline --- */

static uint64_t left_in(const struct timeline *t)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < t->n; i++)
		sum += t->v[i].left.packets;
	return sum;
}

/* A packet a second for three hours: it doubles its width, and loses none. */
static void test_timeline_doubles(void)
{
	static struct timeline t;
	const struct la_sum none = { 0 };
	struct la_sum left = { 7, 700 }; /* before the run */
	unsigned int second;

	timeline_begin(&t, NSEC_PER_SEC, &left, &none);
	for (second = 0; second < 10800; second++) {
		left.packets++;
		timeline_add(&t, (second + 1) * NSEC_PER_SEC, &left, &none, second >= 5400);
	}
	CHECK_INT(t.width, 64 * NSEC_PER_SEC);
	CHECK_INT(t.n, 169);
	CHECK_INT(left_in(&t), 10800);
	CHECK_INT(t.v[10].left.packets, 64);
	CHECK_INT(t.v[10].down, 0);
	CHECK_INT(t.v[100].down, 64 * NSEC_PER_SEC);
	CHECK_INT(t.v[168].left.packets, 10800 - 168 * 64);
}

/* What left was dropped behind the hooks after all; a machine sleeps for a day. */
static void test_timeline_jumps(void)
{
	static struct timeline t;
	const struct la_sum none = { 0 };

	timeline_begin(&t, 0, &none, &none);
	timeline_add(&t, NSEC_PER_SEC, &(struct la_sum){ 5, 50 }, &none, false);
	timeline_add(&t, 2 * NSEC_PER_SEC, &(struct la_sum){ 3, 30 }, &none, false);
	timeline_add(&t, 86400 * NSEC_PER_SEC, &(struct la_sum){ 4, 40 }, &none, true);
	CHECK_INT(t.v[0].left.packets, 5);
	CHECK_INT(left_in(&t), 6);
	CHECK_INT(t.v[t.n - 1].down, t.width);
}

/* --- flows and who --- */

static struct la_flow flow(uint64_t opened, uint64_t packets, uint64_t left)
{
	return (struct la_flow){ .key = { .family = 4, .ifindex = 2 },
				 .opened = opened,
				 .cls = LA_CLASS_IPV4,
				 .packets = packets,
				 .bytes = 100 * packets,
				 .left_packets = left,
				 .left_bytes = 100 * left };
}

static void note(struct largest *l, uint64_t opened, uint64_t packets, uint64_t left,
		 const char *name)
{
	struct record_leak leak = { .flow = flow(opened, packets, left), .dns_name = name };

	leak.outcome = left ? RECORD_OUTCOME_LEFT : RECORD_OUTCOME_HELD;
	leak.process.name = "curl";
	leak.process.pid = (uint32_t)opened;
	largest_note(l, &leak, (struct timespec){ (time_t)opened, 0 });
}

/* What was too small is taken when it has grown; what left counts more than what did not. */
static void test_largest_flows(void)
{
	const struct largest_flow *v[LARGEST_MAX];
	struct largest *l = calloc(1, sizeof(*l));
	uint64_t i;

	for (i = 1; i <= 1000; i++)
		note(l, i, i, i, "a.example");
	note(l, 2000, 100000, 0, "held.example");
	note(l, 5, 5000, 5000, NULL);
	note(l, 1000, 4000, 4000, NULL);
	CHECK_INT(largest_sorted(l, v), LARGEST_MAX);
	CHECK_INT(v[0]->opened, 5);
	CHECK_STR(v[0]->name, "");
	CHECK_INT(v[1]->opened, 1000);
	CHECK_STR(v[1]->name, "a.example"); /* told by its first event alone */
	CHECK_INT(v[1]->ends.left.packets, 4000);
	CHECK_INT(v[LARGEST_MAX - 1]->opened, 938);
	for (i = 0; i < LARGEST_MAX; i++)
		CHECK(v[i]->opened != 2000);
	CHECK_INT(l->latest.pid, 1000);
	free(l);
}

/* Each process of its own name: the rows are bounded, and the sum is exact. */
static void test_leakers_are_bounded(void)
{
	struct leakers *l = calloc(1, sizeof(*l));
	struct la_owner owner = { .tgid = 1, .cgroup = 5 };
	uint64_t sum;
	size_t i;

	for (i = 1; i <= 1000; i++) {
		const struct la_flow f = flow(i, i, i);

		snprintf(owner.comm, sizeof(owner.comm), "p%zu", i);
		owner.tgid++;
		leakers_add(l, &f, &owner);
	}
	owner.tgid++; /* another process of that name */
	leakers_add(l, &(struct la_flow){ .key = { .ifindex = 2 }, .packets = 9, .was_exempt = 1 },
		    &owner);
	leakers_sort(l);
	CHECK_INT(l->n, LEAKERS_MAX);
	CHECK_STR(l->v[0].key.comm, "p1000");
	CHECK_INT(l->v[0].flows, 2);
	CHECK_INT(l->v[0].owner.tgid, 1002);
	sum = l->other.ends.left.packets;
	for (i = 0; i < l->n; i++)
		sum += l->v[i].ends.left.packets;
	CHECK_INT(sum, 500500);
	CHECK_INT(l->by_class[LA_CLASS_IPV4].left.packets, 500500);
	CHECK_INT(l->by_class[LA_CLASS_IPV4].held.packets, 9);
	CHECK_INT(l->other.flows, 1000 - LEAKERS_MAX);
	free(l);
}

static void test_cells(void)
{
	struct leakers *l = calloc(1, sizeof(*l));
	const struct la_sum one = { 1, 60 };

	leakers_add_cell(l, la_cell(LA_CLASS_DNS, 6, LA_EXEMPT_NONE, LA_VERDICT_DROPPED), &one);
	leakers_add_cell(l, la_cell(LA_CLASS_DNS, 4, LA_EXEMPT_NONE, LA_VERDICT_COUNTED), &one);
	leakers_add_cell(l, la_cell(LA_CLASS_DNS, 4, LA_EXEMPT_NONE, LA_CELL_LEFT), &one);
	leakers_add_cell(l, la_cell(LA_CLASS_IPV4, 4, LA_EXEMPT_LAN, LA_VERDICT_COUNTED), &one);
	leakers_add_cell(l, la_cell(LA_CLASS_IPV4, 4, LA_EXEMPT_LAN, LA_CELL_LEFT), &one);
	CHECK_INT(l->by_class[LA_CLASS_DNS].judged.packets, 2);
	CHECK_INT(l->by_class[LA_CLASS_DNS].dropped.packets, 1);
	CHECK_INT(l->by_class[LA_CLASS_DNS].left.bytes, 60);
	CHECK_INT(l->by_class[LA_CLASS_IPV4].left.packets, 0);
	CHECK_INT(l->exempt[LA_EXEMPT_LAN].packets, 1);
	free(l);
}

UNIT_MAIN("state", { "timeline_doubles", test_timeline_doubles },
	  { "timeline_jumps", test_timeline_jumps }, { "largest_flows", test_largest_flows },
	  { "leakers_are_bounded", test_leakers_are_bounded }, { "cells", test_cells })
