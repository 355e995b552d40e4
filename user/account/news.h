/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether there is anything new to tell of a flow. Times are ktime. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "record/record.h"

/* All zero: nothing was told. */
struct news {
	struct record_ends counts; /* that were told last */
	uint64_t start; /* whose it was then: owner.start_ns, */
	uint32_t tgid; /* owner.tgid */
	uint64_t at; /* when that was */
	uint64_t left; /* packets, at the last look */
	uint64_t waits; /* since when some have not left while no other did; 0: all have */
	bool told;
};

/* It was told with these counts, and as this process's. */
void news_told(struct news *n, const struct la_flow *flow, uint64_t time);

/* Call it at each sweep, before news_is_due(). */
void news_look(struct news *n, const struct la_flow *flow, uint64_t now);

/* Whether an update is to be told, `interval` after the last one: a packet on its way is none, it
 * is told when it has left, or is held. Another process is: who accepts a connection is known when
 * he sends, after the packets that the kernel has sent in his place. */
bool news_is_due(const struct news *n, const struct la_flow *flow, uint64_t interval, uint64_t now);

/* Whether the event that opened it must have been lost, if nothing was told yet: it may be in the
 * ring, or its packet on its way. */
bool news_is_overdue(const struct la_flow *flow, uint64_t interval, uint64_t now);
