/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PPP (RFC 1661, RFC 1662), PPPoE (RFC 2516), Cisco HDLC, frame relay (RFC 2427). */
#include "link_priv.h"

/*
 * RFC 1990 3: what is split over several frames cannot be read. A whole packet can. Both headers,
 * of four bytes and of two, begin with the same bits.
 */
static enum capture_ip multilink(struct walk *w, uint32_t off)
{
	enum capture_ip found;

	if (!have(w, off, 4))
		return CAPTURE_CUT;
	if ((w->data[off] & 0xc0) != 0xc0)
		return CAPTURE_OPAQUE;
	found = walk_ppp_protocol(w, off + 4);
	return found == CAPTURE_IS_IP || found == CAPTURE_CUT ? found
							      : walk_ppp_protocol(w, off + 2);
}

/* It is one byte if its lowest bit is set (RFC 1661 2, 6.5). */
enum capture_ip walk_ppp_protocol(struct walk *w, uint32_t off)
{
	uint32_t protocol, n = 1;

	if (w->steps++ >= LINK_STEPS_MAX)
		return CAPTURE_OPAQUE;
	if (!have(w, off, 1))
		return CAPTURE_CUT;
	protocol = w->data[off];
	if (!(protocol & 1)) {
		if (!have(w, off, 2))
			return CAPTURE_CUT;
		protocol = la_get16(w->data + off);
		n = 2;
	}
	switch (protocol) {
	case 0x0021:
		return walk_found(w, LA_ETH_IPV4, off + n);
	case 0x0057:
		return walk_found(w, LA_ETH_IPV6, off + n);
	case 0x003d:
		return multilink(w, off + n);
	case 0x0281:
	case 0x0283:
		return walk_mpls(w, off + n);
	}
	/* from 0x8000 on they negotiate; below is what has been negotiated: compressed, encrypted,
	 * bridged */
	return protocol & 0x8000 ? CAPTURE_NOT_IP : CAPTURE_OPAQUE;
}

/*
 * Address and control bytes may be omitted (RFC 1661 6.6). 0x0f or 0x8f in their place is Cisco
 * HDLC, which has an ethertype.
 */
enum capture_ip walk_ppp(struct walk *w, uint32_t off)
{
	if (!have(w, off, 4))
		return CAPTURE_CUT;
	if (w->data[off] == 0xff && w->data[off + 1] == 0x03)
		return walk_ppp_protocol(w, off + 2);
	if (w->data[off] == 0x0f || w->data[off] == 0x8f)
		return walk_chdlc(w, off);
	return walk_ppp_protocol(w, off);
}

/* Version and type 1, code 0: session data. */
enum capture_ip walk_pppoe(struct walk *w, uint32_t off)
{
	if (!have(w, off, 7))
		return CAPTURE_CUT;
	if (w->data[off] != 0x11 || w->data[off + 1])
		return CAPTURE_OPAQUE;
	return walk_ppp_protocol(w, off + 6);
}

/*
 * A byte in front, or in the place of the address: 0 for what was received. Address and control may
 * follow, or control alone.
 */
enum capture_ip walk_ppp_direction(struct walk *w, uint32_t off)
{
	if (!have(w, off, 3))
		return CAPTURE_CUT;
	walk_set_direction(w, w->data[off]);
	if (w->data[off + 1] == 0x03)
		return walk_ppp_protocol(w, off + 2);
	return walk_ppp(w, off + 1);
}

enum capture_ip walk_chdlc(struct walk *w, uint32_t off)
{
	uint16_t type;

	if (!have(w, off, 4))
		return CAPTURE_CUT;
	type = la_get16(w->data + off + 2);
	return type == 0x8035 ? CAPTURE_NOT_IP : walk_ethertype(w, type, off + 4);
}

/* What follows, by ISO's number of its protocol (RFC 2427 3). */
enum capture_ip walk_nlpid(struct walk *w, uint32_t off)
{
	if (!have(w, off, 1))
		return CAPTURE_CUT;
	switch (w->data[off]) {
	case 0xcc:
		return walk_found(w, LA_ETH_IPV4, off + 1);
	case 0x8e:
		return walk_found(w, LA_ETH_IPV6, off + 1);
	case 0xcf:
		return walk_ppp_protocol(w, off + 1);
	case 0x80:
		return walk_snap(w, off + 1);
	case 0x08: /* Q.933 */
	case 0x81: /* OSI: CLNP, ES-IS, IS-IS */
	case 0x82:
	case 0x83:
	case 0xb1: /* FRF.12 */
		return CAPTURE_NOT_IP;
	}
	return CAPTURE_OPAQUE;
}

/* An address of two to four bytes, whose last has its lowest bit set; control; the protocol. */
enum capture_ip walk_frame_relay(struct walk *w, uint32_t off)
{
	unsigned int i = 0;

	do {
		if (!have(w, off, 3))
			return CAPTURE_CUT;
	} while (++i < 4 && !(w->data[off++] & 1));
	if (w->data[off++] != 0x03)
		return CAPTURE_NOT_IP; /* information frames of other protocols */
	if (!w->data[off]) /* padding */
		off++;
	return walk_nlpid(w, off);
}
