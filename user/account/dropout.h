/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tunnels that fell, until they are back: how long that took, and what tried to
 * leave meanwhile. A tunnel is known by its namespace and name, since a daemon
 * that begins anew makes another interface. When and how much is told by the
 * caller; nothing is looked up here.
 */
#pragma once

#include <net/if.h>
#include <stddef.h>

#include "report/record.h"

/* Tunnels that are down at once. Containers fall and never come back: beyond
 * this, the one that fell first is given up. */
#define DROPOUTS_MAX 64

/* A point in time, and all that had tried to leave until then. */
struct dropout_moment {
	struct timespec time; /* CLOCK_REALTIME */
	uint64_t ns; /* CLOCK_BOOTTIME: runs on in sleep, and is never set */
	struct la_sum tried; /* let through and stopped */
	struct la_sum dropped; /* of these, stopped by us */
	struct la_sum held; /* and by something else */
	uint64_t refused; /* connections */
};

/* Zeroed it is ready for use. */
struct dropouts {
	struct dropout {
		uint64_t netns;
		char name[IFNAMSIZ];
		struct dropout_moment fell;
	} v[DROPOUTS_MAX]; /* that are down, in the order of their falls */
	size_t n;
	struct record_dropouts over;
	struct record_dropout last; /* that was over, ... */
	char last_name[IFNAMSIZ]; /* ... and whose */
};

void dropout_begin(struct dropouts *d, uint64_t netns, const char *name,
		   const struct dropout_moment *now);

/* A tunnel came up, alone: no other one of its namespace is up. It ends its own
 * dropout or, alone, all of its namespace, of which the latest is told. NULL: there
 * was none. Valid until the next call. */
const struct record_dropout *dropout_end(struct dropouts *d, uint64_t netns, const char *name,
					 bool alone, const struct dropout_moment *now);

/* Of the whole run; those that are down last until now. */
struct record_dropouts dropouts_sum(const struct dropouts *d, uint64_t now_ns);
