/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interface's own counters against what our hook has seen there: the arithmetic alone. */
#pragma once

#include "core/tables.h"
#include "network/counters.h"
#include "record/record_lines.h"

/* How much each has grown. */
struct line_growth {
	struct la_line line; /* behind our hook */
	struct link_counters device;
	struct link_queue before; /* what waited behind the hook when it began, */
	struct link_queue after; /* and in the end; dropped: how much that has grown */
	uint64_t unsure; /* packets that passed while the two were read one after the other */
	uint64_t late; /* packets that a device which counts late may have sent before */
	struct la_sum unwatched; /* the part of device's that left before the hook was there */
	uint64_t unread; /* packets that its holder may have left there, or thrown away unread */
	bool plain; /* no kind: hardware, which pads frames and adds to them */
};

/* Fills what ret has counted, seen, and why they differ. True: nothing would change if more
 * time passed. What the device is behind with, it may still count. */
bool reconcile(const struct line_growth *g, struct record_line *ret);
