/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a replay is asked for. */
#pragma once

#include <stdbool.h>

#include "base/opt.h"
#include "policy/policy.h"

struct known_resolvers;
struct audited_host;

struct replay_config {
	char **files; /* ends with NULL; "-" is standard input */
	struct policy policy;
	struct audited_host *local; /* the addresses of --local; the run computes the LAN */
	struct opt_list outputs;
	uint64_t interval; /* ns of the capture's time between two updates of a flow */
	uint64_t aggregate; /* ns of its time in which DNS and STUN events are told together; 0:
			       none */
	const struct known_resolvers *known; /* resolvers known to encrypt */
	uint64_t memory; /* bytes that flows may take */
	bool all; /* audit every packet, whoever sent it */
	bool no_payload; /* report nothing from payloads */
};
