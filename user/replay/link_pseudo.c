/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers that a capture adds, by www.tcpdump.org/linktypes.html: Linux cooked, BSD loopback, what
 * firewalls log (PFLOG, NFLOG), PKTAP, IPNET. Many say on which interface a packet was, and whether
 * this machine has sent it.
 */
#include "link_priv.h"

#define AF_INET_ALL 2

/*
 * The number of an address family is below 256, so its byte order can be told from the value. IPv6
 * is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS, 23 on Windows, 10 on Linux, 26 on
 * Solaris.
 */
static enum capture_ip by_family(struct walk *w, uint32_t family, uint32_t off)
{
	if (family > 0xff)
		family = __builtin_bswap32(family);
	switch (family) {
	case AF_INET_ALL:
		return walk_found(w, LA_ETH_IPV4, off);
	case 10:
	case 23:
	case 24:
	case 26:
	case 28:
	case 30:
		return walk_found(w, LA_ETH_IPV6, off);
	}
	return CAPTURE_OPAQUE;
}

enum capture_ip walk_loopback(struct walk *w, uint32_t off)
{
	return have(w, off, 4) ? by_family(w, la_get32(w->data + off), off + 4) : CAPTURE_CUT;
}

/* What OpenBSD's IPsec has taken out of its envelope: family, SPI, flags. */
enum capture_ip walk_enc(struct walk *w, uint32_t off)
{
	return have(w, off, 12) ? by_family(w, la_get32(w->data + off), off + 12) : CAPTURE_CUT;
}

/* --- Linux cooked --- */

#define PACKET_OUTGOING 4

#define ARPHRD_80211 801
#define ARPHRD_PRISM 802
#define ARPHRD_RADIOTAP 803
#define ARPHRD_NETLINK 824

/* Types below 0x600 are the kernel's own (linux/if_ether.h). */
static enum capture_ip kernel_type(struct walk *w, uint16_t type, uint32_t off)
{
	switch (type) {
	case 0x0004:
		return walk_llc(w, off);
	case 0x0007:
	case 0x0008:
		return walk_ppp(w, off);
	case 0x0001: /* Novell */
	case 0x0005: /* SNAP of other networks */
	case 0x000c: /* CAN */
	case 0x000d:
	case 0x000e:
	case 0x00f5: /* Phonet */
	case 0x00f6: /* IEEE 802.15.4 */
		return CAPTURE_NOT_IP;
	}
	return CAPTURE_OPAQUE;
}

/* type: of the protocol; kind: of the packet, whether it was sent */
static enum capture_ip cooked(struct walk *w, uint16_t type, uint8_t kind, uint32_t off)
{
	if (kind <= PACKET_OUTGOING)
		walk_set_direction(w, kind == PACKET_OUTGOING);
	switch (w->link->arphrd) {
	case ARPHRD_NETLINK:
		return CAPTURE_NOT_IP;
	case ARPHRD_80211:
		return walk_80211(w, off);
	case ARPHRD_PRISM:
		return walk_prism(w, off);
	case ARPHRD_RADIOTAP:
		return walk_radiotap(w, off);
	}
	return type < 0x600 ? kernel_type(w, type, off) : walk_ethertype(w, type, off);
}

enum capture_ip walk_cooked(struct walk *w, uint32_t off)
{
	const uint8_t *h = w->data + off;

	if (!have(w, off, 16))
		return CAPTURE_CUT;
	w->link->arphrd = la_get16(h + 2);
	if (la_get16(h + 4) == 6)
		w->link->from = mac_at(w, off + 6);
	return cooked(w, la_get16(h + 14), la_get16(h) > 0xff ? 0xff : h[1], off + 16);
}

enum capture_ip walk_cooked2(struct walk *w, uint32_t off)
{
	const uint8_t *h = w->data + off;

	if (!have(w, off, 20))
		return CAPTURE_CUT;
	w->link->ifindex = la_get32(h + 4);
	w->link->arphrd = la_get16(h + 8);
	if (h[11] == 6)
		w->link->from = mac_at(w, off + 12);
	return cooked(w, la_get16(h), h[10], off + 20);
}

/* --- firewalls --- */

static void set_name(struct walk *w, uint32_t off, uint32_t max)
{
	w->link->name = (const char *)w->data + off;
	w->link->name_len = (uint32_t)strnlen(w->link->name, max);
}

#define PF_OUT 2

/*
 * Its length, which is rounded up to words of eight bytes on some systems and of four on others;
 * family, action, reason, the interface's name; the direction comes last.
 */
