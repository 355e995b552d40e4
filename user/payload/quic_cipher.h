/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decrypts Initial packets of a client; knows nothing of their content. */
#pragma once

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#define QUIC_CID_MAX 20 /* RFC 9000 17.2 */
#define QUIC_TAG 16 /* RFC 9001 5.3 */
/* No path on the Internet carries longer packets. */
#define QUIC_PACKET_MAX 2048

struct quic_version {
	uint32_t first, last;
	uint8_t initial; /* bits 4 and 5 of the first byte */
	const char *key, *iv, *hp; /* HKDF labels of RFC 9001 5.1, RFC 9369 3.3.2 */
	uint8_t salt[20];
};

/* NULL: unknown version. */
const struct quic_version *quic_version(uint32_t version);

struct quic_keys {
	uint8_t key[16];
	uint8_t iv[12];
	uint8_t hp[16];
};

struct crypto;

struct quic_cipher {
	const struct crypto *lib;
	/* kept for reuse: creating them takes longer than using them */
	EVP_CIPHER_CTX *ecb, *gcm;
	EVP_MD_CTX *sha;
};

/* An Initial packet in a datagram. */
struct quic_packet {
	const uint8_t *bytes;
	size_t pn; /* offset of the packet number */
	size_t len; /* bytes of the packet: at least pn + 4 + QUIC_TAG */
};

int quic_cipher_open(struct quic_cipher *c);
void quic_cipher_close(struct quic_cipher *c);

/*
 * Derives the keys of a client from the connection id that it chose for the server. -ENOTSUP: the
 * library refused.
 */
int quic_client_keys(const struct quic_cipher *c, const struct quic_version *v, const uint8_t *cid,
		     size_t len, struct quic_keys *ret);

/*
 * Removes header and packet protection (RFC 9001 5.4, 5.3). plain: QUIC_PACKET_MAX bytes. Returns
 * the number of bytes written to it. -EBADMSG: not encrypted with these keys.
 */
int quic_decrypt(const struct quic_cipher *c, const struct quic_keys *keys,
		 const struct quic_packet *p, uint8_t *plain);
