/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroups that --transport-cgroup names: VPN daemons that have no tunnel yet. */
#pragma once

#include "datapath/datapath.h"

/*
 * Tells the kernel of those that are there, and of all below them. Returns how many
 * of the names are not there (yet); a daemon's cgroup is made when it starts, so it is
 * to be called again now and then.
 */
unsigned int transport_cgroups(struct datapath *k, const struct scope *scope,
			       const struct policy *policy);
