/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links beside Ethernet, and Ethernet with more around it than a network sees. */
#include "link_priv.h"

static void take_macs(struct walk *w, uint32_t to, uint32_t from)
{
	w->link->to = mac_at(w, to);
	w->link->from = mac_at(w, from);
}

enum capture_ip walk_fddi(struct walk *w, uint32_t off)
{
	if (!have(w, off, 13))
		return CAPTURE_CUT;
	take_macs(w, off + 1, off + 7);
	return (w->data[off] & 0xf0) == 0x50 ? walk_llc(w, off + 13) : CAPTURE_NOT_IP;
}

/* IEEE 802.5: the first bit of the sender's address says that a route follows. */
enum capture_ip walk_token_ring(struct walk *w, uint32_t off)
{
	uint32_t route = 0;

	if (!have(w, off, 15))
		return CAPTURE_CUT;
	take_macs(w, off + 2, off + 8);
	if ((w->data[off + 1] & 0xc0) != 0x40)
		return CAPTURE_NOT_IP;
	if (w->data[off + 8] & 0x80) {
		w->link->from &= ~(1ULL << 47);
		route = w->data[off + 14] & 0x1f;
	}
	return walk_llc(w, off + 14 + route);
}

/*
 * As Linux tells it: sender, receiver, offset, protocol. Those of RFC 1201 have a flag, which is 0
 * of a whole packet, and a number behind them; those of RFC 1051 have not.
 */
enum capture_ip walk_arcnet(struct walk *w, uint32_t off)
{
	uint8_t protocol;

	if (!have(w, off, 5))
		return CAPTURE_CUT;
	protocol = w->data[off + 4];
	switch (protocol) {
	case 0xf0:
		return walk_found(w, LA_ETH_IPV4, off + 5);
	case 0xd4:
	case 0xc4:
		if (!have(w, off, 8))
			return CAPTURE_CUT;
		if (w->data[off + 5])
			return CAPTURE_OPAQUE;
		return walk_found(w, protocol == 0xd4 ? LA_ETH_IPV4 : LA_ETH_IPV6, off + 8);
	case 0xd5: /* ARP, RARP */
	case 0xd6:
	case 0xf1:
		return CAPTURE_NOT_IP;
	}
	return CAPTURE_OPAQUE;
}

/* RFC 2625 */
enum capture_ip walk_fibre_channel(struct walk *w, uint32_t off)
{
	if (!have(w, off, 16))
		return CAPTURE_CUT;
	take_macs(w, off + 2, off + 10);
	return walk_llc(w, off + 16);
}

/* Flags and kind, circuit; LAN emulation has two bytes before the frame. */
enum capture_ip walk_sunatm(struct walk *w, uint32_t off)
{
	if (!have(w, off, 4))
		return CAPTURE_CUT;
	switch (w->data[off] & 0x0f) {
	case 1:
		return walk_ethernet(w, off + 6);
	case 2:
		return walk_llc(w, off + 4);
	}
	return CAPTURE_OPAQUE;
}

/* RFC 4391: the addresses of both, the type, two bytes that are not used. */
enum capture_ip walk_infiniband(struct walk *w, uint32_t off)
{
	if (!have(w, off, 44))
		return CAPTURE_CUT;
	return walk_ethertype(w, la_get16(w->data + off + 40), off + 44);
}

enum capture_ip walk_firewire(struct walk *w, uint32_t off)
{
	return walk_type(w, off + 16);
}

/* A switch's tag of n bytes behind the addresses. */
static enum capture_ip switched(struct walk *w, uint32_t off, uint32_t n)
{
	if (!have(w, off, 12))
		return CAPTURE_CUT;
	take_macs(w, off, off + 6);
	return walk_type(w, off + 12 + n);
}

enum capture_ip walk_dsa(struct walk *w, uint32_t off)
{
	return switched(w, off, 4);
}

enum capture_ip walk_edsa(struct walk *w, uint32_t off)
{
	return switched(w, off, 8);
}

enum capture_ip walk_brcm_prepend(struct walk *w, uint32_t off)
{
	return walk_ethernet(w, off + 4);
}

/* IEEE 802.3br: the preamble, whose last byte says whether a whole frame follows. */
enum capture_ip walk_mpacket(struct walk *w, uint32_t off)
{
	if (!have(w, off, 8))
		return CAPTURE_CUT;
	return w->data[off + 7] == 0xd5 ? walk_ethernet(w, off + 8) : CAPTURE_OPAQUE;
}

enum capture_ip walk_netanalyzer(struct walk *w, uint32_t off)
{
	return walk_ethernet(w, off + 4);
}
