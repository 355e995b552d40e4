/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exact totals of a run by class, family, interface, process and exemption. */
#pragma once

#include "record/record.h"
#include "base/util.h"

struct totals;

int totals_open(struct totals **ret);
void totals_free(struct totals *s);

static inline void totals_freep(struct totals **s)
{
	totals_free(*s);
}

/*
 * Adds a flow that is over, or packets without a flow (process is NULL). interface is a name; NULL:
 * unknown.
 */
void totals_add_flow(struct totals *s, const struct la_flow *f, const char *interface,
		     const struct record_process *process);
void totals_add_cell(struct totals *s, uint32_t cell, const struct la_sum *sum,
		     const char *interface);

/* Of cells that were added, what that process has sent: their packets are nobody's until then. */
void totals_name_sender(struct totals *s, const struct record_process *process,
			const struct la_sum *sum);

uint64_t totals_leaked(const struct totals *s); /* packets that were let through */

/* Adds what has tried to leave so far, and what of it was dropped or held. */
void totals_tried(const struct totals *s, struct record_ends *to);

/* Points the summary's tables to those of s. They are valid as long as s. */
void totals_fill(struct totals *s, struct record_summary *ret);
