/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams of one flow: media behind STUN (RFC 7983), uTP (BEP 29), which only
 * a second packet proves, and what resembles it. */
#include "talk.h"
#include "unit.h"

#define PEER "198.51.100.7"
#define DATAGRAMS 8 /* as many as a flow is looked at */

static struct talk t;

static void put16(uint8_t *b, uint32_t v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static void put32(uint8_t *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b + 2, v & 0xffff);
}

/* The same bytes in each run; no secret. */
static void fill(uint8_t *b, size_t n, uint32_t *state)
{
	for (size_t i = 0; i < n; i++) {
		*state = *state * 1664525 + 1013904223;
		b[i] = (uint8_t)(*state >> 24);
	}
}

static void open_udp(uint16_t dport)
{
	talk_open(&t, LA_PROTO_UDP, PEER, dport);
}

enum { DATA, FIN, STATE, RESET, SYN };

struct utp {
	uint8_t type, extension;
	uint16_t connection, seq;
	uint32_t clock;
};

static void send_utp(struct utp u)
{
	uint8_t b[120] = { (uint8_t)(u.type << 4 | 1), u.extension };
	size_t len = 20;

	put16(b + 2, u.connection);
	put32(b + 4, u.clock);
	put32(b + 8, u.type == SYN ? 0 : 1234);
	put32(b + 12, 0x100000);
	put16(b + 16, u.seq);
	put16(b + 18, u.type == SYN ? 0 : 9);
	if (u.extension) { /* selective acknowledgement */
		b[21] = 4;
		len = 26;
	}
	if (u.type == DATA) {
		memset(b + len, 0x3c, sizeof(b) - len);
		len = sizeof(b);
	}
	talk_send(&t, b, len);
}

/* Two packets, so many microseconds apart; whether the second proves uTP. */
static bool proves_at(uint16_t dport, struct utp a, struct utp b, uint32_t apart)
{
	open_udp(dport);
	send_utp(a);
	CHECK_STR(talk_class(&t), "ipv4");
	t.time += apart * 1000ULL;
	send_utp(b);
	CHECK(!t.client); /* it may be a relay of others' packets */
	return t.flow.cls == LA_CLASS_TORRENT && t.flow.detail == LA_DETAIL_UTP;
}

static bool proves(struct utp a, struct utp b)
{
	return proves_at(51413, a, b, 20000);
}

#define FIRST ((struct utp){ .type = DATA, .connection = 0x5a17, .seq = 100, .clock = 0x3b9aca00 })

static struct utp next(uint8_t type, uint16_t ahead)
{
	struct utp u = FIRST;

	u.type = type;
	u.seq = (uint16_t)(u.seq + ahead);
	u.clock += 20000; /* microseconds */
	return u;
}

static void test_utp_goes_on(void)
{
	struct utp last = FIRST, sack = next(STATE, 1);

	CHECK(proves(FIRST, next(DATA, 1)));
	CHECK(proves(FIRST, next(DATA, 0))); /* sent again, later */
	CHECK(proves(FIRST, next(DATA, 20)));
	CHECK(proves(FIRST, next(STATE, 1)));
	CHECK(proves(FIRST, next(FIN, 1)));
	CHECK(proves(FIRST, next(RESET, 1)));
	sack.extension = 1;
	CHECK(proves(FIRST, sack));
	sack.clock = FIRST.clock - 100;
	CHECK(proves(sack, next(DATA, 2)));
	/* the number goes round */
	last.seq = 0xffff;
	sack = last;
	sack.seq = 1;
	sack.clock += 20000;
	CHECK(proves(last, sack));
}

static void test_utp_does_not_go_on(void)
{
	struct utp other = next(DATA, 1), still = next(DATA, 1);

	CHECK(!proves(FIRST, FIRST));
	CHECK(!proves(FIRST, next(DATA, 200)));
	CHECK(!proves(FIRST, next(DATA, (uint16_t)-1)));
	other.connection++;
	CHECK(!proves(FIRST, other));
	still.clock = FIRST.clock;
	CHECK(!proves(FIRST, still));
	open_udp(51413);
	for (int i = 0; i < DATAGRAMS; i++)
		send_utp(FIRST);
	CHECK_STR(talk_class(&t), "ipv4");
	CHECK(t.flow.flags & LA_FF_CLASS_FINAL);
}

