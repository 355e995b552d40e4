/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of special-purpose address ranges. */
#pragma once

#include "addr.h"

enum addr_special {
	ADDR_NOBODYS =
		1 << 0, /* not a host's address: unspecified, loopback, multicast, reserved */
	ADDR_LINK_LOCAL = 1 << 1, /* RFC 3927, RFC 4291 2.5.6 */
	ADDR_PRIVATE = 1 << 2, /* RFC 1918, RFC 4193 */
	ADDR_SHARED = 1 << 3, /* RFC 6598: between a customer and the ISP's NAT */
	ADDR_NOT_A_HOST = ADDR_NOBODYS | ADDR_LINK_LOCAL, /* what does not identify a host */
};

/* Returns the range of one of `kinds` (enum addr_special) with the address in it, or NULL. */
const struct link_prefix *addr_special(const struct la_addr *a, unsigned int kinds);
