/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who speaks, and the ids of flows: those of others, and ours. */
#define _GNU_SOURCE

#include "base/addr.h"
#include "base/sha1.h"
#include "records.h"
#include "record/community_id.h"
#include "record/speaker.h"
#include "unit.h"

/* RFC 3174 7.3, and what fills a block. */
static void test_sha1(void)
{
	static const struct {
		const char *data, *hex;
	} rows[] = {
		{ "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
		{ "1234567890123456789012345678901234567890123456789012345",
		  "827a683fdfdbef225a2421078b7789b134c7eafa" },
	};
	uint8_t hash[SHA1_SIZE];
	char hex[2 * SHA1_SIZE + 1];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sha1_block((const uint8_t *)rows[i].data, strlen(rows[i].data), hash);
		for (size_t k = 0; k < SHA1_SIZE; k++)
			sprintf(hex + 2 * k, "%02x", hash[k]);
		CHECK_STR(hex, rows[i].hex);
	}
}

static struct la_flow_key key(unsigned int proto, const char *from, unsigned int sport,
			      const char *to, unsigned int dport)
{
	struct la_flow_key k = { .proto = (uint8_t)proto,
				 .sport = (uint16_t)sport,
				 .dport = (uint16_t)dport };

	k.family = (uint8_t)addr_parse(from, &k.saddr);
	addr_parse(to, &k.daddr);
	return k;
}

/* The table of the specification: baseline/baseline_deflt.json. Of ICMP the first port is the type,
 * as there. */
