/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flows that have leaked most, with the names of their last events. A flow that was too small
 * is taken when it has grown: each event has all that its flow has sent.
 */
#pragma once

#include <net/if.h>

#include "record/record.h"

#define LARGEST_MAX 64

struct largest_flow {
	struct la_flow_key key;
	uint64_t opened; /* ktime */
	unsigned int cls, detail;
	enum record_cause cause;
	struct record_ends ends;
	struct timespec first, last; /* CLOCK_REALTIME; first 0: not known */
	uint32_t pid;
	char process[64];
	char unit[64]; /* or the container; "": neither */
	char interface[IFNAMSIZ];
	char netns[64]; /* "": ours */
	char name[128]; /* that was asked for, or of the server */
	char asker[64]; /* for whom the process has sent it; "": for itself */
};

struct largest {
	uint64_t opened[LARGEST_MAX]; /* of the rows: what is searched for each event */
	struct largest_flow v[LARGEST_MAX];
	size_t n;
	uint64_t least; /* the weight of the smallest, once there is no more room */
	struct largest_flow latest; /* the last that something has left by; opened 0: none */
};

/* An event of a leak, not of several; at: its time. */
void largest_note(struct largest *l, const struct record_leak *leak, struct timespec at);

/* Largest first; their number. */
size_t largest_sorted(const struct largest *l, const struct largest_flow *ret[LARGEST_MAX]);
