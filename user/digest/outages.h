/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dropouts of tunnels, as recorded events tell of them: all in sums, the longest one by one. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "ends.h"
#include "recorded.h"

#define OUTAGES_MAX 256
#define OUTAGE_HOST_SIZE 65 /* of a host's name, as Linux has it */

struct outage {
	char tunnel[IFNAMSIZ], host[OUTAGE_HOST_SIZE];
	int64_t since, until; /* until: RECORDED_NO_TIME if its end is not told */
	uint64_t ms;
	struct ends ends; /* of what tried to leave meanwhile */
	uint64_t refused;
};

struct outages {
	struct outage v[OUTAGES_MAX];
	size_t n;
	uint64_t count, ms, longest_ms; /* of all of them */
	struct ends ends;
	uint64_t refused;
	uint64_t open; /* how many of them have no end */
};

/* The dropout that an event ends. */
void outages_add(struct outages *o, const struct recorded *r);

/* One whose end is not told: since then, the tunnel was down until the last event. */
void outages_add_open(struct outages *o, const char *host, const char *tunnel, int64_t since,
		      int64_t last);

void outages_sort(struct outages *o); /* by time */