static void test_community_id(void)
{
	static const struct {
		unsigned int proto;
		const char *from;
		unsigned int sport;
		const char *to;
		unsigned int dport;
		const char *id;
	} rows[] = {
		{ 58, "fe80::200:86ff:fe05:80da", 135, "fe80::260:97ff:fe07:69ea", 136,
		  "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
		{ 58, "fe80::260:97ff:fe07:69ea", 136, "fe80::200:86ff:fe05:80da", 135,
		  "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
		{ 58, "fe80::260:97ff:fe07:69ea", 135, "fe80::200:86ff:fe05:80da", 136,
		  "1:zavyT/cezQr1fmImYCwYnMXbgck=" },
		{ 58, "3ffe:507:0:1:200:86ff:fe05:80da", 128, "3ffe:501:0:1001::2", 129,
		  "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=" },
		{ 58, "3ffe:501:0:1001::2", 129, "3ffe:507:0:1:200:86ff:fe05:80da", 128,
		  "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=" },
		{ 58, "fe80::200:86ff:fe05:80da", 133, "ff02::2", 134,
		  "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=" },
		{ 58, "fe80::260:97ff:fe07:69ea", 134, "ff02::1", 133,
		  "1:pkvHqCL88/tg1k4cPigmZXUtL00=" },
		{ 1, "192.168.0.89", 8, "192.168.0.1", 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
		{ 1, "192.168.0.1", 0, "192.168.0.89", 8, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
		{ 6, "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25,
		  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
		{ 6, "2607:f8b0:400c:c03::1a", 25, "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943,
		  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
		{ 132, "192.168.170.8", 7, "192.168.170.56", 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
		{ 132, "192.168.170.56", 7, "192.168.170.8", 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
		{ 6, "128.232.110.120", 34855, "66.35.250.204", 80,
		  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ 6, "66.35.250.204", 80, "128.232.110.120", 34855,
		  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ 17, "192.168.1.52", 54585, "8.8.8.8", 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
		{ 17, "8.8.8.8", 53, "192.168.1.52", 54585, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
		{ 46, "10.1.12.1", 0, "10.1.12.2", 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=" },
		{ 46, "10.1.12.2", 0, "10.1.12.1", 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=" },
		/* of one way: their code would be a part of it, and is not known */
		{ 58, "3ffe:501:1800:2345::2", 3, "3ffe:507:0:1:200:86ff:fe05:80da", 0, NULL },
		{ 1, "10.0.0.1", 11, "10.0.0.2", 0, NULL },
	};
	char id[COMMUNITY_ID_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct la_flow_key k =
			key(rows[i].proto, rows[i].from, rows[i].sport, rows[i].to, rows[i].dport);
		uint8_t type = (uint8_t)k.sport;
		bool is_icmp = rows[i].proto == 1 || rows[i].proto == 58;

		if (is_icmp) /* the flow's key has none */
			k.sport = k.dport = 0;
		CHECK_STR(community_id(&k, is_icmp ? type : 0, id) ? id : NULL, rows[i].id);
	}
	CHECK(!community_id(&(struct la_flow_key){ 0 }, 0, id)); /* a frame that is not IP */
}

static bool is_hex(const char *s, size_t n)
{
	return strspn(s, "0123456789abcdef") == n && strlen(s) == n;
}

static void test_ids(void)
{
	struct la_flow f = { .key = key(17, "192.0.2.1", 1, "192.0.2.2", 2), .opened = 5 }, g = f;
	char id[SPEAKER_FLOW_ID_SIZE], other[SPEAKER_FLOW_ID_SIZE];
	struct speaker a, b, c;

	CHECK_INT(speaker_init(&a, false), 0);
	CHECK_INT(speaker_init(&b, false), 0);
	CHECK_INT(speaker_init(&c, true), 0);
	CHECK(is_hex(a.agent, 32) && is_hex(b.agent, 32) && strcmp(a.agent, b.agent) != 0);
	CHECK_STR(a.boot, b.boot);
	CHECK_INT(strlen(a.boot), 36);
	CHECK(a.host[0] && !a.observer[0] && !c.host[0] && !c.boot[0]);
	CHECK_STR(c.observer, a.host);

	/* the same for whoever follows a guard's flow; another for each flow, and each boot */
	speaker_flow_id(&a, &f, id);
	speaker_flow_id(&b, &f, other);
	CHECK(is_hex(id, 32));
	CHECK_STR(id, other);
	speaker_flow_id(&c, &f, other);
	CHECK(strcmp(id, other) != 0);
	g.opened = 6;
	speaker_flow_id(&a, &g, other);
	CHECK(strcmp(id, other) != 0);
	for (size_t i = 0; i < sizeof(f.key); i++) {
		g = f;
		((uint8_t *)&g.key)[i] ^= 1;
		speaker_flow_id(&a, &g, other);
		CHECK(strcmp(id, other) != 0);
	}
}

static void test_json(void)
{
	static const struct speaker s = { .host = "h\"1",
					  .boot = "2f7c0d5e-0000-4000-8000-000000000001",
					  .agent = "0123456789abcdef0123456789abcdef" },
				    capture = { .agent = "00", .observer = "h2" };
	struct record r = dns_leak();
	const char *got;

	r.speaker = &s;
	r.leak.flow.opened = 0x1234;
	r.leak.start = (struct timespec){ 1795432150, 5 };
	got = line(&r);
	CHECK(strstr(got, "\"sequence\":12,\"id\":\"0123456789abcdef0123456789abcdef-12\","
			  "\"start\":\"2026-11-23T11:09:10.000000005Z\"},\"message\""));
	CHECK(strstr(got, "\"agent\":{\"id\":\"0123456789abcdef0123456789abcdef\",\"type\":"
			  "\"leakaudit\",\"version\":\"" LEAKAUDIT_VERSION "\"},"
			  "\"host\":{\"name\":\"h\\\"1\",\"boot\":{\"id\":\"2f7c0d5e-0000-4000-"
			  "8000-000000000001\"}}"));
	CHECK(strstr(got, "\"observer\":{\"type\":\"sensor\",\"product\":\"leakaudit\","
			  "\"egress\":{"));
	CHECK(strstr(got, "0000000000001234\",\"judged\"") && strstr(got, "\"flow_id\":\""));
	r.leak.end = (struct timespec){ 1795432151, 6 };
	CHECK(strstr(line(&r), ",\"end\":\"2026-11-23T11:09:11.000000006Z\"},\"message\""));
	r.leak.state = RECORD_FLOW_NONE;
	CHECK(!strstr(line(&r), "flow_id"));

	r = (struct record){ .action = RECORD_LOST, .speaker = &capture };
	got = line(&r);
	CHECK(!strstr(got, "\"host\"") &&
	      strstr(got, "\"observer\":{\"type\":\"sensor\",\"product\""
			  ":\"leakaudit\",\"hostname\":\"h2\"}"));
}

UNIT_MAIN("speaker", { "sha1", test_sha1 }, { "community_id", test_community_id },
	  { "ids", test_ids }, { "json", test_json })
