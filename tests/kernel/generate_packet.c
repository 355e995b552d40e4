/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "generate_priv.h"

#include <string.h>

#include "base/util.h"

/* clang-format off */
static const uint16_t ports[] = { 53, 853, 5353, 5355, 137, 3478, 5349, 19302, 6771, 67, 68, 546, 547,
				  443, 4660, 6881, 51820, 0, 65535 };
static const uint8_t protocols[] = { 17, 17, 17, 17, 17, 17, 17, 6, 6, 6, 6, 6, 6, 1, 2, 58, 58, 132,
				     33, 136, 47, 50, 4, 41, 0, 255 };
static const uint8_t extensions[] = { 0, 43, 44, 44, 51, 60, 60, 135, 139, 140 };
static const uint8_t hops[] = { 64, 64, 255, 255, 1, 254, 0 };
static const uint32_t marks[] = { 0, 0, 1, 51820, 0xffffffff };
static const uint8_t icmp_types[] = { 0, 3, 8, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138,
				      143, 255 };
static const uint16_t fragments[] = { 0x2000, 0x2000, 0x4000, 0x4000, 0x8000, 0x00b9, 0x20b9, 0x1fff };

static const uint8_t v4[][4] = {
	{ 198, 51, 100, 7 }, { 198, 51, 100, 8 }, { 10, 9, 0, 254 }, { 10, 9, 255, 255 }, { 10, 10, 0, 0 },
	{ 10, 8, 255, 255 }, { 224, 0, 0, 251 }, { 224, 0, 1, 1 }, { 0, 0, 0, 0 }, { 255, 255, 255, 255 },
	{ 239, 192, 152, 143 }, { 203, 0, 113, 5 }, { 203, 0, 113, 4 }, { 192, 0, 2, 77 }, { 192, 0, 2, 78 },
};
static const uint8_t v6[][16] = {
	{ 0x20, 0x01, 0x0d, 0xb8, [15] = 7 },
	{ 0x20, 0x01, 0x0d, 0xb8, [15] = 8 },
	{ 0x20, 0x01, 0x0d, 0xb8, [10] = 0xff, 0xff, 203, 0, 113, 5 }, /* ends like the allowed one */
	{ 0xfe, 0x80, [15] = 2 },
	{ 0xfe, 0xbf, 0xff, [15] = 2 },
	{ 0xfe, 0xc0, [15] = 2 },
	{ 0xff, 0x02, [15] = 0xfb },
	{ 0xff, 0x02, [11] = 1, 0xff, [15] = 2 },
	{ 0xff, 0x05, [13] = 1, [15] = 3 },
	{ 0xff, 0x0e, [15] = 1 },
	{ [15] = 1 },
	{ 0 },
};
/* clang-format on */

/* What goes through the headers at once, so that they fit each other. */
struct plan {
	struct random *r;
	struct packet *p;
	uint8_t proto;
	uint16_t sport, dport;
	uint8_t payload[PAYLOAD_MAX];
	uint32_t payload_len;
};

/* Room for n more bytes at the packet's end; all that is built fits. */
static uint8_t *grow(struct packet *p, uint32_t n)
{
	uint8_t *at = p->frame + p->len;

	memset(at, 0, n);
	p->len += n;
	return at;
}

void generate_mutation(struct random *r, uint8_t *b, uint32_t n)
{
	static const uint8_t telling[] = { 0, 1, 0xff, 0x80, 0x7f, 0x40, 0x45, 0x60 };
	uint32_t changes = random_below(r, 4);

	while (n && changes--) {
		uint8_t *at = &b[random_below(r, n)];

		switch (random_below(r, 3)) {
		case 0:
			*at ^= (uint8_t)(1U << random_below(r, 8));
			break;
		case 1:
			*at = random_of(r, telling);
			break;
		default:
			*at = (uint8_t)random_next(r);
		}
	}
}

/* The payload of a case and, mostly, its ports. */
static void borrow(struct plan *plan, const struct packet_case *c)
{
	struct la_src src = { .data = c->packet, .len = c->len };
	struct la_packet p;

	if (la_parse(&src, 0, c->ethertype, c->len, &p) || p.payload_off > c->len)
		return;
	plan->payload_len = MIN(p.payload_len, c->len - p.payload_off);
	memcpy(plan->payload, c->packet + p.payload_off, plan->payload_len);
	if (!p.key.dport || random_once_in(plan->r, 4))
		return;
	plan->proto = p.key.proto;
	plan->sport = p.key.sport;
	plan->dport = p.key.dport;
}

