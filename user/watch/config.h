/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run is asked for. */
#pragma once

#include "datapath/attach.h"
#include "base/opt.h"
#include "policy/policy.h"
#include "host/scope.h"

struct child;

/* A guard to be made, see guard.h. */
struct watch_guard {
	const char *name; /* NULL: by the scope */
	bool replace; /* one of that name that holds */
	bool follow; /* go on and tell, as a watch of it does */
	uint64_t ttl; /* ns, until it lifts itself; 0: never */
};

struct watch_config {
	enum scope_by by;
	const char *target; /* cgroup, unit or pid, by `by` */
	bool wait; /* for a target that is not there, now or later: another cgroup may take its
		      place */
	struct policy policy;
	struct opt_list outputs;
	uint64_t interval; /* ns between two updates of a flow */
	uint64_t buffer; /* bytes of the ring */
	uint64_t duration; /* ns, 0: until a signal */
	unsigned int tc; /* enum tc_mode */
	const char *btf;
	struct opt_list resolvers; /* files of known ones, beside the built-in list */
	bool no_payload; /* nothing of it is told or kept */
	bool yes; /* drop, whoever's session is cut */
	const struct watch_guard *guard; /* NULL: what holds ends with us */
	const char *follow; /* the guard to follow, by name */
	bool may_follow; /* nothing was said that a guard of the scope could contradict */
	struct child *child; /* NULL, or begins when all is attached; the run ends with it */
};