/* BEP 29: the clock is of microseconds. */
static void test_utp_goes_as_time_does(void)
{
	struct utp u = next(DATA, 1);

	CHECK(proves_at(51413, FIRST, u, 24000)); /* held up on the way */
	CHECK(proves_at(51413, FIRST, u, 17000));
	CHECK(!proves_at(51413, FIRST, u, 40000));
	CHECK(!proves_at(51413, FIRST, u, 10000));
	u.clock = FIRST.clock + 20; /* of milliseconds */
	CHECK(!proves(FIRST, u));
	u.clock = FIRST.clock + 1; /* a counter, in one burst */
	CHECK(!proves_at(51413, FIRST, u, 10));
	u.clock = FIRST.clock + 60;
	CHECK(proves_at(51413, FIRST, u, 10));
	u.clock = FIRST.clock - 20000;
	CHECK(!proves(FIRST, u));
	u.clock = 19999; /* it goes round after 71 minutes */
	CHECK(proves((struct utp){ .connection = 7, .clock = 0xffffffff, .seq = 99 },
		     (struct utp){ .connection = 7, .clock = 19999, .seq = 100 }));
}

/* Where a protocol with a type, a transaction and a clock of its own has its port. */
static void test_utp_is_not_on_others_ports(void)
{
	static const uint16_t others[] = { 67, 123, 161, 514, 1812, 1813, 5060, 5353, 19132, 19133 };
	static const uint16_t peers[] = { 80, 443, 1024, 6881, 51413, 65535 };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECK(!proves_at(others[i], FIRST, next(DATA, 1), 20000));
	for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
		CHECK(proves_at(peers[i], FIRST, next(DATA, 1), 20000));
}

static void test_utp_with_others_between(void)
{
	open_udp(51413);
	send_utp(FIRST);
	talk_send(&t, "\377\377\377\377getinfo", 11);
	send_utp(next(DATA, 1));
	CHECK_STR(talk_class(&t), "ipv4");
	send_utp(next(DATA, 1));
	CHECK_STR(talk_class(&t), "ipv4");
	struct utp u = next(DATA, 2);
	u.clock += 20000;
	t.time += 20 * 1000000;
	send_utp(u);
	CHECK_STR(talk_class(&t), "torrent utp");
}

static void test_utp_of_a_client(void)
{
	open_udp(51413);
	t.client = true;
	send_utp(FIRST);
	CHECK_STR(talk_class(&t), "torrent utp");
	open_udp(51413);
	send_utp((struct utp){ .type = SYN, .connection = 1, .seq = 1, .clock = 1000 });
	CHECK_STR(talk_class(&t), "torrent utp");
	CHECK(t.client);
}

/* Datagrams, each made by make(b, i), are of that class. */
static void check_class(const char *what, uint16_t dport, size_t (*make)(uint8_t *b, uint32_t i),
			const char *class)
{
	uint8_t b[1400];
	size_t len;

	open_udp(dport);
	for (uint32_t i = 0; i < DATAGRAMS; i++) {
		memset(b, 0, sizeof(b));
		len = make(b, i);
		talk_send(&t, b, len);
		if (!CHECK_STR(talk_class(&t), class))
			printf("# by datagram %u of %s\n", i, what);
	}
	CHECK(!t.client);
}

/* They are nothing in particular. */
static void check_none(const char *what, uint16_t dport, size_t (*make)(uint8_t *b, uint32_t i))
{
	check_class(what, dport, make, "ipv4");
}

/* RFC 2865 3: code 1, identifier, length, authenticator, attributes. */
static size_t radius(uint8_t *b, uint32_t i)
{
	static uint32_t state = 1;

	b[0] = 1;
	b[1] = (uint8_t)(i % 4); /* as an extension's number would be */
	put16(b + 2, 46);
	fill(b + 4, 16, &state);
	b[12] &= 0x0f; /* a window that uTP could have, as one in 16 has it */
	memcpy(b + 20, "\1\6user\2\x14", 8);
	fill(b + 28, 18, &state);
	return 46;
}

