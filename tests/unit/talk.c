/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "talk.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "facts.h"
#include "base/util.h"

#define FROM 0x0a090001
#define SPORT 4660

static uint32_t header_len(const struct talk *t)
{
	return t->flow.key.proto == LA_PROTO_TCP ? 40 : 28;
}

static void put16(uint8_t *b, uint32_t v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static void put_headers(const struct talk *t, uint8_t *b, size_t len)
{
	const struct la_flow_key *k = &t->flow.key;

	memset(b, 0, 40);
	b[0] = 0x45;
	put16(b + 2, (uint32_t)len);
	b[8] = 64;
	b[9] = k->proto;
	put16(b + 12, FROM >> 16);
	put16(b + 14, FROM & 0xffff);
	memcpy(b + 16, k->daddr.b + 12, 4);
	put16(b + 20, SPORT);
	put16(b + 22, k->dport);
	if (k->proto == LA_PROTO_TCP) {
		b[32] = 0x50;
		b[33] = len > 40 ? 0x18 : LA_TCP_SYN;
	} else {
		put16(b + 24, (uint32_t)len - 20);
	}
}

static uint8_t named(const struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	struct talk *t = src->arg;

	(void)p;
	if (l->flags & LA_CF_QUIC || la_load(src, l->hello.name_off, t->name, l->hello.name_len))
		return LA_DETAIL_NONE;
	t->name[l->hello.name_len] = 0;
	return facts_named(t->name);
}

static void hear(struct talk *t, struct la_src *src)
{
	struct la_label l = { .torrent_owner = t->client };
	struct la_packet p;

	t->flags = 0;
	if (t->flow.flags & LA_FF_CLASS_FINAL || la_parse(src, 0, LA_ETH_IPV4, src->len, &p))
		return;
	l.resolver = facts_resolver(&t->flow.key);
	la_flow_label(src, &p, &t->flow, &l);
	t->flags = l.flags;
	t->client = t->client || t->flags & LA_CF_CLIENT;
	t->messages += !!(t->flags & LA_CF_MESSAGE);
}

void talk_send(struct talk *t, const void *payload, size_t len)
{
	uint8_t frame[TALK_PACKET_MAX];
	uint32_t headers = header_len(t);
	struct la_src src = {
		.data = frame,
		.len = headers + (uint32_t)len,
		.named = named,
		.arg = t,
		.time = t->time,
	};

	if (src.len > sizeof(frame))
		return;
	put_headers(t, frame, src.len);
	if (len)
		memcpy(frame + headers, payload, len);
	hear(t, &src);
}

void talk_open(struct talk *t, uint8_t proto, const char *to, uint16_t dport)
{
	struct in_addr a = { 0 };

	inet_pton(AF_INET, to, &a);
	memset(t, 0, sizeof(*t));
	t->flow.key = (struct la_flow_key){ .daddr = addr_from_4(&a),
					    .sport = SPORT,
					    .dport = dport,
					    .proto = proto,
					    .family = 4 };
	if (proto == LA_PROTO_TCP)
		talk_send(t, NULL, 0);
}

const char *talk_class(const struct talk *t)
{
#define NAME(sym, name, help) name,
	static const char *const classes[] = { LA_CLASSES(NAME) };
	static const char *const details[] = { LA_DETAILS(NAME) };
#undef NAME
	static char both[64];

	snprintf(both, sizeof(both), "%s%s%s", classes[t->flow.cls],
		 t->flow.detail == LA_DETAIL_NONE ? "" : " ", details[t->flow.detail]);
	return both;
}
