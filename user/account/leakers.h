/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who leaks what over which line: sums by program and cgroup, class and interface. Those of the
 * same name in one cgroup are one row, however many processes they were. Bounded: the smallest rows
 * become one. The sum of all rows and that one is exact.
 */
#pragma once

#include "record/record.h"

#define LEAKERS_MAX 256

struct leaker {
	struct leaker_key {
		uint64_t cgroup, netns;
		uint32_t ifindex;
		uint16_t cls;
		uint16_t attribution; /* where no process is known */
		char comm[16];
	} key;
	struct la_owner owner; /* the latest of them; tgid 0: none is known */
	struct record_ends ends;
	uint64_t flows;
};

struct leakers {
	uint32_t hashes[LEAKERS_MAX];
	struct leaker v[LEAKERS_MAX];
	size_t n;
	struct leaker other; /* key and owner are unused */
	struct record_ends by_class[LA_CLASS_MAX];
	struct la_sum exempt[LA_EXEMPT_MAX]; /* that of LA_EXEMPT_NONE is unused */
};

/* owner: who has sent it; of a forwarded flow as far as that is proven. */
void leakers_add(struct leakers *l, const struct la_flow *flow, const struct la_owner *owner);

/* Packets without a flow, which have no row. */
void leakers_add_cell(struct leakers *l, uint32_t cell, const struct la_sum *sum);

/* What left most first. Nothing can be added any more. */
void leakers_sort(struct leakers *l);
