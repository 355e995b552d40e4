/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes blocks of pcapng (draft-ietf-opsawg-pcapng) into memory, and finds the end of the blocks
 * in a file. Block types are from the draft: Section Header (4.1), Interface Description (4.2),
 * Enhanced Packet (4.3). Byte order is the machine's, as the section header declares. Times are
 * nanoseconds since 1970.
 *
 * A pseudo header before the IP header has the direction (LINKTYPE_LINUX_SLL, 113, of
 * www.tcpdump.org/linktypes.html). LINKTYPE_RAW has no pseudo header, but libpcap cannot read a
 * file with two such interfaces: it compares its own number for it, 12, with 101 (seen with
 * 1.10.3).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* A longer string is cut between two code points. */
#define PCAPNG_STRING_MAX 255
/*
 * Limit of a section block, an interface block with the longest strings, and a packet block with
 * its comment but without its data.
 */
#define PCAPNG_BLOCK_MAX 1024

#define PCAPNG_LINK_LEN 16 /* bytes of the pseudo header */

/* A buffer for blocks. A block that does not fit is left out and sets full. */
struct pcapng {
	uint8_t *buf;
	size_t size, len;
	bool full;
};

struct pcapng_interface {
	const char *name; /* NULL: unknown */
	const char *description; /* NULL: none */
	/*
	 * The most bytes that are kept of a packet, with the pseudo header. libpcap requires the
	 * same value for every interface of a file.
	 */
	uint32_t snaplen;
};

struct pcapng_packet {
	uint32_t interface; /* number of the interface in its section, from 0 */
	struct timespec time; /* CLOCK_REALTIME */
	const uint8_t *data; /* from the IP header on */
	uint32_t caplen; /* bytes of data */
	uint32_t len; /* bytes of the whole packet */
	bool inbound;
	const char *comment; /* UTF-8; NULL: none */
};

/* Begins a section of unspecified length. Its interfaces are numbered from 0. */
void pcapng_section(struct pcapng *p, const char *application);
void pcapng_interface(struct pcapng *p, const struct pcapng_interface *i);
void pcapng_packet(struct pcapng *p, const struct pcapng_packet *packet);

/*
 * Finds the end of the last complete block of a file. Sections may have either byte order. 0: *end
 * is below the file's size if a writer was stopped within a block. -ENOMSG: the file does not begin
 * as pcapng. -EBADMSG: what is at *end is not a block. Else -errno of reading.
 */
int pcapng_end(int fd, uint64_t *end);
