/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run has lost or could not see, as the kernel and the sinks count it. */
#pragma once

#include "datapath/datapath.h"
#include "record/completeness.h"
#include "report/metrics.h"
#include "report/pipeline.h"
#include "record/record_lines.h"

struct losses {
	uint64_t before[LA_COUNTER_MAX]; /* counters of a followed guard when we started */
	uint64_t counters[LA_COUNTER_MAX]; /* counters since then, as last reported */
	uint64_t output; /* lines that were lost, as last reported */
	struct completeness completeness;
	bool drops; /* always: what cannot be read has not left */
	char bypasser[64]; /* who bypassed the hooks last, "name[pid]" */
	uint64_t bypasser_netns; /* 0: unknown */
};

/* Records the reason; only the first one is logged and reported. */
void losses_incomplete(struct losses *l, const char *why);

/* A process sends past the hooks. */
void losses_bypass(struct losses *l, const struct record_bypass *b);

/* A resolver has sent what nobody can tell for whom. */
void losses_possible(struct losses *l, const struct la_owner *resolver);

/* Interfaces whose counters differ from what the hooks have seen; says who may be the reason. s:
 * its leaks are complete. */
void losses_lines(struct losses *l, struct record_line *v, size_t n,
		  const struct record_summary *s);

/* Counts of a followed guard before we started are not losses of this run. */
int losses_begin(struct losses *l, const struct datapath *k);

/* An output has lost lines. */
void losses_output(struct losses *l);

/* Reports what was lost since the last call, if anything was. */
void losses_check(struct losses *l, const struct datapath *k, struct pipeline *out);

/* The losses of the run so far, as of the last check. */
void losses_so_far(const struct losses *l, struct record_lost *ret);

/* The losses of the run as of the last check, and whether it is complete. */
void losses_sum(struct losses *l, const struct pipeline *out, struct record_summary *ret);

/* The same, while the run goes on. */
void losses_measure(const struct losses *l, struct metrics *ret);
