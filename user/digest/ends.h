/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of packets, as recorded events count it. Differences may wrap; their sums are right. */
#pragma once

#include "record/record.h"

struct ends {
	struct la_sum left, dropped, held;
};

static inline void sum_add(struct la_sum *to, const struct la_sum *what)
{
	to->packets += what->packets;
	to->bytes += what->bytes;
}

static inline void sum_take(struct la_sum *from, const struct la_sum *what)
{
	from->packets -= what->packets;
	from->bytes -= what->bytes;
}

static inline void ends_add(struct ends *to, const struct ends *what)
{
	sum_add(&to->left, &what->left);
	sum_add(&to->dropped, &what->dropped);
	sum_add(&to->held, &what->held);
}

static inline void ends_take(struct ends *from, const struct ends *what)
{
	sum_take(&from->left, &what->left);
	sum_take(&from->dropped, &what->dropped);
	sum_take(&from->held, &what->held);
}

/* What one counts more than the other; 0 where it is less. */
static inline struct la_sum sum_over(const struct la_sum *a, const struct la_sum *b)
{
	return (struct la_sum){
		.packets = a->packets > b->packets ? a->packets - b->packets : 0,
		.bytes = a->bytes > b->bytes ? a->bytes - b->bytes : 0,
	};
}
