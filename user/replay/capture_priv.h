/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by capture.c, the bytes, and capture_pcap.c and capture_ng.c, the two
 * formats. */
#pragma once

#include <string.h>

#include "capture.h"

/* No link layer's packets are longer (what libpcap calls MAXIMUM_SNAPLEN is 256
 * KiB); a length beyond it is damage. */
#define CAPTURE_BLOCK_MAX (16U << 20)

#define CAPTURE_MAGIC_NG 0x0a0d0d0a

/* How the clock of an interface counts: ns = offset + ticks * mult / div, or
 * ticks / 2^shift seconds where shift is not 0. */
struct capture_clock {
	uint64_t mult, div;
	unsigned int shift;
	uint64_t offset; /* ns */
	bool unusable;
};

struct capture_ng_interface {
	struct capture_interface self; /* first: the caller's pointer is ours */
	struct capture_clock clock;
	uint32_t snaplen; /* 0: no limit */
};

struct capture {
	int fd;
	bool seekable, ended, keep;
	uint64_t first, size; /* where the capture begins in its file; its end */
	uint8_t *buf;
	size_t room, start, end;
	uint64_t offset; /* of buf[start], from first */
	int (*next)(struct capture *c, struct capture_packet *ret);
	bool swapped;
	uint64_t time; /* of the last packet */
	struct fault fault; /* capture_fault() */

	/* pcap */
	struct capture_interface only;
	uint64_t tick; /* ns */
	uint32_t snaplen;

	/* pcapng: the interfaces of this section */
	struct capture_ng_interface **interfaces;
	size_t n_interfaces;
};

/* The next n bytes, which stay the next ones until capture_skip(). NULL: there
 * are fewer, or, where errno is not 0, they cannot be read. */
const uint8_t *capture_need_slow(struct capture *c, size_t n);

static inline const uint8_t *capture_need(struct capture *c, size_t n)
{
	return c->end - c->start >= n ? c->buf + c->start : capture_need_slow(c, n);
}

static inline void capture_skip(struct capture *c, size_t n)
{
	c->start += n;
	c->offset += n;
}

/* Says it of the place that is `behind` bytes further on; returns -EBADMSG. */
int capture_damaged(struct capture *c, size_t behind, const char *fmt, ...) _printf_(3, 4);
/* The same for an end in the middle of what; 0 where it is the end of all. */
int capture_ended(struct capture *c, const char *what);

static inline uint16_t capture_16(const struct capture *c, const uint8_t *b)
{
	uint16_t v;

	memcpy(&v, b, sizeof(v));
	return c->swapped ? __builtin_bswap16(v) : v;
}

static inline uint32_t capture_32(const struct capture *c, const uint8_t *b)
{
	uint32_t v;

	memcpy(&v, b, sizeof(v));
	return c->swapped ? __builtin_bswap32(v) : v;
}

/* What begins with such bytes is that format: then c->next is set. */
bool capture_pcap_begins(struct capture *c, const uint8_t *b, size_t n);
bool capture_ng_begins(struct capture *c, const uint8_t *b, size_t n);

/* pcap: takes the file's header. */
int capture_pcap_header(struct capture *c);
void capture_ng_clear(struct capture *c);
