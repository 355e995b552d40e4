/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the IP header in a captured packet, by the link types of www.tcpdump.org/linktypes.html.
 * Pure functions.
 */
#pragma once

#include <stdbool.h>
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
	CAPTURE_IPV4 = 228,
	CAPTURE_IPV6 = 229,
	CAPTURE_SLL2 = 276,
};

enum capture_ip {
	CAPTURE_IS_IP,
	CAPTURE_NOT_IP,
	CAPTURE_CUT, /* the link header is cut off */
};

struct capture_link {
	uint32_t off; /* offset of the IP header */
	uint16_t ethertype; /* LA_ETH_IPV4 or LA_ETH_IPV6 */
};

bool capture_link_known(uint32_t linktype);

/* A name such as "IEEE802_11_RADIO", or "unknown". */
const char *capture_link_name(uint32_t linktype);

/* *ret is only filled for CAPTURE_IS_IP. An unknown link type is not IP. */
enum capture_ip capture_link_of(uint32_t linktype, const uint8_t *data, uint32_t caplen,
				struct capture_link *ret);
