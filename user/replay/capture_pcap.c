/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcap: draft-ietf-opsawg-pcap. A header of 24 bytes, then packets. Each has a header of 16 bytes
 * with its time, captured length and length.
 */
#include <errno.h>

#include "capture_priv.h"

#define FILE_HEADER 24
#define RECORD_HEADER 16

#define MAGIC_MICRO 0xa1b2c3d4
#define MAGIC_NANO 0xa1b23c4d

/* The snaplen of a capture without a limit. Writers that do not know theirs use it, too. */
#define SNAPLEN_USUAL 262144

static int next(struct capture *c, struct capture_packet *ret)
{
	const uint8_t *h = capture_need(c, RECORD_HEADER);
	uint32_t caplen, len;

	if (!h)
		return capture_ended(c, "the header of a packet");
	caplen = capture_32(c, h + 8);
	len = capture_32(c, h + 12);
	if (caplen > c->snaplen)
		return capture_damaged(c, 8, "a packet of %u bytes, more than the possible %u",
				       caplen, c->snaplen);
	c->time = capture_32(c, h) * NSEC_PER_SEC + capture_32(c, h + 4) * c->tick;
	h = capture_need(c, RECORD_HEADER + (size_t)caplen);
	if (!h)
		return capture_ended(c, "a packet");
	*ret = (struct capture_packet){
		.data = h + RECORD_HEADER,
		.caplen = caplen,
		.len = MAX(len, caplen),
		.time = c->time,
		.interface = &c->only,
	};
	capture_skip(c, RECORD_HEADER + (size_t)caplen);
	return 1;
}

static bool has_next(const struct capture *c, const uint8_t *b, size_t n)
{
	return n >= RECORD_HEADER && n - RECORD_HEADER >= capture_32(c, b + 8);
}

bool capture_pcap_begins(struct capture *c, const uint8_t *b, size_t n)
{
	uint32_t magic;

	if (n < sizeof(magic))
		return false;
	memcpy(&magic, b, sizeof(magic));
	c->swapped = magic == __builtin_bswap32(MAGIC_MICRO) ||
		     magic == __builtin_bswap32(MAGIC_NANO);
	magic = capture_32(c, b);
	c->tick = magic == MAGIC_MICRO ? 1000 : 1;
	c->next = next;
	c->has_next = has_next;
	return magic == MAGIC_MICRO || magic == MAGIC_NANO;
}

int capture_pcap_header(struct capture *c)
{
	const uint8_t *h = capture_need(c, FILE_HEADER);
	uint32_t snaplen;

	if (!h)
		return capture_ended(c, "its header") ?: -EBADMSG;
	if (capture_16(c, h + 4) != 2)
		return capture_damaged(c, 4, "version %u.%u of the format is not known",
				       capture_16(c, h + 4), capture_16(c, h + 6));
	snaplen = capture_32(c, h + 16);
	c->snaplen = MIN(MAX(snaplen, SNAPLEN_USUAL), CAPTURE_BLOCK_MAX);
	/* the upper half is the length of the frame check sequence */
	c->only.linktype = capture_32(c, h + 20) & 0xffff;
	capture_skip(c, FILE_HEADER);
	return 0;
}
