/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the IP header in a captured packet, by the link types of www.tcpdump.org/linktypes.html,
 * and what the link header says of its sender. Pure functions.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum capture_linktype {
	CAPTURE_NULL = 0, /* BSD: an address family in host byte order */
	CAPTURE_ETHERNET = 1,
	CAPTURE_PPP = 9,
	CAPTURE_RAW_12 = 12, /* the value of DLT_RAW on most systems; OpenBSD has another */
	CAPTURE_RAW_14 = 14,
	CAPTURE_PPP_HDLC = 50,
	CAPTURE_PPP_ETHER = 51, /* PPPoE session packets */
	CAPTURE_RAW = 101,
	CAPTURE_LOOP = 108, /* OpenBSD: an address family, in network byte order */
	CAPTURE_SLL = 113, /* Linux cooked capture */
	CAPTURE_RADIOTAP = 127,
	CAPTURE_IPV4 = 228,
	CAPTURE_IPV6 = 229,
	CAPTURE_SLL2 = 276,
};

enum capture_ip {
	CAPTURE_IS_IP,
	CAPTURE_NOT_IP, /* a frame that no next hop forwards, or one of a link's own protocols */
	CAPTURE_OPAQUE, /* what is in it is not read, and may be a packet */
	CAPTURE_CUT, /* the link header is cut off */
};

/* Whether the machine that captured has sent the packet. */
enum capture_direction { CAPTURE_UNKNOWN, CAPTURE_IN, CAPTURE_OUT };

#define CAPTURE_NAME_MAX 24

struct capture_link {
	uint32_t off; /* offset of the IP header; valid for CAPTURE_IS_IP, as is the next */
	uint16_t ethertype; /* LA_ETH_IPV4 or LA_ETH_IPV6 */
	uint16_t arphrd; /* ARPHRD_ value of Linux cooked captures; 0: not told */
	uint8_t direction; /* enum capture_direction */
	uint64_t from, to; /* MAC addresses; 0: not told */
	uint32_t ifindex; /* on the machine that captured; 0: not told */
	const char *name; /* NULL, or CAPTURE_NAME_MAX bytes of the packet, ended by a NUL or not */
	uint32_t name_len;
};

bool capture_link_known(uint32_t linktype);

/* A name such as "IEEE802_11_RADIO", or "unknown". */
const char *capture_link_name(uint32_t linktype);

/*
 * All of *ret is set, whatever the answer, as far as the captured bytes tell it. A link type that
 * is not known is opaque.
 */
enum capture_ip capture_link_of(uint32_t linktype, const uint8_t *data, uint32_t caplen,
				struct capture_link *ret);
