/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What messages in the tunnel tell of the addresses outside it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "payload/address_leak.h"
#include "payload/seams.h"
#include "unit.h"
#include "base/util.h"

#define OWN4 "198.51.100.7"
#define OWN6 "2001:db8:5::7"
#define PRIVATE "192.168.1.5"
/* The same as bytes in a string. */
#define B4 "\xc6\x33\x64\x07"
#define B6 "\x20\x01\x0d\xb8\0\x05\0\0\0\0\0\0\0\0\0\x07"
#define BP "\xc0\xa8\x01\x05"
#define OTHER4 "\xc6\x33\x64\x08"
#define ID20 "ABCDEFGHIJKLMNOPQRST"

static struct la_addr addr_of(const char *s)
{
	struct la_addr a = { 0 };
	uint8_t four[4];

	if (inet_pton(AF_INET, s, four) == 1)
		return addr_from_4(four);
	CHECK(inet_pton(AF_INET6, s, a.b) == 1);
	return a;
}

/* The address that is told, as text; "" for none. Read from memory of its own
 * size, so that a sanitizer sees what is read beyond. */
static const char *find(uint8_t proto, const void *payload, size_t len)
{
	static char text[INET6_ADDRSTRLEN];
	struct la_addr own[] = { addr_of(PRIVATE), addr_of(OWN4), addr_of(OWN6) };
	struct address_leak_addrs addrs = { own, ARRAY_SIZE(own) };
	struct la_addr found = { 0 };
	uint8_t *copy = malloc(len + !len);
	bool told;

	memcpy(copy, payload, len);
	told = address_leak_find(proto, copy, len, &addrs, &found);
	free(copy);
	if (!told)
		return "";
	if (addr_family(&found) == 4)
		return inet_ntop(AF_INET, &found.b[12], text, sizeof(text));
	return inet_ntop(AF_INET6, found.b, text, sizeof(text));
}

struct message {
	uint8_t proto;
	const char *p;
	size_t len;
	const char *told;
};

/* clang-format off */
#define UDP(s, told) { IPPROTO_UDP, s, sizeof(s) - 1, told }
#define TCP(s, told) { IPPROTO_TCP, s, sizeof(s) - 1, told }
#define GET(query) "GET /announce?info_hash=%01%02&peer_id=-XX0001-&" query " HTTP/1.1\r\nHost: t\r\n\r\n"
#define ANNOUNCE(action, event, ip) \
	"12345678\0\0\0" action "tran" ID20 ID20 "downloadleft....uploaded\0\0\0" event ip \
	"key.\xff\xff\xff\xff\x1a\xe1"
#define STUN(length, attributes) "\x01\x01\0" length "\x21\x12\xa4\x42" "transaction." attributes
#define HANDSHAKE "\x13" "BitTorrent protocol" "\0\0\0\0\0\x10\0\0" ID20 ID20

