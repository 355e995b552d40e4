/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loader's half of the flow table: what was reported of a flow, when an update is due, when it
 * has ended. All counts are read from the record that the kernel counts in, so a lost event loses
 * neither a flow nor a count.
 */
#pragma once

#include "facts/cause.h"
#include "origins.h"
#include "datapath/datapath.h"
#include "record/record.h"

struct flows;

/* What the caller keeps with a flow. */
struct flow_note {
	struct cause cause; /* as the facts were at the first packet */
	bool has_cause; /* it was looked for, and may be RECORD_CAUSE_NONE */
	struct origin origin; /* of forwarded packets */
	struct record_ends told; /* what aggregated events have told of it */
	struct la_sum told_exempt;
	bool acted; /* a command was run for it, or was not for the rate limit */
	bool over; /* its end was told: nothing is left to be counted */
	uint64_t last; /* of a flow that ends: ktime when packets of it were seen last */
};

struct flows_ops {
	/*
	 * The role of the flow's interface, or -ENOENT if unknown. look: the namespace may be read
	 * to find out.
	 */
	int (*role)(void *arg, const struct la_flow *flow, bool look);
	/* Reports that a leaked flow opened, grew or ended. note is kept until it has ended. */
	void (*report)(void *arg, const struct la_flow *flow, enum record_flow state,
		       struct flow_note *note);
	/*
	 * Called after the last report: the flow's sums, leaked and exempt, are to be added up.
	 * over: they are final and the record is freed. Else the kernel goes on with it.
	 */
	void (*done)(void *arg, const struct la_flow *flow, const struct flow_note *note,
		     bool over);
};

/* interval_ns: time between two updates of a flow. */
int flows_open(struct flows **ret, struct datapath *k, uint64_t interval_ns,
	       const struct flows_ops *ops, void *arg);
void flows_free(struct flows *f);

static inline void flows_freep(struct flows **f)
{
	flows_free(*f);
}

/*
 * What became of the packet that an event tells of. It is made before the packet leaves:
 * -EAGAIN while that is not known, which is mostly a matter of microseconds.
 */
int flows_outcome(const struct flows *f, const struct la_event_flow *e);

/* How long a packet may be on its way (a neighbour is asked three times, a second apart)
 * before it counts as held. */
#define FLOWS_HELD_AFTER NSEC_PER_SEC

/* The kernel said that flow `id` opened or changed: returns its note, and in
 * *state what that is to the log (open only once). NULL: it is over already. */
struct flow_note *flows_seen(struct flows *f, const struct la_event_flow *e,
			     enum record_flow *state);

/* What was told of it: the counts of `told`, at that time (ktime). */
void flows_told(struct flows *f, uint32_t id, const struct la_flow *told, uint64_t time);

/* The note of flow `id` that was opened then (ktime). NULL: it is over already. */
struct flow_note *flows_note(struct flows *f, uint32_t id, uint64_t opened);

/*
 * Call it about once a second, and when flows_are_due(): reports updates, and ends flows that are
 * over, for some milliseconds; call it again while flows_are_swept(). now: ktime.
 */
void flows_expire(struct flows *f, uint64_t now);
/* Whether there is so little room that it should be called now; and within how many ms. -1: no. */
bool flows_are_due(const struct flows *f, uint64_t now);
bool flows_are_swept(const struct flows *f);
int flows_wait(const struct flows *f);

/* Adds what has tried to leave by the flows of the table, and its ends. Looks at
 * nothing else: it may be called while namespaces are read. */
void flows_tried(const struct flows *f, struct record_ends *to);

/* Calls fn with each flow of the table that counts, and its record's number. The same holds. */
typedef void flows_each_fn(void *arg, uint32_t id, const struct la_flow *flow);
void flows_each(const struct flows *f, flows_each_fn *fn, void *arg);

/* Ends all flows. Call it when every hook is detached. */
void flows_end(struct flows *f);

/*
 * Reports the end of all flows, with their sums so far. Call it when hooks and flows stay: the next
 * follower reports them as open again.
 */
void flows_leave(struct flows *f);
