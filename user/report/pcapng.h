/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of pcapng (draft-ietf-opsawg-pcapng), written into memory, and where
 * the blocks of a file end. Block numbers are those of the draft's sections:
 * Section Header (4.1), Interface Description (4.2), Enhanced Packet (4.3).
 * Byte order is the machine's, as the section header says; times are
 * nanoseconds since 1970.
 *
 * Before the IP header stands a pseudo header that tells the direction
 * (LINKTYPE_LINUX_SLL, 113, of www.tcpdump.org/linktypes.html). LINKTYPE_RAW has
 * none, but libpcap reads no file with two such interfaces: it compares its own
 * number of it, 12, with 101 (seen with 1.10.3).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* A string longer than that is cut between two code points. */
#define PCAPNG_STRING_MAX 255
/* A section and an interface with the longest strings stay below it, and so
 * does a packet with its comment, without its data. */
#define PCAPNG_BLOCK_MAX 1024

#define PCAPNG_LINK_LEN 16 /* of the pseudo header */

/* Blocks one after the other; what does not fit is left out and sets full. */
struct pcapng {
	uint8_t *buf;
	size_t size, len;
	bool full;
};

struct pcapng_interface {
	const char *name; /* NULL: not known */
	const char *description; /* NULL: none */
	/* No packet has more bytes kept, the pseudo header included. libpcap wants
	 * the same for every interface of a file. */
	uint32_t snaplen;
};

struct pcapng_packet {
	uint32_t interface; /* counted from 0 in each section */
	struct timespec time; /* CLOCK_REALTIME */
	const uint8_t *data; /* from the IP header on */
	uint32_t caplen; /* bytes of data */
	uint32_t len; /* of the packet */
	bool inbound;
	const char *comment; /* UTF-8; NULL: none */
};

/* Begins a section of unspecified length: interfaces are counted anew. */
void pcapng_section(struct pcapng *p, const char *application);
void pcapng_interface(struct pcapng *p, const struct pcapng_interface *i);
void pcapng_packet(struct pcapng *p, const struct pcapng_packet *packet);

/*
 * Where the whole blocks of a file end. Sections of either byte order are
 * understood. 0, and *end is below the file's size where a writer was stopped
 * in the middle of a block; -ENOMSG: the file does not begin as pcapng;
 * -EBADMSG: at *end is something else than a block; or -errno of reading.
 */
int pcapng_end(int fd, uint64_t *end);
