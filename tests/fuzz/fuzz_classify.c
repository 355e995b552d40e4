/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classifier on the packets of one flow: settings (3 bytes), ports (4), then
 * each packet's length (2) and bytes: whole packets from the IP header on, or,
 * with SETTING_PAYLOADS, what is put behind headers that are made here.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "core/verdict.h"

#define SETTING_CLIENT 0x01
#define SETTING_PAYLOADS 0x02
#define SETTING_IPV6 0x04
#define SETTING_TCP 0x08

#define HEADERS_MAX (40 + 20)
#define TRAILER 40
#define PACE 20000000 /* ns from packet to packet */

struct flow {
	uint8_t settings, resolver, facts, drop;
	uint16_t sport, dport;
	uint64_t time;
	struct la_flow f;
};

struct answer {
	struct la_label label;
	struct la_judgement judgement;
	struct la_utp_seen utp;
	struct la_flow_key key;
	bool closed; /* to the port of DNS, of which all is dropped */
};

static bool detail_belongs(unsigned int cls, unsigned int detail)
{
	switch (cls) {
	case LA_CLASS_IPV4:
	case LA_CLASS_IPV6:
		return detail == LA_DETAIL_NONE || detail == LA_DETAIL_PORTMAP ||
		       detail == LA_DETAIL_DHCP;
	case LA_CLASS_DNS:
		return detail >= LA_DETAIL_DNS_UDP && detail <= LA_DETAIL_NETBIOS;
	case LA_CLASS_STUN:
		return detail >= LA_DETAIL_BINDING && detail <= LA_DETAIL_MEDIA;
	case LA_CLASS_TORRENT:
		return detail >= LA_DETAIL_HANDSHAKE && detail <= LA_DETAIL_BULK;
	}
	return false;
}

static void check_hello(const struct la_hello *hello, uint32_t off, uint32_t len)
{
	uint32_t at = hello->name_off, n = hello->name_len;

	REQUIRE(hello->alpn <= LA_ALPN_OTHER);
	REQUIRE(!n == !at);
	REQUIRE(!n || (at >= off && at + n <= off + len));
}

static uint8_t named(const struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	struct la_src from = *src;

	if (l->flags & LA_CF_QUIC)
		return LA_DETAIL_NONE;
	(void)p;
	return la_name_hash(&from, l->hello.name_off, l->hello.name_len, 0) & 1 ? LA_DETAIL_DOH
										: LA_DETAIL_NONE;
}

/* What a hook does with the packet, as far as it is pure. base: of the IP header. */
static bool ask(const struct flow *flow, const uint8_t *frame, uint32_t len, uint32_t base,
		uint16_t ethertype, struct answer *a)
{
	struct la_facts facts = { flow->facts, flow->drop };
	struct la_src src = { .data = frame, .len = len, .named = named, .time = flow->time };
	struct la_label *l = &a->label;
	struct la_flow f = flow->f;
	struct la_packet p;

	*a = (struct answer){ .label = { .torrent_owner = flow->settings & SETTING_CLIENT,
					 .resolver = flow->resolver } };
	if (la_parse(&src, base, ethertype, len, &p))
		return false;
	la_flow_label(&src, &p, &f, l);
	if (l->flags & LA_CF_HELLO)
		check_hello(&l->hello, p.base + p.payload_off, p.payload_len);
	if (l->hello.name_len) /* where it lies is no part of the answer */
		l->hello.name_off -= (uint16_t)base;
	la_evaluate(&p, l, &facts, &a->judgement);
	a->utp = f.utp;
	a->key = p.key;
	a->closed = flow->drop & 1U << LA_CLASS_DNS && (p.key.dport == 53 || p.key.dport == 853);
	return true;
}

