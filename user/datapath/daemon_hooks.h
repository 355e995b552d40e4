/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks at tunnels' daemons, where nothing is dropped. */
#pragma once

#include <stdint.h>

#include "datapath.h"

/*
 * From now on daemons of tunnels in that cgroup may answer whomever they hear, which every packet
 * to it pays for. With dropping the scope's own hook does that, and there is nothing to do. Past
 * some number of cgroups, or where it fails, such answers are told as leaks. -errno.
 */
int datapath_hear_daemons(struct datapath *k, int cgroup, uint64_t id);