static size_t radius_again(uint8_t *b, uint32_t i)
{
	static uint32_t state;

	(void)i;
	state = 7;
	b[0] = 1;
	put16(b + 2, 46);
	fill(b + 4, 16, &state);
	b[12] &= 0x0f;
	memcpy(b + 20, "\1\6user\2\x14", 8);
	return 46;
}

/* Unconnected ping: 1, a time of 64 bits in milliseconds, a constant. */
static size_t raknet(uint8_t *b, uint32_t i)
{
	b[0] = 1;
	put32(b + 5, 123456789 + i * 1000);
	memcpy(b + 9, "\0\xff\xff\0\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78", 16);
	return 33;
}

static size_t dns(uint8_t *b, uint32_t i)
{
	put16(b, 0x0100 + (i & 3)); /* type and version of uTP, an extension's number */
	memcpy(b + 2, "\1\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1", 31);
	return 33;
}

static size_t wireguard_initiation(uint8_t *b, uint32_t i)
{
	static uint32_t state = 3;

	fill(b, 148, &state);
	memcpy(b, "\1\0\0\0", 4);
	b[12] = (uint8_t)(i & 0xf);
	return 148;
}

static size_t wireguard_data(uint8_t *b, uint32_t i)
{
	static uint32_t state = 4;

	fill(b, 128, &state);
	memcpy(b, "\4\0\0\0\xaa\xbb\xcc\xdd", 8);
	b[8] = (uint8_t)i; /* counter, low byte first */
	memset(b + 9, 0, 7);
	return 128;
}

/* RFC 9000 17.3: a connection id that stays, and all else protected. */
static size_t quic_short(uint8_t *b, uint32_t i)
{
	static uint32_t state = 5;

	(void)i;
	fill(b, 200, &state);
	b[0] = 0x41;
	memcpy(b + 1, "\0\x5a\x17\x3b\x9a\xca\0\1", 8);
	b[12] &= 0x0f;
	return 200;
}

/* RFC 3550 5.1: the number and the time go on, as uTP's do. */
static size_t rtp(uint8_t *b, uint32_t i)
{
	b[0] = 0x80;
	b[1] = 111;
	put16(b + 2, 4711 + i);
	put32(b + 4, i * 960);
	put32(b + 8, 0xdecafbad);
	return 172;
}

/* RFC 3489 11.1 on a port that is not STUN's: a new identity each time. */
static size_t stun_response(uint8_t *b, uint32_t i)
{
	static uint32_t state = 6;

	(void)i;
	memcpy(b, "\1\1\0\x0c", 4);
	fill(b + 4, 16, &state);
	b[12] &= 0x0f;
	memcpy(b + 20, "\0\1\0\x08\0\1\x12\x34\xc6\x33\x64\7", 12);
	return 32;
}

/* RFC 7252: confirmable GET with a token of one byte, the message's id counts. */
static size_t coap(uint8_t *b, uint32_t i)
{
	memcpy(b, "\x41\1\0\0\x07\xb4status", 12);
	put16(b + 2, 0x1000 + i);
	return 12;
}

static size_t zeros_and_a_counter(uint8_t *b, uint32_t i)
{
	b[0] = 1;
	put32(b + 4, i);
	return 64;
}

static void test_nothing_of_these_is_utp(void)
{
	check_none("RADIUS", 1812, radius);
	check_none("RADIUS, sent again", 1812, radius_again);
	check_none("RakNet", 19132, raknet);
	check_class("DNS on another port", 5300, dns, "dns udp");
	check_none("WireGuard's initiation", 51820, wireguard_initiation);
	check_none("WireGuard's data", 51820, wireguard_data);
	check_none("QUIC's short header", 443, quic_short);
	check_none("RTP", 5004, rtp);
	check_class("STUN without a cookie", 40000, stun_response, "stun binding");
	check_none("CoAP", 5683, coap);
	check_none("a game", 27015, zeros_and_a_counter);
}

