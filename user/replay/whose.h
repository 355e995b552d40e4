/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose the packets of a capture are. The capture may say it: Linux cooked captures, pcapng and
 * others tell whether the machine that captured has sent a packet. Else the audited host is known
 * by its addresses, and by the MAC addresses that it sends from on each interface. Addresses are
 * named by --local, or learnt in a first pass: those that the machine has sent from; on an
 * interface that does not tell directions, the one with the most peers and all that its MAC sends
 * from. A new address of a known sender is taken over as it appears.
 */
#pragma once

#include "audited_host.h"
#include "capture_link.h"

struct whose;

/* What is known of a packet before anything is parsed behind its addresses. */
struct whose_packet {
	uint32_t interface; /* number of the run's interface, from 1 */
	uint8_t direction; /* enum capture_direction */
	uint8_t hops; /* TTL or hop limit */
	uint64_t from, to; /* MAC addresses; 0: not known */
	struct la_addr src, dst;
};

enum whose_is {
	WHOSE_OURS, /* the audited host has sent it to another one */
	WHOSE_OTHERS, /* it has not */
	/* The host's MAC has sent it from an address that is not known as the host's own. */
	WHOSE_STRANGER,
	/* Neither end is the host, and nothing says that it has not sent it. */
	WHOSE_UNDECIDED,
	WHOSE_NO_FAMILY, /* no address of this family is known */
};

/* host is borrowed; what it holds already is named by the user. */
int whose_open(struct whose **ret, struct audited_host *host);
void whose_free(struct whose *w);

static inline void whose_freep(struct whose **w)
{
	whose_free(*w);
}

/* The first pass. Nothing is added to the host before whose_learn_end(). 0 or -ENOMEM. */
int whose_learn(struct whose *w, const struct whose_packet *p);
int whose_learn_end(struct whose *w);

/* May add to the host. -ENOMEM, or enum whose_is. */
int whose_is(struct whose *w, const struct whose_packet *p);

/* Whether all packets were received: the capture does not have what was sent. */
bool whose_heard_only(const struct whose *w);

/* Whether a frame that is no IP packet is the host's, as far as its link header tells. */
bool whose_may_be_ours(const struct whose *w, uint32_t interface, uint8_t direction, uint64_t from);
