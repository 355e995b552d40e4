/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "base/grow.h"
#include "report.h"
#include "base/util.h"

size_t probe_sheet_count(const struct probe_sheet *s, enum probe_status v)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		n += s->v[i].result.status == v;
	return n;
}

struct probe_row *probe_row_find(struct probe_row *v, size_t n, const struct probe *p)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (probe_equal(&v[i].probe, p))
			return &v[i];
	return NULL;
}

int probe_sheet_take(struct probe_sheet *s, const struct probe_row *row)
{
	struct probe_row *known = probe_row_find(s->v, s->n, &row->probe);

	if (known) {
		if (row->result.status > known->result.status)
			*known = *row;
		return 0;
	}
	if (!GROW(s->v, s->n))
		return -ENOMEM;
	s->v[s->n++] = *row;
	return 0;
}
