/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "addr_special.h"

#include <stddef.h>

#include "util.h"

/* clang-format off */
#define V4(first, second, bits) \
	{ { .b = { [10] = 0xff, [11] = 0xff, [12] = (first), [13] = (second) } }, ADDR_V4_BITS + (bits) }
#define V6(first, second, bits) { { .b = { (first), (second) } }, (bits) }

static const struct {
	unsigned int kind;
	struct link_prefix range;
} ranges[] = {
	{ ADDR_NOBODYS, V4(0, 0, 8) }, /* RFC 1122 3.2.1.3: "this network" */
	{ ADDR_NOBODYS, V4(127, 0, 8) },
	{ ADDR_NOBODYS, V4(224, 0, 3) }, /* multicast, RFC 5771; reserved, RFC 1112 4; broadcast */
	{ ADDR_NOBODYS, V6(0, 0, 8) }, /* RFC 4291 2.4: unspecified, loopback, reserved */
	{ ADDR_NOBODYS, V6(0xff, 0, 8) },
	{ ADDR_LINK_LOCAL, V4(169, 254, 16) }, { ADDR_LINK_LOCAL, V6(0xfe, 0x80, 10) },
	{ ADDR_PRIVATE, V4(10, 0, 8) }, { ADDR_PRIVATE, V4(172, 16, 12) },
	{ ADDR_PRIVATE, V4(192, 168, 16) }, { ADDR_PRIVATE, V6(0xfc, 0, 7) },
	{ ADDR_SHARED, V4(100, 64, 10) },
};
/* clang-format on */

const struct link_prefix *addr_special(const struct la_addr *a, unsigned int kinds)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		/* the IPv6 form of IPv4 begins with zeros, as some IPv6 ranges do */
		if (ranges[i].kind & kinds &&
		    addr_family(&ranges[i].range.addr) == addr_family(a) &&
		    prefix_has(&ranges[i].range, a))
			return &ranges[i].range;
	return NULL;
}
