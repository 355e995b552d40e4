/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened when: bins of one width, which grows as the time that they reach over does. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "ends.h"

#define BINS_MAX 4096

struct bin {
	int64_t number; /* begins at number * width seconds, in local time's offset */
	struct la_sum left[LA_CLASS_MAX]; /* by class */
	struct la_sum stopped; /* dropped or held */
	uint64_t events;
};

struct bins {
	struct bin *v; /* ascending; those without an event are absent */
	size_t n;
	unsigned int step; /* of the widths */
	int64_t offset; /* seconds to add to UTC */
};

int bins_open(struct bins *t, int64_t offset);
void bins_close(struct bins *t);

/* The bin of a time in ns since 1970, valid until the next call. */
struct bin *bins_at(struct bins *t, int64_t time);

int64_t bins_width(const struct bins *t); /* seconds */

/* Widens the bins until all from the first to the last are at most so many; their number. */
size_t bins_fit(struct bins *t, size_t most);

/* When a bin begins, in seconds since 1970. */
int64_t bins_begin(const struct bins *t, int64_t number);
