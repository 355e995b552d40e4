/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture_link.h"

#include <string.h>

#include "link_priv.h"

enum capture_ip walk_found(struct walk *w, uint16_t ethertype, uint32_t off)
{
	if (off > w->len)
		return CAPTURE_CUT;
	w->link->off = off;
	w->link->ethertype = ethertype;
	return CAPTURE_IS_IP;
}

enum capture_ip walk_raw(struct walk *w, uint32_t off)
{
	if (!have(w, off, 1))
		return CAPTURE_CUT;
	switch (w->data[off] >> 4) {
	case 4:
		return walk_found(w, LA_ETH_IPV4, off);
	case 6:
		return walk_found(w, LA_ETH_IPV6, off);
	}
	return CAPTURE_OPAQUE;
}

static enum capture_ip walk_v4(struct walk *w, uint32_t off)
{
	return walk_found(w, LA_ETH_IPV4, off);
}

static enum capture_ip walk_v6(struct walk *w, uint32_t off)
{
	return walk_found(w, LA_ETH_IPV6, off);
}

/* A byte that is 0 for what was received. */
static enum capture_ip walk_chdlc_direction(struct walk *w, uint32_t off)
{
	if (!have(w, off, 1))
		return CAPTURE_CUT;
	walk_set_direction(w, w->data[off]);
	return walk_chdlc(w, off + 1);
}

static enum capture_ip walk_frame_relay_direction(struct walk *w, uint32_t off)
{
	if (!have(w, off, 1))
		return CAPTURE_CUT;
	walk_set_direction(w, w->data[off]);
	return walk_frame_relay(w, off + 1);
}

/*
 * The table of tools/link-types.py, which is in the manual. Those without a function are not read,
 * but common enough to have a name in messages.
 */
static const struct {
	uint32_t linktype;
	const char *name;
	link_fn *walk;
} types[] = {
	{ CAPTURE_ETHERNET, "ETHERNET", walk_ethernet },
	{ CAPTURE_RAW, "RAW", walk_raw },
	{ CAPTURE_SLL2, "LINUX_SLL2", walk_cooked2 },
	{ CAPTURE_SLL, "LINUX_SLL", walk_cooked },
	{ CAPTURE_NULL, "NULL", walk_loopback },
	{ CAPTURE_LOOP, "LOOP", walk_loopback },
	{ CAPTURE_RAW_12, "RAW", walk_raw },
	{ CAPTURE_RAW_14, "RAW", walk_raw },
	{ CAPTURE_IPV4, "IPV4", walk_v4 },
	{ CAPTURE_IPV6, "IPV6", walk_v6 },
	{ CAPTURE_PPP, "PPP", walk_ppp },
	{ CAPTURE_PPP_HDLC, "PPP_HDLC", walk_ppp },
	{ CAPTURE_PPP_ETHER, "PPP_ETHER", walk_pppoe },
	{ 166, "PPP_PPPD", walk_ppp_direction },
	{ 204, "PPP_WITH_DIR", walk_ppp_direction },
	{ 104, "C_HDLC", walk_chdlc },
	{ 205, "C_HDLC_WITH_DIR", walk_chdlc_direction },
	{ 107, "FRELAY", walk_frame_relay },
	{ 206, "FRELAY_WITH_DIR", walk_frame_relay_direction },
	{ 8, "SLIP", walk_slip },
	{ 105, "IEEE802_11", walk_80211 },
	{ 119, "IEEE802_11_PRISM", walk_prism },
	{ CAPTURE_RADIOTAP, "IEEE802_11_RADIOTAP", walk_radiotap },
	{ 163, "IEEE802_11_AVS", walk_avs },
	{ 192, "PPI", walk_ppi },
	{ 258, "PKTAP", walk_pktap },
	{ 149, "PKTAP", walk_pktap }, /* as macOS writes it */
	{ 117, "PFLOG", walk_pflog },
	{ 239, "NFLOG", walk_nflog },
	{ 226, "IPNET", walk_ipnet },
	{ 109, "ENC", walk_enc },
	{ 219, "MPLS", walk_mpls },
	{ 281, "DSA_TAG_BRCM", walk_dsa },
	{ 282, "DSA_TAG_BRCM_PREPEND", walk_brcm_prepend },
	{ 283, "DSA_TAG_DSA", walk_dsa },
	{ 284, "DSA_TAG_EDSA", walk_edsa },
	{ 274, "ETHERNET_MPACKET", walk_mpacket },
	{ 240, "NETANALYZER", walk_netanalyzer },
	{ 178, "JUNIPER_ETHER", walk_juniper },
	{ 6, "IEEE802_5", walk_token_ring },
	{ 10, "FDDI", walk_fddi },
	{ 129, "ARCNET_LINUX", walk_arcnet },
	{ 122, "IP_OVER_FC", walk_fibre_channel },
	{ 100, "ATM_RFC1483", walk_llc },
	{ 123, "SUNATM", walk_sunatm },
	{ 138, "APPLE_IP_OVER_IEEE1394", walk_firewire },
	{ 242, "IPOIB", walk_infiniband },
	{ 143, "DOCSIS", NULL },
	{ 187, "BLUETOOTH_HCI_H4", NULL },
	{ 189, "USB_LINUX", NULL },
	{ 195, "IEEE802_15_4_WITHFCS", NULL },
	{ 201, "BLUETOOTH_HCI_H4_WITH_PHDR", NULL },
	{ 220, "USB_LINUX_MMAPPED", NULL },
	{ 227, "CAN_SOCKETCAN", NULL },
	{ 243, "MPEG_2_TS", NULL },
	{ 247, "INFINIBAND", NULL },
	{ 249, "USBPCAP", NULL },
	{ 252, "WIRESHARK_UPPER_PDU", NULL },
	{ 253, "NETLINK", NULL },
	{ 267, "OPENFLOW", NULL },
	{ 271, "VSOCK", NULL },
};

static size_t find(uint32_t linktype)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types) && types[i].linktype != linktype; i++)
		;
	return i;
}

bool capture_link_known(uint32_t linktype)
{
	size_t i = find(linktype);

	return i < ARRAY_SIZE(types) && types[i].walk;
}

const char *capture_link_name(uint32_t linktype)
{
	size_t i = find(linktype);

	return i < ARRAY_SIZE(types) ? types[i].name : "unknown";
}

enum capture_ip walk_linktype(struct walk *w, uint32_t linktype, uint32_t off)
{
	size_t i = find(linktype);

	if (w->steps++ >= LINK_STEPS_MAX || i == ARRAY_SIZE(types) || !types[i].walk)
		return CAPTURE_OPAQUE;
	return types[i].walk(w, off);
}

enum capture_ip capture_link_of(uint32_t linktype, const uint8_t *data, uint32_t caplen,
				struct capture_link *ret)
{
	struct walk w = { .data = data, .len = caplen, .link = ret };

	*ret = (struct capture_link){ 0 };
	return walk_linktype(&w, linktype, 0);
}
