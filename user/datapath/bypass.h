/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks sockets that got a bypass where no hook could refuse it. */
#pragma once

#include <stdbool.h>

#include "core/event.h"

/*
 * Whether a held socket sends past the hooks. revoke: switch that off where possible; then it does
 * not any more. 1, 0, or -errno: it is closed or not accessible.
 */
int bypass_look(const struct la_held *held, bool revoke);
