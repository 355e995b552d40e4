/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows an ethertype: tags (IEEE 802.1Q, 802.1ad, 802.1ah), labels (RFC 3032), sessions
 * (RFC 2516), LLC and SNAP (IEEE 802.2, RFC 1042), service headers (RFC 8300), redundancy (IEC
 * 62439-3), MACsec that only protects (IEEE 802.1AE), TRILL (RFC 6325), batman-adv. What is plain
 * is stepped over; what is encrypted, or not known, is opaque.
 */
#include "link_priv.h"

/*
 * Frames that no next hop forwards as a packet: a link's own protocols, those of other network
 * layers, and what measures or configures a link. Others may hold a packet.
 */
static const uint16_t on_link[] = {
	0x0806, /* ARP */
	0x0842, /* wake on LAN */
	0x2000, /* CDP */
	0x22ea, /* MSRP */
	0x22f0, /* AVTP */
	0x22f4, /* IS-IS of TRILL */
	0x6001, 0x6002, 0x6003, 0x6004, /* DEC */
	0x8035, /* RARP */
	0x809b, 0x80f3, /* AppleTalk */
	0x8137, 0x8138, /* IPX */
	0x8808, /* flow control */
	0x8809, /* link aggregation, OAM */
	0x8863, /* PPPoE discovery */
	0x887b, 0x88e1, 0x8912, /* HomePlug */
	0x888e, /* IEEE 802.1X */
	0x8892, /* PROFINET */
	0x88a2, /* ATA */
	0x88a4, /* EtherCAT */
	0x88b8, 0x88b9, 0x88ba, /* GOOSE, GSE, sampled values */
	0x88c7, /* pre-authentication */
	0x88cc, /* LLDP */
	0x88e3, /* MRP */
	0x88f5, 0x88f6, /* MVRP, MMRP */
	0x88f7, /* PTP */
	0x88fb, /* supervision of PRP and HSR */
	0x8902, /* CFM */
	0x8906, 0x8914, /* Fibre Channel */
	0x890d, /* TDLS */
	0x9000, /* loopback test */
	0xcafe, /* Veritas */
};

static bool stays_on_link(uint16_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(on_link); i++)
		if (on_link[i] == type)
			return true;
	return false;
}

/* RFC 3032: the last label has bit S. What follows is told by its first bits (RFC 4385 1). */
enum capture_ip walk_mpls(struct walk *w, uint32_t off)
{
	while (w->steps++ < LINK_STEPS_MAX) {
		if (!have(w, off, 5))
			return CAPTURE_CUT;
		if (!(w->data[off + 2] & 1)) {
			off += 4;
			continue;
		}
		off += 4;
		switch (w->data[off] >> 4) {
		case 4:
			return walk_found(w, LA_ETH_IPV4, off);
		case 6:
			return walk_found(w, LA_ETH_IPV6, off);
		case 0: /* a control word before Ethernet */
			return walk_ethernet(w, off + 4);
		}
		return CAPTURE_OPAQUE;
	}
	return CAPTURE_OPAQUE;
}

/* off: of the organisation's number */
enum capture_ip walk_snap(struct walk *w, uint32_t off)
{
	uint32_t oui;

	if (!have(w, off, 5))
		return CAPTURE_CUT;
	oui = la_get32(w->data + off) >> 8;
	if (oui == 0x000000 || oui == 0x0000f8) /* RFC 1042, IEEE 802.1H */
		return walk_ethertype(w, la_get16(w->data + off + 3), off + 5);
	if (oui == 0x0080c2 && !(la_get16(w->data + off + 3) & 0xff00))
		return CAPTURE_OPAQUE; /* RFC 2427: a bridged frame */
	/* Cisco's and others' own: CDP, DTP, VTP, UDLD, AppleTalk */
	return oui == 0x00000c || oui == 0x080007 || oui == 0x00e02b || oui == 0x000081
		       ? CAPTURE_NOT_IP
		       : CAPTURE_OPAQUE;
}

enum capture_ip walk_llc(struct walk *w, uint32_t off)
{
	uint8_t dsap, control;

	if (!have(w, off, 3))
		return CAPTURE_CUT;
	dsap = w->data[off] & 0xfe;
	control = w->data[off + 2] & ~0x10;
	if (control == 0xaf || control == 0xe3) /* XID, TEST */
		return CAPTURE_NOT_IP;
	switch (dsap) {
	case 0xaa:
		return walk_snap(w, off + 3);
	case 0x06:
		return walk_found(w, LA_ETH_IPV4, off + 3);
	case 0xfe: /* and 0xff: IPX without LLC */
		return w->data[off] == 0xfe ? walk_nlpid(w, off + 3) : CAPTURE_NOT_IP;
	case 0x42: /* spanning tree */
	case 0xe0: /* IPX */
	case 0xf0: /* NetBIOS */
	case 0xf4: /* LAN management */
	case 0xfc: /* discovery */
	case 0x04: /* SNA */
		return CAPTURE_NOT_IP;
	}
	return CAPTURE_OPAQUE;
}

