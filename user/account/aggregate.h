/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS queries and STUN requests, told together: one event for each process and name, or server,
 * in a window of time. It has what they add to the counts of their flows, so that all such events
 * together have what left. Bounded: with too many different ones a window ends early.
 */
#pragma once

#include "flows.h"

struct aggregate;

/* Tells an event. The record is valid until it returns. */
typedef void aggregate_fn(void *arg, struct record *r);

int aggregate_open(struct aggregate **ret, uint64_t window_ns, aggregate_fn *fn, void *arg);
void aggregate_free(struct aggregate *a);

/*
 * True: the leak is told later, with others, or with its window. note: that of its flow. now:
 * ktime.
 */
bool aggregate_take(struct aggregate *a, const struct record *r, struct flow_note *note,
		    uint64_t now);

/* Tells what is due. now: ktime; UINT64_MAX: all. */
void aggregate_tell(struct aggregate *a, uint64_t now);
