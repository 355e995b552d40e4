/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads packets of a capture: pcap (draft-ietf-opsawg-pcap) or pcapng (draft-ietf-opsawg-pcapng),
 * in either byte order, from a file or a pipe. A pcapng file may have several sections, interfaces
 * and link types.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/util.h"

struct capture;

struct capture_interface {
	char name[64]; /* "": the file has none */
	char description[64]; /* of Windows' interfaces, whose names are GUIDs; "": none */
	bool described; /* by pcapng */
	uint32_t number; /* number in its section, from 0 */
	uint32_t linktype; /* LINKTYPE_ value, see www.tcpdump.org/linktypes.html */
	uint32_t user; /* for the caller; 0 at first */
};

struct capture_packet {
	const uint8_t *data; /* from the link header on; valid until the next call */
	uint32_t caplen; /* bytes of data */
	uint32_t len; /* bytes on the wire, at least caplen */
	uint64_t time; /* ns since 1970; if it has none that of the packet before, or 0 */
	uint8_t direction; /* enum capture_direction, as pcapng's flags tell it */
	struct capture_interface *interface; /* valid until the next call */
};

/*
 * path "-" is standard input. Returns -errno if it cannot be opened or read, -EINVAL if it is not a
 * capture.
 */
int capture_open(struct capture **ret, const char *path, struct fault *f);
void capture_free(struct capture *c);

static inline void capture_freep(struct capture **c)
{
	capture_free(*c);
}

/*
 * 1: a packet. 0: the end. -EBADMSG: damaged or cut off here. Other -errno: a read failed. After an
 * error capture_fault() describes where and why.
 */
int capture_next(struct capture *c, struct capture_packet *ret);
/*
 * Whether the next call neither reads nor ends a section: the packets and interfaces that were
 * returned stay valid.
 */
bool capture_has_next(const struct capture *c);
const char *capture_fault(const struct capture *c);

/*
 * Goes back to the first packet. For this the bytes of a pipe are kept in memory until
 * capture_allow_rewind() is called with keep false.
 */
int capture_rewind(struct capture *c);
void capture_allow_rewind(struct capture *c, bool keep);

/* When its file was written, or now for a pipe: ns since 1970. For packets without a time. */
uint64_t capture_time(const struct capture *c);

/* Whether it can be read to its end, and then once more. */
bool capture_can_reread(const struct capture *c);

uint64_t capture_offset(const struct capture *c); /* bytes read so far */
uint64_t capture_size(const struct capture *c); /* bytes of the file; 0: unknown */
