/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by capture_link.c (the link types), link_ether.c (what follows an ethertype), link_ppp.c,
 * link_radio.c and link_pseudo.c (headers that a capture adds).
 */
#pragma once

#include "capture_link.h"
#include "core/parse.h"
#include "base/util.h"

/*
 * Headers within headers that are stepped over: more than anybody stacks. The limit bounds the work
 * on a frame that is all tags.
 */
#define LINK_STEPS_MAX 16

struct walk {
	const uint8_t *data;
	uint32_t len;
	unsigned int steps;
	struct capture_link *link;
};

typedef enum capture_ip link_fn(struct walk *w, uint32_t off);

static inline bool have(const struct walk *w, uint32_t off, uint32_t n)
{
	return off <= w->len && n <= w->len - off;
}

static inline uint64_t mac_at(const struct walk *w, uint32_t off)
{
	return (uint64_t)la_get16(w->data + off) << 32 | la_get32(w->data + off + 2);
}

static inline uint32_t le16(const uint8_t *b)
{
	return (uint32_t)b[1] << 8 | b[0];
}

static inline uint32_t le32(const uint8_t *b)
{
	return __builtin_bswap32(la_get32(b));
}

static inline void walk_set_direction(struct walk *w, bool out)
{
	w->link->direction = out ? CAPTURE_OUT : CAPTURE_IN;
}

/* An IP header is at off. */
enum capture_ip walk_found(struct walk *w, uint16_t ethertype, uint32_t off);
/* An IP header of either version is at off, or none. */
enum capture_ip walk_raw(struct walk *w, uint32_t off);
/* A frame of another link type is at off. */
enum capture_ip walk_linktype(struct walk *w, uint32_t linktype, uint32_t off);

/* off: of the two MAC addresses, of an ethertype or length, of what follows the ethertype. */
enum capture_ip walk_ethernet(struct walk *w, uint32_t off);
enum capture_ip walk_type(struct walk *w, uint32_t off);
enum capture_ip walk_ethertype(struct walk *w, uint16_t type, uint32_t off);
enum capture_ip walk_mpls(struct walk *w, uint32_t off);
/* IEEE 802.2; the organisation's number within it */
enum capture_ip walk_llc(struct walk *w, uint32_t off);
enum capture_ip walk_snap(struct walk *w, uint32_t off);

/* off: of the protocol, of address and control, of PPPoE's version */
enum capture_ip walk_ppp_protocol(struct walk *w, uint32_t off);
link_fn walk_ppp, walk_pppoe, walk_ppp_direction, walk_chdlc, walk_frame_relay, walk_nlpid;

link_fn walk_80211, walk_radiotap, walk_prism, walk_avs, walk_ppi;

link_fn walk_cooked, walk_cooked2, walk_loopback, walk_enc, walk_pflog, walk_nflog, walk_pktap,
	walk_ipnet, walk_juniper, walk_slip;

link_fn walk_fddi, walk_token_ring, walk_arcnet, walk_fibre_channel, walk_sunatm, walk_infiniband,
	walk_firewire, walk_dsa, walk_edsa, walk_brcm_prepend, walk_mpacket, walk_netanalyzer;
