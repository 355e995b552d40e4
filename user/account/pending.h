/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of packets that are still on their way: kept, in their order, until it is known whether
 * the packet left. Bounded: past that, the oldest is taken for held.
 */
#pragma once

#include "flows.h"

struct pending;

/* The event of a packet, and what became of it. */
typedef void pending_fn(void *arg, const struct la_event_flow *e, enum record_outcome outcome);

int pending_open(struct pending **ret, const struct flows *flows, pending_fn *fn, void *arg);
void pending_free(struct pending *p);

static inline void pending_freep(struct pending **p)
{
	pending_free(*p);
}

/* Gives the event to fn now, if its end is known, or later. */
void pending_add(struct pending *p, const struct la_event_flow *e);

/* Looks again. now: ktime; UINT64_MAX: nothing will leave any more. */
void pending_look(struct pending *p, uint64_t now);

/* How soon to look again, in ms; -1: nothing waits. */
int pending_timeout(const struct pending *p);
