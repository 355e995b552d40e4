/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question to the routing table: where would this packet go, and why. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "nl.h"

struct route_query {
	struct la_addr dst;
	struct la_addr src; /* an address of ours; all zero: any */
	uint32_t mark;
	uint32_t uid; /* (uint32_t)-1: not known */
	uint32_t oif; /* 0: any */
	uint8_t proto; /* of TCP and UDP only: no others are asked for */
	uint16_t sport, dport; /* 0: any */
};

struct route_answer {
	uint32_t oif; /* 0: multipath */
	struct link_prefix dst;
	uint8_t protocol; /* RTPROT_* */
};

/* 0, -ENETUNREACH and the like, -errno. */
int route_lookup(struct nl *nl, const struct route_query *q, struct route_answer *ret);

/* The route that was matched: its prefix and protocol. */
int route_match(struct nl *nl, const struct route_query *q, struct route_answer *ret);

/* "dhcp", or the number. */
void route_protocol_name(uint8_t protocol, char *buf, size_t size);

/* "10.0.0.0/8", "2001:db8::/32" */
void route_prefix_name(const struct link_prefix *p, char *buf, size_t size);
