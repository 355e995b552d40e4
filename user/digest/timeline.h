/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened when: slots of one width, which grows as the time that they reach over does. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "ends.h"

#define TIMELINE_SLOTS_MAX 4096

struct timeline_slot {
	int64_t number; /* begins at number * width seconds, in local time's offset */
	struct la_sum left[LA_CLASS_MAX]; /* by class */
	struct la_sum stopped; /* dropped or held */
	uint64_t events;
};

struct timeline {
	struct timeline_slot *v; /* ascending; those without an event are absent */
	size_t n;
	unsigned int step; /* of the widths */
	int64_t offset; /* seconds to add to UTC */
};

int timeline_open(struct timeline *t, int64_t offset);
void timeline_close(struct timeline *t);

/* The slot of a time in ns since 1970, valid until the next call. */
struct timeline_slot *timeline_at(struct timeline *t, int64_t time);

int64_t timeline_width(const struct timeline *t); /* seconds */

/* Widens the slots until all from the first to the last are at most so many; their number. */
size_t timeline_fit(struct timeline *t, size_t most);

/* When a slot begins, in seconds since 1970. */
int64_t timeline_begin(const struct timeline *t, int64_t number);
