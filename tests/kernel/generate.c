/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "generate_priv.h"

#include <string.h>

#include "base/util.h"

/* 0: not a packet that another one of its flow could be made of. */
static uint32_t header_len(const struct packet *p)
{
	struct la_src src = { .data = p->frame, .len = p->len };
	struct la_packet parsed;
	uint32_t len;

	if (la_parse(&src, ETHER_LEN, la_get16(&p->frame[12]), p->len, &parsed) || parsed.flags ||
	    (parsed.key.proto != LA_PROTO_UDP && parsed.key.proto != LA_PROTO_TCP))
		return 0;
	len = ETHER_LEN + parsed.payload_off;
	return len <= p->len && len + PAYLOAD_MAX <= PACKET_MAX ? len : 0;
}

/* The same headers, before another payload. */
static void follow(const struct packet *first, uint32_t headers, const uint8_t *payload,
		   uint32_t len, struct packet *p)
{
	memcpy(p->frame, first->frame, headers);
	memcpy(p->frame + headers, payload, len);
	p->len = headers + len;
	p->segs = first->segs;
	p->mark = first->mark;
	p->repeat = 1;
	p->new_facts = false;
	if (p->frame[13] == 0xdd)
		put16(p->frame + ETHER_LEN + 4, p->len - ETHER_LEN - 40);
	else
		put16(p->frame + ETHER_LEN + 2, p->len - ETHER_LEN);
}

/* What the next one carries: the same again, nearly the same, or another thing. */
static uint32_t next_payload(struct random *r, const struct packet_case *cases, size_t n,
			     const struct packet *first, uint32_t headers, uint8_t *payload)
{
	uint32_t len = MIN(first->len - headers, PAYLOAD_MAX);

	if (random_once_in(r, 2))
		return generate_payload(r, cases, n, payload);
	memcpy(payload, first->frame + headers, len);
	if (random_once_in(r, 2))
		generate_mutation(r, payload, len);
	return len;
}

static void add_followers(struct random *r, const struct packet_case *cases, size_t n,
			  struct flight *f)
{
	struct packet *first = &f->packets[0], *p;
	uint32_t headers = header_len(first), len;
	uint8_t payload[PAYLOAD_MAX];

	if (!headers)
		return;
	first->repeat = 1;
	f->owned = random_once_in(r, 2);
	f->client = f->owned && random_once_in(r, 3);
	f->daemon = f->owned && random_once_in(r, 4);
	f->impostor = f->daemon && random_once_in(r, 4);
	f->configures = f->owned && random_once_in(r, 2);
	for (f->n = 1; f->n < FLIGHT_MAX && !random_once_in(r, 4); f->n++) {
		p = &f->packets[f->n];
		len = next_payload(r, cases, n, first, headers, payload);
		follow(first, headers, payload, len, p);
		p->segs = random_segments(r);
		p->repeat = 1 + random_below(r, 4);
		p->new_facts = random_once_in(r, 4);
	}
}

void generate(struct random *r, const struct packet_case *cases, size_t n, struct flight *f)
{
	f->n = 1;
	f->owned = f->client = f->daemon = f->impostor = f->configures = false;
	generate_packet(r, cases, n, &f->packets[0]);
	if (random_once_in(r, 6))
		add_followers(r, cases, n, f);
}

void flight_of_case(const struct packet_case *c, struct flight *f)
{
	struct packet *p = f->packets;
	uint32_t headers;

	f->n = 1;
	f->owned = c->client || c->configures;
	f->client = c->client;
	f->configures = c->configures;
	f->daemon = f->impostor = false;
	packet_of_case(c, p);
	if (c->again)
		p->repeat = 2;
	if (!f->owned)
		return;
	/* what came before had no payload */
	f->n = 2;
	packet_of_case(c, &p[1]);
	p[1].new_facts = true; /* such as who the owner is */
	headers = header_len(p);
	if (headers)
		follow(&p[1], headers, c->packet, 0, p);
}
