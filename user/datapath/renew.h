/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guard's cgroup that was removed and is made again: what is pinned goes on there by hooks of the
 * root and of TC. Who follows the guard attaches those of the cgroup again.
 */
#pragma once

#include "datapath.h"

/* Whether the guard's own programs take a cgroup that is made at its path for the scope. */
bool datapath_awaits_cgroup(const struct datapath *k, const struct scope *s);

/*
 * From now on the hooks of the cgroup of the scope with that number are attached anew, and pinned
 * in place of the former.
 */
int datapath_renew(struct datapath *k, uint32_t number);
