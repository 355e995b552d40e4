/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets from a capture file: pcap (draft-ietf-opsawg-pcap) and pcapng
 * (draft-ietf-opsawg-pcapng), in either byte order, from a file or a pipe. Of
 * pcapng it keeps what tells interfaces apart, several sections and link types
 * in one file included.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/util.h"

struct capture;

struct capture_interface {
	char name[64]; /* "": the file says none */
	uint32_t number; /* in its section, from 0 */
	uint32_t linktype; /* LINKTYPE_ of www.tcpdump.org/linktypes.html */
	uint32_t user; /* the caller's, 0 at first */
};

struct capture_packet {
	const uint8_t *data; /* from the link header on; until the next call */
	uint32_t caplen; /* bytes of data */
	uint32_t len; /* on the wire, caplen at least */
	uint64_t time; /* ns since 1970; the last packet's where it has none */
	struct capture_interface *interface; /* until the next call */
};

/*
 * path "-" is standard input. -errno of opening or reading it, or -EINVAL: it
 * is no capture.
 */
int capture_open(struct capture **ret, const char *path, struct fault *f);
void capture_free(struct capture *c);

static inline void capture_freep(struct capture **c)
{
	capture_free(*c);
}

/* 1: a packet, 0: the end, -EBADMSG: damaged or cut off here, -errno: cannot be
 * read on. After an error capture_fault() says where and why. */
int capture_next(struct capture *c, struct capture_packet *ret);
const char *capture_fault(const struct capture *c);

/* Back to the first packet. A pipe's bytes are kept for that as long as keep is
 * on, which it is at first. */
int capture_rewind(struct capture *c);
void capture_allow_rewind(struct capture *c, bool keep);

uint64_t capture_offset(const struct capture *c); /* bytes that were read */
uint64_t capture_size(const struct capture *c); /* 0: not known */
