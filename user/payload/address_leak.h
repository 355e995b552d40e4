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

/* In what an address is told: its name in JSON, and words for people. */
#define ADDRESS_LEAK_FORMS(X)                                                       \
	X(NONE, "", "")                                                             \
	X(SOURCE, "source", "the source address of a packet")                       \
	X(CANDIDATE, "candidate", "an ICE candidate (RFC 8839, XEP-0176)")          \
	X(SDP, "sdp", "a session description (RFC 8866)")                           \
	X(SIP, "sip", "a header of SIP (RFC 3261)")                                 \
	X(HTTP, "http", "a header of HTTP or RTSP that names a client or a server") \
	X(FTP, "ftp", "where FTP's data is sent to (RFC 959, 2428)")                \
	X(SMTP, "smtp", "a mail client's greeting (RFC 5321)")                      \
	X(IRC, "irc", "an offer of a direct connection (DCC)")                      \
	X(STUN, "stun", "an attribute of STUN or TURN (RFC 8489, 8656, 5780)")      \
	X(TRACKER, "tracker", "an announce to a tracker (BEP 3, 7, 15)")            \
	X(PEER, "peer", "an extension message of a peer, also in uTP (BEP 10, 11)") \
	X(DHT, "dht", "an answer of the DHT (BEP 5, 32)")

enum address_leak_form {
#define X(name, json, help) ADDRESS_LEAK_##name,
	ADDRESS_LEAK_FORMS(X)
#undef X
		ADDRESS_LEAK_MAX
};

/* The form's name in JSON. */
const char *address_leak_name(enum address_leak_form form);

/* The class of a message with that form, which was labelled with cls (enum la_class). */
uint8_t address_leak_class(enum address_leak_form form, uint8_t cls);

/*
 * The form in which the payload contains one of own, or NONE; that address is stored in *ret. The
 * payload starts with a datagram or a segment and may be cut off at its end. proto: IPPROTO_UDP or
 * IPPROTO_TCP.
 *
 * Text is found in strings of JSON, in forms of HTTP (percent-encoded) and in masked WebSocket
 * messages, too. Some forms also carry addresses of other machines. There a private address is not
 * taken for ours, since others have the same.
 */
enum address_leak_form address_leak_find(uint8_t proto, const uint8_t *payload, size_t len,
					 const struct address_leak_addrs *own, struct la_addr *ret);
