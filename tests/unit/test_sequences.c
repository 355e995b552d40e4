/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams whose messages do not keep to the segments: DNS (RFC 7766 8), the
 * hello of TLS (RFC 8446 5.1), requests of HTTP. */
#include "talk.h"
#include "unit.h"

#define RESOLVER "198.51.100.53"
#define SERVER "198.51.100.7"
#define KNOWN "192.0.2.53" /* for DoH: facts.h */

static struct talk t;

/* A question for www.example.org, its length in front. */
static const uint8_t query[] = "\0\x21"
			       "\x12\x34\x01\x00\0\1\0\0\0\0\0\0"
			       "\3www\7example\3org\0\0\1\0\1";
#define QUERY_LEN 35

/* The same with a padding (RFC 7830) that makes it 602 bytes. */
#define LONG_LEN 602
static const uint8_t *long_query(void)
{
	static uint8_t q[LONG_LEN];
	static const uint8_t opt[] = "\0\0\x29\x04\xd0\0\0\0\0\x02\x2c\0\x0c\x02\x28";

	memset(q, 0, sizeof(q));
	memcpy(q, query, QUERY_LEN);
	q[0] = (LONG_LEN - 2) >> 8;
	q[1] = (LONG_LEN - 2) & 0xff;
	q[13] = 1; /* additional record */
	memcpy(q + QUERY_LEN, opt, sizeof(opt) - 1);
	return q;
}

static void open_dns(void)
{
	talk_open(&t, LA_PROTO_TCP, RESOLVER, 53);
	CHECK_STR(talk_class(&t), "dns tcp");
}

/* Sends it; the flow is DNS before and behind. Returns whether it was a message. */
static bool send_dns(const uint8_t *bytes, size_t len)
{
	uint32_t before = t.messages;

	talk_send(&t, bytes, len);
	CHECK_STR(talk_class(&t), "dns tcp");
	CHECK(!(t.flow.flags & LA_FF_CLASS_FINAL));
	return t.messages != before;
}

static void test_dns_each_in_a_segment(void)
{
	open_dns();
	for (int i = 0; i < 300; i++)
		CHECK(send_dns(query, QUERY_LEN));
}

static void test_dns_length_alone(void)
{
	open_dns();
	for (int i = 0; i < 5; i++) {
		CHECK(!send_dns(query, 2));
		CHECK(send_dns(query + 2, QUERY_LEN - 2));
	}
	CHECK(send_dns(query, QUERY_LEN));
	/* the very first segment is a length, and the next has more than its message */
	open_dns();
	CHECK(!send_dns(query, 2));
	uint8_t two[2 * QUERY_LEN];
	memcpy(two, query + 2, QUERY_LEN - 2);
	memcpy(two + QUERY_LEN - 2, query, QUERY_LEN);
	CHECK(send_dns(two, 2 * QUERY_LEN - 2));
	CHECK(send_dns(query, QUERY_LEN));
}

static void test_dns_half_a_length_alone(void)
{
	open_dns();
	CHECK(!send_dns(query, 1));
	CHECK(send_dns(query + 1, QUERY_LEN - 1));
	CHECK(send_dns(query, QUERY_LEN));
	CHECK(!send_dns(query, 1));
	CHECK(!send_dns(query + 1, 1));
	CHECK(send_dns(query + 2, QUERY_LEN - 2));
}

static void test_dns_pipelined(void)
{
	uint8_t many[20 * QUERY_LEN];

	for (int i = 0; i < 20; i++)
		memcpy(many + i * QUERY_LEN, query, QUERY_LEN);
	open_dns();
	CHECK(send_dns(many, 3 * QUERY_LEN));
	CHECK(send_dns(query, QUERY_LEN));
	/* the third ends in the next segment */
	CHECK(send_dns(many, 2 * QUERY_LEN + 20));
	CHECK(send_dns(query + 20, 0) == false);
	CHECK(!send_dns(query + 20, QUERY_LEN - 20));
	CHECK(send_dns(query, QUERY_LEN));
	/* more in one segment than are followed */
	CHECK(send_dns(many, sizeof(many)));
	CHECK(send_dns(query, QUERY_LEN));
}

