/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other programs and filters TC egress of an interface has. A packet that we drop there has
 * not been before those behind us; and one that they let pass is not seen by a hook behind them.
 */
#pragma once

#include <net/if.h>
#include <stdint.h>

#include "tc_filter.h"
#include "tc_look.h"

enum tc_others_can {
	TC_OTHERS_NOTHING, /* there are none */
	TC_OTHERS_DROP, /* each drops what it matches: what it leaves comes to the next one */
	TC_OTHERS_PASS, /* one may pass a packet on, past all behind it */
};

struct tc_others {
	enum tc_others_can can;
	char name[64]; /* of the first one that may pass a packet on, else of the first one */
	char copies[64]; /* of the first one that may send copies; "": there is none */
	char sends_on[64]; /* of the first one that may send a packet on by another interface, */
	uint32_t to; /* by this one; 0: not known */
	uint32_t until; /* filters of a later priority are none; 0: all are asked for */
	struct tc_look *look; /* NULL: nothing is known yet */
};

/*
 * Whether our hook belongs behind them, if it is to drop what would leave. There it sees what
 * filters that only drop have left. It stays before what may pass a packet on, which would get past
 * us.
 */
bool tc_others_only_drop(struct tc_look *look, uint32_t ifindex);

/* Whether one may stop a packet behind a hook of ours, which is the first, or the last. */
bool tc_others_follow(struct tc_look *look, uint32_t ifindex, bool last, char *name, size_t size);

/*
 * Whether one comes before a hook of ours: it may send packets on that we do not see. prog_id: of
 * our tcx program; 0: ours is a filter, of that priority.
 */
bool tc_others_precede(struct tc_look *look, uint32_t ifindex, uint32_t prog_id, uint32_t priority,
		       char *name, size_t size);

/*
 * Finds who sends copies of what leaves, or sends it on, also for a queueing discipline; of the
 * loopback device, of what comes in as well.
 */
void tc_others_send(struct tc_look *look, uint32_t ifindex, bool loopback, struct tc_others *ret);

/* The same by one filter, of which the kernel has told. */
void tc_others_hear(const struct tc_filter *filter, bool loopback, struct tc_others *ret);

/* Whether one may overwrite a mark of what comes in, which our hook sets there: see program_does.h.
 */
bool tc_others_unmark(struct tc_look *look, uint32_t ifindex, char *name, size_t size);

/* Adds one filter to what was found. */
void tc_others_add(struct tc_others *o, const struct tc_filter *f);
