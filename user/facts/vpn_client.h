/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that make a VPN's tunnel, by their names. Anybody can take such a name: it explains what
 * has leaked, and exempts nothing.
 */
#pragma once

#include <stdbool.h>

#include "core/event.h"

/* Whether the packet may be such a program's own traffic with its server or peers. */
bool vpn_client_sends(const struct la_flow *flow);
