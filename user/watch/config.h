/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of a run. */
#pragma once

#include "datapath/attach.h"
#include "base/opt.h"
#include "policy/policy.h"
#include "host/scope.h"

struct child;

/* A guard to be made, see guard.h. */
struct watch_guard {
	const char *name; /* NULL: named after the scope */
	bool replace; /* replace a guard of that name that is in force */
	bool follow; /* stay and report, as watch does */
	uint64_t ttl; /* ns until it expires; 0: never */
};

struct watch_config {
	struct scope_target targets[SCOPES_MAX]; /* whose traffic */
	size_t n_targets;
	/* wait for targets that do not exist; later other cgroups may take their place */
	bool wait;
	struct policy policy;
	struct opt_list outputs;
	uint64_t interval; /* ns between two updates of a flow */
	uint64_t heartbeat; /* ns between two heartbeat events; 0: none */
	uint64_t aggregate; /* ns in which DNS and STUN events are told together; 0: each by itself */
	uint64_t buffer; /* bytes of the ring */
	uint64_t duration; /* ns; 0: until a signal */
	unsigned int tc; /* enum tc_mode */
	const char *btf;
	const char *on_leak; /* a command to run; NULL: none */
	const char *on_leak_user; /* who runs it; NULL: nobody */
	struct opt_list resolvers; /* files of known resolvers, in addition to the built-in list */
	bool no_payload; /* report and keep nothing from payloads */
	bool yes; /* drop even if an SSH session is cut */
	const struct watch_guard *guard; /* NULL: dropping ends with us */
	const char *follow; /* name of the guard to follow */
	bool may_follow; /* no option was given that could contradict a guard of the scope */
	/* NULL, or a command that starts when all hooks are attached; the run ends with it */
	struct child *child;
};
