/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long to rest from a look at the machine that is taken again and again, asked for or not. */
#pragma once

#include "util.h"

/* Such a look takes at most so much of a core: five of them are a two-thousandth. */
#define PAUSE_SHARE 10000
/* What only such a look finds is found by then, whatever it costs. */
#define PAUSE_MAX (300 * NSEC_PER_SEC)

/* The processor's time of this thread in ns: what a look costs, whatever else runs. */
static inline uint64_t cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* In ns, after a look that has cost as much. */
static inline uint64_t pause_after(uint64_t cost, uint64_t least)
{
	return MIN(MAX(least, cost * PAUSE_SHARE), PAUSE_MAX);
}
