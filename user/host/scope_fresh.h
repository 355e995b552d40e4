/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a process ran in a cgroup before the hooks were attached. */
#pragma once

#include <stdint.h>

#include "scope.h"

/*
 * The longest time (ns) that a process may have run in a cgroup that was noticed at `noticed`
 * (CLOCK_BOOTTIME, ns). 0: none has. A service manager's child that has not yet executed the
 * service does not count: it is systemd's own program, started by systemd.
 */
uint64_t scope_ran_for(const struct scope *s, uint64_t noticed);