static void choose_payload(struct plan *plan, const struct packet_case *cases, size_t n)
{
	struct random *r = plan->r;
	uint32_t kind = random_below(r, 8), more;

	if (!kind)
		return;
	if (kind == 1) {
		plan->payload_len = random_below(r, 64);
		random_bytes(r, plan->payload, plan->payload_len);
		return;
	}
	borrow(plan, &cases[random_below(r, (uint32_t)n)]);
	if (kind == 2) {
		more = random_below(r, sizeof(plan->payload) - plan->payload_len);
		random_bytes(r, plan->payload + plan->payload_len, more);
		plan->payload_len += more;
	} else if (kind == 3) {
		plan->payload_len = random_below(r, plan->payload_len + 1);
	}
	if (kind < 6)
		generate_mutation(r, plan->payload, plan->payload_len);
}

static void choose_ports(struct plan *plan)
{
	struct random *r = plan->r;

	plan->proto = random_of(r, protocols);
	plan->sport = random_once_in(r, 2) ? 4660 : random_of(r, ports);
	plan->dport = random_once_in(r, 8) ? random_16(r) : random_of(r, ports);
}

static void add_transport(struct plan *plan)
{
	struct random *r = plan->r;
	uint32_t options = 0;
	uint8_t *h;

	switch (plan->proto) {
	case 6:
		options = random_once_in(r, 3) ? random_below(r, 11) * 4 : 0;
		h = grow(plan->p, 20 + options);
		h[12] = (uint8_t)((20 + options) / 4 << 4);
		h[13] = (uint8_t)(random_once_in(r, 4) ? random_next(r) : 0x18);
		if (random_once_in(r, 16))
			h[12] = (uint8_t)random_next(r);
		break;
	case 17:
	case 136:
		h = grow(plan->p, 8);
		put16(h + 4, 8 + plan->payload_len);
		break;
	case 33:
	case 132:
		h = grow(plan->p, 12);
		break;
	case 1:
	case 2:
	case 58:
		h = grow(plan->p, 8);
		h[0] = random_of(r, icmp_types);
		return;
	default:
		return;
	}
	put16(h, plan->sport);
	put16(h + 2, plan->dport);
}

static void add_payload(struct plan *plan)
{
	memcpy(grow(plan->p, plan->payload_len), plan->payload, plan->payload_len);
}

/* A length field: mostly right, else any of the ways to be wrong. */
static uint32_t length(struct random *r, uint32_t right)
{
	switch (random_below(r, 24)) {
	case 0:
		return 0;
	case 1:
		return random_16(r);
	case 2:
		return random_below(r, right + 1);
	case 3:
		return right + 1 + random_below(r, 40);
	default:
		return right;
	}
}

static void build_v4(struct plan *plan)
{
	struct random *r = plan->r;
	uint32_t options = random_once_in(r, 6) ? random_below(r, 11) * 4 : 0;
	uint8_t *h = grow(plan->p, 20 + options);

	h[0] = (uint8_t)(0x40 | (20 + options) / 4);
	if (random_once_in(r, 64))
		h[0] = (uint8_t)random_next(r);
	random_bytes(r, h + 4, 2);
	if (random_once_in(r, 5))
		put16(h + 6, random_of(r, fragments));
	h[8] = random_of(r, hops);
	h[9] = plan->proto;
	memcpy(h + 12, random_of(r, v4), 4);
	memcpy(h + 16, random_of(r, v4), 4);
	if (random_once_in(r, 8))
		random_bytes(r, h + 16, 4);
	random_bytes(r, h + 20, options);
	add_transport(plan);
	add_payload(plan);
	put16(h + 2, length(r, plan->p->len - ETHER_LEN));
}

/* *next is where the type of the first one goes. */
static void add_extensions(struct plan *plan, uint8_t *next)
{
	struct random *r = plan->r;
	uint32_t n = random_once_in(r, 2) ? 0 : random_below(r, random_once_in(r, 8) ? 12 : 4);
	uint32_t units;
	uint8_t *h;

	while (n--) {
		*next = random_of(r, extensions);
		units = *next == 44 ? 0 : random_below(r, 4);
		h = grow(plan->p, *next == 51 ? (units + 2) * 4 : (units + 1) * 8);
		h[1] = (uint8_t)units;
		if (*next == 44) {
			if (random_once_in(r, 2))
				put16(h + 2, random_of(r, fragments) << 3 | random_below(r, 2));
			random_bytes(r, h + 4, 4);
		} else if (random_once_in(r, 24)) {
			h[1] = (uint8_t)random_next(r);
		}
		next = h;
	}
	*next = plan->proto;
}