static void check_answer(const struct flow *flow, const struct answer *a)
{
	uint8_t cls = a->label.cls, detail = a->label.detail;

	REQUIRE(detail_belongs(cls, detail));
	REQUIRE(a->judgement.exempt < LA_EXEMPT_MAX && a->judgement.verdict < LA_VERDICT_MAX);
	if (a->judgement.verdict == LA_VERDICT_DROPPED)
		REQUIRE(a->judgement.exempt == LA_EXEMPT_NONE &&
			flow->drop & (1U << cls | 1U << LA_CLASS_IPV4 | 1U << LA_CLASS_IPV6 |
				      1U << LA_CLASS_DNS));
	if (detail == LA_DETAIL_BULK)
		REQUIRE(flow->settings & SETTING_CLIENT);
	if (a->label.flags & LA_CF_CLIENT)
		REQUIRE(cls == LA_CLASS_TORRENT);
	if (a->closed)
		REQUIRE(a->judgement.exempt || a->judgement.verdict == LA_VERDICT_DROPPED ||
			cls == LA_CLASS_STUN || cls == LA_CLASS_TORRENT);
}

static void take(struct la_flow *f, const struct la_label *label)
{
	uint8_t before = f->cls;

	if (f->flags & LA_FF_CLASS_FINAL)
		return;
	la_flow_take(f, label);
	REQUIRE(detail_belongs(f->cls, f->detail));
	/* a proof stands, unless only ports had spoken */
	if (before >= LA_CLASS_DNS && f->probes > 1)
		REQUIRE(f->cls >= LA_CLASS_DNS);
	if (f->key.dport == 53 || (f->key.dport == 853 && f->cls != LA_CLASS_DNS))
		REQUIRE(!(f->flags & LA_FF_CLASS_FINAL));
	else if (f->probes >= LA_PROBES_MAX && f->cls != LA_CLASS_DNS && f->cls != LA_CLASS_STUN &&
		 f->detail != LA_DETAIL_DHCP && f->exempt != LA_EXEMPT_LAN &&
		 (!f->scratch || f->scratch == LA_DNS_NO_DOQ))
		REQUIRE(f->flags & LA_FF_CLASS_FINAL);
}

static void same(const struct answer *a, const struct answer *b)
{
	REQUIRE(!memcmp(&a->label, &b->label, sizeof(a->label)));
	REQUIRE(a->judgement.exempt == b->judgement.exempt);
	REQUIRE(a->judgement.verdict == b->judgement.verdict);
}

/* Behind a link header, and with other bytes behind its end, it is the same packet. */
static void check_elsewhere(const struct flow *flow, const uint8_t *ip, uint32_t len,
			    uint16_t ethertype, const struct answer *first, uint32_t trailer)
{
	uint32_t base = 14, total = base + len + trailer;
	uint8_t *frame = malloc(total);
	struct answer again;

	REQUIRE(frame);
	memset(frame, 0x5a, total);
	memcpy(frame + base, ip, len);
	REQUIRE(ask(flow, frame, total, base, ethertype, &again));
	same(first, &again);
	free(frame);
}

static void packet(struct flow *flow, const uint8_t *ip, uint32_t len, uint16_t ethertype)
{
	uint32_t trailer = flow->settings & SETTING_PAYLOADS && len < 0xff00 ? TRAILER : 0;
	struct answer a;

	if (!ask(flow, ip, len, 0, ethertype, &a))
		return;
	check_answer(flow, &a);
	check_elsewhere(flow, ip, len, ethertype, &a, trailer);
	flow->f.utp = a.utp;
	flow->f.key = a.key;
	flow->time += PACE;
	take(&flow->f, &a.label);
}

static void put16(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)(v >> 8);
	to[1] = (uint8_t)v;
}

