/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which destinations are on the LAN of an interface of which no more is known
 * than its addresses, as in a capture. */
#pragma once

#include "link.h"

/* As links_onlink(). */
int links_alone_onlink(const struct link *link, struct link_prefix **ret, size_t *n);