enum capture_ip walk_pflog(struct walk *w, uint32_t off)
{
	uint32_t len;

	if (!have(w, off, 61))
		return CAPTURE_CUT;
	len = w->data[off];
	if (len < 61)
		return CAPTURE_OPAQUE;
	set_name(w, off + 4, 16);
	if (w->data[off + 60])
		walk_set_direction(w, w->data[off + 60] == PF_OUT);
	return by_family(w, w->data[off + 1], off + (len + 3) / 4 * 4);
}

#define NFULA_PACKET_HDR 1
#define NFULA_IFINDEX_OUTDEV 5
#define NFULA_PAYLOAD 9
#define HOOK_LOCAL_OUT 3
#define HOOK_POST_ROUTING 4

static void nflog_attribute(struct walk *w, uint16_t type, uint32_t off, uint32_t len)
{
	if (type == NFULA_PACKET_HDR && len >= 3)
		walk_set_direction(w, w->data[off + 2] == HOOK_LOCAL_OUT ||
					      w->data[off + 2] == HOOK_POST_ROUTING);
	if (type == NFULA_IFINDEX_OUTDEV && len >= 4)
		w->link->ifindex = la_get32(w->data + off);
}

/*
 * Family, version, resource; attributes, whose lengths and types are in the byte order of the
 * machine that captured: a type is below 256.
 */
enum capture_ip walk_nflog(struct walk *w, uint32_t off)
{
	uint8_t family;
	uint32_t len, type;
	bool big;

	if (!have(w, off, 4))
		return CAPTURE_CUT;
	family = w->data[off];
	for (off += 4; have(w, off, 4); off += (len + 3) & ~3U) {
		big = !w->data[off + 2] && w->data[off + 3];
		len = big ? la_get16(w->data + off) : le16(w->data + off);
		type = (big ? la_get16(w->data + off + 2) : le16(w->data + off + 2)) & 0x7fff;
		if (len < 4)
			return CAPTURE_OPAQUE;
		if (type == NFULA_PAYLOAD)
			return by_family(w, family, off + 4);
		if (!have(w, off, len))
			return CAPTURE_CUT;
		nflog_attribute(w, (uint16_t)type, off + 4, len - 4);
	}
	return CAPTURE_CUT;
}

/* --- others that name an interface --- */

#define PKTAP_IN 1
#define PKTAP_OUT 2

enum capture_ip walk_pktap(struct walk *w, uint32_t off)
{
	uint32_t len, flags;

	if (!have(w, off, 8))
		return CAPTURE_CUT;
	len = le32(w->data + off);
	if (len < 40 || len > 0xffff)
		return CAPTURE_OPAQUE;
	if (!have(w, off, 40) || !have(w, off, len))
		return CAPTURE_CUT;
	set_name(w, off + 12, CAPTURE_NAME_MAX);
	flags = le32(w->data + off + 36);
	if (flags & (PKTAP_IN | PKTAP_OUT))
		walk_set_direction(w, flags & PKTAP_OUT);
	return walk_linktype(w, le32(w->data + off + 8), off + len);
}

#define IPNET_LOCAL 2

enum capture_ip walk_ipnet(struct walk *w, uint32_t off)
{
	uint16_t hook;

	if (!have(w, off, 24))
		return CAPTURE_CUT;
	hook = la_get16(w->data + off + 2);
	if (hook == IPNET_LOCAL)
		return CAPTURE_NOT_IP; /* it has not left the machine */
	walk_set_direction(w, hook);
	w->link->ifindex = la_get32(w->data + off + 8);
	return by_family(w, w->data[off + 1], off + 24);
}

/* Magic, flags; perhaps the length of what follows before the frame. */
enum capture_ip walk_juniper(struct walk *w, uint32_t off)
{
	uint32_t len = 4;

	if (!have(w, off, 6))
		return CAPTURE_CUT;
	if (la_get32(w->data + off) >> 8 != 0x4d4743 || w->data[off + 3] & 0x02)
		return CAPTURE_OPAQUE;
	if (w->data[off + 3] & 0x80)
		len = 6U + la_get16(w->data + off + 4);
	return walk_ethernet(w, off + len);
}

/* BSD writes a direction (0: received) and 15 bytes of a compressed header, others nothing. */
enum capture_ip walk_slip(struct walk *w, uint32_t off)
{
	if (!have(w, off, 1))
		return CAPTURE_CUT;
	if (w->data[off] > 1)
		return walk_raw(w, off);
	if (!have(w, off, 17))
		return CAPTURE_CUT;
	walk_set_direction(w, w->data[off]);
	return walk_raw(w, off + 16);
}
