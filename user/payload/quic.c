/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "quic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "quic_cipher.h"
#include "core/tls.h"

/* Clients coalesce Initial, 0-RTT and Handshake packets; this is more than twice as many. */
#define COALESCED_MAX 8

struct quic {
	struct quic_cipher cipher;
	struct quic_keys keys; /* derived from the client's first connection id */
	bool keyed;
	bool complete;
	unsigned int datagrams;
	size_t have; /* bytes at the beginning of data[] without a gap */
	struct quic_hello hello;
	uint8_t got[QUIC_HELLO_MAX / 8]; /* a bit for each byte of data[] */
	uint8_t data[QUIC_HELLO_MAX];
};

/* The input not yet read. After a read past its end every read yields 0. */
struct input {
	const uint8_t *p;
	size_t left;
	bool short_of;
};

static const uint8_t *take(struct input *in, uint64_t n)
{
	const uint8_t *p = in->p;

	if (in->short_of || n > in->left) {
		in->short_of = true;
		return NULL;
	}
	in->p += n;
	in->left -= n;
	return p;
}

static uint8_t take_byte(struct input *in)
{
	const uint8_t *p = take(in, 1);

	return p ? *p : 0;
}

/* RFC 9000 16 */
static uint64_t take_number(struct input *in)
{
	uint8_t first = take_byte(in);
	unsigned int more = (1u << (first >> 6)) - 1;
	uint64_t v = first & 0x3f;

	while (more--)
		v = v << 8 | take_byte(in);
	return in->short_of ? 0 : v;
}

int quic_open(struct quic **ret)
{
	_cleanup_(quic_freep) struct quic *q = calloc(1, sizeof(*q));
	int r;

	if (!q)
		return -ENOMEM;
	r = quic_cipher_open(&q->cipher);
	if (r < 0)
		return r;
	*ret = take_ptr(q);
	return 0;
}

void quic_free(struct quic *q)
{
	if (!q)
		return;
	quic_cipher_close(&q->cipher);
	free(q);
}

static void restart(struct quic *q)
{
	q->have = 0;
	memset(q->got, 0, sizeof(q->got));
}

void quic_reset(struct quic *q)
{
	q->keyed = false;
	q->complete = false;
	q->datagrams = 0;
	restart(q);
}

static void add_crypto(struct quic *q, uint64_t off, const uint8_t *data, uint64_t len)
{
	if (off >= QUIC_HELLO_MAX)
		return;
	len = MIN(len, QUIC_HELLO_MAX - off);
	memcpy(q->data + off, data, len);
	for (uint64_t i = off; i < off + len; i++)
		q->got[i / 8] |= (uint8_t)(1u << i % 8);
	while (q->have < QUIC_HELLO_MAX && q->got[q->have / 8] & 1u << q->have % 8)
		q->have++;
}

/* RFC 9000 19.3. counts: the frame has ECN counts. */
static void skip_ack(struct input *in, bool counts)
{
	uint64_t ranges;

	take_number(in); /* largest acknowledged */
	take_number(in); /* delay */
	ranges = take_number(in);
	take_number(in); /* first range */
	for (; ranges && !in->short_of; ranges--) {
		take_number(in); /* gap */
		take_number(in); /* range */
	}
	for (int i = 0; counts && i < 3; i++)
		take_number(in);
}

/* Reads the frames that an Initial may have (RFC 9000 12.4), and stops at any other. */
static void read_frames(struct quic *q, const uint8_t *plain, size_t len)
{
	struct input in = { plain, len, false };

	while (in.left && !in.short_of) {
		uint64_t type = take_number(&in), off, n;
		const uint8_t *data;

		switch (type) {
		case 0x00: /* PADDING */
		case 0x01: /* PING */
			break;
		case 0x02:
		case 0x03: /* ACK with ECN counts */
			skip_ack(&in, type == 0x03);
			break;
		case 0x06: /* CRYPTO */
			off = take_number(&in);
			n = take_number(&in);
			data = take(&in, n);
			if (data)
				add_crypto(q, off, data, n);
			break;
		default:
			return;
		}
	}
}

