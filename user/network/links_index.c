/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "links_table.h"

static int compare(const void *a, const void *b)
{
	const struct links_upper *x = a, *y = b;

	if (x->lower != y->lower)
		return x->lower > y->lower ? 1 : -1;
	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

int links_index(struct links *l)
{
	struct links_upper *uppers = reallocarray(l->uppers, l->n + 1, sizeof(*uppers));
	uint32_t *tunnels;
	size_t i;

	if (!uppers)
		return -ENOMEM;
	l->uppers = uppers;
	tunnels = reallocarray(l->tunnels, l->n + 1, sizeof(*tunnels));
	if (!tunnels)
		return -ENOMEM;
	l->tunnels = tunnels;
	l->n_uppers = l->n_tunnels = 0;
	for (i = 0; i < l->n; i++) {
		const struct link *link = &l->v[i]->link;

		if (link_is_stacked(link))
			uppers[l->n_uppers++] = (struct links_upper){ link->lower, link->ifindex };
		if (link->role == LA_ROLE_TUNNEL)
			tunnels[l->n_tunnels++] = link->ifindex;
	}
	if (l->n_uppers)
		qsort(uppers, l->n_uppers, sizeof(*uppers), compare);
	l->stacked_anew = false;
	return 0;
}

void links_index_free(struct links *l)
{
	free(l->uppers);
	free(l->tunnels);
}

const struct link *links_next_upper(const struct links *l, uint32_t lower, const struct link *after)
{
	const struct links_upper key = { lower, after ? after->ifindex + 1 : 0 };
	size_t lo = 0, hi = l->n_uppers, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (compare(&l->uppers[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < l->n_uppers && l->uppers[lo].lower == lower; lo++) {
		const struct link *link = links_find(l, l->uppers[lo].ifindex);

		if (link && link->lower == lower && link_is_stacked(link))
			return link;
	}
	return NULL;
}

bool links_is_under(const struct links *l, const struct link *link)
{
	return links_next_upper(l, link->ifindex, NULL);
}

bool links_stands_alone(const struct links *l, const struct link *link)
{
	size_t i;

	if (link->role == LA_ROLE_TUNNEL || link_is_stacked(link))
		return false;
	for (i = 0; i < l->n && l->v[i]->link.master != link->ifindex; i++)
		;
	return i == l->n;
}
