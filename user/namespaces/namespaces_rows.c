/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interfaces as records have them. */
#include "namespaces_priv.h"

/* The interfaces of the first namespaces, home among them. */
static const struct record_interface *interfaces_of(struct namespaces *s, size_t spaces, size_t *n)
{
	struct record_interface *rows;
	const struct link *link;
	size_t i;

	*n = 0;
	rows = reallocarray(s->rows, s->n_ifaces + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	s->rows = rows;
	for (i = 0; i < spaces; i++) {
		const struct netns_state *sp = s->v[i];

		for (link = links_next(sp->links, NULL); link; link = links_next(sp->links, link))
			if (*n < s->n_ifaces && (!i || link->role != LA_ROLE_LOOPBACK))
				rows[(*n)++] = netns_state_describe(sp, link);
	}
	return rows;
}

const struct record_interface *namespaces_interfaces(struct namespaces *s, size_t *n)
{
	return interfaces_of(s, 1, n);
}

const struct record_interface *namespaces_everywhere(struct namespaces *s, size_t *n)
{
	return interfaces_of(s, s->n, n);
}
