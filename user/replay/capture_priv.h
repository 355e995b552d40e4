/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by capture.c, which reads bytes, and by capture_pcap.c and capture_ng.c, which parse the
 * two formats.
 */
#pragma once

#include <string.h>

#include "capture.h"
#include "unpack.h"

/*
 * No link layer has longer packets (libpcap's MAXIMUM_SNAPLEN is 256 KiB). A longer length means
 * damage.
 */
#define CAPTURE_BLOCK_MAX (16U << 20)

/* The last moment that a time of an event can say: the year 2262. */
#define CAPTURE_TIME_MAX INT64_MAX

#define CAPTURE_MAGIC_NG 0x0a0d0d0a

/*
 * Converts the ticks of an interface's clock: ns = offset + ticks * mult / div. If shift is not 0,
 * a second is 2^shift ticks.
 */
struct capture_clock {
	uint64_t mult, div;
	unsigned int shift;
	__int128 offset; /* ns */
	bool unusable;
};

struct capture_ng_interface {
	/* the first member: the caller's pointer is converted back */
	struct capture_interface self;
	struct capture_clock clock;
	uint32_t snaplen; /* 0: no limit */
};

struct capture {
	int fd;
	struct unpack *unpack; /* NULL: what is read is the capture itself */
	bool seekable, ended, keep;
	uint64_t first, size; /* offset of the capture in its file; size of the file */
	uint8_t *buf;
	size_t room, start, end;
	uint64_t offset; /* offset of buf[start], counted from first */
	int (*next)(struct capture *c, struct capture_packet *ret);
	/* whether the n bytes at b, all that were read, begin with a packet */
	bool (*has_next)(const struct capture *c, const uint8_t *b, size_t n);
	bool swapped;
	uint64_t time; /* time of the last packet */
	uint64_t written; /* returned by capture_time() */
	struct fault fault; /* returned by capture_fault() */

	/* pcap */
	struct capture_interface only;
	uint64_t tick; /* ns */
	uint32_t snaplen;

	/* pcapng: the interfaces of this section */
	struct capture_ng_interface **interfaces;
	size_t n_interfaces;
};

/*
 * Returns the next n bytes without taking them: capture_skip() does. NULL: there are fewer, or, if
 * errno is not 0, a read failed.
 */
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

/* Records damage `behind` bytes after the current offset for capture_fault(). Returns -EBADMSG. */
int capture_damaged(struct capture *c, size_t behind, const char *fmt, ...) _printf_(3, 4);
/* Records an end within `what`. Returns 0 at the end of the input. */
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

/* Whether the bytes begin that format. If so, c->next is set. */
bool capture_pcap_begins(struct capture *c, const uint8_t *b, size_t n);
bool capture_ng_begins(struct capture *c, const uint8_t *b, size_t n);

/* pcap: takes the file header. */
int capture_pcap_header(struct capture *c);
void capture_ng_clear(struct capture *c);
