/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Link layers: Ethernet with VLAN tags (IEEE 802.1Q, 802.1ad, and the older 0x9100), PPPoE sessions
 * (RFC 2516), PPP (RFC 1661, RFC 1662), Linux cooked captures (LINKTYPE_LINUX_SLL,
 * LINKTYPE_LINUX_SLL2), BSD loopback, plain IP.
 */
#include "capture_link.h"

#include <stddef.h>

#include "core/parse.h"
#include "base/util.h"

#define ETH_PPPOE 0x8864
#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057

/* More VLAN tags than providers stack. The limit bounds the work on a frame that is all tags. */
#define TAGS_MAX 4

struct bytes {
	const uint8_t *data;
	uint32_t len;
};

static bool have(const struct bytes *b, uint32_t off, uint32_t n)
{
	return off <= b->len && n <= b->len - off;
}

static enum capture_ip found(uint16_t ethertype, uint32_t off, struct capture_link *ret)
{
	if (ethertype != LA_ETH_IPV4 && ethertype != LA_ETH_IPV6)
		return CAPTURE_NOT_IP;
	*ret = (struct capture_link){ .off = off, .ethertype = ethertype };
	return CAPTURE_IS_IP;
}

/* off: of the protocol field. It is one byte if its lowest bit is set (RFC 1661 2). */
static enum capture_ip ppp_protocol(const struct bytes *b, uint32_t off, struct capture_link *ret)
{
	uint32_t protocol, n = 1;

	if (!have(b, off, 1))
		return CAPTURE_CUT;
	protocol = b->data[off];
	if (!(protocol & 1)) {
		if (!have(b, off, 2))
			return CAPTURE_CUT;
		protocol = la_get16(b->data + off);
		n = 2;
	}
	if (protocol != PPP_IPV4 && protocol != PPP_IPV6)
		return CAPTURE_NOT_IP;
	return found(protocol == PPP_IPV4 ? LA_ETH_IPV4 : LA_ETH_IPV6, off + n, ret);
}

/*
 * Address and control bytes may be omitted (RFC 1661 6.6). 0x0f or 0x8f in their place is Cisco
 * HDLC, which has an ethertype.
 */
static enum capture_ip ppp(const struct bytes *b, struct capture_link *ret)
{
	if (!have(b, 0, 4))
		return CAPTURE_CUT;
	if (b->data[0] == 0xff && b->data[1] == 0x03)
		return ppp_protocol(b, 2, ret);
	if (b->data[0] == 0x0f || b->data[0] == 0x8f)
		return found(la_get16(b->data + 2), 4, ret);
	return ppp_protocol(b, 0, ret);
}

/* Version and type 1, code 0: session data. */
static enum capture_ip pppoe(const struct bytes *b, uint32_t off, struct capture_link *ret)
{
	if (!have(b, off, 8))
		return CAPTURE_CUT;
	if (b->data[off] != 0x11 || b->data[off + 1])
		return CAPTURE_NOT_IP;
	return ppp_protocol(b, off + 6, ret);
}

static bool is_tag(uint16_t ethertype)
{
	return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100;
}

/* off: of the ethertype */
static enum capture_ip ethernet(const struct bytes *b, uint32_t off, struct capture_link *ret)
{
	unsigned int tags;
	uint16_t type;

	for (tags = 0; tags <= TAGS_MAX; tags++, off += 4) {
		if (!have(b, off, 2))
			return CAPTURE_CUT;
		type = la_get16(b->data + off);
		if (type == ETH_PPPOE)
			return pppoe(b, off + 2, ret);
		if (!is_tag(type))
			return found(type, off + 2, ret);
	}
	return CAPTURE_NOT_IP;
}

/*
 * SLL2 has its protocol field at the beginning. The tags of a VLAN packet follow after the header.
 */
static enum capture_ip cooked2(const struct bytes *b, struct capture_link *ret)
{
	uint16_t type;

	if (!have(b, 0, 20))
		return CAPTURE_CUT;
	type = la_get16(b->data);
	if (type == ETH_PPPOE)
		return pppoe(b, 20, ret);
	return is_tag(type) ? ethernet(b, 22, ret) : found(type, 20, ret);
}

