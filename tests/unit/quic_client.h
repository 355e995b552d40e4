/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets that a QUIC client begins with, made with libcrypto. */
#pragma once

#include "payload/quic.h"
#include "payload/quic_cipher.h"

#define CLIENT_DATAGRAM 1200
#define CLIENT_CID 8

/* RFC 9001 A, RFC 9369 A */
extern const uint8_t client_rfc_cid[CLIENT_CID];

struct writer {
	uint8_t b[4 * CLIENT_DATAGRAM];
	size_t n;
};

struct client {
	uint32_t version;
	const uint8_t *cid; /* in the header */
	const uint8_t *first_cid; /* that the keys are from; NULL: cid */
	size_t token;
};

void put(struct writer *w, const void *p, size_t n);
void put_byte(struct writer *w, unsigned int v);
/* In two bytes, which is room for 16383 (RFC 9000 16). */
void put_number(struct writer *w, size_t v);
void put_crypto(struct writer *w, const uint8_t *hello, size_t off, size_t n);

/* An Initial with these frames, padded so that the datagram has `size` bytes. */
void put_initial(struct writer *w, const struct client *c, const struct writer *frames,
		 size_t size);

/* A datagram of CLIENT_DATAGRAM bytes with one Initial. */
struct writer initial_of(const struct client *c, const struct writer *frames);

/* A ClientHello with these names and a share as long as `share`; its length. */
size_t make_hello(uint8_t *to, const char *name, const char *alpn, size_t share);
