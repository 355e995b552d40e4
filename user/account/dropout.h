/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dropouts of tunnels: how long a tunnel was down, and what tried to leave in that time. A tunnel
 * is known by its namespace and name, since a daemon that restarts makes another interface. The
 * caller passes times and counts; nothing is looked up here.
 */
#pragma once

#include <net/if.h>
#include <stddef.h>

#include "record/record.h"

/*
 * The number of tunnels that are down at once. A tunnel of a container may never come back: with
 * more, the one that went down first is given up.
 */
#define DROPOUTS_MAX 64

/* A time, and all that had tried to leave until then. */
struct dropout_moment {
	struct timespec time; /* CLOCK_REALTIME */
	uint64_t ns; /* CLOCK_BOOTTIME: runs on in sleep, and is never set */
	struct la_sum tried; /* let through and stopped */
	struct la_sum dropped; /* of these, stopped by us */
	struct la_sum held; /* and by something else */
	struct la_sum left; /* leaked */
	uint64_t refused; /* connections */
};

/* A zeroed struct is ready for use. */
struct dropouts {
	struct dropout {
		uint64_t netns;
		char name[IFNAMSIZ];
		struct dropout_moment fell;
	} v[DROPOUTS_MAX]; /* tunnels that are down, in the order in which they went down */
	size_t n;
	struct record_dropouts over;
	struct record_dropout last; /* the dropout that dropout_end() returned, */
	char last_name[IFNAMSIZ]; /* and the name of its tunnel */
};

void dropout_begin(struct dropouts *d, uint64_t netns, const char *name,
		   const struct dropout_moment *now);

/*
 * Call it when a tunnel comes up. alone: no other tunnel of its namespace is up. Ends the tunnel's
 * own dropout. If it had none and is alone, ends all dropouts of the namespace and returns the
 * latest. Returns NULL if none ended. Valid until the next call.
 */
const struct record_dropout *dropout_end(struct dropouts *d, uint64_t netns, const char *name,
					 bool alone, const struct dropout_moment *now);

/* The sums of a run. Tunnels that are down are counted until now_ns. */
struct record_dropouts dropouts_sum(const struct dropouts *d, uint64_t now_ns);
