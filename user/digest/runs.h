/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs of leakaudit that recorded events are of: whose, how long, and whether they are whole. */
#pragma once

#include "outages.h"
#include "recorded.h"
#include "sequences.h"

#define RUNS_MAX 4096

struct run {
	char agent[48], host[OUTAGE_HOST_SIZE], boot[40], version[24], scope[128], guard[32];
	int64_t first, last; /* times of its events */
	uint64_t events;
	struct sequences sequences;
	bool unnumbered; /* it has events without a number */
	bool has_summary;
	bool incomplete; /* by its own word */
	char why[192];
	struct ends told; /* its flows, as its events tell of them */
	struct ends said; /* as its summary does, or at least so much its heartbeats */
	struct la_sum possible, inside, let_in, kept_out, exempt[4];
	struct la_sum possible_told, inside_told;
	uint64_t refused, refused_told;
	struct {
		uint64_t events, flows, output, evidence;
	} lost;
	uint64_t bypasses; /* sockets that send past every hook */
	uint64_t left_scope; /* processes that are outside of their cgroup */
	char down[IFNAMSIZ]; /* a tunnel that is down, "": none */
	int64_t down_since, down_last; /* of what is told of that: the first and the last */
	int64_t up_last; /* until when all of it is over */
	uint32_t number;
};

struct runs;

int runs_open(struct runs **ret);
void runs_free(struct runs *r);
static inline void runs_freep(struct runs **r)
{
	runs_free(*r);
}

/* The run of an event. Valid until the next call. NULL: no memory. */
struct run *runs_of(struct runs *r, const struct recorded *e);

/*
 * Called with each run that gives its place to a new one: one that has ended, else the one that was
 * told of longest ago.
 */
typedef void runs_forget_fn(void *arg, struct run *run);
void runs_on_forget(struct runs *r, runs_forget_fn *fn, void *arg);

/* Sorts all by their first event, and returns them; their number in *n. */
struct run *runs_sorted(struct runs *r, size_t *n);

/* Takes from the event what is of the run itself. 1: it is new; 0: it was met before; -ENOMEM. */
int run_take(struct run *run, const struct recorded *e);

/*
 * Writes why a run is not whole, "" if it is. now: the time, to tell what may still go on from what
 * ended.
 */
void run_doubt(const struct run *run, int64_t now, char *buf, size_t size);

/* Whether nothing is against it but that it has not ended yet, as it seems. */
bool run_goes_on(const struct run *run, int64_t now);