/* IP and TCP or UDP for so many bytes; returns their own length. */
static uint32_t write_headers(const struct flow *flow, uint8_t *h, uint32_t payload)
{
	uint32_t ip = flow->settings & SETTING_IPV6 ? 40 : 20;
	uint32_t l4 = flow->settings & SETTING_TCP ? 20 : 8;
	uint8_t proto = flow->settings & SETTING_TCP ? LA_PROTO_TCP : LA_PROTO_UDP;

	memset(h, 0, HEADERS_MAX);
	if (ip == 40) {
		memcpy(h, (uint8_t[]){ 0x60, [7] = 64, [8] = 0x20, 1, [24] = 0x20, 1, [39] = 1 },
		       40);
		put16(h + 4, l4 + payload);
		h[6] = proto;
	} else {
		memcpy(h, (uint8_t[]){ 0x45, [8] = 64, [12] = 10, [16] = 198, 51, 100, 7 }, 20);
		put16(h + 2, ip + l4 + payload);
		h[9] = proto;
	}
	put16(h + ip, flow->sport);
	put16(h + ip + 2, flow->dport);
	if (l4 == 20)
		h[ip + 12] = 5 << 4;
	else
		put16(h + ip + 4, l4 + payload);
	return ip + l4;
}

static void payload(struct flow *flow, const uint8_t *data, uint32_t len)
{
	uint16_t ethertype = flow->settings & SETTING_IPV6 ? LA_ETH_IPV6 : LA_ETH_IPV4;
	uint8_t headers[HEADERS_MAX], *ip;
	uint32_t n;

	len = len > 0xffff - HEADERS_MAX ? 0xffff - HEADERS_MAX : len;
	n = write_headers(flow, headers, len);
	ip = malloc(n + len);
	REQUIRE(ip);
	memcpy(ip, headers, n);
	if (len)
		memcpy(ip + n, data, len);
	packet(flow, ip, n + len, ethertype);
	free(ip);
}

/* The readers that a hook calls with offsets of its own, on any offsets. */
static void readers(const uint8_t *data, uint32_t len)
{
	struct la_src src = { .data = data, .len = len };
	uint32_t off = len ? data[0] : 0, n = len > 1 ? data[1] * 8U : 0;
	struct la_hello hello = { 0 }, extensions = { 0 };
	struct la_http_found found = { 0 };
	uint8_t b[LA_WINDOW];

	la_tls_hello(&src, off, n, &hello);
	check_hello(&hello, off, n);
	la_tls_extensions(&src, off, off + n, &extensions);
	check_hello(&extensions, off, n);
	la_name_hash(&src, off, n, 0);
	la_name_hash(&src, off, n, 1);
	found.state = off * 0x10001U;
	la_http_find(&src, off, n < LA_HTTP_MAX ? n : LA_HTTP_MAX, &found);
	la_dns_follow(&src, off, n);
	REQUIRE(la_dns_name_end(la_dns_name(&src, off, len)) <= len + 1);
	if (off <= len && n <= len - off)
		la_dns_whole(&src, off, n);
	REQUIRE(!!la_load(&src, off, b, LA_WINDOW) == (off + LA_WINDOW > len));
	REQUIRE(la_load(&src, len, b, 1) && la_load(&src, ~0U, b, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t resolvers[] = { LA_DETAIL_NONE, LA_DETAIL_DOH, LA_DETAIL_DNSCRYPT };
	struct input in = { data, size };
	struct flow flow = { .settings = input_8(&in) };
	uint8_t *bytes;
	size_t len;

	flow.resolver = resolvers[(flow.settings >> 4) % 3];
	flow.facts = input_8(&in);
	flow.drop = input_8(&in);
	flow.sport = input_16(&in);
	flow.dport = input_16(&in);
	while (in.left) {
		bytes = input_chunk(&in, &len);
		readers(bytes, (uint32_t)len);
		if (flow.settings & SETTING_PAYLOADS)
			payload(&flow, bytes, (uint32_t)len);
		else
			packet(&flow, bytes, (uint32_t)len,
			       flow.settings & SETTING_IPV6 ? LA_ETH_IPV6 : LA_ETH_IPV4);
		free(bytes);
	}
	return 0;
}
