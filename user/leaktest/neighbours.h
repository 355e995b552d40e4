/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that wait for a neighbour. */
#pragma once

#include "network/netns.h"

/*
 * Ends the kernel's search for neighbours, and with it what waits for them: others send anew. 0 or
 * -errno.
 */
int probe_neighbours_give_up(const struct netns *ns);
