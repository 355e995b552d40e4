/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For whom flows were that resolvers of a scope have: what tells their end has no question any
 * more.
 */
#pragma once

#include "asks.h"
#include "core/event.h"

struct flows_behalf;

int flows_behalf_open(struct flows_behalf **ret);
void flows_behalf_free(struct flows_behalf *b);

/* Of a question of the flow. If there is no room, the flow that had its last question longest ago
 * is forgotten. */
void flows_behalf_add(struct flows_behalf *b, const struct la_flow *flow,
		      const struct asks_matched *m);

/* All for whom the flow was so far, and the least that is known of any. NULL: nobody. */
const struct asks_matched *flows_behalf_of(const struct flows_behalf *b,
					   const struct la_flow *flow);
