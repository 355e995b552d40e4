/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What resolvers have sent outside for the scopes: a flow for each of their sockets and servers,
 * and each scope, with the packets that belong to its questions alone.
 */
#pragma once

#include "asks.h"
#include "origins.h"
#include "record/record.h"

struct upstreams;

struct upstream {
	struct la_flow flow; /* its counts are those of packets that were matched */
	struct asks_matched matched; /* all askers so far, and the least certain match */
	bool told; /* its opening was reported */
	struct la_sum early; /* of a stream: packets before its first question */
	uint64_t last; /* ktime of the last packet */
	bool acted; /* as of a flow_note */
	struct origin origin; /* the same */
	struct record_ends told_ends; /* what aggregated events have told of it */
	bool used;
};

int upstreams_open(struct upstreams **ret);
void upstreams_free(struct upstreams *u);

static inline void upstreams_freep(struct upstreams **u)
{
	upstreams_free(*u);
}

/* Called when a flow is over: its counts are final. */
typedef void upstream_fn(void *arg, struct upstream *over);

/* The questions that a packet is sent for. */
struct upstream_for {
	bool certain; /* it is the scope's; else it may be */
	bool any; /* of whatever scope: that of the last packet */
	uint32_t scope;
};

/*
 * The flow of a packet, which is made where there is none. If there is no room, the oldest is over.
 */
struct upstream *upstreams_of(struct upstreams *u, const struct la_event_flow *e,
			      struct upstream_for what, upstream_fn *over, void *arg);

/* Counts the packet of an event, and those before it that waited for a match. */
void upstream_count(struct upstream *up, const struct la_event_flow *e);

/* Ends flows that have been quiet for a while. now: ktime; UINT64_MAX: all. */
void upstreams_expire(struct upstreams *u, uint64_t now, upstream_fn *over, void *arg);
