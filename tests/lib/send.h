/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the packet sender share: send.c has the options and AF_INET's ways,
 * send_packet.c has AF_PACKET's.
 */
#pragma once

#include <netinet/ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define MAX_PAYLOAD 65507 /* UDP's over IPv4: 65535 less both headers */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

enum protocol { UDP, TCP, PACKET };

struct send_options {
	enum protocol protocol;
	union address destination, source;
	socklen_t address_len;
	struct ether_addr mac;
	const char *bind_device, *unicast_if, *pktinfo, *interface;
	int gso, count;
	unsigned int hold;
	bool connect, qdisc_bypass, qdisc_bypass_32, lines, has_source;
	unsigned char payload[MAX_PAYLOAD];
	size_t payload_len;
};

/* Both end the program, with the reason, where they fail. */
unsigned int ifindex_of(const char *name);
void set_option(int fd, int level, int option, const void *value, socklen_t len, const char *what);

int open_packet(const struct send_options *o);
void send_packet(int fd, const struct send_options *o, const void *payload, size_t len);