/* No part of a message that goes on is taken for another one. */
static void test_dns_continued(void)
{
	const uint8_t *q = long_query();
	uint8_t tail[202 + QUERY_LEN];

	open_dns();
	CHECK(send_dns(q, 200));
	CHECK(!send_dns(q + 200, 200));
	CHECK(!send_dns(q + 400, 202));
	CHECK(send_dns(query, QUERY_LEN));
	/* the end and the next one in a segment */
	CHECK(send_dns(q, 400));
	memcpy(tail, q + 400, 202);
	memcpy(tail + 202, query, QUERY_LEN);
	CHECK(send_dns(tail, sizeof(tail)));
	CHECK(send_dns(query, QUERY_LEN));
}

/* What is within a message may look like one. */
static void test_dns_inside_a_message(void)
{
	uint8_t q[LONG_LEN];

	memcpy(q, long_query(), LONG_LEN);
	memcpy(q + 200, query, QUERY_LEN);
	memcpy(q + 400, query, QUERY_LEN);
	open_dns();
	CHECK(send_dns(q, 200));
	CHECK(!send_dns(q + 200, 200));
	CHECK(!send_dns(q + 400, 202));
	CHECK(send_dns(query, QUERY_LEN));
}

/* Counted as it leaves, twice; the flow stays what it is and finds its way. */
static void test_dns_retransmitted(void)
{
	const uint8_t *q = long_query();

	open_dns();
	CHECK(send_dns(query, QUERY_LEN));
	CHECK(send_dns(query, QUERY_LEN));
	CHECK(send_dns(q, 200));
	CHECK_STR((send_dns(q, 200), talk_class(&t)), "dns tcp");
	send_dns(q + 200, 200);
	send_dns(q + 400, 202);
	send_dns(query, QUERY_LEN); /* at the latest here its place is known again */
	CHECK(send_dns(query, QUERY_LEN));
}

static void test_dns_keepalive_probe(void)
{
	open_dns();
	CHECK(send_dns(query, QUERY_LEN));
	CHECK(!send_dns((const uint8_t *)"", 1)); /* a byte that was acknowledged */
	for (int i = 0; i < 3; i++)
		send_dns(query, QUERY_LEN);
	CHECK(send_dns(query, QUERY_LEN));
}

static void test_not_dns_on_its_port(void)
{
	open_dns();
	talk_send(&t, "SSH-2.0-OpenSSH_9.2p1\r\n", 23);
	CHECK_STR(talk_class(&t), "ipv4");
	CHECK_INT(t.messages, 0);
	open_dns();
	CHECK(send_dns(query, QUERY_LEN));
	talk_send(&t, "SSH-2.0-OpenSSH_9.2p1\r\n", 23);
	CHECK_STR(talk_class(&t), "dns tcp"); /* what was proven is not taken back */
	CHECK_INT(t.messages, 1);
}

/* A ClientHello that is written extension by extension. */
struct hello {
	uint8_t b[TALK_PACKET_MAX - 40];
	size_t len;
};

#define TO_EXTENSIONS                                                                          \
	84 /* record 5, message 4, version 2, random 32, session 33, ciphers 4, compression 2, \
	      length 2 */

static void put16(uint8_t *b, size_t v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static void hello_begin(struct hello *h)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->b, "\x16\3\1\0\0\1\0\0\0\3\3", 11);
	memset(h->b + 11, 0xa5, 32);
	h->b[43] = 32;
	memset(h->b + 44, 0x5a, 32);
	memcpy(h->b + 76, "\0\2\x13\1\1\0", 6);
	h->len = TO_EXTENSIONS;
}

/* fill: what stands for content that does not matter */
static void hello_add(struct hello *h, size_t type, const void *content, size_t len, int fill)
{
	put16(h->b + h->len, type);
	put16(h->b + h->len + 2, len);
	if (content)
		memcpy(h->b + h->len + 4, content, len);
	else
		memset(h->b + h->len + 4, fill, len);
	h->len += 4 + len;
}

static void hello_add_name(struct hello *h, const char *name)
{
	size_t n = strlen(name);
	uint8_t e[264];

	put16(e, n + 3);
	e[2] = 0;
	put16(e + 3, n);
	memcpy(e + 5, name, n);
	hello_add(h, 0, e, n + 5, 0);
}

