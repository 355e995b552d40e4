/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "news.h"

#include "flows.h"

/* So late an event tells that its packet is held: FLOWS_HELD_AFTER, and a busy machine. */
#define OPENING_MAX (2 * FLOWS_HELD_AFTER)

void news_told(struct news *n, const struct la_flow *flow, uint64_t time)
{
	n->told = true;
	n->counts = record_ends(flow);
	n->start = flow->owner.start_ns;
	n->tgid = flow->owner.tgid;
	n->at = time;
}

void news_look(struct news *n, const struct la_flow *flow, uint64_t now)
{
	struct record_ends ends = record_ends(flow);

	if (!ends.held.packets)
		n->waits = 0;
	else if (!n->waits || n->left != ends.left.packets)
		n->waits = now;
	n->left = ends.left.packets;
}

static bool has_another_owner(const struct news *n, const struct la_flow *flow)
{
	return flow->owner.tgid != n->tgid || flow->owner.start_ns != n->start;
}

bool news_is_due(const struct news *n, const struct la_flow *flow, uint64_t interval, uint64_t now)
{
	struct record_ends ends;

	if (!n->told || now - n->at < interval)
		return false;
	ends = record_ends(flow);
	return has_another_owner(n, flow) || ends.left.packets != n->counts.left.packets ||
	       ends.dropped.packets != n->counts.dropped.packets ||
	       (ends.held.packets != n->counts.held.packets && n->waits &&
		now - n->waits >= FLOWS_HELD_AFTER);
}

bool news_is_overdue(const struct la_flow *flow, uint64_t interval, uint64_t now)
{
	uint64_t wait = interval > OPENING_MAX ? interval : OPENING_MAX;

	return flow->flags & LA_FF_PENDING || now > flow->opened + wait;
}
