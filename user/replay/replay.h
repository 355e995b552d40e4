/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit of captures: the same events as of live traffic, without root. */
#pragma once

#include <stdbool.h>

#include "base/opt.h"
#include "policy/policy.h"

struct known_resolvers;
struct audited_host;

struct replay_config {
	char **files; /* NULL at the end; "-": standard input */
	struct policy policy;
	struct audited_host *local; /* what --local names; it is settled by the run */
	struct opt_list outputs;
	uint64_t interval; /* ns of the capture's time between two updates of a flow */
	const struct known_resolvers *known; /* resolvers that encrypt */
	bool all; /* every packet, whoever sent it */
	bool no_payload; /* tell nothing of what packets carry */
};

/* Audits all files in their order; returns the exit code. */
int replay_run(const struct replay_config *cfg);
