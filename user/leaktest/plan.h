/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probes to send. */
#pragma once

#include "probe.h"

struct probe_plan_config {
	uint32_t kinds; /* bit n: probe_kinds[n] */
	struct la_addr to[2]; /* destinations for IPv4 and IPv6 */
	bool lan_leaks; /* LAN destinations are probed, too */
};

#define PROBE_TUNNELS_MAX 8 /* of both families */

struct probe_plan {
	struct probe *v;
	size_t n;
	/* the resolver is local: the test can neither see nor stop its queries */
	bool local_resolver;
	char resolver[64]; /* its address */
	size_t routes_left; /* routes beyond the limit, not probed */
	/*
	 * Besides the probes: a packet into each tunnel that a process carries. It makes this
	 * process send, which shows the tunnel's server.
	 */
	struct probe into[PROBE_TUNNELS_MAX];
	size_t n_into;
};

/* Documentation addresses (RFC 5737, RFC 3849), which no host has. */
void probe_plan_defaults(struct probe_plan_config *cfg);

void probe_plan_free(struct probe_plan *plan);

/* Adds a probe. 0 or -ENOMEM. */
int probe_plan_add(struct probe_plan *plan, struct probe p);
/* Adds a probe if the plan does not have it yet. 0 or -ENOMEM. */
int probe_plan_add_once(struct probe_plan *plan, const struct probe *p);
