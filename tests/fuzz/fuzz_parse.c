/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpf/core/parse.h on any frame, with any link header in front. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "core/parse.h"
#include "base/util.h"

struct parsed {
	int r;
	struct la_packet p;
};

static struct parsed parse(const uint8_t *frame, size_t len, struct la_link link)
{
	struct la_src src = { .data = frame, .len = (uint32_t)len };
	struct parsed a;

	a.r = la_parse(&src, link.l2_len, link.ethertype, (uint32_t)len, &a.p);
	return a;
}

/* The protocol and the length that a hook would have been told; Ethernet's
 * header may say another. */
static struct la_link link_of(const uint8_t *frame, size_t len, uint8_t kind, uint16_t protocol)
{
	static const uint16_t protocols[] = { LA_ETH_IPV4, LA_ETH_IPV6 };
	struct la_src src = { .data = frame, .len = (uint32_t)len };
	uint16_t base = kind & 0x10 ? 14 : kind & 0x20 ? protocol & 0x3f : 0;
	struct la_link link;

	if (!(kind & 0x40))
		protocol = protocols[kind & 1];
	link = (struct la_link){ protocol, base };
	la_link_of(&src, &link);
	if (!base) {
		REQUIRE(!link.l2_len);
		REQUIRE(link.ethertype == protocol ||
			(len && link.ethertype == protocols[frame[0] >> 4 == 6]));
		return link;
	}
	if (base != 14) {
		REQUIRE(link.ethertype == protocol && link.l2_len == base);
		return link;
	}
	base = link.l2_len;
	REQUIRE(base == 14 || base == 18 || base == 22);
	if (base != 14 || link.ethertype != protocol)
		REQUIRE(len >= base && la_get16(frame + base - 2) == link.ethertype);
	return link;
}

static void check_header(const uint8_t *ip, size_t len, const struct la_packet *p)
{
	struct la_addr source = {};

	REQUIRE(p->key.family == ip[0] >> 4);
	REQUIRE(len >= (p->key.family == 6 ? 40 : 20));
	if (p->key.family == 6) {
		REQUIRE(!memcmp(&p->key.saddr, ip + 8, 16) && !memcmp(&p->key.daddr, ip + 24, 16));
		REQUIRE(p->hops == ip[7] && p->l4_off >= 40);
		return;
	}
	la_map_v4(&source, ip + 12);
	REQUIRE(!memcmp(&p->key.saddr, &source, 16) && !memcmp(&p->key.daddr.b[12], ip + 16, 4));
	REQUIRE(p->hops == ip[8] && p->key.proto == ip[9]);
	REQUIRE(p->l4_off == (ip[0] & 0xf) * 4 && p->l4_off <= len);
}

static void check(const uint8_t *ip, size_t len, const struct la_packet *p)
{
	check_header(ip, len, p);
	REQUIRE(p->len <= len); /* less: the frame is padded */
	REQUIRE(p->payload_off >= p->l4_off);
	REQUIRE(!p->payload_len || (size_t)p->payload_off + p->payload_len <= len);
	if (p->flags & LA_PF_LATER) {
		REQUIRE(p->flags & LA_PF_FRAGMENT);
		REQUIRE(!p->key.sport && !p->key.dport && !p->payload_len && !p->tcp_flags);
	}
	if (p->key.sport || p->key.dport) {
		REQUIRE((size_t)p->l4_off + 4 <= len);
		REQUIRE(p->key.sport == la_get16(ip + p->l4_off));
		REQUIRE(p->key.dport == la_get16(ip + p->l4_off + 2));
	}
	REQUIRE(!p->frag_id || p->flags & LA_PF_FRAGMENT);
	REQUIRE(!p->key.cookie && !p->key.netns && !p->key.ifindex && !p->key.pad && !p->key.pad2);
	REQUIRE(p->key.routed == !!(p->flags & LA_PF_ROUTED));
	REQUIRE(la_wire_bytes(p, 1) == p->len);
}

/* But for where it lies, a packet is the same behind any link header. */
static void check_elsewhere(const uint8_t *ip, size_t len, uint16_t ethertype,
			    const struct parsed *first)
{
	uint16_t base = first->p.base ? 0 : 14;
	uint8_t *frame = malloc(base + len);
	struct parsed again;

	REQUIRE(frame || !(base + len));
	if (base)
		memset(frame, 0xff, base);
	if (len)
		memcpy(frame + base, ip, len);
	again = parse(frame, base + len, (struct la_link){ ethertype, base });
	REQUIRE(again.r == first->r);
	if (!again.r) {
		again.p.base = first->p.base;
		REQUIRE(!memcmp(&again.p, &first->p, sizeof(again.p)));
	}
	free(frame);
}

/* What the frame has behind the packet's own end changes nothing. */
static void check_trailer(const uint8_t *ip, uint16_t ethertype, const struct parsed *whole)
{
	uint32_t claimed = la_get16(ip + (whole->p.key.family == 6 ? 4 : 2));
	uint8_t *frame;
	struct parsed cut;

	if (claimed && whole->p.key.family == 6)
		claimed += 40;
	if (!claimed || claimed >= whole->p.len)
		return;
	frame = malloc(claimed);
	REQUIRE(frame);
	memcpy(frame, ip, claimed);
	cut = parse(frame, claimed, (struct la_link){ ethertype, 0 });
	free(frame);
	if (cut.r)
		return;
	cut.p.len = whole->p.len;
	cut.p.base = whole->p.base;
	REQUIRE(!memcmp(&cut.p, &whole->p, sizeof(cut.p)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t kind = input_8(&in), *frame;
	uint16_t protocol = kind & 0x60 ? input_16(&in) : 0;
	struct parsed a;
	struct la_link link;
	uint32_t base;
	size_t len;

	frame = input_bytes(&in, in.left, &len);
	link = link_of(frame, len, kind, protocol);
	base = link.l2_len;
	a = parse(frame, len, link);
	REQUIRE(a.r >= -1 && a.r <= 1);
	if (base <= len)
		check_elsewhere(frame + base, len - base, link.ethertype, &a);
	if (!a.r) {
		REQUIRE(a.p.base == base);
		check(frame + base, len - base, &a.p);
		check_trailer(frame + base, link.ethertype, &a);
	}
	free(frame);
	return 0;
}