static const struct message messages[] = {
	/* HTTP tracker */
	TCP(GET("port=6881&ip=198.51.100.7"), OWN4),
	TCP(GET("ip=198.51.100.7&port=6881"), OWN4),
	TCP(GET("ip=192.168.1.5&port=6881"), PRIVATE),
	TCP(GET("ipv4=198.51.100.7:6881"), OWN4),
	TCP(GET("ipv4=198.51.100.7%3A6881"), OWN4),
	TCP(GET("ipv6=2001:db8:5::7"), OWN6),
	TCP(GET("ipv6=2001%3adb8%3A5%3A%3A7"), OWN6),
	TCP(GET("ipv6=%5B2001%3Adb8%3A5%3A%3A7%5D%3A6881"), OWN6),
	TCP(GET("ipv6=::ffff:198.51.100.7"), OWN4),
	TCP(GET("ip=198.51.100.8"), ""),
	TCP(GET("ip=198.51.100.77"), ""),
	TCP(GET("zip=198.51.100.7"), ""),
	TCP(GET("ip="), ""),
	TCP(GET("ip=%"), ""),
	TCP("GET /?ip=198.51.100.7 HTTP/1.1\r\n\r\n", ""),
	TCP("GET /a?info_hash=x HTTP/1.1\r\nReferer: /?ip=198.51.100.7&\r\n\r\n", ""),
	TCP("GET /a?info_hash=x&ip=198.51.100.7", ""),
	TCP("GET /a?info_hash=x&ip=198.51.100.7&", OWN4),
	UDP(GET("ip=198.51.100.7"), ""),
	/* UDP tracker */
	UDP(ANNOUNCE("\1", "\2", B4), OWN4),
	UDP(ANNOUNCE("\1", "\2", BP), PRIVATE),
	UDP(ANNOUNCE("\1", "\2", "\0\0\0\0"), ""),
	UDP(ANNOUNCE("\1", "\2", OTHER4), ""),
	UDP(ANNOUNCE("\2", "\2", B4), ""),
	UDP(ANNOUNCE("\1", "\4", B4), ""),
	TCP(ANNOUNCE("\1", "\2", B4), ""),
	/* extension handshake, peer exchange */
	TCP("\0\0\0\x20\x14\0" "d4:ipv44:" B4 "1:md6:ut_pexi1eee", OWN4),
	TCP("\0\0\0\x20\x14\0" "d4:ipv44:" BP "1:md6:ut_pexi1eee", PRIVATE),
	TCP("\0\0\0\x1d\x14\0" "d4:ipv616:" B6 "e", OWN6),
	TCP("\0\0\0\x12\x14\0" "d6:yourip4:" B4 "e", ""),
	TCP("\0\0\0\x10\x14\0" "d4:ipv44:" OTHER4 "e", ""),
	TCP("\0\0\0\x10\x15\0" "d4:ipv44:" B4 "e", ""),
	TCP("\0\0\0\x2a\x14\0" "d1:md6:ut_pexi1ee1:pi6881e4:ipv44:" B4 "e", OWN4),
	TCP(HANDSHAKE "\0\0\0\0\0\0\0\x02\x05\xff\0\0\0\x10\x14\0" "d4:ipv44:" B4 "e", OWN4),
	TCP("\0\0\0\x1a\x14\x01" "d5:added12:" OTHER4 "\x1a\xe1" B4 "\x1a\xe1" "e", OWN4),
	TCP("\0\0\0\x1a\x14\x01" "d5:added12:" OTHER4 "\x1a\xe1" BP "\x1a\xe1" "e", ""),
	UDP("\x01\0abcdefghijklmnopqr" "\0\0\0\x10\x14\0" "d4:ipv44:" B4 "e", OWN4),
	UDP("\x01\x01" "abcdefghijklmnopqr" "\0\x04mask" "\0\0\0\x10\x14\0" "d4:ipv44:" B4 "e", OWN4),
	UDP("\x21\0abcdefghijklmnopqr" "\0\0\0\x10\x14\0" "d4:ipv44:" B4 "e", ""),
	/* DHT */
	UDP("d1:rd2:id20:" ID20 "6:valuesl6:" OTHER4 "\x1a\xe1" "6:" B4 "\x1a\xe1" "ee1:t2:aa1:y1:re", OWN4),
	UDP("d1:rd2:id20:" ID20 "6:valuesl18:" B6 "\x1a\xe1" "ee1:t2:aa1:y1:re", OWN6),
	UDP("d1:rd2:id20:" ID20 "6:valuesl18:" "\x20\x01\x0d\xb8\0\5" B4 "12345678" "ee1:t2:aa1:y1:re", ""),
	UDP("d1:rd2:id20:" ID20 "5:nodes26:" ID20 B4 "\x1a\xe1" "e1:t2:aa1:y1:re", OWN4),
	UDP("d1:rd2:id20:" ID20 "6:nodes638:" ID20 B6 "\x1a\xe1" "e1:t2:aa1:y1:re", OWN6),
	UDP("d1:rd2:id20:" ID20 "5:nodes26:" ID20 BP "\x1a\xe1" "e1:t2:aa1:y1:re", ""),
	UDP("d2:ip6:" B4 "\x1a\xe1" "1:rd2:id20:" ID20 "e1:t2:aa1:y1:re", ""),
	UDP("d1:ad2:id20:" ID20 "e1:q4:ping1:t4:" B4 "1:y1:qe", ""),
	/* STUN, TURN: 198.51.100.7 and 2001:db8:5::7 xored with cookie and transaction */
	UDP(STUN("\x0c", "\0\x20\0\x08\0\x01\x12\x34" "\xe7\x21\xc0\x45"), OWN4),
	UDP(STUN("\x0c", "\0\x01\0\x08\0\x01\x12\x34" B4), OWN4),
	UDP(STUN("\x0c", "\x80\x2b\0\x08\0\x01\x12\x34" BP), PRIVATE),
	UDP(STUN("\x0c", "\0\x01\0\x08\0\x01\x12\x34" BP), ""),
	UDP(STUN("\x0c", "\0\x20\0\x08\0\x01\x12\x34" B4), ""),
	UDP(STUN("\x0c", "\0\x06\0\x08\0\x01\x12\x34" B4), ""),
	UDP(STUN("\x14", "\x80\x22\0\x03" "abc\0" "\0\x12\0\x08\0\x01\x12\x34" "\xe7\x21\xc0\x45"), OWN4),
	TCP(STUN("\x18", "\0\x12\0\x14\0\x02\x12\x34" "\x01\x13\xa9\xfatwansaction)"), OWN6),
	TCP("\0\x20" STUN("\x0c", "\0\x20\0\x08\0\x01\x12\x34" "\xe7\x21\xc0\x45"), OWN4),
	UDP("\x40\1\0\x20" STUN("\x0c", "\0\x20\0\x08\0\x01\x12\x34" "\xe7\x21\xc0\x45"), OWN4),
	/* session descriptions */
	UDP("INVITE sip:a@b SIP/2.0\r\n\r\nv=0\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n", OWN4),
	UDP("v=0\r\no=- 1 1 IN IP6 2001:db8:5::7\r\ns=-\r\n", OWN6),
	TCP("c=IN IP4 198.51.100.7/127\r\n", OWN4),
	TCP("c=IN IP4 198.51.100.70\r\n", ""),
	TCP("c=IN IP4 198.51.100.7", ""),
	TCP("a=candidate:1 1 UDP 2130706431 192.168.1.5 54321 typ host\r\n", PRIVATE),
	TCP("{\"candidate\":\"candidate:842163049 1 udp 1677729535 203.0.113.9 46154 typ srflx "
	    "raddr 192.168.1.5 rport 46154 generation 0\"}", PRIVATE),
	TCP("{\"candidate\":\"candidate:1 1 udp 1677729535 198.51.100.7 46154 typ srflx\"}", OWN4),
	TCP("{\"candidate\":\"candidate:1 1 udp 1677729535 203.0.113.9 46154 typ host\"}", ""),
	TCP("a=candidate:1 1 UDP 2130706431 1f7a.local 54321 typ host\r\n", ""),
	TCP("a=candidate:1 1 UDP 2130706431\r\n192.168.1.5 54321 typ host\r\n", ""),
	/* in JSON, in forms, in WebSocket messages */
	TCP("{\"c\":\"candidate:1 1 udp 1 198\\u002e51\\u002E100.7 4 typ host\"}", OWN4),
	TCP("{\"d\":\"{\\\"c\\\":\\\"candidate:1 1 udp 1 192.168\\\\u002e1.5 4 typ host\\\"}\"}", PRIVATE),
	TCP("{\"sdp\":\"v=0\\r\\nc=IN IP6 2001:0DB8:0005:0000:0000:0000:0000:0007\\r\\nt=0 0\\r\\n\"}", OWN6),
	TCP("{\"sdp\":\"c=IN IP4 198.51.100.7\\u0030\\r\\n\"}", ""),
	TCP("c=candidate%3A1%201%20udp%201%20198.51.100.7%204%20typ%20host", OWN4),
	TCP("c=candidate%3A1+1+udp+1+198.51.100.7+4+typ+host", OWN4),
	TCP("c=candidate%3A1+1+udp+1+198.51.100.7%30+4+typ+host", ""),
	TCP("\x81\253" "\1\2\3\4" "bcm`hfbpd82$0\042v`q\0422$0;;*43-512-3!6#pxr#lnqw", OWN4),
	TCP("\xc1\253" "\1\2\3\4" "bcm`hfbpd82$0\042v`q\0422$0;;*43-512-3!6#pxr#lnqw", ""),
	TCP("\x89\201" "\1\2\3\4" "x" "\x82\253" "\1\2\3\4" "bcm`hfbpd82$0\042v`q\0422$0;;*43-512-3!6#pxr#lnqw", OWN4),
	TCP("a\0=\0c\0a\0n\0d\0i\0d\0a\0t\0e\0:\0" "1\0 \0" "1\0 \0u\0 \0" "1\0 \0" "1\0" "9\0" "2\0.\0" "1\0"
	    "6\0" "8\0.\0" "1\0.\0" "5\0 \0" "4\0 \0t\0y\0p\0 \0h\0o\0s\0t\0", PRIVATE),
	TCP("{\"iceCandidates\":[{\"ip\":\"192.168.1.5\",\"type\":\"host\"}]}", PRIVATE),
	TCP("{\"iceCandidates\":[{\"relatedAddress\" : \"2001:DB8:5::0:7\"}]}", OWN6),
	TCP("<candidate component='1' ip='192.168.1.5' port='1' type='host'/>", PRIVATE),
	TCP("<streamhost jid='a@b' host=\"198.51.100.7\" port='5086'/>", OWN4),
	TCP("{\"iceCandidates\":[{\"zip\":\"198.51.100.7\"}]}", ""),
	TCP("{\"iceCandidates\":[],\"ip\":\"198.51.100.70\"}", ""),
	TCP("{\"ip\":\"198.51.100.7\",\"version\":\"198.51.100.7\"}", ""),
	/* SIP: the sender's own headers, and those that repeat the other's */
	UDP("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.5:5060;rport\r\n\r\n", PRIVATE),
	UDP("OPTIONS sip:a@b SIP/2.0\r\nm: \"A\" <sip:a@[2001:db8:5::7]:5060>\r\n\r\n", OWN6),
	UDP("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: x@198.51.100.7\r\n\r\n", OWN4),
	UDP("OPTIONS sip:192.168.1.5 SIP/2.0\r\nTo: <sip:192.168.1.5>\r\n\r\n", ""),
	UDP("OPTIONS sip:a@b SIP/2.0\r\nUser-Agent: x/198.51.100.7\r\n\r\n", ""),
	UDP("OPTIONS sip:a@b SIP/2.0\r\nContact: <sip:198.51.100.7", ""),
	UDP("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP b;received=192.168.1.5\r\n\r\n", ""),
	UDP("SIP/2.0 200 OK\r\nContact: <sip:192.168.1.5:5060>\r\n\r\n", PRIVATE),
	UDP("\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP\r\n\t192.168.1.5;rport\r\n\r\n", PRIVATE),
	UDP("OPTIONS sip:a@b SIP/2.0\r\nUser-Agent: x\r\n 192.168.1.5\r\n\r\n", ""),
	UDP("SIP/2.0 488 No\r\nWarning: 304 192.168.1.5:5060 \"media\"\r\n\r\n", PRIVATE),
	/* HTTP, mail, FTP, IRC */
	TCP("SETUP rtsp://a/b RTSP/1.0\r\nTransport: RTP/AVP;destination=192.168.1.5;client_port=5-6\r\n\r\n", PRIVATE),
	TCP("GET / HTTP/1.1\r\nTrue-Client-IP: 198.51.100.7\r\n\r\n", OWN4),
	TCP("GET / HTTP/1.1\r\nForwarded: for=\"[fe80::1%25eth0]\"\r\n\r\n", ""),
	TCP("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.1.1.1, 198.51.100.7\r\n\r\n", OWN4),
	TCP("GET / HTTP/1.1\r\nForwarded: for=\"[2001:db8:5::7]:80\";proto=http\r\n\r\n", OWN6),
	TCP("GET / HTTP/1.1\r\nHost: 198.51.100.7\r\nUser-Agent: a/198.51.100.7\r\n\r\n", ""),
	TCP("HTTP/1.1 302 Found\r\nLocation: http://192.168.1.5:8080/login\r\n\r\n", PRIVATE),
	TCP("HTTP/1.1 200 OK\r\nServer: x/198.51.100.7\r\n\r\n", ""),
	TCP("EHLO [192.168.1.5]\r\n", PRIVATE),
	TCP("ehlo [IPv6:2001:db8:5::7]\r\n", OWN6),
	TCP("EHLO [198.51.100.70]\r\n", ""),
	TCP("PORT 192,168,1,5,7,138\r\n", PRIVATE),
	TCP("PORT 198,51,100,8,7,138\r\n", ""),
	TCP("EPRT |2|2001:db8:5::7|5282|\r\n", OWN6),
	TCP("EPRT |1|198.51.100.7\r\n", ""),
	TCP("227 Entering Passive Mode (192,168,1,5,7,138).\r\n", PRIVATE),
	TCP("PRIVMSG a :\1DCC SEND f 3325256711 5000 100\1\r\n", OWN4),
	TCP("PRIVMSG a :\1DCC SEND f 3325256712 5000 100\1\r\n", ""),
	/* nothing, and what is malformed */
	UDP("", ""), TCP("", ""), UDP("d", ""), UDP("d4:ipv4", ""), UDP("di5e4:ipv44:" B4, ""),
	UDP("d4:ipv44:" B4, OWN4), UDP("d4:ipv4d4:ipv44:" B4, OWN4), UDP("d4:ipv4i1e4:" B4, ""),
	UDP("d4:ipv4e4:ipv44:" B4 "e", ""), UDP("d99999999:", ""), UDP("l4:" B4 "e", ""),
	UDP("dlee4:ipv44:" B4 "e", ""), UDP("d1:alllllllllllllllllllllllll4:ipv44:" B4 "e", ""),
};
/* clang-format on */

