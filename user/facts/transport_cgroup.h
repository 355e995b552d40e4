/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroups of --transport-cgroup: VPN daemons that do not hold a tunnel yet. */
#pragma once

#include "datapath/datapath.h"

/*
 * Passes these cgroups and all below them to the kernel. Returns how many do not exist. A daemon's
 * cgroup is made when it starts, so call it again from time to time.
 */
unsigned int transport_cgroups(struct datapath *k, const struct scope *scope,
			       const struct policy *policy);
