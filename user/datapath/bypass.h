/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks sockets that got a bypass where no hook could refuse it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/tables.h"

/*
 * pid: of its holder in our pid namespace; 0: it is not visible there. Whether a held socket sends
 * past the hooks. revoke: switch that off where possible; then it does not any more. 1, 0, or
 * -errno: it is closed or not accessible.
 */
int bypass_look(const struct la_held *held, pid_t pid, bool revoke);
