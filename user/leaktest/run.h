/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One round of the test: plan, check, send, observe, evaluate. */
#pragma once

#include <signal.h>

#include "hooks.h"
#include "servers.h"

struct probe_round {
	struct probe_plan plan;
	struct probe_result *results; /* one for each of plan.v */
};

struct probe_run_config {
	struct probe_hooks *hooks;
	struct probe_plan_config plan;
	struct probe_servers *servers;
	const struct policy *policy;
	bool drop; /* packets are stopped before the wire */
	const sigset_t *wake; /* blocked signals: SIGCHLD and those that end the test */
};

/* -EINTR: one of cfg->wake has ended the round; it stays pending. On failure *ret is zeroed. */
int probe_run(struct probe_round *ret, const struct probe_run_config *cfg, struct fault *f);
void probe_round_free(struct probe_round *r);
