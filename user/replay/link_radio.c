/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IEEE 802.11, and what captures put in front of it: radiotap, Prism, AVS, PPI. */
#include "link_priv.h"

#define TYPE_DATA 2
#define SUBTYPE_NULL 0x40 /* without a body */
#define SUBTYPE_QOS 0x80
#define TO_DS 0x01
#define FROM_DS 0x02
#define PROTECTED 0x40
#define HT_CONTROL 0x80
#define AGGREGATE 0x80 /* of the QoS field: several packets in one frame */

/* Addresses by the direction, IEEE 802.11 9.3.2.1. */
static void take_addresses(struct walk *w, uint32_t off, uint8_t flags)
{
	uint32_t from = off + 10, to = off + 4;

	if (flags & TO_DS)
		to = off + 16;
	if (flags & FROM_DS)
		from = flags & TO_DS ? off + 24 : off + 16;
	w->link->from = mac_at(w, from);
	w->link->to = mac_at(w, to);
}

enum capture_ip walk_80211(struct walk *w, uint32_t off)
{
	uint32_t size = 24;
	uint8_t control, flags;

	if (!have(w, off, 2))
		return CAPTURE_CUT;
	control = w->data[off];
	flags = w->data[off + 1];
	if ((control >> 2 & 3) != TYPE_DATA || control & SUBTYPE_NULL)
		return CAPTURE_NOT_IP;
	if ((flags & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS))
		size += 6;
	if (control & SUBTYPE_QOS)
		size += flags & HT_CONTROL ? 6 : 2;
	if (!have(w, off, size))
		return CAPTURE_CUT;
	take_addresses(w, off, flags);
	if (flags & PROTECTED || w->data[off + 22] & 0x0f) /* encrypted, or a later fragment */
		return CAPTURE_OPAQUE;
	if (control & SUBTYPE_QOS) {
		uint32_t qos = off + size - (flags & HT_CONTROL ? 6 : 2);

		if (w->data[qos] & AGGREGATE)
			return CAPTURE_OPAQUE;
	}
	return walk_llc(w, off + size);
}

/*
 * The fields before the flags (www.radiotap.org): only a time of 8 bytes. Of the flags one says
 * that the header is padded to words.
 */
static bool is_padded(const struct walk *w, uint32_t off, uint32_t len)
{
	uint32_t present = le32(w->data + off + 4), at = 8, word = present;

	while (word >> 31) {
		if (at + 4 > len)
			return false;
		word = le32(w->data + off + at);
		at += 4;
	}
	if (present & 1)
		at = (at + 7) / 8 * 8 + 8;
	return present & 2 && at < len && w->data[off + at] & 0x20;
}

enum capture_ip walk_radiotap(struct walk *w, uint32_t off)
{
	uint32_t len, size;
	enum capture_ip found;

	if (!have(w, off, 8))
		return CAPTURE_CUT;
	len = le16(w->data + off + 2);
	if (w->data[off] || len < 8)
		return CAPTURE_OPAQUE;
	if (!have(w, off, len))
		return CAPTURE_CUT;
	found = walk_80211(w, off + len);
	/* the header of a frame with QoS, or with four addresses, is no whole number of words */
	if (found != CAPTURE_OPAQUE || !is_padded(w, off, len))
		return found;
	size = (w->data[off + len + 1] & 3) == 3 ? 30 : 24;
	size += w->data[off + len] & SUBTYPE_QOS ? 2 : 0;
	if (w->data[off + len + 1] & (PROTECTED | HT_CONTROL) || size % 4 == 0)
		return found;
	return walk_llc(w, off + len + (size + 3) / 4 * 4);
}

enum capture_ip walk_avs(struct walk *w, uint32_t off)
{
	uint32_t len;

	if (!have(w, off, 8))
		return CAPTURE_CUT;
	len = la_get32(w->data + off + 4);
	if (len < 8 || len > 0xffff)
		return CAPTURE_OPAQUE;
	return have(w, off, len) ? walk_80211(w, off + len) : CAPTURE_CUT;
}

/* In the byte order of the machine that captured. Some drivers write AVS in its place. */
enum capture_ip walk_prism(struct walk *w, uint32_t off)
{
	uint32_t len;

	if (!have(w, off, 8))
		return CAPTURE_CUT;
	if ((la_get32(w->data + off) & 0xfffff000) == 0x80211000)
		return walk_avs(w, off);
	len = le32(w->data + off + 4);
	if (len > 0xffff)
		len = la_get32(w->data + off + 4);
	if (len < 8 || len > 0xffff)
		return CAPTURE_OPAQUE;
	return have(w, off, len) ? walk_80211(w, off + len) : CAPTURE_CUT;
}

/* Its length, and the link type of what follows. */
enum capture_ip walk_ppi(struct walk *w, uint32_t off)
{
	uint32_t len;

	if (!have(w, off, 8))
		return CAPTURE_CUT;
	len = le16(w->data + off + 2);
	if (len < 8)
		return CAPTURE_OPAQUE;
	return walk_linktype(w, le32(w->data + off + 4), off + len);
}
