/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run has counted until now, and its state: what monitoring asks for. Counters only grow,
 * and in the end they are the summary's. Labels are bounded: by the class, the family, some
 * interfaces, the scopes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/event.h"

/* Packets with the same labels. */
struct metrics_row {
	unsigned int cls; /* enum la_class */
	bool v6;
	const char *interface;
	uint32_t scope_number; /* 0: not known, or the host */
	const char *scope; /* NULL: there is only one */
	struct la_sum left, dropped;
};

/* A tunnel, which is up or down; a scope, whose cgroup exists or not; a guard. */
struct metrics_state {
	const char *name;
	bool on;
};

/* By a kernel that measures it (kernel.bpf_stats_enabled). */
struct metrics_program {
	char name[32];
	uint64_t ns, runs;
};

struct metrics_output {
	const char *spec;
	uint64_t written, lost;
};

#define METRICS_PROGRAMS_MAX 48
#define METRICS_TUNNELS_MAX 32
#define METRICS_OUTPUTS_MAX 32
#define METRICS_SCOPES_MAX 64

/* Strings and tables belong to whoever has filled it in, and are valid until he does so again. */
struct metrics {
	const char *version;
	struct timespec started, now; /* CLOCK_REALTIME */
	bool running; /* false: it is the last time, in the end of the run */
	bool complete;
	bool hooked; /* all hooks are where they were attached */
	unsigned int reasons; /* against being complete */
	const struct metrics_row *rows;
	size_t n_rows;
	struct la_sum left, dropped; /* of all rows */
	struct la_sum held; /* shrinks when they leave after all */
	struct la_sum exempt[LA_EXEMPT_MAX]; /* that of LA_EXEMPT_NONE is unused */
	uint64_t turned[LA_CLASS_MAX][LA_CLASS_MAX]; /* packets of flows that turned, from, to */
	uint64_t taken_back; /* packets that counted as left, and were dropped behind the hooks */
	uint64_t flows;
	uint64_t counters[LA_COUNTER_MAX]; /* enum la_counter */
	struct la_sum possible, inside, inbound, inbound_dropped;
	struct metrics_state tunnels[METRICS_TUNNELS_MAX], scopes[METRICS_SCOPES_MAX];
	size_t n_tunnels, n_scopes;
	uint64_t dropouts, down_ns;
	bool down; /* a tunnel has fallen, and is not up again */
	struct metrics_state guard; /* no name: there is none */
	uint64_t guard_expires; /* seconds of CLOCK_REALTIME; 0: never */
	struct metrics_program programs[METRICS_PROGRAMS_MAX];
	size_t n_programs;
	struct metrics_output outputs[METRICS_OUTPUTS_MAX];
	size_t n_outputs;
	uint64_t lost_output; /* by all outputs */
	uint64_t cpu_ns, resident; /* of this process; bytes */
};

/*
 * The present state of a run as a line of JSON, valid until the next call: what a page shows. To be
 * called from the main loop only. -ESHUTDOWN: the run is over. -ENOMEM.
 */
struct state_source {
	int (*text)(void *arg, const char **text, size_t *len);
	void *arg;
};

/* Fills it in. To be called from the main loop only. */
struct metrics_source {
	void (*fill)(void *arg, struct metrics *ret);
	void *arg;
};
