/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the ClientHello of a QUIC client from its Initial packets (RFC 9000 17.2.2). They are
 * encrypted with keys that are derived from the connection id in them (RFC 9001 5.2): any observer
 * can decrypt them. Versions 1, 2 (RFC 9369) and drafts 29 to 34.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/known_resolvers.h"

/* A longer hello is read up to here. */
#define QUIC_HELLO_MAX 4096
/* No hello is expected from a client that sent so many datagrams without a complete one. */
#define QUIC_DATAGRAMS_MAX 16

struct quic_hello {
	char name[256]; /* server name as sent; "": none */
	uint8_t alpn; /* enum la_alpn of tls.h: the first protocol offered */
};

/* The handshake of one client. Frames may come in any order, in several packets and datagrams. */
struct quic;

/*
 * -ENOMEM. -ELIBACC: crypto_library cannot be loaded. -ENOTSUP: it does not provide AES-128-GCM or
 * HMAC-SHA256.
 */
int quic_open(struct quic **ret);
void quic_free(struct quic *q);

static inline void quic_freep(struct quic **q)
{
	quic_free(*q);
}

/* Makes the object ready for another flow. */
void quic_reset(struct quic *q);

/*
 * Adds a whole datagram of the client. A datagram without an Initial changes nothing.
 *   1         the hello is complete
 *   0         more is needed
 *   -EBADMSG  no Initial of a client, or its message is not a ClientHello
 *   -E2BIG    QUIC_DATAGRAMS_MAX were not enough
 */
int quic_add(struct quic *q, const uint8_t *datagram, size_t len);

/* NULL until quic_add() has returned 1. Owned by q, valid until quic_reset() or quic_free(). */
const struct quic_hello *quic_hello(const struct quic *q);

/*
 * LA_DETAIL_DOQ if the protocol is DoQ (RFC 9250 4.1.1). LA_DETAIL_DOH for HTTP if k knows the
 * server's name as a resolver. Else LA_DETAIL_NONE.
 */
unsigned int quic_detail(const struct quic_hello *h, const struct known_resolvers *k);
