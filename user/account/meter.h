/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters for monitoring, while flows go on. A counter must not shrink, yet a flow may turn into
 * another class, and packets that left may be taken back: both are counted beside it, so that the
 * sums are exact in the end.
 */
#pragma once

#include "report/metrics.h"
#include "base/util.h"

struct meter;

/* The name of a flow's interface; NULL: unknown. */
typedef const char *meter_interface_fn(void *arg, const struct la_flow *f);

/* n_flows: the records of the flow table. 0 or -ENOMEM. */
int meter_open(struct meter **ret, uint32_t n_flows, meter_interface_fn *fn, void *arg);
void meter_free(struct meter *m);

/*
 * Counts what a flow has grown by. id: its record. over: the sums are final, and the record may be
 * another flow's next. Else a flow waits until its first packets have shown its class.
 */
void meter_flow(struct meter *m, uint32_t id, const struct la_flow *f, bool over);

/*
 * Packets without a flow: all cells are told anew each time, after meter_begin_cells().
 * meter_keep_cell(): what is not told again.
 */
void meter_begin_cells(struct meter *m);
void meter_cell(struct meter *m, const struct la_sum_key *key, const struct la_sum *sum,
		const char *interface);
void meter_keep_cell(struct meter *m, const struct la_sum_key *key, const struct la_sum *sum,
		     const char *interface);

/*
 * Sets rows and sums. The table belongs to m, and is valid until the next call of any; it is
 * returned once more, for the caller to name the scopes.
 */
struct metrics_row *meter_fill(struct meter *m, struct metrics *ret);
