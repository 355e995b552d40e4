/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One and the same packet on several interfaces: a bridge and its port, a VLAN and its card. It has
 * left once, and is counted where it was seen first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

struct replay_copies {
	struct replay_copy *v; /* NULL: not allocated yet */
	uint64_t first, second; /* interfaces of a copy, for the message; 0: none yet */
};

/* Forgets the packets, before those of another file. */
void replay_copies_clear(struct replay_copies *c);

enum replay_seen {
	REPLAY_NEW,
	REPLAY_COPY, /* it was seen on another interface shortly before */
	/* It was seen shortly before, nobody knows where: the sender may have sent it twice. */
	REPLAY_PERHAPS_COPY,
};

/*
 * Looks for the n bytes of an IP packet among those that were seen. told: the capture tells which
 * interface it was on; else one stands for all. time: ns. hash: a random start.
 */
enum replay_seen replay_copies_look(struct replay_copies *c, uint32_t interface, bool told,
				    uint64_t time, uint64_t hash, const uint8_t *ip, size_t n);
