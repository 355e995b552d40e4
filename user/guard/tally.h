/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guard that is in force has done so far, and what it lets through: read from its maps. */
#pragma once

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

#define TALLY_TUNNELS 8

struct tally {
	struct la_sum stopped, leaked; /* leaked: of classes that it does not stop */
	uint64_t refused; /* connects, questions and frames that could only have leaked */
	/* interfaces of our namespace that it takes for tunnels and has open, as far as there is
	 * room */
	char tunnels[TALLY_TUNNELS][IF_NAMESIZE];
	size_t n_tunnels, elsewhere; /* elsewhere: such in other namespaces, or beyond the room */
};

/*
 * dir: a guard's, of this ABI (pins_read() returned 0). 0 or -errno: then nothing is known. While a
 * follower ends a flow, its packets may be counted twice for that moment.
 */
int tally_read(const char *dir, struct tally *ret);

/* Calls fn with each flow that a guard knows. The same holds. */
typedef void tally_flow_fn(void *arg, const struct la_flow *flow);
int tally_flows(const char *dir, tally_flow_fn *fn, void *arg);
