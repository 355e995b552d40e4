/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by run.c, which sends a round of probes, and round.c, which evaluates it. */
#pragma once

#include "neighbours.h"
#include "run.h"

struct round {
	const struct probe_run_config *cfg;
	struct probe_round *out;
	struct links *links; /* interfaces as of the plan */
	struct probe_shared *shared;
	struct probe_neighbours *neighbours; /* that had not answered when all was sent */
	size_t size;
	pid_t children[2];
	size_t n;
	int go[2];
};

/* Fills in the results, once no process of the round is left. 0 or -ENOMEM. */
int probe_round_evaluate(struct round *r);
