/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * user/payload/quic.h: datagrams, each behind its length. With the first byte's lowest
 * bit they are as they are; without, each is the plain frames of a packet, which
 * is encrypted here, since no fuzzer guesses a key.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/quic_client.h"
#include "fuzz.h"
#include "payload/quic.h"
#include "core/tls.h"

#define FRAMES_MAX 1400

static void check(int r, const struct quic *q)
{
	const struct quic_hello *h = quic_hello(q);

	REQUIRE(r == 0 || r == 1 || r == -EBADMSG || r == -E2BIG);
	REQUIRE(r != 1 || h);
	if (!h)
		return;
	REQUIRE(memchr(h->name, 0, sizeof(h->name)) && h->alpn <= LA_ALPN_OTHER);
}

/* The frames come from the input; the packet around them is a client's. */
static size_t encrypt(const uint8_t *frames, size_t len, bool second, struct writer *w)
{
	struct client c = { .version = second ? 0x6b3343cf : 1, .cid = client_rfc_cid };
	static struct writer plain;

	plain.n = MIN(len, (size_t)FRAMES_MAX);
	if (plain.n)
		memcpy(plain.b, frames, plain.n);
	w->n = 0;
	put_initial(w, &c, &plain, plain.n + 100);
	return w->n;
}

static void add(struct quic *q, const uint8_t *datagram, size_t len)
{
	uint8_t *exact = malloc(len);

	REQUIRE(exact || !len);
	if (len)
		memcpy(exact, datagram, len);
	check(quic_add(q, exact, len), q);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t settings = input_8(&in), *chunk;
	static struct writer w;
	static struct quic *q;
	size_t len;

	if (!q)
		REQUIRE(!quic_open(&q));
	quic_reset(q);
	REQUIRE(!quic_hello(q));
	while (in.left) {
		chunk = input_chunk(&in, &len);
		if (settings & 1)
			add(q, chunk, len);
		else
			add(q, w.b, encrypt(chunk, len, settings & 2, &w));
		free(chunk);
	}
	return 0;
}
