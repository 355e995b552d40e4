/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long to rest from a look at the machine that is taken again and again, asked for or not. */
#pragma once

#include "util.h"

/* The processor's time of this thread in ns: what a look costs, whatever else runs. */
static inline uint64_t cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/*
 * In ns, after a look that has cost as much: it takes one part in `share` of a core, but what only
 * such a look finds is found after `most`, whatever it costs.
 */
static inline uint64_t pause_after(uint64_t cost, uint64_t share, uint64_t least, uint64_t most)
{
	return MIN(MAX(least, cost * share), most);
}
