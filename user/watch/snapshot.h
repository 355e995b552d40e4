/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The present state of a run as one JSON object: for status, top, and the page. It costs nothing
 * for a packet, a little for each event and each second, and some milliseconds when it is asked for.
 */
#pragma once

#include <net/if.h>

#include "account/dropout.h"
#include "account/largest.h"
#include "account/leakers.h"
#include "account/timeline.h"
#include "base/json.h"

struct watch;

/* Tunnels whose changes are remembered; dropouts that are told one by one. */
#define SNAPSHOT_TUNNELS 32
#define SNAPSHOT_DROPOUTS 16

struct snapshot_tunnel {
	uint64_t netns;
	char name[IFNAMSIZ];
	struct timespec since; /* CLOCK_REALTIME of its last change in this run */
	uint64_t since_ns; /* CLOCK_BOOTTIME */
	uint64_t dropouts, down_ns; /* that are over */
	bool up;
};

struct snapshot_dropout {
	char name[IFNAMSIZ];
	struct record_dropout record; /* without its name */
};

/* A zeroed struct is ready for snapshot_open(). */
struct snapshot {
	struct timespec started;
	struct timeline timeline;
	struct largest largest;
	struct leakers *done, *now; /* flows that are over; these and those that go on */
	struct snapshot_tunnel tunnels[SNAPSHOT_TUNNELS];
	size_t n_tunnels;
	struct snapshot_dropout dropouts[SNAPSHOT_DROPOUTS]; /* by number, modulo their number */
	uint64_t n_dropouts;
	struct dropout_moment moment; /* as of the last tick */
	uint64_t leaked_at; /* CLOCK_BOOTTIME, when more had left; 0: nothing has */
	struct json json;
	const char *text; /* of json; NULL: none yet */
	size_t len;
	uint64_t made; /* ktime */
	bool over; /* the run is: nothing is shown any more */
};

/* Call it when flows and the outputs are there. 0 or -ENOMEM. */
int snapshot_open(struct watch *w);
void snapshot_close(struct snapshot *s);

/* What was before the run, of a guard: it is counted, but is no news. */
void snapshot_retained(struct watch *w);

/* Call it with each tick, with the present moment. */
void snapshot_tick(struct watch *w, const struct dropout_moment *now);

/* A leak is told, by itself; a flow is over; a tunnel went down or came up. */
void snapshot_leak(struct watch *w, const struct record *r);
void snapshot_flow(struct watch *w, const struct la_flow *flow, const struct la_owner *owner);
void snapshot_tunnel(struct watch *w, const struct record *r);

/*
 * The state as a line, valid until the next call of any of these. It is made anew twice a second at
 * most. -ESHUTDOWN: the run is over. -ENOMEM.
 */
int snapshot_text(struct watch *w, const char **text, size_t *len);
