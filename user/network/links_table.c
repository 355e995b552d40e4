/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links_table.h"

#include <errno.h>
#include <string.h>

static size_t position(const struct links *l, uint32_t ifindex)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->v[mid]->link.ifindex < ifindex)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct entry *links_entry(const struct links *l, uint32_t ifindex)
{
	size_t i = position(l, ifindex);

	return i < l->n && l->v[i]->link.ifindex == ifindex ? l->v[i] : NULL;
}

void links_entry_free(struct entry *e)
{
	free(e->link.addrs);
	free(e->link.onlink);
	free(e->routes.v);
	free(e->fresh.v);
	free(e);
}

int links_insert(struct links *l, uint32_t ifindex, struct entry **ret)
{
	struct entry **v = reallocarray(l->v, l->n + 1, sizeof(struct entry *));
	struct entry *e = calloc(1, sizeof(*e));
	size_t i;

	if (v)
		l->v = v;
	if (!v || !e) {
		free(e);
		return -ENOMEM;
	}
	e->link.ifindex = ifindex;
	i = position(l, ifindex);
	memmove(&l->v[i + 1], &l->v[i], (l->n - i) * sizeof(struct entry *));
	l->v[i] = e;
	l->n++;
	*ret = e;
	return 0;
}

struct link *links_find(const struct links *l, uint32_t ifindex)
{
	struct entry *e = links_entry(l, ifindex);

	return e ? &e->link : NULL;
}

struct link *links_find_name(const struct links *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (strcmp(l->v[i]->link.name, name) == 0)
			return &l->v[i]->link;
	}
	return NULL;
}

size_t links_count(const struct links *l)
{
	return l->n;
}

struct link *links_next(const struct links *l, const struct link *after)
{
	size_t i = after ? position(l, after->ifindex) + 1 : 0;

	return i < l->n ? &l->v[i]->link : NULL;
}
