/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes that take a part of the traffic out of the tunnel: more specific than the default route,
 * to an exposed interface, and not for a LAN.
 */
#pragma once

#include "network/links.h"
#include "plan.h"
#include "base/text.h"

/*
 * Limit for each family, widest first: enough for what an attacker's DHCP server can send, and for
 * a host that is not a router.
 */
#define PROBE_ROUTES_MAX 16

/*
 * Adds a probe for each such route, to an address that takes it, and counts routes beyond the
 * limit. 0 or -errno.
 */
int probe_routes_plan(struct probe_plan *plan, const struct probe_plan_config *cfg,
		      const struct links *links, const struct probe_kind *kind,
		      unsigned int family);

/* Whether the route leads to a single host. */
static inline bool probe_route_is_host(const struct probe *p)
{
	return p->kind->aim == PROBE_TO_ROUTES && p->route.dst.len == 128;
}

/* Writes "0.0.0.0/1 via 192.0.2.1 (dhcp)". */
void probe_route_name(struct text *t, const struct route_entry *e);
