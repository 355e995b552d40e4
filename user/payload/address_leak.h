/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds addresses of this machine's exposed interfaces in messages that are sent through the
 * tunnel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* Addresses of exposed interfaces for which address_leak_counts() is true. */
struct address_leak_addrs {
	const struct la_addr *v;
	size_t n;
};

/*
 * Whether an address identifies a machine to others. A private address does. An address that every
 * machine has (loopback, link-local) does not.
 */
bool address_leak_counts(const struct la_addr *a);

/*
 * Whether the payload contains one of own; that address is stored in *ret. The payload starts with
 * a datagram or a segment and may be cut off at its end. proto: IPPROTO_UDP or IPPROTO_TCP.
 *
 * Each of these forms is recognised by itself:
 * - announces to trackers (BEP 3, 7, 15)
 * - extension messages between peers (BEP 10, 11), also in uTP (BEP 29)
 * - DHT answers (BEP 5, 32)
 * - STUN and TURN (RFC 8489, 8656, 5780)
 * - SDP with ICE candidates in clear text (RFC 8866, 8839)
 *
 * Some forms also carry addresses of other machines. There a private address is not taken for ours,
 * since others have the same.
 */
bool address_leak_find(uint8_t proto, const uint8_t *payload, size_t len,
		       const struct address_leak_addrs *own, struct la_addr *ret);
