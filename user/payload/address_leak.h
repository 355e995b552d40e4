/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a message tells of the machine's own addresses outside the tunnel,
 * although it is itself sent through the tunnel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* The addresses of the exposed interfaces, those that address_leak_counts(). */
struct address_leak_addrs {
	const struct la_addr *v;
	size_t n;
};

/* Whether an address identifies a machine to others: private ones do, those of
 * every machine (loopback, link-local) do not. */
bool address_leak_counts(const struct la_addr *a);

/*
 * Whether the payload, from the beginning of a datagram or segment, tells one of
 * own, which is then *ret. proto: IPPROTO_UDP or IPPROTO_TCP. It may be cut off
 * at its end. Known forms, each recognised by itself: requests to trackers
 * (BEP 3, 7, 15), what peers tell in extension messages (BEP 10, 11), also in
 * uTP (BEP 29), DHT answers (BEP 5, 32), STUN and TURN (RFC 8489, 8656, 5780),
 * and SDP with candidates of ICE in clear text (RFC 8866, 8839). In forms that
 * speak of other machines a private address is not taken for ours, since others
 * have the same.
 */
bool address_leak_find(uint8_t proto, const uint8_t *payload, size_t len,
		       const struct address_leak_addrs *own, struct la_addr *ret);
