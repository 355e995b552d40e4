/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was told of each flow. An event of a flow has its totals so far; what it adds to the event
 * before is what has happened since.
 */
#pragma once

#include "ends.h"
#include "recorded.h"
#include "base/util.h"

/* As many as a few hosts' kernels have open at a time. The oldest that are over go first. */
#define TOLD_FLOWS_MAX (256U << 10)

struct told;

struct told_flow {
	struct ends ends; /* so far */
	uint32_t run; /* that has told of it last */
	unsigned int cls, detail;
	uint64_t sequence; /* of the latest event of that run */
};

int told_open(struct told **ret);
void told_free(struct told *t);
static inline void told_freep(struct told **t)
{
	told_free(*t);
}

/*
 * The flow of an event, zeroed if it is new; *fresh says so. It is valid until the next call. NULL:
 * no memory.
 */
struct told_flow *told_flow(struct told *t, const char *flow_id, bool over, bool *fresh);

/* How many had to be forgotten while they were open: if they come again they count twice. */
uint64_t told_forgotten(const struct told *t);
