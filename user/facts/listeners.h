/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who serves a port of this machine. */
#pragma once

#include "network/nl.h"

/*
 * Whether a socket accepts connections (TCP), or takes datagrams from anybody for any address
 * (UDP): what leaves from there is an answer. nl: of NETLINK_SOCK_DIAG.
 */
bool listeners_has(struct nl *nl, uint8_t proto, uint16_t port);

/* A socket that takes what anybody sends to the address; all zero: to any. */
struct listener {
	struct la_addr addr;
	uint16_t port; /* host order */
	uint64_t inode;
};

/* Calls fn for each on the port; 0: on every one. */
typedef void listener_fn(void *arg, const struct listener *l);
void listeners_each(struct nl *nl, uint8_t proto, uint16_t port, listener_fn *fn, void *arg);
/* The same on any port, of IPv4 only those at that very address. */
void listeners_at(struct nl *nl, uint8_t proto, const struct la_addr *addr, listener_fn *fn,
		  void *arg);

/* Who listens at a path in our network namespace. */
struct unix_listener {
	const char *path;
	uint64_t inode; /* of the socket; 0: none does */
};

/* Finds all of them at once: each look goes through all Unix sockets of the machine. */
void listeners_unix(struct unix_listener *v, size_t n);
