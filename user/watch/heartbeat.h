/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event that says that the run is alive. */
#pragma once

#include "priv.h"

/* Emits it when it is due. Call it with each tick. */
void heartbeat_tick(struct watch *w);
