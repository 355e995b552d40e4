/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which numbers of a run's events were met: what comes twice, and what is missing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEQUENCES_SPANS_MAX 512

struct sequences {
	struct sequence_span {
		uint64_t first, last;
	} * spans; /* ascending, with gaps between them */
	size_t n;
	bool rough; /* there were more gaps than that: some numbers count as met that were not */
};

void sequences_clear(struct sequences *s);

/* 1: it is new; 0: it was met before; -ENOMEM. */
int sequences_add(struct sequences *s, uint64_t number);

/* How many are missing before the first one that was met, and between that and the last. */
uint64_t sequences_before(const struct sequences *s);
uint64_t sequences_missing(const struct sequences *s);