static void test_messages(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		if (!CHECK_STR(find(messages[i].proto, messages[i].p, messages[i].len),
			       messages[i].told))
			printf("# message %zu: %.*s\n", i, (int)messages[i].len, messages[i].p);
}

/* What is cut off tells what was told before, or nothing; never something else. */
/* A seams_find_fn. */
static enum address_leak_form find_in(void *arg, uint8_t proto, const uint8_t *p, size_t len,
				      const struct address_leak_addrs *own, struct la_addr *ret)
{
	(void)arg;
	return address_leak_find(proto, p, len, own, ret);
}

static enum address_leak_form find_piece(struct seams *s, uint16_t port, const char *piece)
{
	const struct la_flow_key key = { .sport = port, .proto = IPPROTO_TCP };
	const struct la_addr own[] = { addr_of(OWN4) };
	const struct address_leak_addrs addrs = { own, ARRAY_SIZE(own) };
	struct la_addr found;

	return seams_find(s, &key, (const uint8_t *)piece, strlen(piece), &addrs, &found, find_in,
			  NULL);
}

/* Wherever a stream's message is cut, its address is found, and once. */
static void test_pieces(void)
{
	static const char message[] = "a=candidate:1 1 UDP 2130706431 " OWN4 " 54321 typ host\r\n";
	char first[sizeof(message)], filler[] = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
	size_t at, found;

	for (at = strlen("a=c"); at < sizeof(message) - 1; at++) {
		struct seams *s = calloc(1, sizeof(*s));

		memcpy(first, message, at);
		first[at] = '\0';
		found = find_piece(s, 1, filler) + find_piece(s, 1, first);
		found += find_piece(s, 2, message + at); /* of another stream */
		found += find_piece(s, 1, message + at);
		found += find_piece(s, 1, filler);
		if (!CHECK_INT(found, ADDRESS_LEAK_CANDIDATE))
			printf("# cut at %zu\n", at);
		free(s);
	}
}

