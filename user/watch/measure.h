/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run shows to monitoring, when an output asks for it. */
#pragma once

#include "account/meter.h"

struct watch;

/* A zeroed struct measures nothing. */
struct measuring {
	struct meter *meter; /* NULL: no output shows metrics */
	struct timespec started;
	bool over;
	struct metrics_program programs[METRICS_PROGRAMS_MAX]; /* at most; one may be unloaded */
	size_t n_programs;
};

/* Call it when flows are there. 0 or -ENOMEM. */
int measuring_open(struct watch *w);
void measuring_close(struct measuring *m);

/* A flow of the table is over, or no longer followed. */
void measuring_flow(struct watch *w, const struct la_flow *flow);
/* Packets without a flow that a guard has counted before we started. */
void measuring_retained(struct watch *w);
