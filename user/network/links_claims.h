/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For links_onlink.c: a LAN without what tunnels claim of it. */
#pragma once

#include "links_table.h"

/* The pieces of lan that no tunnel claims; *ret is to be freed. -ENOMEM. */
int links_unclaimed(const struct links *l, const struct link_prefix *lan, struct link_prefix **ret,
		    size_t *n);
