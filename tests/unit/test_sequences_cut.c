/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams on the LAN whose messages are cut anywhere: questions to a resolver on another port,
 * messages of STUN, handshakes of peers, and requests for a port mapping. */
#include <stdio.h>
#include <string.h>

#include "talk.h"
#include "unit.h"
#include "base/util.h"

#define ROUTER "10.9.0.254"

static struct talk t;

static const uint8_t query[] = "\0\x21"
			       "\x12\x34\x01\x20\0\1\0\0\0\0\0\0"
			       "\3www\7example\3org\0\0\1\0\1";
#define QUERY_LEN 35

/* Each of n pieces, the last with the rest. */
static void send_cut(uint16_t port, const void *bytes, size_t len, const size_t *at, size_t n)
{
	size_t i, from = 0;

	talk_open(&t, LA_PROTO_TCP, ROUTER, port);
	for (i = 0; i <= n; i++) {
		size_t until = i < n ? at[i] : len;

		talk_send(&t, (const uint8_t *)bytes + from, until - from);
		from = until;
	}
}

static void test_question(void)
{
	size_t a, b;

	for (a = 1; a < QUERY_LEN; a++) {
		send_cut(5300, query, QUERY_LEN, &a, 1);
		CHECK_STR(talk_class(&t), "dns tcp");
		CHECK_INT(t.messages, 1);
	}
	for (a = 1; a < QUERY_LEN - 1; a++)
		for (b = a + 1; b < QUERY_LEN; b++) {
			send_cut(5300, query, QUERY_LEN, (size_t[]){ a, b }, 2);
			CHECK_STR(talk_class(&t), "dns tcp");
			CHECK_INT(t.messages, 1);
		}
}

/* One that differs at any place of its header is none. */
static void test_no_question(void)
{
	uint8_t other[QUERY_LEN];
	size_t a, at;

	for (at = 4; at < 14; at++)
		for (a = 1; a < QUERY_LEN; a++) {
			memcpy(other, query, QUERY_LEN);
			other[at] ^= 0x84;
			send_cut(5300, other, QUERY_LEN, &a, 1);
			CHECK_STR(talk_class(&t), "ipv4");
		}
}

/* What else a stream may begin with, up to the byte that proves it. */
static const struct {
	const char *class, *bytes, *counts; /* x: without the byte no piece is one */
	size_t len;
} begins[] = {
#define BEGIN(class, bytes, counts)                     \
	{                                               \
		class, bytes, counts, sizeof(bytes) - 1 \
	}
	BEGIN("stun binding", "\0\1\0\x8\x21\x12\xa4\x42", "x...xxxx"),
	BEGIN("stun binding", "\1\1\0\x0c\x21\x12\xa4\x42", "....xxxx"),
	BEGIN("stun turn", "\0\3\0\x8\x21\x12\xa4\x42", "x...xxxx"),
	BEGIN("stun binding", "\0\x1c\0\1\0\x8\x21\x12\xa4\x42", "..x...xxxx"),
	BEGIN("stun turn", "\0\x1c\0\3\0\x8\x21\x12\xa4\x42", "..x...xxxx"),
	BEGIN("stun binding", "\2\0\0\x1c\0\1\0\x8\x21\x12\xa4\x42", "....x...xxxx"),
	BEGIN("stun turn", "\2\0\0\x1c\0\3\0\x8\x21\x12\xa4\x42", "....x...xxxx"),
	BEGIN("torrent handshake", "\023BitTorrent protocol", "xxxxxxxxxxxxxxxxxxxx"),
#undef BEGIN
};

