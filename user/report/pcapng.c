/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pcapng.h"

#include <arpa/inet.h>
#include <byteswap.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/util.h"

#define SECTION 0x0a0d0d0aU /* the same in either byte order */
#define INTERFACE 1
#define PACKET 6

#define BYTE_ORDER_MAGIC 0x1a2b3c4dU
#define VERSION_MAJOR 1
#define LINKTYPE_LINUX_SLL 113
#define RESOLUTION_NS 9 /* 10^-9 s */

/* Option codes. 0 and 1 are common to all blocks (3.5). */
enum {
	OPT_ENDOFOPT = 0,
	OPT_COMMENT = 1,
	SHB_USERAPPL = 4,
	IF_NAME = 2,
	IF_DESCRIPTION = 3,
	IF_TSRESOL = 9,
	EPB_FLAGS = 2,
};

/* epb_flags, bits 0 and 1 (4.3.1) */
#define DIRECTION_INBOUND 1U
#define DIRECTION_OUTBOUND 2U

/* type and total length; at the end the total length again */
#define BLOCK_LEAST 12

static void put(struct pcapng *p, const void *data, size_t len)
{
	if (p->full || len > p->size - p->len) {
		p->full = true;
		return;
	}
	if (len)
		memcpy(p->buf + p->len, data, len);
	p->len += len;
}

static void put_u32(struct pcapng *p, uint32_t v)
{
	put(p, &v, sizeof(v));
}

static void put_u16(struct pcapng *p, uint16_t v)
{
	put(p, &v, sizeof(v));
}

/* Pads to 32 bits with zeros. */
static void put_padded(struct pcapng *p, const void *data, size_t len)
{
	static const uint8_t zeros[4];

	put(p, data, len);
	put(p, zeros, -len & 3);
}

static void put_option(struct pcapng *p, uint16_t code, const void *data, size_t len)
{
	put_u16(p, code);
	put_u16(p, (uint16_t)len);
	put_padded(p, data, len);
}

static void put_string(struct pcapng *p, uint16_t code, const char *s)
{
	size_t len = 0, n;

	if (!s)
		return;
	for (; s[len]; len += n) {
		text_rune(s + len, &n);
		if (len + n > PCAPNG_STRING_MAX)
			break;
	}
	put_option(p, code, s, len);
}

/* Returns the offset of the block. end_block() fills in its length. */
static size_t begin_block(struct pcapng *p, uint32_t type)
{
	size_t start = p->len;

	put_u32(p, type);
	put_u32(p, 0);
	return start;
}

static void end_block(struct pcapng *p, size_t start)
{
	uint32_t total;

	put_option(p, OPT_ENDOFOPT, NULL, 0);
	total = (uint32_t)(p->len - start + sizeof(total));
	put_u32(p, total);
	if (p->full)
		p->len = start; /* remove an incomplete block */
	else
		memcpy(p->buf + start + sizeof(uint32_t), &total, sizeof(total));
}

void pcapng_section(struct pcapng *p, const char *application)
{
	size_t start = begin_block(p, SECTION);

	put_u32(p, BYTE_ORDER_MAGIC);
	put_u16(p, VERSION_MAJOR);
	put_u16(p, 0);
	put_u32(p, UINT32_MAX); /* -1 in 64 bits: unspecified length */
	put_u32(p, UINT32_MAX);
	put_string(p, SHB_USERAPPL, application);
	end_block(p, start);
}

void pcapng_interface(struct pcapng *p, const struct pcapng_interface *i)
{
	size_t start = begin_block(p, INTERFACE);
	uint8_t resolution = RESOLUTION_NS;

	put_u16(p, LINKTYPE_LINUX_SLL);
	put_u16(p, 0);
	put_u32(p, i->snaplen);
	put_string(p, IF_NAME, i->name);
	put_string(p, IF_DESCRIPTION, i->description);
	put_option(p, IF_TSRESOL, &resolution, sizeof(resolution));
	end_block(p, start);
}

/*
 * The pseudo header, in network order: packet type, device type, length of the link address, 8
 * bytes for the address, ethertype.
 */
