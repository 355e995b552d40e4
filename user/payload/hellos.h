/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The beginnings of QUIC connections that are under way: a hello may come in
 * several datagrams, and those of other flows in between. */
#pragma once

#include "quic.h"

/* So many at once; beyond that the one that was heard of the longest ago is
 * given up. */
#define HELLOS_MAX 64

struct hellos;

int hellos_open(struct hellos **ret);
void hellos_free(struct hellos *h);

static inline void hellos_freep(struct hellos **h)
{
	hellos_free(*h);
}

/* flow: a number that is no other flow's, not 0. Returns the hello that this
 * datagram completes, valid until the next call; NULL: there is none (yet). */
const struct quic_hello *hellos_add(struct hellos *h, uint64_t flow, const uint8_t *datagram,
				    size_t len);

/* 0, or why hellos cannot be read at all: -errno of quic_open(). */
int hellos_fault(const struct hellos *h);
