/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "quic_client.h"

#include <string.h>

#include "unit.h"

const uint8_t client_rfc_cid[CLIENT_CID] = { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 };

void put(struct writer *w, const void *p, size_t n)
{
	memcpy(w->b + w->n, p, n);
	w->n += n;
}

void put_byte(struct writer *w, unsigned int v)
{
	w->b[w->n++] = (uint8_t)v;
}

void put_number(struct writer *w, size_t v)
{
	put_byte(w, 0x40 | v >> 8);
	put_byte(w, v & 0xff);
}

void put_crypto(struct writer *w, const uint8_t *hello, size_t off, size_t n)
{
	put_byte(w, 0x06);
	put_number(w, off);
	put_number(w, n);
	put(w, hello + off, n);
}

/* Made once: a fuzzer encrypts a packet for each of its inputs. */
static const struct quic_cipher *encrypter(void)
{
	static struct quic_cipher c;

	if (!c.gcm) {
		CHECK_INT(quic_cipher_open(&c), 0);
		CHECK(EVP_EncryptInit_ex(c.gcm, EVP_aes_128_gcm(), NULL, NULL, NULL) == 1);
	}
	return &c;
}

/* The last ones are kept: they take longer to make than a packet. */
static const struct quic_keys *keys_of(const struct quic_version *v, const uint8_t *cid)
{
	static const struct quic_version *version;
	static uint8_t last[CLIENT_CID];
	static struct quic_keys keys;

	if (v != version || memcmp(cid, last, sizeof(last))) {
		CHECK_INT(quic_client_keys(encrypter(), v, cid, CLIENT_CID, &keys), 0);
		memcpy(last, cid, sizeof(last));
		version = v;
	}
	return &keys;
}

/* RFC 9001 5.3, 5.4, the other way round. */
static void protect(uint8_t *packet, size_t pn, size_t len, const struct quic_keys *k)
{
	const struct quic_cipher *c = encrypter();
	uint8_t nonce[12], mask[16], *payload = packet + pn + 4;
	size_t end = len - QUIC_TAG;
	int n;

	memcpy(nonce, k->iv, sizeof(nonce));
	for (int i = 0; i < 4; i++)
		nonce[8 + i] ^= packet[pn + (size_t)i];
	CHECK(EVP_EncryptInit_ex(c->gcm, NULL, NULL, k->key, nonce) == 1);
	CHECK(EVP_EncryptUpdate(c->gcm, NULL, &n, packet, (int)(pn + 4)) == 1);
	CHECK(EVP_EncryptUpdate(c->gcm, payload, &n, payload, (int)(end - pn - 4)) == 1);
	CHECK(EVP_EncryptFinal_ex(c->gcm, packet + end, &n) == 1);
	CHECK(EVP_CIPHER_CTX_ctrl(c->gcm, EVP_CTRL_AEAD_GET_TAG, QUIC_TAG, packet + end) == 1);
	CHECK(EVP_EncryptInit_ex(c->ecb, NULL, NULL, k->hp, NULL) == 1);
	CHECK(EVP_EncryptUpdate(c->ecb, mask, &n, payload, 16) == 1);
	packet[0] ^= mask[0] & 0x0f;
	for (int i = 0; i < 4; i++)
		packet[pn + (size_t)i] ^= mask[1 + i];
}

void put_initial(struct writer *w, const struct client *c, const struct writer *frames, size_t size)
{
	const struct quic_version *v = quic_version(c->version);
	size_t begin = w->n, pn, len;
	static const uint8_t token[64];
	const struct quic_keys *keys = keys_of(v, c->first_cid ? c->first_cid : c->cid);

	put_byte(w, 0xc3 | v->initial);
	for (int i = 24; i >= 0; i -= 8)
		put_byte(w, c->version >> i & 0xff);
	put_byte(w, CLIENT_CID);
	put(w, c->cid, CLIENT_CID);
	put_byte(w, 0);
	put_byte(w, (unsigned int)c->token);
	put(w, token, c->token);
	pn = w->n + 2;
	len = MAX(frames->n + 4 + QUIC_TAG, size > pn ? size - pn : 0);
	put_number(w, len);
	memset(w->b + pn, 0, len);
	w->b[pn + 3] = 2;
	memcpy(w->b + pn + 4, frames->b, frames->n);
	w->n = pn + len;
	protect(w->b + begin, pn - begin, w->n - begin, keys);
}

struct writer initial_of(const struct client *c, const struct writer *frames)
{
	struct writer w = { .n = 0 };

	put_initial(&w, c, frames, CLIENT_DATAGRAM);
	return w;
}

size_t make_hello(uint8_t *to, const char *name, const char *alpn, size_t share)
{
	struct writer w = { .n = 0 };
	size_t body;

	put(&w, "\x01\0\0\0\x03\x03", 6);
	w.n += 32;
	put(&w, "\0\0\x02\x13\x01\x01\0\0\0", 9);
	body = w.n;
	put_byte(&w, 0);
	put_byte(&w, 51);
	put_byte(&w, (unsigned int)share >> 8);
	put_byte(&w, share & 0xff);
	w.n += share;
	put(&w, "\0\0\0", 3);
	put_byte(&w, (unsigned int)strlen(name) + 5);
	put_byte(&w, 0);
	put_byte(&w, (unsigned int)strlen(name) + 3);
	put(&w, "\0\0", 2);
	put_byte(&w, (unsigned int)strlen(name));
	put(&w, name, strlen(name));
	put(&w, "\0\x10\0", 3);
	put_byte(&w, (unsigned int)strlen(alpn) + 3);
	put_byte(&w, 0);
	put_byte(&w, (unsigned int)strlen(alpn) + 1);
	put_byte(&w, (unsigned int)strlen(alpn));
	put(&w, alpn, strlen(alpn));
	w.b[body - 2] = (uint8_t)((w.n - body) >> 8);
	w.b[body - 1] = (uint8_t)(w.n - body);
	w.b[2] = (uint8_t)((w.n - 4) >> 8);
	w.b[3] = (uint8_t)(w.n - 4);
	memcpy(to, w.b, w.n);
	return w.n;
}
