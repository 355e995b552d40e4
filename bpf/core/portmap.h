/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Requests for a port mapping: NAT-PMP (RFC 6886), PCP (RFC 6887), and the search for a gateway by
 * SSDP (UPnP Device Architecture 1.1, 1.3). Many kinds of programs send them; those of a torrent
 * client are reported as its own, its searches too. (UPnP's mapping itself is an HTTP request:
 * http.h.)
 */
#ifndef LEAKAUDIT_PORTMAP_H
#define LEAKAUDIT_PORTMAP_H

#include "class.h"

/* A request for the external address, or for a mapping of UDP or TCP. */
la_inline int la_nat_pmp(const struct la_window *w)
{
	return w->dport == 5351 && w->b[0] == 0 &&
	       ((w->total == 2 && w->b[1] == 0) ||
		(w->total == 12 && (w->b[1] == 1 || w->b[1] == 2) && !la_get16(&w->b[2])));
}

/* Version 2, a request (announce, map, peer), a multiple of 4 bytes, at most 1100. */
la_inline int la_pcp(const struct la_window *w)
{
	return w->dport == 5351 && w->b[0] == 2 && w->b[1] <= 2 && w->total >= 24 &&
	       w->total <= 1100 && !(w->total & 3);
}

la_inline int la_ssdp(const struct la_window *w)
{
	return w->dport == 1900 && la_starts(w, "M-SEARCH * HTTP/1.1");
}

la_inline int la_is_ssdp(const struct la_flow_key *k)
{
	return k->proto == LA_PROTO_UDP && k->dport == 1900;
}

/* Of another program the class is what it was. */
la_inline int la_portmap_label(struct la_label *l)
{
	return la_label(l, l->torrent_owner ? LA_CLASS_TORRENT : l->cls, LA_DETAIL_PORTMAP, 0);
}

la_inline int la_portmap_udp(const struct la_window *w, struct la_label *l)
{
	if (!la_nat_pmp(w) && !la_pcp(w) && !(l->torrent_owner && la_ssdp(w)))
		return 0;
	return la_portmap_label(l);
}

#endif
