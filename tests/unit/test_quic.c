/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a QUIC client's first datagrams tell, with the vectors of the RFCs. */
#include <errno.h>
#include <stdlib.h>

#include "quic_client.h"
#include "core/tls.h"
#include "unit.h"

/* RFC 9001 A.2, RFC 9369 A.2: a CRYPTO frame with a ClientHello for example.com */
static const char frame_hex[] = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
				"04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
				"616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
				"04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
				"baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
				"0d0010000e0403050306030203080408050806002d00020101001c0002400100"
				"3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
				"75300901100f088394c8f03e51570806048000ffff";

static const struct client v1 = { .version = 1, .cid = client_rfc_cid };

static size_t unhex(const char *hex, uint8_t *to)
{
	size_t n = strlen(hex) / 2;
	unsigned int byte;

	for (size_t i = 0; i < n; i++) {
		CHECK(sscanf(hex + 2 * i, "%2x", &byte) == 1);
		to[i] = (uint8_t)byte;
	}
	return n;
}

static bool begins_with(const uint8_t *p, const char *hex)
{
	uint8_t expected[64];
	size_t n = unhex(hex, expected);

	return CHECK(memcmp(p, expected, n) == 0);
}

static struct writer rfc_datagram(uint32_t version)
{
	struct client c = { .version = version, .cid = client_rfc_cid };
	struct writer frames = { .n = 0 };

	frames.n = unhex(frame_hex, frames.b);
	return initial_of(&c, &frames);
}

static struct quic *opened(void)
{
	struct quic *q = NULL;

	CHECK_INT(quic_open(&q), 0);
	return q;
}

static int add(struct quic *q, const struct writer *w)
{
	return quic_add(q, w->b, w->n);
}

static void check_hello(const struct quic *q, const char *name, unsigned int alpn)
{
	const struct quic_hello *h = quic_hello(q);

	if (!CHECK(h))
		return;
	CHECK_STR(h->name, name);
	CHECK_INT(h->alpn, alpn);
}

static void test_rfc9001(void)
{
	struct writer w = rfc_datagram(1);
	_cleanup_(quic_freep) struct quic *q = opened();

	CHECK_INT(w.n, CLIENT_DATAGRAM);
	begins_with(w.b, "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11");
	begins_with(w.b + w.n - 16, "e221af44860018ab0856972e194cd934");
	CHECK(!quic_hello(q));
	CHECK_INT(add(q, &w), 1);
	check_hello(q, "example.com", LA_ALPN_OTHER);
	CHECK_INT(add(q, &w), 1);
}

static void test_rfc9369(void)
{
	struct writer w = rfc_datagram(0x6b3343cf);
	_cleanup_(quic_freep) struct quic *q = opened();

	begins_with(w.b, "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485");
	begins_with(w.b + w.n - 16, "a18b2faa745b6fe189cf772a9f84cbfc");
	CHECK_INT(add(q, &w), 1);
	check_hello(q, "example.com", LA_ALPN_OTHER);
}