/* Returns whether the packet is an Initial of this client. */
static bool read_initial(struct quic *q, const struct quic_version *version, const uint8_t *cid,
			 size_t cid_len, const struct quic_packet *p)
{
	uint8_t plain[QUIC_PACKET_MAX];
	struct quic_keys keys;
	int n = -EBADMSG;

	if (p->len > sizeof(plain) || p->len < p->pn + 4 + QUIC_TAG)
		return false;
	if (q->keyed)
		n = quic_decrypt(&q->cipher, &q->keys, p, plain);
	if (n < 0) {
		/*
		 * The first packet, or one of a new beginning: after a Retry (RFC 9001 5.2) or of a
		 * new connection.
		 */
		if (quic_client_keys(&q->cipher, version, cid, cid_len, &keys) < 0)
			return false;
		n = quic_decrypt(&q->cipher, &keys, p, plain);
		if (n < 0)
			return false;
		q->keys = keys;
		q->keyed = true;
		restart(q);
	}
	read_frames(q, plain, (size_t)n);
	return true;
}

/*
 * Takes the packet with a long header (RFC 9000 17.2) at the beginning of in. Returns whether it is
 * an Initial of this client.
 */
static bool read_packet(struct quic *q, struct input *in)
{
	const uint8_t *begin = in->p, *cid, *number;
	const struct quic_version *version;
	struct quic_packet p = { .bytes = begin };
	size_t cid_len;
	uint64_t len;

	in->short_of = !(take_byte(in) & 0x80);
	number = take(in, 4);
	cid_len = take_byte(in);
	cid = take(in, cid_len);
	take(in, take_byte(in)); /* the client's own connection id */
	version = number ? quic_version(la_get32(number)) : NULL;
	if (!version || cid_len > QUIC_CID_MAX) {
		in->short_of = true;
		return false;
	}
	if ((begin[0] & 0x30) == version->initial)
		take(in, take_number(in)); /* token */
	len = take_number(in);
	p.pn = (size_t)(in->p - begin);
	if (!take(in, len))
		return false;
	p.len = p.pn + (size_t)len;
	return (begin[0] & 0x30) == version->initial && cid &&
	       read_initial(q, version, cid, cid_len, &p);
}

/* 1: the hello is complete and read. 0: it is not complete. -EBADMSG: not a ClientHello. */
static int read_hello(struct quic *q)
{
	struct la_src src = { .data = q->data, .len = (uint32_t)q->have };
	struct la_hello found = { 0 };
	size_t whole;

	if (q->have < 4)
		return 0;
	whole = (size_t)la_get32(q->data) & 0xffffff;
	if (q->data[0] == 1 && q->have < MIN(whole + 4, (size_t)QUIC_HELLO_MAX))
		return 0;
	if (!la_tls_hello(&src, 0, (uint32_t)q->have, &found))
		return -EBADMSG;
	q->hello = (struct quic_hello){ .alpn = found.alpn };
	memcpy(q->hello.name, q->data + found.name_off, found.name_len);
	/* A name with a NUL is none. What is before the NUL may be a known resolver's name. */
	if (strlen(q->hello.name) < found.name_len)
		q->hello.name[0] = '\0';
	q->complete = true;
	return 1;
}

int quic_add(struct quic *q, const uint8_t *datagram, size_t len)
{
	struct input in = { datagram, len, false };
	bool initial = false;

	if (q->complete)
		return 1;
	if (q->datagrams == QUIC_DATAGRAMS_MAX)
		return -E2BIG;
	for (int i = 0; i < COALESCED_MAX && in.left && !in.short_of; i++)
		initial |= read_packet(q, &in);
	if (!initial)
		return -EBADMSG;
	q->datagrams++;
	return read_hello(q);
}

const struct quic_hello *quic_hello(const struct quic *q)
{
	return q->complete ? &q->hello : NULL;
}

unsigned int quic_detail(const struct quic_hello *h, const struct known_resolvers *k)
{
	if (h->alpn == LA_ALPN_DOQ)
		return LA_DETAIL_DOQ;
	if (h->alpn == LA_ALPN_HTTP && known_host(k, h->name, strlen(h->name)) == LA_DETAIL_DOH)
		return LA_DETAIL_DOH;
	return LA_DETAIL_NONE;
}
