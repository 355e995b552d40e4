/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sha1.h"

#include <endian.h>
#include <string.h>

#define ROUNDS 80

static uint32_t rotated(uint32_t v, unsigned int by)
{
	return v << by | v >> (32 - by);
}

/* RFC 3174 5: the function of each round, with its constant. */
static uint32_t mixed(unsigned int round, uint32_t b, uint32_t c, uint32_t d)
{
	if (round < 20)
		return ((b & c) | (~b & d)) + 0x5a827999;
	if (round < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (round < 60)
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

/* RFC 3174 6.1, of the only block. */
static void digest(const uint32_t block[16], uint32_t h[5])
{
	uint32_t w[ROUNDS], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], next;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		w[i] = i < 16 ? block[i] : rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
		next = rotated(a, 5) + mixed(i, b, c, d) + e + w[i];
		e = d;
		d = c;
		c = rotated(b, 30);
		b = a;
		a = next;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void sha1_block(const uint8_t *data, size_t len, uint8_t ret[SHA1_SIZE])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	union {
		uint8_t bytes[64];
		uint32_t words[16];
	} block = { 0 };
	unsigned int i;

	memcpy(block.bytes, data, len);
	block.bytes[len] = 0x80;
	for (i = 0; i < 14; i++)
		block.words[i] = be32toh(block.words[i]);
	block.words[15] = (uint32_t)len * 8;
	digest(block.words, h);
	for (i = 0; i < 5; i++)
		h[i] = htobe32(h[i]);
	memcpy(ret, h, SHA1_SIZE);
}
