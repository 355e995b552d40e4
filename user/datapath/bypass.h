/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets that were given a way past the hooks where no hook could refuse it. */
#pragma once

#include <stdbool.h>

#include "core/event.h"

/* Whether a socket that is held sends past the hooks; where it can be told not to,
 * and revoke is set, it does no more. 1, 0, or -errno: it is gone, or not to be got at. */
int bypass_look(const struct la_held *held, bool revoke);
