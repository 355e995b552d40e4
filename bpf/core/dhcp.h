/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a client of DHCP (RFC 2131) and DHCPv6 (RFC 8415) sends to its server alone:
 * to renew a lease, to give it back, to ask for more. All else goes to the link.
 */
#ifndef LEAKAUDIT_DHCP_H
#define LEAKAUDIT_DHCP_H

#include "class.h"

/* A client's; the server's is the one below, and for IPv6 the one above. */
#define LA_PORT_DHCP 68
#define LA_PORT_DHCP6 546

la_inline int la_is_dhcp_port(const struct la_flow_key *k)
{
	return (k->sport == LA_PORT_DHCP && k->dport == LA_PORT_DHCP - 1) ||
	       (k->sport == LA_PORT_DHCP6 && k->dport == LA_PORT_DHCP6 + 1);
}

/* Longer messages a server need not take (RFC 2131 2, RFC 8200 5). */
#define LA_DHCP_MAX 548 /* of 576, with both headers */
#define LA_DHCP6_MAX 1232 /* of 1280 */

#define LA_DHCP_OPTIONS 240 /* behind the cookie */
#define LA_DHCP_COOKIE 0x63825363

/*
 * A client that has an address (RFC 2131 4.4.1, table 5) and sends from it: no server and
 * no relay has filled in anything yet. The type of message comes first in all clients'
 * options: request, release, inform.
 */
la_inline int la_is_dhcp4(struct la_src *src, const struct la_packet *p)
{
	__u32 at = p->base + p->payload_off;
	__u8 h[28] = {}, o[8] = {};

	if (p->payload_len < LA_DHCP_OPTIONS + 3 || p->payload_len > LA_DHCP_MAX || at > 0xf000 ||
	    la_load(src, at, h, sizeof(h)) || la_load(src, at + LA_DHCP_OPTIONS - 4, o, 7))
		return 0;
	return h[0] == 1 && h[1] && h[2] <= 16 && !h[3] && p->key.saddr.w[3] &&
	       !__builtin_memcmp(&h[12], &p->key.saddr.b[12], 4) && !la_get32(&h[16]) &&
	       !la_get32(&h[20]) && !la_get32(&h[24]) && la_get32(o) == LA_DHCP_COOKIE &&
	       o[4] == 53 && o[5] == 1 && (o[6] == 3 || o[6] == 7 || o[6] == 8);
}

#define LA_DHCP6_OPTIONS 16

/* A message that a server takes by unicast (RFC 8415 16, 18.4): request, renew, release,
 * decline; and nothing but options behind its header. */
la_inline int la_is_dhcp6(struct la_src *src, const struct la_packet *p)
{
	__u32 at = p->base + p->payload_off, left = p->payload_len, len;
	__u8 h[4] = {};
	int i;

	if (left < 4 || left > LA_DHCP6_MAX || at > 0xf000 || la_load(src, at, h, sizeof(h)) ||
	    (h[0] != 3 && h[0] != 5 && h[0] != 8 && h[0] != 9))
		return 0;
	at += 4;
	left -= 4;
	for (i = 0; i < LA_DHCP6_OPTIONS; i++) {
		if (left < 4)
			break;
		if (la_load(src, at, h, sizeof(h)))
			return 0;
		len = la_get16(&h[2]) + 4;
		if (len > left)
			return 0;
		at += len;
		left -= len;
	}
	return !left;
}

la_subprog int la_classify_dhcp(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	if (!p || !l || !(p->key.family == 6 ? la_is_dhcp6(src, p) : la_is_dhcp4(src, p)))
		return 0;
	l->detail = LA_DETAIL_DHCP;
	return 1;
}

#endif
