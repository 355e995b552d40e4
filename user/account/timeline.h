/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What left and was stopped since the start, as a row of buckets of one width. When there is no
 * room for another, two and two become one, of twice the width: the memory is the same however long
 * a run is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

#define TIMELINE_BUCKETS 240 /* even */

struct timeline {
	uint64_t width; /* ns */
	uint64_t began, last; /* ns of CLOCK_BOOTTIME; last: of the last call */
	size_t n; /* buckets that have begun */
	struct timeline_bucket {
		struct la_sum left, dropped;
		uint64_t down; /* ns in which a tunnel was down */
	} v[TIMELINE_BUCKETS];
	struct la_sum left, dropped; /* in all, as of the last call */
};

/* left, dropped: what there was before. */
void timeline_begin(struct timeline *t, uint64_t now, const struct la_sum *left,
		    const struct la_sum *dropped);

/*
 * Call it about once a second, with all that has left and was dropped until now: what is new
 * belongs to the present bucket. down: a tunnel is down, and was since the last call.
 */
void timeline_add(struct timeline *t, uint64_t now, const struct la_sum *left,
		  const struct la_sum *dropped, bool down);
