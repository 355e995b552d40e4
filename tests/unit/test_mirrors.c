/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames in packets that go one way: what a mirror sends to its collector. */
#include <stdlib.h>
#include <string.h>

#include "replay/flows.h"
#include "replay/mirrors.h"
#include "unit.h"

#define IPV4 20
#define IPV6 40
#define FRAME 14

static struct replay_flows *hash;
static struct replay_mirrors mirrors;

struct outer {
	uint8_t proto;
	uint32_t n; /* bytes of the header behind IP */
	uint8_t header[40];
};

static const struct outer kinds[] = {
	{ 47, 4, { 0, 0, 0x88, 0xbe } }, /* ERSPAN I */
	{ 47, 16, { 0x10, 0, 0x88, 0xbe, 0, 0, 0, 9, 0x10, 1 } }, /* II */
	{ 47, 20, { 0x10, 0, 0x22, 0xeb, 0, 0, 0, 9, 0x20, 1 } }, /* III */
	{ 47, 28, { 0x10, 0, 0x22, 0xeb, 0, 0, 0, 9, 0x20, 1, [19] = 1 } }, /* its second header */
	{ 47, 8, { 0x20, 0, 0x65, 0x58, 0, 0, 0, 3 } }, /* GRE with a key */
	{ 97, 2, { 0x30 } }, /* EtherIP */
	{ 115, 8, { 0, 0, 0, 5 } }, /* L2TP */
	{ 17, 16, { 1, 2, 0x12, 0xb5, [8] = 0x08, [14] = 5 } }, /* VXLAN */
	{ 17, 16, { 1, 2, 0x17, 0xc1, [10] = 0x65, 0x58 } }, /* GENEVE */
	{ 17,
	  32,
	  { 1, 2, 0x17, 0xc1, [8] = 4, [10] = 0x65, 0x58, [16] = 1, 8, 0, 3 } }, /* options */
	{ 17, 13, { 1, 2, 0x90, 0x90, [8] = 1, [11] = 1, [12] = 1 } }, /* TZSP */
	{ 17, 20, { 1, 2, 0x1e, 0xfc } }, /* HP */
};

static void set_sum(uint8_t *ip)
{
	uint32_t sum = 0;

	ip[10] = ip[11] = 0;
	for (int i = 0; i < IPV4; i += 2)
		sum += la_get16(ip + i);
	sum = ~((sum & 0xffff) + (sum >> 16));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

/* An IP packet of the version with so many bytes behind the header. Returns its length. */
static uint32_t put_ip(uint8_t *b, int version, uint8_t proto, uint32_t n)
{
	if (version == 4) {
		memcpy(b, (uint8_t[]){ 0x45, 0,	    0, (uint8_t)(n + IPV4),
				       0,    7,	    0, 0,
				       64,   proto, 0, 0,
				       10,   0,	    0, 1,
				       10,   0,	    0, 9 },
		       IPV4);
		set_sum(b);
		return n + IPV4;
	}
	memset(b, 0, IPV6);
	b[0] = 0x60;
	b[5] = (uint8_t)n;
	b[6] = proto;
	b[7] = 64;
	b[8] = b[24] = 0xfd;
	b[23] = 1;
	b[39] = 9;
	return n + IPV6;
}

/* Its frame begins at `inner`. Returns the length of all. */
static uint32_t put(uint8_t *b, const struct outer *o, int version, int inside, uint32_t *inner)
{
	uint32_t head = version == 4 ? IPV4 : IPV6, n;

	*inner = head + o->n;
	memset(b + *inner, 0, FRAME);
	b[*inner] = 2;
	b[*inner + 12] = inside == 4 ? 0x08 : 0x86;
	b[*inner + 13] = inside == 4 ? 0x00 : 0xdd;
	n = put_ip(b + *inner + FRAME, inside, 17, 8);
	put_ip(b, version, o->proto, o->n + FRAME + n);
	memcpy(b + head, o->header, o->n);
	return head + o->n + FRAME + n;
}

static void note(const uint8_t *b, uint32_t n)
{
	struct la_src src = { .data = b, .len = n };
	struct la_packet p;

	CHECK_INT(la_parse(&src, 0, b[0] >> 4 == 4 ? LA_ETH_IPV4 : LA_ETH_IPV6, n, &p), 0);
	replay_mirrors_note(&mirrors, hash, &src, &p);
}

static void begin(void)
{
	if (!hash && replay_flows_open(&hash))
		abort();
	replay_mirrors_clear(&mirrors);
	mirrors.frames = 0;
}

static void test_kinds(void)
{
	uint8_t b[200];
	uint32_t inner;

	for (size_t i = 0; i < ARRAY_SIZE(kinds) * 4; i++) {
		begin();
		note(b, put(b, &kinds[i / 4], i & 1 ? 4 : 6, i & 2 ? 4 : 6, &inner));
		CHECK_INT(mirrors.frames, 1);
	}
}

static void test_tagged(void)
{
	uint8_t b[200];
	uint32_t inner, n;

	begin();
	n = put(b, &kinds[0], 4, 4, &inner);
	memmove(b + inner + 16, b + inner + 12, n - inner - 12);
	memcpy(b + inner + 12, (uint8_t[]){ 0x81, 0, 0, 5 }, 4);
	b[3] = (uint8_t)(b[3] + 4);
	set_sum(b);
	note(b, n + 4);
	CHECK_INT(mirrors.frames, 1);
}

/* Members of an overlay answer each other. */
static void test_both_ways(void)
{
	uint8_t b[200], back[200];
	uint32_t inner, n;

	begin();
	n = put(b, &kinds[7], 4, 4, &inner);
	memcpy(back, b, n);
	back[15] = b[19];
	back[19] = b[15];
	for (int i = 0; i < 3; i++)
		note(b, n);
	CHECK_INT(mirrors.frames, 3);
	note(back, n);
	CHECK_INT(mirrors.frames, 0);
	note(b, n);
	note(back, n);
	CHECK_INT(mirrors.frames, 0);
	back[19] = 77;
	note(back, n);
	CHECK_INT(mirrors.frames, 1);
}

/* What is not plainly a frame for one station, or for more than one collector. */
static void test_near_misses(void)
{
	uint8_t good[200], b[200];
	uint32_t inner, n = put(good, &kinds[7], 4, 4, &inner), n6, inner6;

	begin();
	memcpy(b, good, n);
	b[inner + FRAME + 10] ^= 1;
	note(b, n);
	memcpy(b, good, n);
	b[inner] |= 1;
	note(b, n);
	memcpy(b, good, n);
	b[16] = 239;
	set_sum(b);
	note(b, n);
	memcpy(b, good, n);
	b[9] = 6;
	set_sum(b);
	note(b, n);
	n6 = put(b, &kinds[7], 4, 6, &inner6);
	b[inner6 + FRAME + 5]++;
	note(b, n6);
	for (uint32_t cut = 28; cut < inner + FRAME + IPV4; cut++)
		note(good, cut);
	CHECK_INT(mirrors.frames, 0);
	note(good, n);
	CHECK_INT(mirrors.frames, 1);
}

/* clang-format off */
UNIT_MAIN("mirrors",
	  { "kinds", test_kinds },
	  { "tagged", test_tagged },
	  { "both_ways", test_both_ways },
	  { "near_misses", test_near_misses })
