/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a QUIC client tells of where it goes: its ClientHello, from the Initial
 * packets that it begins with (RFC 9000 17.2.2). They are encrypted with keys
 * that follow from the connection id in them (RFC 9001 5.2), so that whoever
 * sees them can read them. Versions 1, 2 (RFC 9369) and the drafts 29 to 34.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/known_resolvers.h"

/* A hello that is longer is read as far as this. */
#define QUIC_HELLO_MAX 4096
/* After so many datagrams without a whole hello there will be none. */
#define QUIC_DATAGRAMS_MAX 16

struct quic_hello {
	char name[256]; /* server's name, as sent; "": none */
	uint8_t alpn; /* enum la_alpn of tls.h: the first protocol offered */
};

/* One client's beginning: put together from frames in any order, of several
 * packets and datagrams. */
struct quic;

/* -ENOMEM; -ELIBACC: crypto_library cannot be loaded; -ENOTSUP: it will not do
 * AES-128-GCM or HMAC-SHA256. */
int quic_open(struct quic **ret);
void quic_free(struct quic *q);

static inline void quic_freep(struct quic **q)
{
	quic_free(*q);
}

/* Forgets what was added: the same object may serve the next flow. */
void quic_reset(struct quic *q);

/*
 * A datagram of the client's, whole. 1: the hello is complete; 0: more of it is
 * to come; -EBADMSG: it has no Initial of a client in it, or the message in
 * there is no ClientHello; -E2BIG: QUIC_DATAGRAMS_MAX were not enough. One that
 * has no Initial in it changes nothing.
 */
int quic_add(struct quic *q, const uint8_t *datagram, size_t len);

/* NULL until quic_add() has answered 1. q's, until its reset or end. */
const struct quic_hello *quic_hello(const struct quic *q);

/* LA_DETAIL_DOQ by the protocol (RFC 9250 4.1.1), LA_DETAIL_DOH for HTTP with a
 * resolver that k knows by name, else LA_DETAIL_NONE. */
unsigned int quic_detail(const struct quic_hello *h, const struct known_resolvers *k);
