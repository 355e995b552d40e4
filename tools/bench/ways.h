/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways in which what leaks is counted or stopped, or neither, and what is attached for each. */
#ifndef LEAKAUDIT_BENCH_WAYS_H
#define LEAKAUDIT_BENCH_WAYS_H

#include <stdbool.h>

#include "stop.h"

enum way {
	NOBODY,
	NOBODY_AGAIN,
	EMPTY_COUNT,
	FLOOR_COUNT,
	NFT_COUNT,
	OLD_COUNT,
	OUR_COUNT,
	EMPTY_DROP,
	NFT_DROP,
	OUR_DROP,
	GUARD_DROP,
	WAY_MAX
};

/* What is sent meets a device and what is stopped does not: each is compared with
 * the least that can be done of its kind. */
struct way_type {
	const char *name; /* of its namespace and cgroup, and of its cable at the other side */
	const char *what;
	enum way base;
	bool stops;
};

extern const struct way_type ways[WAY_MAX];

void way_path(char path[4096], const char *before, enum way way);
/* Attaches what is of this way and not a loader's. Why there is none of it; NULL: there is. */
const char *way_skipped(const struct stop_settings *set, enum way way);

/* The link of what stops all in the way that does nothing else. */
int ways_attach_stopper(const struct stop_settings *set);
void ways_attach_sinks(const struct stop_settings *set);

#endif