static void hello_add_key_shares(struct hello *h)
{
	hello_add(h, 51, NULL, 1258, 0x77); /* X25519MLKEM768 and X25519 */
}

static void hello_end(struct hello *h)
{
	put16(h->b + TO_EXTENSIONS - 2, h->len - TO_EXTENSIONS);
	put16(h->b + 7, h->len - 9);
	put16(h->b + 3, h->len - 5);
}

/* In two segments, cut at `at`. */
static void send_hello(const char *to, const struct hello *h, size_t at)
{
	talk_open(&t, LA_PROTO_TCP, to, 443);
	talk_send(&t, h->b, at);
	CHECK(t.flags & LA_CF_HELLO);
	CHECK_STR(t.name, "");
	CHECK_STR(talk_class(&t), "ipv4");
	talk_send(&t, h->b + at, h->len - at);
}

static void test_name_in_the_second_segment(void)
{
	struct hello h;

	hello_begin(&h);
	hello_add_key_shares(&h);
	hello_add(&h, 16, "\0\x0c\2h2\x08http/1.1", 14, 0);
	hello_add_name(&h, "dns.example");
	hello_add(&h, 43, "\2\3\4", 3, 0);
	hello_end(&h);
	/* wherever it is cut within the key shares */
	for (size_t at = TO_EXTENSIONS + 4; at <= TO_EXTENSIONS + 4 + 1258; at += 7) {
		send_hello(SERVER, &h, at);
		CHECK_STR(t.name, "dns.example");
		CHECK_STR(talk_class(&t), "dns doh");
		CHECK(t.flow.flags & LA_FF_CLASS_FINAL);
	}
}

static void test_name_in_the_third_segment(void)
{
	struct hello h;

	hello_begin(&h);
	hello_add_key_shares(&h);
	hello_add_key_shares(&h);
	hello_add_name(&h, "host.resolver.example");
	hello_end(&h);
	send_hello(SERVER, &h, 1000);
	CHECK(t.flags & LA_CF_HELLO);
	talk_open(&t, LA_PROTO_TCP, SERVER, 443);
	talk_send(&t, h.b, 1000);
	talk_send(&t, h.b + 1000, 1000);
	CHECK_STR(t.name, "");
	talk_send(&t, h.b + 2000, h.len - 2000);
	CHECK_STR(t.name, "host.resolver.example");
	CHECK_STR(talk_class(&t), "dns doh");
}

static void test_names_that_are_not_known(void)
{
	static const char *const names[] = { "www.example.org",	     "resolver.example",
					     "a.b.resolver.example", "dns.example.org",
					     "xdns.example",	     "host.xresolver.example" };
	struct hello h;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		hello_begin(&h);
		hello_add_key_shares(&h);
		hello_add_name(&h, names[i]);
		hello_end(&h);
		send_hello(SERVER, &h, 700);
		CHECK_STR(t.name, names[i]);
		CHECK_STR(talk_class(&t), "ipv4");
	}
}

static void test_protocol_in_the_second_segment(void)
{
	struct hello h;

	hello_begin(&h);
	hello_add_key_shares(&h);
	hello_add(&h, 16, "\0\x0c\2h2\x08http/1.1", 14, 0);
	hello_end(&h);
	send_hello(KNOWN, &h, 700);
	CHECK_STR(talk_class(&t), "dns doh");
	send_hello(SERVER, &h, 700);
	CHECK_STR(talk_class(&t), "ipv4");
	hello_begin(&h);
	hello_add_key_shares(&h);
	hello_add(&h, 16, "\0\4\3dot", 6, 0);
	hello_end(&h);
	send_hello(SERVER, &h, 700);
	CHECK_STR(talk_class(&t), "dns dot");
}

/* Wherever it is cut, a name is told whole or not at all. */
static void test_no_name_is_made_up(void)
{
	struct hello h;

	hello_begin(&h);
	hello_add(&h, 13, NULL, 40, 0);
	hello_add_name(&h, "dns.example");
	hello_add(&h, 21, NULL, 300, 0);
	hello_end(&h);
	for (size_t at = 11; at < h.len; at++) {
		talk_open(&t, LA_PROTO_TCP, SERVER, 443);
		talk_send(&t, h.b, at);
		talk_send(&t, h.b + at, h.len - at);
		CHECK(!*t.name || !strcmp(t.name, "dns.example"));
		CHECK(t.flow.cls == (*t.name ? LA_CLASS_DNS : LA_CLASS_IPV4));
	}
}

