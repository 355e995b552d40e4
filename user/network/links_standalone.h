/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Computes which destinations are on the LAN of an interface of which only the addresses are known,
 * as in a capture.
 */
#pragma once

#include "link.h"

/* Same as links_onlink(). */
int links_alone_onlink(const struct link *link, struct link_prefix **ret, size_t *n);