/* draft-ietf-quic-tls-29 A.1 */
static void test_drafts(void)
{
	static const uint32_t known[] = { 0xff00001d, 0xff000020, 0xff000021, 0xff000022 };
	static const uint32_t unknown[] = { 0, 2, 0xff00001c, 0xff000023, 0x51303530 };
	struct quic_cipher c = { 0 };
	struct quic_keys k;

	CHECK_INT(quic_cipher_open(&c), 0);
	CHECK_INT(quic_client_keys(&c, quic_version(0xff00001d), client_rfc_cid, CLIENT_CID, &k),
		  0);
	quic_cipher_close(&c);
	begins_with(k.key, "175257a31eb09dea9366d8bb79ad80ba");
	begins_with(k.iv, "6b26114b9cba2b63a9e8dd4f");
	begins_with(k.hp, "9ddd12c994c0698b89374a9c077a3077");
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct writer w = rfc_datagram(known[i]);
		_cleanup_(quic_freep) struct quic *q = opened();

		CHECK_INT(add(q, &w), 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		CHECK(!quic_version(unknown[i]));
}

/* As browsers do it: small frames in no order, PING and PADDING between them. */
static void test_scattered_frames(void)
{
	struct writer frames = { .n = 0 };
	_cleanup_(quic_freep) struct quic *q = opened();
	uint8_t hello[2048];
	size_t n = make_hello(hello, "dns.example", "h3", 300);
	struct writer w;

	for (size_t at = n; at; at -= MIN(at, (size_t)37)) {
		size_t from = at - MIN(at, (size_t)37);

		put_crypto(&frames, hello, from, at - from);
		put(&frames, "\x01\0\0\x03\x05\x01\x01\x02\x01\x01\x01\0\x06", 13);
	}
	w = initial_of(&v1, &frames);
	CHECK_INT(add(q, &w), 1);
	check_hello(q, "dns.example", LA_ALPN_HTTP);
}

/* A hello with a post-quantum share takes two datagrams; the second is first. */
static void test_two_datagrams(void)
{
	_cleanup_(quic_freep) struct quic *q = opened();
	struct writer frames[2] = { { .n = 0 }, { .n = 0 } }, w[2];
	uint8_t hello[2048];
	size_t n = make_hello(hello, "two.example", "h3", 1216);

	put_crypto(&frames[0], hello, 0, 900);
	put_crypto(&frames[1], hello, 800, n - 800);
	w[0] = initial_of(&v1, &frames[0]);
	w[1] = initial_of(&v1, &frames[1]);
	CHECK_INT(add(q, &w[1]), 0);
	CHECK(!quic_hello(q));
	CHECK_INT(add(q, &w[1]), 0);
	CHECK_INT(add(q, &w[0]), 1);
	check_hello(q, "two.example", LA_ALPN_HTTP);
}

/* The client's second Initial is sent to the connection id that the server
 * chose; the keys stay (RFC 9001 5.2). 0-RTT may stand before it. */
static void test_coalesced(void)
{
	static const uint8_t chosen[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct client later = { .version = 1, .cid = chosen, .first_cid = client_rfc_cid };
	_cleanup_(quic_freep) struct quic *q = opened();
	struct writer frames[2] = { { .n = 0 }, { .n = 0 } }, w = { .n = 0 };
	uint8_t hello[1024];
	size_t n = make_hello(hello, "parts.example", "doq", 100);

	put_crypto(&frames[0], hello, 0, 60);
	put_crypto(&frames[1], hello, 60, n - 60);
	put_initial(&w, &v1, &frames[0], 0);
	put(&w, "\xd0\0\0\0\x01\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\0\x40\x20", 17);
	w.n += 32;
	put_initial(&w, &later, &frames[1], 900);
	memset(w.b + w.n, 0, 100);
	w.n += 100;
	CHECK_INT(add(q, &w), 1);
	check_hello(q, "parts.example", LA_ALPN_DOQ);
}

/* A Retry has the client begin again, with a token and another id's keys. */
static void test_retry(void)
{
	static const uint8_t chosen[8] = { 8, 7, 6, 5, 4, 3, 2, 1 };
	struct client again = { .version = 1, .cid = chosen, .token = 48 };
	_cleanup_(quic_freep) struct quic *q = opened();
	struct writer frames[2] = { { .n = 0 }, { .n = 0 } }, w;
	uint8_t hello[1024], other[1024];
	size_t n = make_hello(hello, "retry.example", "h3", 100);

	make_hello(other, "other.example", "h3", 99);
	put_crypto(&frames[0], other, 0, 50);
	w = initial_of(&v1, &frames[0]);
	CHECK_INT(add(q, &w), 0);
	/* what was sent before the Retry does not fill what is missing now */
	put_crypto(&frames[1], hello, 40, n - 40);
	w = initial_of(&again, &frames[1]);
	CHECK_INT(add(q, &w), 0);
	put_crypto(&frames[1], hello, 0, 40);
	w = initial_of(&again, &frames[1]);
	CHECK_INT(add(q, &w), 1);
	check_hello(q, "retry.example", LA_ALPN_HTTP);
}

static void test_limits(void)
{
	_cleanup_(quic_freep) struct quic *q = opened();
	struct writer frames = { .n = 0 }, none = { .n = 0 }, w;
	uint8_t hello[1024] = { 0 };

	/* of an endless stream nothing is kept, and nothing is waited for */
	put_byte(&frames, 0x06);
	put(&frames, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	put_number(&frames, 100);
	frames.n += 100;
	put_byte(&frames, 0x06);
	put_number(&frames, QUIC_HELLO_MAX - 4);
	put_number(&frames, 500);
	frames.n += 500;
	w = initial_of(&v1, &frames);
	for (int i = 0; i < QUIC_DATAGRAMS_MAX; i++)
		CHECK_INT(add(q, &w), 0);
	CHECK_INT(add(q, &w), -E2BIG);
	quic_reset(q);
	/* what is no ClientHello */
	frames.n = 0;
	put_crypto(&frames, hello, 0, 100);
	w = initial_of(&v1, &frames);
	CHECK_INT(add(q, &w), -EBADMSG);
	CHECK_INT(add(q, &none), -EBADMSG);
	CHECK(!quic_hello(q));
}

/* A name with a NUL in it is none: what stands before it may be a known one. */
static void test_name_with_nul(void)
{
	_cleanup_(quic_freep) struct quic *q = opened();
	struct writer frames = { .n = 0 }, w;
	uint8_t hello[1024];
	size_t n = make_hello(hello, "dns.google.example", "h3", 10);
	uint8_t *name = memmem(hello, n, ".example", 8);

	*name = 0;
	put_crypto(&frames, hello, 0, n);
	w = initial_of(&v1, &frames);
	CHECK_INT(add(q, &w), 1);
	check_hello(q, "", LA_ALPN_HTTP);
}

/* A hello behind QUIC_HELLO_MAX is read as far as that. */
static void test_long_hello(void)
{
	_cleanup_(quic_freep) struct quic *q = opened();
	uint8_t hello[QUIC_HELLO_MAX];
	size_t n = make_hello(hello, "long.example", "h3", 16);

	memset(hello + n, 0xff, sizeof(hello) - n);
	hello[2] = 0x20; /* of its length: 8192 and some */
	for (size_t at = 0; at < sizeof(hello); at += 1024) {
		struct writer frames = { .n = 0 }, w;

		put_crypto(&frames, hello, at, 1024);
		w = initial_of(&v1, &frames);
		CHECK_INT(add(q, &w), at + 1024 == sizeof(hello));
	}
	check_hello(q, "long.example", LA_ALPN_HTTP);
}

/* Each in memory of its own size, so that a sanitizer sees what is read beyond. */
static int add_copy(struct quic *q, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n + !n);
	int r;

	memcpy(copy, p, n);
	r = quic_add(q, copy, n);
	free(copy);
	return r;
}

static void test_truncated(void)
{
	struct writer w = rfc_datagram(1);
	_cleanup_(quic_freep) struct quic *q = opened();

	for (size_t n = 0; n < w.n; n++)
		CHECK_INT(add_copy(q, w.b, n), -EBADMSG);
	CHECK_INT(add_copy(q, w.b, w.n), 1);
}

static void test_flipped_bits(void)
{
	struct writer w = rfc_datagram(1);
	_cleanup_(quic_freep) struct quic *q = opened();

	for (size_t i = 0; i < w.n * 8; i += i < 256 ? 1 : 61) {
		w.b[i / 8] ^= (uint8_t)(1u << i % 8);
		/* the draft with version 1's salt is further away than one bit */
		CHECK_INT(add_copy(q, w.b, w.n), -EBADMSG);
		w.b[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	CHECK_INT(add_copy(q, w.b, w.n), 1);
}

/* What is inside the encryption may be anything, too. */
static void test_any_frames(void)
{
	struct writer rfc = { .n = 0 };
	_cleanup_(quic_freep) struct quic *q = opened();

	rfc.n = unhex(frame_hex, rfc.b);
	for (unsigned int seed = 1; seed < 2000; seed++) {
		struct writer frames = rfc, w;
		unsigned int x = seed * 2654435761u;

		for (int i = 0; i < 4; i++) {
			x = x * 1664525u + 1013904223u;
			frames.b[(x >> 8) % (i < 2 ? 24 : frames.n)] ^= (uint8_t)(x >> 24);
		}
		frames.n -= seed % 7 ? 0 : seed % 200;
		w = initial_of(&v1, &frames);
		quic_reset(q);
		CHECK(add_copy(q, w.b, w.n) >= -EBADMSG);
	}
}

static void test_detail(void)
{
	_cleanup_(known_resolvers_freep) struct known_resolvers *k = NULL;
	struct quic_hello h = { .name = "dns.google", .alpn = LA_ALPN_HTTP };
	struct fault f = { 0 };

	CHECK_INT(known_resolvers_open(&k, NULL, &f), 0);
	CHECK_INT(quic_detail(&h, k), LA_DETAIL_DOH);
	h.alpn = LA_ALPN_OTHER;
	CHECK_INT(quic_detail(&h, k), LA_DETAIL_NONE);
	h.alpn = LA_ALPN_DOQ;
	CHECK_INT(quic_detail(&h, k), LA_DETAIL_DOQ);
	h = (struct quic_hello){ .name = "www.example.com", .alpn = LA_ALPN_HTTP };
	CHECK_INT(quic_detail(&h, k), LA_DETAIL_NONE);
}

UNIT_MAIN("quic", { "rfc9001", test_rfc9001 }, { "rfc9369", test_rfc9369 },
	  { "drafts", test_drafts }, { "scattered_frames", test_scattered_frames },
	  { "two_datagrams", test_two_datagrams }, { "coalesced", test_coalesced },
	  { "retry", test_retry }, { "limits", test_limits },
	  { "name_with_nul", test_name_with_nul }, { "long_hello", test_long_hello },
	  { "truncated", test_truncated }, { "flipped_bits", test_flipped_bits },
	  { "any_frames", test_any_frames }, { "detail", test_detail })
