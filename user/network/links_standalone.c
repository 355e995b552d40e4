/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links_standalone.h"

#include "links_onlink.h"
#include "links_table.h"

int links_alone_onlink(const struct link *link, struct link_prefix **ret, size_t *n)
{
	const struct links none = { 0 };

	return links_onlink(&none, link, ret, n);
}
