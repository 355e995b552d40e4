/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Steps over what the next hop takes off a frame that a process has made: further VLAN tags, MPLS
 * labels (RFC 3032), LLC and SNAP (RFC 1042), a provider's backbone (IEEE 802.1ah), MACsec that
 * only protects (IEEE 802.1AE), service headers (RFC 8300), HSR (IEC 62439-3). Not PPPoE: a client
 * of it that runs as a process sends what was judged before.
 */
#ifndef LEAKAUDIT_UNWRAP_H
#define LEAKAUDIT_UNWRAP_H

#include "parse.h"

#define LA_UNWRAP_STEPS 8

/* No ethertypes: what is at the offset is one; two MAC addresses and one; LLC. */
#define LA_AT_TYPE 1
#define LA_AT_MACS 2
#define LA_AT_LLC 3

struct la_unwrap {
	__u32 at; /* what the type tells of */
	__u32 type;
};

la_inline void la_unwrap_to(struct la_unwrap *u, __u32 type, __u32 n)
{
	u->type = type && type < 0x600 && type > LA_AT_LLC ? LA_AT_LLC : type;
	u->at += n;
}

/* The last label has bit S. What follows is told by its first bits; 0 is a control word. */
la_inline void la_unwrap_mpls(struct la_unwrap *u, const __u8 *b)
{
	if (!(b[2] & 1))
		u->at += 4;
	else if (b[4] >> 4 == 4)
		la_unwrap_to(u, LA_ETH_IPV4, 4);
	else if (b[4] >> 4 == 6)
		la_unwrap_to(u, LA_ETH_IPV6, 4);
	else
		la_unwrap_to(u, b[4] >> 4 ? 0 : LA_AT_MACS, 8);
}

la_inline void la_unwrap_llc(struct la_unwrap *u, const __u8 *b)
{
	__u32 sap = (__u32)la_get16(b) << 8 | b[2], oui = la_get32(&b[2]) & 0xffffff;

	if (sap == 0xaaaa03 && (!oui || oui == 0xf8))
		la_unwrap_to(u, la_get16(&b[6]), 8);
	else
		la_unwrap_to(u, sap == 0x060603 ? LA_ETH_IPV4 : 0, 3);
}

la_inline void la_unwrap_nsh(struct la_unwrap *u, const __u8 *b)
{
	__u32 type = 0, words = b[1] & 0x3f;

	if (words >= 2 && b[3] == 1)
		type = LA_ETH_IPV4;
	if (words >= 2 && b[3] == 2)
		type = LA_ETH_IPV6;
	if (words >= 2 && b[3] == 3)
		type = LA_AT_MACS;
	la_unwrap_to(u, type, words * 4);
}

/* b: 10 bytes from u->at on. The type is 0 where it cannot go on. */
la_inline void la_unwrap_step(struct la_unwrap *u, const __u8 *b)
{
	switch (u->type) {
	case 0x8100:
	case 0x88a8:
	case 0x9100:
	case 0x9200:
	case 0x9300:
		return la_unwrap_to(u, la_get16(&b[2]), 4);
	case 0x8847:
	case 0x8848:
		return la_unwrap_mpls(u, b);
	case 0x8870:
	case LA_AT_LLC:
		return la_unwrap_llc(u, b);
	case 0x88e7:
		return la_unwrap_to(u, LA_AT_MACS, 4);
	case 0x88e5:
		return la_unwrap_to(u, b[0] & 0x8c ? 0 : LA_AT_TYPE, b[0] & 0x20 ? 14 : 6);
	case 0x894f:
		return la_unwrap_nsh(u, b);
	case 0x892f:
		return la_unwrap_to(u, la_get16(&b[4]), 6);
	case LA_AT_MACS:
		return la_unwrap_to(u, LA_AT_TYPE, 12);
	case LA_AT_TYPE:
		return la_unwrap_to(u, la_get16(b), 2);
	}
	u->type = 0;
}

/* Sets the link to that of the IP packet within. Leaves it as it is where there is none. */
la_subprog int la_unwrap(struct la_src *src, struct la_link *link)
{
	struct la_unwrap u = {};
	__u8 b[10] = {};
	int i;

	if (!link)
		return 0;
	u.at = link->l2_len;
	la_unwrap_to(&u, link->ethertype, 0);
	for (i = 0; i < LA_UNWRAP_STEPS; i++) {
		if (u.type == LA_ETH_IPV4 || u.type == LA_ETH_IPV6) {
			link->ethertype = u.type;
			link->l2_len = u.at;
			return 0;
		}
		if (!u.type || la_load(src, u.at, b, sizeof(b)))
			return 0;
		la_unwrap_step(&u, b);
	}
	return 0;
}

#endif
