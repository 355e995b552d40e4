/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which destinations are on an interface's own LAN. */
#pragma once

#include "links.h"

/* The exempt prefixes of an exposed link, sorted and without doubles; an empty
 * list for other roles. *ret is to be freed. */
int links_onlink(const struct links *l, const struct link *link, struct link_prefix **ret,
		 size_t *n);
