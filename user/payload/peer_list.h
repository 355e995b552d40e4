/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoints of torrent clients that messages tell: lists of peers from trackers (BEP 15, BEP 23,
 * BEP 7), nodes of the DHT (BEP 5, BEP 32) and other peers (BEP 11), and the port that a sender
 * announces as its own.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

typedef void (*peer_list_fn)(void *arg, const struct la_addr *addr, uint16_t port);

/* The peers in a bencoded message, or in an HTTP answer or a peer's message around one. */
void peer_list_bencoded(const uint8_t *p, size_t len, peer_list_fn fn, void *arg);
/* Peers one behind the other, as in an answer of a UDP tracker. family: 4 or 6. */
void peer_list_compact(const uint8_t *p, size_t len, int family, peer_list_fn fn, void *arg);

/*
 * The port at which the sender of a message can be reached by its own word: an announce by HTTP or
 * to a node of the DHT, local service discovery (BEP 14). 0: it tells none.
 */
uint16_t peer_list_own_port(const uint8_t *p, size_t len);
