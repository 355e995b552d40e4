/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of others in packets that go one way only, as a mirror's collector gets them: ERSPAN, GRE,
 * VXLAN, GENEVE, TZSP, or a vendor's own. The members of an overlay send such to each other.
 */
#pragma once

#include "core/parse.h"
#include "flows.h"
#include "memory.h"

struct replay_mirrors {
	struct replay_memory pairs; /* sender and collector, and how many frames went each way */
	uint64_t frames; /* of pairs of which only one sends them */
};

void replay_mirrors_clear(struct replay_mirrors *m);

/* Notes the packet at src if there is a frame in it. hash: a table of flows, for its hash. */
void replay_mirrors_note(struct replay_mirrors *m, const struct replay_flows *hash,
			 const struct la_src *src, const struct la_packet *p);