static const uint8_t binding[20] = { 0,	  1,   0,   0,	 0x21, 0x12, 0xa4, 0x42, 'a', 'b',
				     'c', 'd', 'e', 'f', 'g',  'h',  'i',  'j',	 'k', 'l' };

static void send_first(uint8_t first, size_t len)
{
	uint8_t b[200];

	memset(b, 0x5c, sizeof(b));
	b[0] = first;
	talk_send(&t, b, len);
}

static void test_media_behind_stun(void)
{
	open_udp(40000);
	talk_send(&t, binding, sizeof(binding));
	CHECK_STR(talk_class(&t), "stun binding");
	send_first(22, 100); /* DTLS */
	CHECK_STR(talk_class(&t), "stun media");
	CHECK_INT(t.messages, 1);
	for (int i = 0; i < 50; i++)
		send_first(0x80, 172); /* RTP */
	CHECK_STR(talk_class(&t), "stun media");
	/* consent is asked for again and again (RFC 7675) */
	talk_send(&t, binding, sizeof(binding));
	CHECK_STR(talk_class(&t), "stun binding");
	CHECK_INT(t.messages, 2);
	send_first(0x40, 172); /* not a channel's length: no more than unknown */
	CHECK_STR(talk_class(&t), "stun binding");
	send_first(0x10, 100); /* ZRTP takes nothing back */
	CHECK_STR(talk_class(&t), "stun binding");
	CHECK(!(t.flow.flags & LA_FF_CLASS_FINAL));
}

static void test_media_before_stun(void)
{
	open_udp(40000);
	send_first(0x80, 172);
	send_first(22, 100);
	CHECK_STR(talk_class(&t), "ipv4");
	talk_send(&t, binding, sizeof(binding));
	CHECK_STR(talk_class(&t), "stun binding");
	send_first(0x80, 172);
	CHECK_STR(talk_class(&t), "stun media");
}

static void test_media_without_stun(void)
{
	open_udp(40000);
	for (int i = 0; i < DATAGRAMS; i++)
		send_first(i & 1 ? 0x80 : 22, 172);
	CHECK_STR(talk_class(&t), "ipv4");
	CHECK(t.flow.flags & LA_FF_CLASS_FINAL);
}

static const char ping[] = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";

static void test_torrent_behind_stun(void)
{
	open_udp(40000);
	talk_send(&t, binding, sizeof(binding));
	talk_send(&t, ping, sizeof(ping) - 1);
	CHECK_STR(talk_class(&t), "torrent dht");
	CHECK(t.client);
}

static void test_questions_do_not_settle(void)
{
	static const uint8_t q[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0";

	open_udp(53);
	for (int i = 0; i < DATAGRAMS; i++) /* nor does anything before them */
		send_first(0xff, 100);
	talk_send(&t, ping, sizeof(ping) - 1);
	for (uint32_t i = 1; i <= 300; i++) {
		talk_send(&t, q, 33);
		CHECK_STR(talk_class(&t), "dns udp");
		CHECK_INT(t.messages, i);
	}
}

/* clang-format off */
UNIT_MAIN("sequences_udp",
	  { "utp_goes_on", test_utp_goes_on },
	  { "utp_does_not_go_on", test_utp_does_not_go_on },
	  { "utp_goes_as_time_does", test_utp_goes_as_time_does },
	  { "utp_is_not_on_others_ports", test_utp_is_not_on_others_ports },
	  { "utp_with_others_between", test_utp_with_others_between },
	  { "utp_of_a_client", test_utp_of_a_client },
	  { "nothing_of_these_is_utp", test_nothing_of_these_is_utp },
	  { "media_behind_stun", test_media_behind_stun },
	  { "media_before_stun", test_media_before_stun },
	  { "media_without_stun", test_media_without_stun },
	  { "torrent_behind_stun", test_torrent_behind_stun },
	  { "questions_do_not_settle", test_questions_do_not_settle })
