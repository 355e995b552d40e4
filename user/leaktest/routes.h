/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes that pull a part of the traffic out of the tunnel: each more specific than
 * the default one, to an exposed interface, and no LAN's.
 */
#pragma once

#include "network/links.h"
#include "plan.h"
#include "base/text.h"

/* Of each family, the widest first: what an attacker's DHCP server sends fits into it,
 * and so do the routes of a host that is no router. */
#define PROBE_ROUTES_MAX 16

/* Adds a probe for each, to an address that it really takes, and counts those that were
 * more than that. -errno */
int probe_routes_plan(struct probe_plan *plan, const struct probe_plan_config *cfg,
		      const struct links *links, const struct probe_kind *kind,
		      unsigned int family);

/* Whether it leads to one host alone. */
static inline bool probe_route_is_host(const struct probe *p)
{
	return p->kind->aim == PROBE_TO_ROUTES && p->route.dst.len == 128;
}

/* "0.0.0.0/1 via 192.0.2.1 (dhcp)" */
void probe_route_name(struct text *t, const struct route_entry *e);
