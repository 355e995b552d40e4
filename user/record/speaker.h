/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who says what a record says: this host, as it was booted, and this run. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "core/event.h"

/* A boot's id is a UUID, a run's has 128 random bits, a host's name has 64 bytes on Linux. */
struct speaker {
	char host[65]; /* "": not known, or of no meaning for a capture */
	char boot[37]; /* the same */
	char agent[33]; /* random, of this run */
	char observer[65]; /* of a capture: the host that reads it; else "" */
	uint64_t seed; /* of the ids of flows */
	char members[384]; /* what speaker_put() writes, once it is known; "": not yet */
};

/* capture: packets of another time are read, and perhaps of another host. 0 or -errno. */
int speaker_init(struct speaker *s, bool capture);

/* Writes "agent" and "host". */
void speaker_put(struct json *j, const struct speaker *s);

/* Two numbers of 16 hexadecimal digits. */
#define SPEAKER_FLOW_ID_SIZE (2 * 16 + 1)

/*
 * An id of the flow that no other has, on whatever host and boot. Of a guard's flow each follower
 * finds the same. f->opened is not 0.
 */
void speaker_flow_id(const struct speaker *s, const struct la_flow *f,
		     char ret[SPEAKER_FLOW_ID_SIZE]);
