/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One flow from 10.9.0.1 to a host of the world: what is sent in it goes
 * through the classifier packet by packet, and into the flow's record as the
 * hooks keep it. Who is known is in facts.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/verdict.h"

#define TALK_PACKET_MAX 4096

struct talk {
	struct la_flow flow;
	uint64_t time; /* of what is sent next, ns */
	bool client; /* its sender has shown itself a torrent client, or did before */
	uint32_t flags; /* enum la_class_flags of the last packet; 0: not looked at */
	uint32_t messages; /* packets that carried one */
	char name[256]; /* of the last hello that had one */
};

/* The flow's beginning: TCP's SYN, or nothing yet. to: an IPv4 address. */
void talk_open(struct talk *t, uint8_t proto, const char *to, uint16_t dport);
void talk_send(struct talk *t, const void *payload, size_t len);
/* The class and detail by their names, "dns tcp"; "ipv4" where there is no detail. */
const char *talk_class(const struct talk *t);