static enum capture_ip raw(const struct bytes *b, struct capture_link *ret)
{
	if (!have(b, 0, 1))
		return CAPTURE_CUT;
	switch (b->data[0] >> 4) {
	case 4:
		return found(LA_ETH_IPV4, 0, ret);
	case 6:
		return found(LA_ETH_IPV6, 0, ret);
	}
	return CAPTURE_NOT_IP;
}

/*
 * The number of an address family is below 256, so its byte order can be told from the value. IPv6
 * is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS, 23 on Windows, 10 on Linux.
 */
static enum capture_ip loopback(const struct bytes *b, struct capture_link *ret)
{
	uint32_t family;

	if (!have(b, 0, 4))
		return CAPTURE_CUT;
	family = la_get32(b->data);
	if (family > 0xff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return found(LA_ETH_IPV4, 4, ret);
	case 10:
	case 23:
	case 24:
	case 28:
	case 30:
		return found(LA_ETH_IPV6, 4, ret);
	}
	return CAPTURE_NOT_IP;
}

enum capture_ip capture_link_of(uint32_t linktype, const uint8_t *data, uint32_t caplen,
				struct capture_link *ret)
{
	const struct bytes b = { data, caplen };

	switch (linktype) {
	case CAPTURE_ETHERNET:
		return ethernet(&b, 12, ret);
	case CAPTURE_SLL:
		return ethernet(&b, 14, ret);
	case CAPTURE_SLL2:
		return cooked2(&b, ret);
	case CAPTURE_RAW:
	case CAPTURE_RAW_12:
	case CAPTURE_RAW_14:
		return raw(&b, ret);
	case CAPTURE_IPV4:
		return found(LA_ETH_IPV4, 0, ret);
	case CAPTURE_IPV6:
		return found(LA_ETH_IPV6, 0, ret);
	case CAPTURE_NULL:
	case CAPTURE_LOOP:
		return loopback(&b, ret);
	case CAPTURE_PPP:
	case CAPTURE_PPP_HDLC:
		return ppp(&b, ret);
	case CAPTURE_PPP_ETHER:
		return pppoe(&b, 0, ret);
	}
	return CAPTURE_NOT_IP;
}

static const struct {
	uint32_t linktype;
	bool known;
	const char *name;
} names[] = {
	{ CAPTURE_NULL, true, "NULL" },
	{ CAPTURE_ETHERNET, true, "ETHERNET" },
	{ CAPTURE_PPP, true, "PPP" },
	{ CAPTURE_RAW_12, true, "RAW" },
	{ CAPTURE_RAW_14, true, "RAW" },
	{ CAPTURE_PPP_HDLC, true, "PPP_HDLC" },
	{ CAPTURE_PPP_ETHER, true, "PPP_ETHER" },
	{ CAPTURE_RAW, true, "RAW" },
	{ CAPTURE_LOOP, true, "LOOP" },
	{ CAPTURE_SLL, true, "LINUX_SLL" },
	{ CAPTURE_IPV4, true, "IPV4" },
	{ CAPTURE_IPV6, true, "IPV6" },
	{ CAPTURE_SLL2, true, "LINUX_SLL2" },
	/* not read, but common enough to have a name in messages */
	{ 104, false, "C_HDLC" },
	{ 105, false, "IEEE802_11" },
	{ 107, false, "FRELAY" },
	{ 117, false, "PFLOG" },
	{ 119, false, "IEEE802_11_PRISM" },
	{ 122, false, "IP_OVER_FC" },
	{ 127, false, "IEEE802_11_RADIO" },
	{ 163, false, "IEEE802_11_AVS" },
	{ 187, false, "BLUETOOTH_HCI_H4" },
	{ 189, false, "USB_LINUX" },
	{ 192, false, "PPI" },
	{ 195, false, "IEEE802_15_4_WITHFCS" },
	{ 201, false, "BLUETOOTH_HCI_H4_WITH_PHDR" },
	{ 220, false, "USB_LINUX_MMAPPED" },
	{ 227, false, "CAN_SOCKETCAN" },
	{ 239, false, "NFLOG" },
	{ 249, false, "USBPCAP" },
	{ 252, false, "WIRESHARK_UPPER_PDU" },
	{ 253, false, "NETLINK" },
	{ 258, false, "PKTAP" },
};

bool capture_link_known(uint32_t linktype)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names) && names[i].known; i++)
		if (names[i].linktype == linktype)
			return true;
	return false;
}

const char *capture_link_name(uint32_t linktype)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].linktype == linktype)
			return names[i].name;
	return "unknown";
}