/* IEEE 802.1AE 9.3: E or C say that what follows is changed. */
static enum capture_ip macsec(struct walk *w, uint32_t off)
{
	if (!have(w, off, 6))
		return CAPTURE_CUT;
	if (w->data[off] & 0x8c)
		return CAPTURE_OPAQUE;
	return walk_type(w, off + (w->data[off] & 0x20 ? 14 : 6));
}

/* RFC 8300 2.2 */
static enum capture_ip nsh(struct walk *w, uint32_t off)
{
	uint32_t words;

	if (!have(w, off, 4))
		return CAPTURE_CUT;
	words = w->data[off + 1] & 0x3f;
	if (words < 2)
		return CAPTURE_OPAQUE;
	switch (w->data[off + 3]) {
	case 1:
		return walk_found(w, LA_ETH_IPV4, off + words * 4);
	case 2:
		return walk_found(w, LA_ETH_IPV6, off + words * 4);
	case 3:
		return walk_ethernet(w, off + words * 4);
	case 5:
		return walk_mpls(w, off + words * 4);
	}
	return CAPTURE_OPAQUE;
}

/* RFC 6325 3: the length of the options is in words, over both bytes. */
static enum capture_ip trill(struct walk *w, uint32_t off)
{
	if (!have(w, off, 6))
		return CAPTURE_CUT;
	return walk_ethernet(w, off + 6 + (la_get16(w->data + off) >> 6 & 0x1f) * 4);
}

static enum capture_ip batman(struct walk *w, uint32_t off)
{
	if (!have(w, off, 1))
		return CAPTURE_CUT;
	switch (w->data[off]) {
	case 0x00: /* who originates, and how well others are heard */
	case 0x03:
	case 0x04:
		return CAPTURE_NOT_IP;
	case 0x01:
		return walk_ethernet(w, off + 14);
	case 0x40:
		return walk_ethernet(w, off + 10);
	case 0x42:
		return walk_ethernet(w, off + 18);
	}
	return CAPTURE_OPAQUE;
}

/* A tag, whose own ethertype `off` is behind. Returns its length, which ends with an ethertype. */
static uint32_t tag_of(const struct walk *w, uint16_t type, uint32_t off)
{
	switch (type) {
	case 0x8100:
	case 0x88a8:
	case 0x9100:
	case 0x9200:
	case 0x9300:
		return 2;
	case 0x892f: /* HSR */
		return 4;
	case 0x8909: /* Cisco's metadata, its length in words */
		return have(w, off, 2) ? 2U + w->data[off + 1] * 4U : 2;
	case 0xdada: /* Marvell's EtherType DSA */
		return 6;
	}
	return 0;
}

enum capture_ip walk_ethertype(struct walk *w, uint16_t type, uint32_t off)
{
	uint32_t tag = tag_of(w, type, off);

	if (type == LA_ETH_IPV4 || type == LA_ETH_IPV6)
		return walk_found(w, type, off);
	if (w->steps++ >= LINK_STEPS_MAX)
		return CAPTURE_OPAQUE;
	if (tag)
		return walk_type(w, off + tag);
	if (stays_on_link(type))
		return CAPTURE_NOT_IP;
	switch (type) {
	case 0x8847:
	case 0x8848:
		return walk_mpls(w, off);
	case 0x8864:
		return walk_pppoe(w, off);
	case 0x880b:
		return walk_ppp_protocol(w, off);
	case 0x8870: /* a length that is too long for the field */
		return walk_llc(w, off);
	case 0x88e7: /* IEEE 802.1ah: four bytes, and the customer's frame */
		return walk_ethernet(w, off + 4);
	case 0x6558:
		return walk_ethernet(w, off);
	case 0x88e5:
		return macsec(w, off);
	case 0x894f:
		return nsh(w, off);
	case 0x22f3:
		return trill(w, off);
	case 0x4305:
		return batman(w, off);
	}
	return CAPTURE_OPAQUE;
}

enum capture_ip walk_type(struct walk *w, uint32_t off)
{
	uint16_t type;

	if (!have(w, off, 2))
		return CAPTURE_CUT;
	type = la_get16(w->data + off);
	return type < 0x600 ? walk_llc(w, off + 2) : walk_ethertype(w, type, off + 2);
}

/* The outermost frame's addresses say who sent it on this link. */
enum capture_ip walk_ethernet(struct walk *w, uint32_t off)
{
	if (w->steps++ >= LINK_STEPS_MAX)
		return CAPTURE_OPAQUE;
	if (!have(w, off, 14))
		return CAPTURE_CUT;
	if (!w->link->from && !w->link->to) {
		w->link->to = mac_at(w, off);
		w->link->from = mac_at(w, off + 6);
	}
	return walk_type(w, off + 12);
}
