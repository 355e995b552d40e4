/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QUIC handshakes in progress. A hello may take several datagrams, with datagrams of other flows in
 * between.
 */
#pragma once

#include "quic.h"

/*
 * The number of handshakes in progress. With more, the one unused for the longest time is given up.
 */
#define HELLOS_MAX 64

struct hellos;

int hellos_open(struct hellos **ret);
void hellos_free(struct hellos *h);

static inline void hellos_freep(struct hellos **h)
{
	hellos_free(*h);
}

/*
 * flow: a number other than 0 that no other flow has. Returns the hello that this datagram
 * completes, or NULL. The hello is valid until the next call.
 */
const struct quic_hello *hellos_add(struct hellos *h, uint64_t flow, const uint8_t *datagram,
				    size_t len);

/* 0, or the -errno of quic_open() if no hello can be read. */
int hellos_fault(const struct hellos *h);
