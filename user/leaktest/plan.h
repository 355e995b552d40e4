/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probes that there are to send. */
#pragma once

#include "probe.h"

struct probe_plan_config {
	uint32_t kinds; /* a bit for each of probe_kinds */
	struct la_addr to[2]; /* by IPv4, by IPv6 */
	bool lan_leaks; /* what stays on a LAN counts as well */
};

#define PROBE_TUNNELS_MAX 8 /* by both families */

struct probe_plan {
	struct probe *v;
	size_t n, room;
	bool local_resolver; /* what it asks is not the test's to see or to stop */
	char resolver[64]; /* its address */
	size_t routes_left; /* more than are probed */
	/* Beside the probes, a packet into each tunnel that a process carries: what it
	 * makes this process send tells its server. */
	struct probe into[PROBE_TUNNELS_MAX];
	size_t n_into;
};

/* Documentation addresses (RFC 5737, RFC 3849): nobody's. */
void probe_plan_defaults(struct probe_plan_config *cfg);

void probe_plan_free(struct probe_plan *plan);

/* For those who find probes: one; or one, if it is not there yet. -ENOMEM */
int probe_plan_add(struct probe_plan *plan, struct probe p);
int probe_plan_add_once(struct probe_plan *plan, const struct probe *p);
