/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the Initial packets of a client are decrypted, apart from what is in them. */
#pragma once

#include <openssl/evp.h>

#include "quic.h"

#define QUIC_CID_MAX 20 /* RFC 9000 17.2 */
#define QUIC_TAG 16 /* RFC 9001 5.3 */
/* Longer packets than any path to the Internet carries are not looked at. */
#define QUIC_PACKET_MAX 2048

struct quic_version {
	uint32_t first, last;
	uint8_t initial; /* bits 4 and 5 of the first byte */
	const char *key, *iv, *hp; /* labels of RFC 9001 5.1, RFC 9369 3.3.2 */
	uint8_t salt[20];
};

/* NULL: a version that is not known. */
const struct quic_version *quic_version(uint32_t version);

struct quic_keys {
	uint8_t key[16];
	uint8_t iv[12];
	uint8_t hp[16];
};

struct crypto;

struct quic_cipher {
	const struct crypto *lib;
	/* kept, since making them costs more than their use */
	EVP_CIPHER_CTX *ecb, *gcm;
	EVP_MD_CTX *sha;
};

/* An Initial, as it is in a datagram. */
struct quic_packet {
	const uint8_t *bytes;
	size_t pn; /* where the packet number begins, */
	size_t len; /* and where the packet ends: QUIC_TAG + 4 bytes behind it at least */
};

int quic_cipher_open(struct quic_cipher *c);
void quic_cipher_close(struct quic_cipher *c);

/* The keys of a client that chose this connection id for its server. */
int quic_client_keys(const struct quic_cipher *c, const struct quic_version *v, const uint8_t *cid,
		     size_t len, struct quic_keys *ret);

/* Removes the protection (RFC 9001 5.4, 5.3). The number of bytes in plain,
 * which has room for QUIC_PACKET_MAX; -EBADMSG: not encrypted with these keys. */
int quic_decrypt(const struct quic_cipher *c, const struct quic_keys *keys,
		 const struct quic_packet *p, uint8_t *plain);