static void test_truncated(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		for (size_t n = 0; n < messages[i].len; n++) {
			const char *told = find(messages[i].proto, messages[i].p, n);

			if (*told)
				CHECK_STR(told, messages[i].told);
		}
}

static void test_flipped_bytes(void)
{
	uint8_t copy[512];
	uint32_t x = 1;

	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		for (int round = 0; round < 200 && messages[i].len; round++) {
			memcpy(copy, messages[i].p, messages[i].len);
			for (int n = 0; n < 1 + round % 3; n++) {
				x = x * 1664525u + 1013904223u;
				copy[(x >> 8) % messages[i].len] = (uint8_t)(x >> 24);
			}
			find(round % 2 ? IPPROTO_UDP : IPPROTO_TCP, copy, messages[i].len);
		}
}

static void test_no_addresses(void)
{
	struct address_leak_addrs none = { NULL, 0 };
	struct la_addr found;

	CHECK(!address_leak_find(IPPROTO_TCP, (const uint8_t *)messages[0].p, messages[0].len,
				 &none, &found));
}

static void test_counts(void)
{
	static const char *const yes[] = { OWN4, OWN6, PRIVATE, "10.0.0.1", "fd00::1", "1.1.1.1" };
	static const char *const no[] = { "127.0.0.1",	 "::1",
					  "::",		 "0.0.0.0",
					  "169.254.3.4", "fe80::1",
					  "224.0.0.251", "255.255.255.255",
					  "ff02::fb" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		struct la_addr a = addr_of(yes[i]);

		CHECK(address_leak_counts(&a));
	}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		struct la_addr a = addr_of(no[i]);

		CHECK(!address_leak_counts(&a));
	}
}

UNIT_MAIN("inside", { "messages", test_messages }, { "pieces", test_pieces },
	  { "truncated", test_truncated }, { "flipped_bytes", test_flipped_bytes },
	  { "no_addresses", test_no_addresses }, { "counts", test_counts })