static void test_other_beginnings(void)
{
	size_t a, b, i;

	for (i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		for (a = 1; a < begins[i].len; a++)
			for (b = a + 1; b <= begins[i].len; b++) {
				uint8_t text[60] = { 0 }; /* more of the message */

				memcpy(text, begins[i].bytes, begins[i].len);
				send_cut(5300, text, sizeof(text), (size_t[]){ a, b }, 2);
				CHECK_STR(talk_class(&t), begins[i].class);
			}
}

/* More pieces than a flow's packets are looked at. */
static void test_byte_by_byte(void)
{
	size_t at[QUERY_LEN], i;

	for (i = 0; i < QUERY_LEN; i++)
		at[i] = i + 1;
	send_cut(5300, query, QUERY_LEN, at, QUERY_LEN - 1);
	CHECK_STR(talk_class(&t), "dns tcp");
	for (i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		send_cut(5300, begins[i].bytes, begins[i].len, at, begins[i].len - 1);
		CHECK_STR(talk_class(&t), begins[i].class);
	}
	/* it is given up as soon as it is none */
	send_cut(5300, "\023BitTorment protocol", 20, at, 19);
	CHECK_STR(talk_class(&t), "ipv4");
	CHECK(t.flow.flags & LA_FF_CLASS_FINAL);
}

static void test_no_other_beginning(void)
{
	size_t a, i, at;

	for (i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		for (at = 0; at < begins[i].len; at++)
			for (a = 1; begins[i].counts[at] == 'x' && a < begins[i].len; a++) {
				uint8_t text[60] = { 0 };

				memcpy(text, begins[i].bytes, begins[i].len);
				text[at] ^= 0x40;
				send_cut(5300, text, sizeof(text), &a, 1);
				CHECK_STR(talk_class(&t), "ipv4");
			}
}

static void test_local_name(void)
{
	static const uint8_t local[] =
		"\0\x1f\x12\x34\1\0\0\1\0\0\0\0\0\0\7printer\5local\0\0\1\0\1";
	size_t a;

	for (a = 1; a <= 14; a++) {
		send_cut(5300, local, 33, &a, 1);
		CHECK_STR(talk_class(&t), "ipv4");
	}
}

#define REQUEST(method, length, action)                                          \
	method " /ctl HTTP/1.1\r\nHost: 10.9.0.254\r\nX-Long: %0*d\r\n"          \
	       "SOAPAction: \"urn:schemas-upnp-org:service:" action "\"\r\n\r\n" \
	       "<Envelope/>",                                                    \
		length, 0

static void test_port_mapping(void)
{
	static const char *const requests[] = {
		"WANIPConnection:1#AddPortMapping",
		"WANIPv6FirewallControl:1#AddPinhole",
	};
	char text[TALK_PACKET_MAX];
	size_t i, a, len;

	for (i = 0; i < 2; i++) {
		len = (size_t)snprintf(text, sizeof(text), REQUEST("POST", 1, "%s"), requests[i]);
		for (a = 1; a < len - strlen("ping\"\r\n\r\n<Envelope/>"); a++) {
			send_cut(5000, text, len, &a, 1);
			CHECK_STR(talk_class(&t), "ipv4 portmap");
		}
		for (a = 1; a < 90; a++) {
			send_cut(5000, text, len, (size_t[]){ a, a + 3, a + 9 }, 3);
			CHECK_STR(talk_class(&t), "ipv4 portmap");
		}
	}
}

static void test_long_header(void)
{
	char text[TALK_PACKET_MAX];
	int length;

	for (length = 1; length < 3900; length += 29) {
		size_t n = (size_t)snprintf(
			text, sizeof(text),
			REQUEST("M-POST", length, "WANIPConnection:1#AddPortMapping"));

		send_cut(5000, text, n, NULL, 0);
		CHECK_STR(talk_class(&t), "ipv4 portmap");
	}
}

/* As slowly as somebody types, and over as many segments as it likes. */
static void test_many_pieces(void)
{
	char text[TALK_PACKET_MAX];
	size_t n = (size_t)snprintf(text, sizeof(text),
				    REQUEST("M-POST", 900, "WANIPConnection:1#AddPortMapping"));
	size_t at, piece;
	uint8_t id;

	for (piece = 1; piece <= 90; piece++) {
		talk_open(&t, LA_PROTO_TCP, ROUTER, 5000);
		for (at = 0; at < n; at += piece)
			talk_send(&t, text + at, MIN(piece, n - at));
		CHECK_STR(talk_class(&t), "ipv4 portmap");
	}
	for (id = 'A'; id <= 'Z'; id++) {
		talk_open(&t, LA_PROTO_TCP, ROUTER, 5300);
		for (at = 0; at < QUERY_LEN; at++)
			talk_send(&t, at == 2 ? &id : query + at, 1);
		CHECK_STR(talk_class(&t), "dns tcp");
	}
}

/* Nobody knows what a header without an end is for. */
static void test_endless_header(void)
{
	static const char begin[] = "POST /ctl HTTP/1.1\r\nX-Long: ";
	char text[TALK_PACKET_MAX - 40];
	size_t sent;

	memset(text, 'x', sizeof(text));
	memcpy(text, begin, sizeof(begin) - 1);
	talk_open(&t, LA_PROTO_TCP, ROUTER, 5000);
	for (sent = 0; sent + sizeof(text) <= LA_HTTP_HEADER_MAX; sent += sizeof(text)) {
		talk_send(&t, text, sizeof(text));
		CHECK_STR(talk_class(&t), "ipv4");
		CHECK(!(t.flow.flags & LA_FF_CLASS_FINAL));
	}
	talk_send(&t, text, sizeof(text));
	CHECK_STR(talk_class(&t), "ipv4 portmap");
}

/* What begins like it and is another request is not waited for. */
static void test_another_method(void)
{
	static const char *const firsts[] = { "P", "PO", "PU", "M", "M-", "PING" };
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(firsts); i++) {
		talk_open(&t, LA_PROTO_TCP, ROUTER, 5000);
		talk_send(&t, firsts[i], strlen(firsts[i]));
		for (n = 0; n < LA_PROBES_MAX; n++)
			talk_send(&t, "SOAPAction: AddPortMapping", 26);
		CHECK_STR(talk_class(&t), "ipv4");
		CHECK(t.flow.flags & LA_FF_CLASS_FINAL);
	}
}

/* On the LAN what is said last counts as well as what is said first. */
static void test_later_request(void)
{
	static const char page[] = "GET / HTTP/1.1\r\nHost: 10.9.0.254\r\n\r\n";
	char text[TALK_PACKET_MAX];
	size_t n = (size_t)snprintf(text, sizeof(text),
				    REQUEST("POST", 1, "WANIPConnection:1#AddPortMapping"));
	int i;

	talk_open(&t, LA_PROTO_TCP, ROUTER, 5000);
	t.flow.exempt = LA_EXEMPT_LAN;
	for (i = 0; i < 3 * LA_PROBES_MAX; i++)
		talk_send(&t, page, sizeof(page) - 1);
	CHECK_STR(talk_class(&t), "ipv4");
	talk_send(&t, text, n);
	CHECK_STR(talk_class(&t), "ipv4 portmap");
}

/* What follows the header is no part of it. */
static void test_no_port_mapping(void)
{
	static const char body[] =
		"POST /ctl HTTP/1.1\r\nHost: 10.9.0.254\r\n\r\n<AddPortMapping/>";
	static const char other[] = "HELO\r\n\r\nSOAPAction: AddPortMapping\r\n\r\n";
	size_t a;

	for (a = 1; a < sizeof(body) - 1; a++) {
		send_cut(5000, body, sizeof(body) - 1, &a, 1);
		CHECK_STR(talk_class(&t), "ipv4");
	}
	a = 8;
	send_cut(5000, other, sizeof(other) - 1, &a, 1);
	CHECK_STR(talk_class(&t), "ipv4");
}

/* clang-format off */
UNIT_MAIN("sequences_cut",
	  { "question", test_question },
	  { "no_question", test_no_question },
	  { "other_beginnings", test_other_beginnings },
	  { "byte_by_byte", test_byte_by_byte },
	  { "no_other_beginning", test_no_other_beginning },
	  { "local_name", test_local_name },
	  { "port_mapping", test_port_mapping },
	  { "long_header", test_long_header },
	  { "many_pieces", test_many_pieces },
	  { "endless_header", test_endless_header },
	  { "another_method", test_another_method },
	  { "later_request", test_later_request },
	  { "no_port_mapping", test_no_port_mapping })