/* What follows a hello that has ended is none. */
static void test_hello_ends(void)
{
	struct hello h;

	hello_begin(&h);
	hello_add_name(&h, "www.example.org");
	hello_end(&h);
	talk_open(&t, LA_PROTO_TCP, SERVER, 443);
	talk_send(&t, h.b, h.len);
	CHECK_STR(t.name, "www.example.org");
	*t.name = 0;
	/* application data that reads like an extension with a name */
	talk_send(&t,
		  "\0\0\0\x10\0\x0e\0\0\x0b"
		  "dns.example\0\0\0\0\0\0\0\0",
		  28);
	CHECK(!(t.flags & LA_CF_HELLO));
	CHECK_STR(t.name, "");
	CHECK_STR(talk_class(&t), "ipv4");
}

static void test_http_second_request(void)
{
	static const char page[] = "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\n\r\n";
	static const char announce[] =
		"GET /announce?info_hash=%12%34%56%78%9a%bc%de%f1%23%45%67%89"
		"%ab%cd%ef%12%34%56%78%9a&port=51413 HTTP/1.1\r\n\r\n";

	talk_open(&t, LA_PROTO_TCP, SERVER, 80);
	talk_send(&t, page, sizeof(page) - 1);
	CHECK_STR(talk_class(&t), "ipv4");
	CHECK(!t.client);
	talk_send(&t, announce, sizeof(announce) - 1);
	CHECK_STR(talk_class(&t), "torrent tracker");
	CHECK(t.client);
	CHECK(t.flow.flags & LA_FF_CLASS_FINAL);
}

static void test_settles_when_nothing_is_found(void)
{
	talk_open(&t, LA_PROTO_TCP, SERVER, 51413);
	for (int i = 0; i < LA_PROBES_MAX; i++) {
		CHECK(!(t.flow.flags & LA_FF_CLASS_FINAL));
		talk_send(&t, "nothing in particular", 21);
	}
	CHECK(t.flow.flags & LA_FF_CLASS_FINAL);
	CHECK_STR(talk_class(&t), "ipv4");
}

/* A hello that begins anew is read anew. */
static void test_hello_retransmitted(void)
{
	struct hello h;

	hello_begin(&h);
	hello_add_key_shares(&h);
	hello_add_name(&h, "dns.example");
	hello_end(&h);
	talk_open(&t, LA_PROTO_TCP, SERVER, 443);
	talk_send(&t, h.b, 700);
	talk_send(&t, h.b, 700);
	CHECK_STR(t.name, "");
	talk_send(&t, h.b + 700, h.len - 700);
	CHECK_STR(t.name, "dns.example");
	CHECK_STR(talk_class(&t), "dns doh");
}

/* clang-format off */
UNIT_MAIN("sequences",
	  { "dns_each_in_a_segment", test_dns_each_in_a_segment },
	  { "dns_length_alone", test_dns_length_alone },
	  { "dns_half_a_length_alone", test_dns_half_a_length_alone },
	  { "dns_pipelined", test_dns_pipelined },
	  { "dns_continued", test_dns_continued },
	  { "dns_inside_a_message", test_dns_inside_a_message },
	  { "dns_retransmitted", test_dns_retransmitted },
	  { "dns_keepalive_probe", test_dns_keepalive_probe },
	  { "not_dns_on_its_port", test_not_dns_on_its_port },
	  { "name_in_the_second_segment", test_name_in_the_second_segment },
	  { "name_in_the_third_segment", test_name_in_the_third_segment },
	  { "names_that_are_not_known", test_names_that_are_not_known },
	  { "protocol_in_the_second_segment", test_protocol_in_the_second_segment },
	  { "no_name_is_made_up", test_no_name_is_made_up },
	  { "hello_ends", test_hello_ends },
	  { "http_second_request", test_http_second_request },
	  { "settles_when_nothing_is_found", test_settles_when_nothing_is_found },
	  { "hello_retransmitted", test_hello_retransmitted })