static void build_v6(struct plan *plan)
{
	struct random *r = plan->r;
	uint8_t *h = grow(plan->p, 40);

	h[0] = 0x60;
	if (random_once_in(r, 64))
		h[0] = (uint8_t)random_next(r);
	h[7] = random_of(r, hops);
	memcpy(h + 8, random_of(r, v6), 16);
	memcpy(h + 24, random_of(r, v6), 16);
	if (random_once_in(r, 8))
		random_bytes(r, h + 24 + random_below(r, 12), 4);
	add_extensions(plan, &h[6]);
	add_transport(plan);
	add_payload(plan);
	put16(h + 4, length(r, plan->p->len - ETHER_LEN - 40));
}

/* What chance would hardly bring together. */
static void meet(struct plan *plan)
{
	static const struct {
		uint8_t dst[4], proto;
		uint16_t sport, dport;
	} pairs[] = {
		{ { 203, 0, 113, 5 }, 6, 4660, 443 }, /* allowed */
		{ { 192, 0, 2, 77 }, 17, 51820, 51820 }, /* a far end, with any mark */
		{ { 192, 0, 2, 78 }, 17, 51820, 51820 }, /* and with one */
		{ { 255, 255, 255, 255 }, 17, 68, 67 },	 { { 10, 9, 0, 254 }, 17, 68, 67 },
		{ { 10, 9, 0, 254 }, 17, 4660, 53 },	 { { 224, 0, 0, 22 }, 2, 0, 0 },
	};
	uint32_t i = random_below(plan->r, ARRAY_SIZE(pairs));

	plan->proto = pairs[i].proto;
	plan->sport = pairs[i].sport;
	plan->dport = pairs[i].dport;
	build_v4(plan);
	memcpy(plan->p->frame + ETHER_LEN + 16, pairs[i].dst, 4);
}

static void set_type(struct packet *p, uint32_t ethertype)
{
	put16(p->frame + 12, ethertype);
}

void packet_of_case(const struct packet_case *c, struct packet *p)
{
	memset(p->frame, 0, ETHER_LEN);
	memcpy(p->frame + ETHER_LEN, c->packet, c->len);
	p->len = ETHER_LEN + c->len;
	p->segs = 0;
	p->mark = 0;
	p->repeat = 1;
	p->new_facts = false;
	set_type(p, c->ethertype);
}

static void build(struct random *r, const struct packet_case *cases, size_t n, struct packet *p)
{
	struct plan plan = { .r = r, .p = p };

	p->len = ETHER_LEN;
	choose_ports(&plan);
	choose_payload(&plan, cases, n);
	if (random_once_in(r, 16)) {
		meet(&plan);
		set_type(p, LA_ETH_IPV4);
	} else if (random_once_in(r, 2)) {
		build_v4(&plan);
		set_type(p, LA_ETH_IPV4);
	} else {
		build_v6(&plan);
		set_type(p, LA_ETH_IPV6);
	}
}

/* A VLAN tag in front of what the frame's type says. */
static void add_tag(struct random *r, struct packet *p)
{
	uint8_t *type = p->frame + 12;

	memmove(type + 4, type, p->len - 12);
	set_type(p, random_once_in(r, 4) ? 0x88a8 : 0x8100);
	random_bytes(r, type + 2, 2);
	p->len += 4;
}

/* The frame's end, and what is beside its bytes. */
static void finish(struct random *r, struct packet *p)
{
	static const uint16_t types[] = { 0x0806, 0x8100, 0x88a8, 0x8864, 0x0800, 0x86dd };
	uint32_t least = ETHER_LEN + (p->frame[13] == 0xdd ? 40 : 20);

	if (random_once_in(r, 12) && p->len > least)
		p->len = least + random_below(r, p->len - least);
	else if (random_once_in(r, 16))
		random_bytes(r, grow(p, 8), 8);
	if (random_once_in(r, 64))
		set_type(p, random_of(r, types));
	while (random_once_in(r, 24) && p->len < PACKET_MAX - 4)
		add_tag(r, p);
	p->segs = random_segments(r);
	p->mark = random_of(r, marks);
	p->repeat = random_once_in(r, 8) ? 2 + random_below(r, REPEAT_MAX - 1) : 1;
	p->new_facts = false;
}

void generate_packet(struct random *r, const struct packet_case *cases, size_t n, struct packet *p)
{
	if (random_once_in(r, 4)) {
		packet_of_case(&cases[random_below(r, (uint32_t)n)], p);
		generate_mutation(r, p->frame + ETHER_LEN, p->len - ETHER_LEN);
	} else {
		memset(p->frame, 0, ETHER_LEN);
		build(r, cases, n, p);
	}
	finish(r, p);
}

uint32_t generate_payload(struct random *r, const struct packet_case *cases, size_t n,
			  uint8_t payload[PAYLOAD_MAX])
{
	struct plan plan = { .r = r };

	choose_payload(&plan, cases, n);
	memcpy(payload, plan.payload, plan.payload_len);
	return plan.payload_len;
}
