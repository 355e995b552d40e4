/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One and the same packet on several interfaces: a bridge and its port, a VLAN and its card, a
 * container's bridge and the card where it leaves with another source. It has left once, and is
 * counted where it was seen first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

struct replay_copy;

struct replay_copies {
	struct replay_copy *v; /* NULL: not allocated yet */
	uint64_t first, second; /* interfaces of a copy, for the message; 0: none yet */
};

/* Forgets the packets, before those of another file. */
void replay_copies_clear(struct replay_copies *c);

/* An IP packet of the audited host, where and when it was captured. */
struct replay_sight {
	uint32_t interface;
	bool told; /* the capture tells which interface it was on; else one stands for all */
	bool alone; /* the capture has no other interface */
	uint64_t time; /* ns */
	uint64_t hash; /* a random start, the same for all */
	const uint8_t *ip;
	size_t n; /* bytes at ip, at least those of its header */
};

enum replay_seen {
	REPLAY_NEW,
	REPLAY_COPY, /* it was seen on another interface shortly before */
	/* It was seen shortly before, nobody knows where: the sender may have sent it twice. */
	REPLAY_PERHAPS_COPY,
};

/* Looks for the packet among those that were seen. */
enum replay_seen replay_copies_look(struct replay_copies *c, const struct replay_sight *s);
