/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Computes which destinations are on an interface's LAN. */
#pragma once

#include "links.h"

/*
 * The exempt prefixes of an exposed link, sorted and without duplicates; empty for other roles. The
 * caller frees *ret. 0 or -ENOMEM.
 */
int links_onlink(const struct links *l, const struct link *link, struct link_prefix **ret,
		 size_t *n);