static void put_link(struct pcapng *p, const struct pcapng_packet *packet)
{
	static const uint8_t no_address[10];
	bool v6 = packet->caplen && packet->data[0] >> 4 == 6;

	put_u16(p, htons(packet->inbound ? PACKET_HOST : PACKET_OUTGOING));
	put_u16(p, htons(ARPHRD_NONE));
	put(p, no_address, sizeof(no_address));
	put_u16(p, htons(v6 ? ETH_P_IPV6 : ETH_P_IP));
}

void pcapng_packet(struct pcapng *p, const struct pcapng_packet *packet)
{
	uint64_t time =
		(uint64_t)packet->time.tv_sec * NSEC_PER_SEC + (uint64_t)packet->time.tv_nsec;
	uint32_t flags = packet->inbound ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
	size_t start = begin_block(p, PACKET);

	put_u32(p, packet->interface);
	put_u32(p, (uint32_t)(time >> 32));
	put_u32(p, (uint32_t)time);
	put_u32(p, PCAPNG_LINK_LEN + packet->caplen);
	put_u32(p, PCAPNG_LINK_LEN + packet->len);
	put_link(p, packet);
	put_padded(p, packet->data, packet->caplen);
	put_string(p, OPT_COMMENT, packet->comment);
	put_option(p, EPB_FLAGS, &flags, sizeof(flags));
	end_block(p, start);
}

/* --- the end of a file --- */

/* Walks through the blocks of a file: two small reads of each block, through a window. */
struct walk {
	int fd;
	bool swapped; /* the section's byte order is not this machine's */
	uint64_t size, from; /* size of the file; offset of the window */
	ssize_t len;
	uint8_t window[64 << 10];
};

/* 0 or -errno. -ENODATA: the file ends before the word. */
static int read_u32(struct walk *w, uint64_t at, uint32_t *ret)
{
	if (at + sizeof(*ret) > w->size)
		return -ENODATA;
	if (at < w->from || at + sizeof(*ret) > w->from + (uint64_t)w->len) {
		w->from = at;
		w->len = pread(w->fd, w->window, sizeof(w->window), (off_t)at);
		if (w->len < 0) {
			w->len = 0;
			return -errno;
		}
		if ((size_t)w->len < sizeof(*ret))
			return -ENODATA;
	}
	memcpy(ret, w->window + (at - w->from), sizeof(*ret));
	if (w->swapped)
		*ret = bswap_32(*ret);
	return 0;
}

static int read_byte_order(struct walk *w, uint64_t at)
{
	uint32_t magic;
	int r;

	w->swapped = false;
	r = read_u32(w, at + 8, &magic);
	if (r)
		return r;
	w->swapped = magic == bswap_32(BYTE_ORDER_MAGIC);
	return w->swapped || magic == BYTE_ORDER_MAGIC ? 0 : -EBADMSG;
}

/* Moves *at behind one block. */
static int step(struct walk *w, uint64_t *at)
{
	uint32_t type, total, again;
	int r;

	r = read_u32(w, *at, &type);
	if (!r && type == SECTION)
		r = read_byte_order(w, *at);
	if (!r)
		r = read_u32(w, *at + 4, &total);
	if (r)
		return r;
	if (total < BLOCK_LEAST || total % 4)
		return -EBADMSG;
	r = read_u32(w, *at + total - 4, &again);
	if (r)
		return r;
	if (again != total)
		return -EBADMSG;
	*at += total;
	return 0;
}

int pcapng_end(int fd, uint64_t *end)
{
	_cleanup_(freep) struct walk *w = malloc(sizeof(*w));
	struct stat st;
	uint32_t type;
	int r = 0;

	*end = 0;
	if (!w)
		return -ENOMEM;
	if (fstat(fd, &st) < 0)
		return -errno;
	w->fd = fd;
	w->swapped = false;
	w->size = (uint64_t)st.st_size;
	w->from = 0;
	w->len = 0; /* the window is empty */
	if (!w->size)
		return 0;
	r = read_u32(w, 0, &type);
	if (!r && type == SECTION)
		r = read_byte_order(w, 0);
	else if (!r)
		r = -EBADMSG;
	if (r == -EBADMSG || r == -ENODATA)
		return -ENOMSG;
	while (!r && *end < w->size)
		r = step(w, end);
	return r == -ENODATA ? 0 : r;
}
