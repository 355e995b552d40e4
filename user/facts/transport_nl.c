/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport_nl.h"

int transport_put(void *items, const struct la_endpoint *ep, uint32_t mark, uint16_t sport)
{
	(void)sport;
	nl_put(items, &(struct transport_item){ *ep, mark });
	return 0;
}

bool transport_check(void *item)
{
	return !((const struct transport_item *)item)->ep.cookie;
}

int transport_take(void *peers, const void *item)
{
	const struct transport_item *one = item;
	struct transport_peers *p = peers;

	if (!one->ep.proto) {
		p->mark = one->mark;
		return 0;
	}
	p->found++;
	return p->fn(p->arg, &one->ep, p->mark, 0);
}
