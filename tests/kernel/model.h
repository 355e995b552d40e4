/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs have to do with the packets of a new socket: the headers
 * that they share, natively built, under a flow table that is written anew for
 * the one flow there is.
 */
#pragma once

#include "flight.h"

struct model {
	struct setup setup;
	uint64_t counters[LA_COUNTER_MAX];
	struct la_sum totals[2][LA_CELLS]; /* by hook */
};

/* What is volatile (times, cookies, ids) is 0 in the outcome. */
void model_run(struct model *m, enum la_hook hook, const struct flight *flight, struct outcome *o);
