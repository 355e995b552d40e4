/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of addresses that mean the same to everybody: the one table of them. */
#pragma once

#include "addr.h"

enum addr_special {
	ADDR_NOBODYS =
		1 << 0, /* no host is reached by it: unspecified, loopback, multicast, reserved */
	ADDR_LINK_LOCAL = 1 << 1, /* RFC 3927, RFC 4291 2.5.6 */
	ADDR_PRIVATE = 1 << 2, /* RFC 1918, RFC 4193 */
	ADDR_SHARED = 1 << 3, /* RFC 6598: between a customer and the ISP's NAT */
};

/* The range of one of `kinds` (enum addr_special) that the address is in; NULL: of none. */
const struct link_prefix *addr_special(const struct la_addr *a, unsigned int kinds);
