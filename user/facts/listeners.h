/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a port of this machine is served: what leaves from there is an answer. */
#pragma once

#include "network/nl.h"

/* A socket that accepts connections (TCP), or one that takes datagrams from anybody for any
 * address (UDP). nl: of NETLINK_SOCK_DIAG. */
bool listeners_has(struct nl *nl, uint8_t proto, uint16_t port);
