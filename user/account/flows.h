/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loader's half of the flow table: what has been said of each flow, when it
 * is time for an update, when it is over. Everything is read from the record
 * that the kernel counts in, so a lost event loses no flow and no count.
 */
#pragma once

#include "facts/cause.h"
#include "datapath/datapath.h"
#include "report/record.h"

struct flows;

/* What a flow's watcher has to remember of it. */
struct flow_note {
	struct cause cause; /* found when it opened; facts may be others later */
};

struct flows_ops {
	/* Role of a flow's interface, or -ENOENT while it is not known. look: its
	 * namespace may be read to find out. */
	int (*role)(void *arg, const struct la_flow *flow, bool look);
	/* A leaked flow opened, grew or ended; note is kept until it ended. */
	void (*tell)(void *arg, const struct la_flow *flow, enum record_flow state,
		     struct flow_note *note);
	/* Its sums are to be added up: leaked or exempt. After the last tell(). over:
	 * they are final, and the record goes; else the kernel goes on with it. */
	void (*done)(void *arg, const struct la_flow *flow, bool over);
};

/* interval_ns: between two updates of one flow. */
int flows_open(struct flows **ret, struct datapath *k, uint64_t interval_ns,
	       const struct flows_ops *ops, void *arg);
void flows_free(struct flows *f);

static inline void flows_freep(struct flows **f)
{
	flows_free(*f);
}

/* The kernel said that flow `id` opened or changed: returns its note, and in
 * *state what that is to the log (open only once). NULL: it is over already. */
struct flow_note *flows_seen(struct flows *f, const struct la_event_flow *e,
			     enum record_flow *state);

/* Once a second or so: updates, and ends of what is over. now: ktime. */
void flows_expire(struct flows *f, uint64_t now);

/* Adds what has tried to leave by the flows of the table, and what of it was
 * stopped. Looks at nothing else: it may be called while namespaces are read. */
void flows_tried(const struct flows *f, struct la_sum *tried, struct la_sum *dropped);

/* Every hook is detached: ends all. */
void flows_end(struct flows *f);

/* The hooks stay, and so do all flows: for us they end, with their sums so far. Who follows the
 * hooks next opens them anew. */
void flows_leave(struct flows *f);
