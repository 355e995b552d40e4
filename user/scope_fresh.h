/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether anything has run in a cgroup before the hooks hung at it. */
#pragma once

#include <stdint.h>

#include "scope.h"

/*
 * For how long at most (ns) a process has run in a cgroup that was noticed at
 * `noticed` (CLOCK_BOOTTIME, ns). 0: none has. A service manager's child that has not
 * executed the service yet is none: it is systemd's own program, started by systemd.
 */
uint64_t scope_ran_for(const struct scope *s, uint64_t noticed);
