/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Evidence to send to a pcap sink, and a strict reader of what it has written. */
#pragma once

#include "sinks.h"

struct block_packet {
	char interface[256]; /* "": it has no name */
	char description[256];
	char comment[256];
	uint64_t ns;
	uint32_t caplen, len, flags; /* lengths without the pseudo header */
	const uint8_t *data; /* from the IP header on */
};

/* What a file or pipe holds. */
struct blocks {
	uint8_t *bytes;
	size_t size;
	unsigned int sections, interfaces;
	struct block_packet *packets;
	size_t n;
};

/* Everything that is there. False, and a "#" line, at the first byte that the
 * draft does not allow or that we do not write; what was read so far is kept. */
bool blocks_read(int fd, struct blocks *b);
bool blocks_load(const char *path, struct blocks *b);
void blocks_free(struct blocks *b);

/* A leaked packet of `bytes` bytes; its first four are the number n. */
int send_packet(struct sink *s, uint32_t n, const char *interface, uint32_t bytes);
/* The number of a packet that was read. */
uint32_t packet_number(const struct block_packet *p);

/* How many packets tcpdump reads in the file; -1: it complains, -2: there is none. */
int tcpdump_reads(const char *path);
