/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exact totals of a run, by class, family, interface, process, exemption. */
#pragma once

#include "report/record.h"
#include "base/util.h"

struct sums;

int sums_open(struct sums **ret);
void sums_free(struct sums *s);

static inline void sums_freep(struct sums **s)
{
	sums_free(*s);
}

/* A flow that is over, or the packets that had none (process NULL). interface
 * and process name what they belong to; NULL: not known. */
void sums_add_flow(struct sums *s, const struct la_flow *f, const char *interface,
		   const struct record_process *process);
void sums_add_cell(struct sums *s, uint32_t cell, const struct la_sum *sum,
		   const char *interface);

uint64_t sums_leaked(const struct sums *s); /* packets that were let through */

/* Adds what has tried to leave so far, and what of it was stopped. */
void sums_tried(const struct sums *s, struct la_sum *tried, struct la_sum *dropped);

/* Points the summary's tables at ours: they live as long as s. */
void sums_fill(struct sums *s, struct record_summary *ret);
