/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a destination's address says by itself. */
#ifndef LEAKAUDIT_ADDRESS_H
#define LEAKAUDIT_ADDRESS_H

#include "frame.h"

la_inline int la_is_multicast(const struct la_flow_key *k)
{
	return k->family == 6 ? k->daddr.b[0] == 0xff : k->daddr.b[12] >> 4 == 0xe;
}

la_inline int la_is_broadcast(const struct la_flow_key *k)
{
	return k->family == 4 && k->daddr.w[3] == 0xffffffff;
}

/*
 * Whether it can be nothing but the internet: an address that no LAN has (RFC 1918,
 * RFC 3927, RFC 6598), nor this machine by itself. Of IPv6 that is 2000::/3.
 */
la_inline int la_is_global(const struct la_flow_key *k)
{
	const __u8 *b = &k->daddr.b[12];

	if (k->family == 6)
		return k->daddr.b[0] >> 5 == 1;
	return b[0] && b[0] != 10 && b[0] != 127 && b[0] < 224 &&
	       !(b[0] == 100 && b[1] >> 6 == 1) && !(b[0] == 172 && b[1] >> 4 == 1) &&
	       !(b[0] == 192 && b[1] == 168) && !(b[0] == 169 && b[1] == 254);
}

la_inline int la_same_ends(const struct la_flow_key *a, const struct la_flow_key *b)
{
	return a->saddr.q[0] == b->saddr.q[0] && a->saddr.q[1] == b->saddr.q[1] &&
	       a->daddr.q[0] == b->daddr.q[0] && a->daddr.q[1] == b->daddr.q[1];
}

#endif
