/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Endpoints of torrent clients by what messages tell of them. */
#include <arpa/inet.h>
#include <string.h>

#include "base/addr.h"
#include "replay/flows.h"
#include "replay/peers.h"
#include "core/parse.h"
#include "payload/peer_list.h"
#include "unit.h"

static struct replay_flows *hash;
static struct peers peers;

static struct la_addr addr(const char *s)
{
	struct in_addr v4;
	struct la_addr a = { 0 };

	if (inet_pton(AF_INET, s, &v4) == 1)
		a = addr_from_4(&v4);
	else
		inet_pton(AF_INET6, s, a.b);
	return a;
}

static struct la_flow_key key(uint8_t proto, const char *from, uint16_t sport, const char *to,
			      uint16_t dport)
{
	return (struct la_flow_key){ .saddr = addr(from),
				     .daddr = addr(to),
				     .sport = sport,
				     .dport = dport,
				     .proto = proto,
				     .family = strchr(from, ':') ? 6 : 4 };
}

static void begin(void)
{
	peers_clear(&peers);
	replay_flows_free(hash);
	hash = NULL;
	CHECK_INT(replay_flows_open(&hash), 0);
}

static void hear(struct la_flow_key k, const char *b, size_t len)
{
	CHECK(peers_read(&peers, hash, &k, (const uint8_t *)b, len));
}

#define TCP LA_PROTO_TCP
#define UDP LA_PROTO_UDP
#define US "192.0.2.7"

/* Whether a flow to there that begins with noise is a client's. */
static bool is_peer(const char *to, uint16_t port)
{
	struct la_flow_key k = key(TCP, strchr(to, ':') ? "2001:db8::7" : US, 40000, to, port);

	return peers_have(&peers, hash, &k, true, (const uint8_t *)"\x9a\3noise", 7);
}

#define WORDS(s) s, sizeof(s) - 1

static const char connect_udp[] = "\0\0\4\x17\x27\x10\x19\x80\0\0\0\0tran";

static void announce_udp(uint16_t port)
{
	char b[98] = "\1\2\3\4\5\6\7\x8\0\0\0\1tran";

	b[96] = (char)(port >> 8);
	b[97] = (char)port;
	hear(key(UDP, US, 51413, "198.51.100.1", 6969), b, sizeof(b));
}

static void test_udp_tracker(void)
{
	static const char answer[] = "\0\0\0\1tran\0\0\7\x08\0\0\0\1\0\0\0\2"
				     "\xcb\0\x71\x15\x1a\xe1\xcb\0\x71\x16\xc8\xd5";
	struct la_flow_key back = key(UDP, "198.51.100.1", 6969, US, 51413);

	begin();
	hear(back, WORDS(answer)); /* nobody has asked */
	CHECK(!is_peer("203.0.113.21", 6881));
	hear(key(UDP, US, 51413, "198.51.100.1", 6969), WORDS(connect_udp));
	announce_udp(6999);
	CHECK(is_peer(US, 6999));
	hear(back, WORDS(answer));
	CHECK(is_peer("203.0.113.21", 6881));
	CHECK(is_peer("203.0.113.22", 51413));
	CHECK(!is_peer("203.0.113.22", 51414));
}

static void test_http_tracker(void)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
				     "d8:intervali1800e5:peers6:\xcb\0\x71\x15\x1a\xe1"
				     "6:peers618:\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x15\x1a\xe1"
				     "e";
	static const char get[] =
		"GET /announce?info_hash=%00abc&peer_id=-TR3000-&port=51000&left=0 "
		"HTTP/1.1\r\n\r\n";
	struct la_flow_key back = key(TCP, "198.51.100.1", 80, US, 40001);

	begin();
	hear(back, WORDS(answer));
	CHECK(!is_peer("203.0.113.21", 6881));
	hear(key(TCP, US, 40001, "198.51.100.1", 80), WORDS(get));
	CHECK(is_peer(US, 51000));
	hear(back, WORDS(answer));
	CHECK(is_peer("203.0.113.21", 6881));
	CHECK(is_peer("2001:db8::15", 6881));
}

static void test_dht(void)
{
	static const char answer[] =
		"d1:rd2:id20:abcdefghij01234567895:token4:abcd6:valuesl6:\xcb\0\x71\x15\x1a\xe1"
		"6:\xcb\0\x71\x16\x1a\xe2"
		"ee1:t2:aa1:y1:re";
	static const char announce[] = "d1:ad2:id20:abcdefghij01234567899:info_hash20:"
				       "mnopqrstuvwxyz1234564:porti6999e5:token4:"
				       "abcde1:q13:announce_peer1:t2:aa1:y1:qe";

	begin();
	hear(key(UDP, "203.0.113.9", 6881, US, 51413), WORDS(answer));
	CHECK(is_peer("203.0.113.21", 6881));
	CHECK(is_peer("203.0.113.22", 6882));
	hear(key(UDP, "203.0.113.30", 6881, US, 51413), WORDS(announce));
	CHECK(is_peer("203.0.113.30", 6999));
}

static void test_local_discovery(void)
{
	begin();
	hear(key(UDP, "192.0.2.8", 6771, "239.192.152.143", 6771),
	     WORDS("BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6889\r\nInfohash: "
		   "a\r\n\r\n\r\n"));
	CHECK(is_peer("192.0.2.8", 6889));
}

/* Peers of peers count from a peer that has shown itself (BEP 11). */
static void test_peer_exchange(void)
{
	static const char pex[] = "\0\0\0\x20\x14\1d5:added6:\xcb\0\x71\x15\x1a\xe1"
				  "7:added.f1:\0e";
	struct la_flow_key k = key(TCP, "203.0.113.9", 6881, US, 40001);

	begin();
	hear(k, WORDS(pex));
	CHECK(!is_peer("203.0.113.21", 6881));
	CHECK(peers_shown(&peers, hash, &k));
	hear(k, WORDS(pex));
	CHECK(is_peer("203.0.113.21", 6881));
}

/* A list may name anybody: what begins like something else is that, and so is what has begun
 * before. */
static void test_told_is_not_shown(void)
{
	static const char *const others[] = { "\x16\3\1\0\x90\1", "GET / HTTP/1.1", "SSH-2.0-a",
					      "\xc3\0\0\0\1\x08" };
	static const size_t lens[] = { 6, 14, 9, 6 };
	struct la_flow_key k = key(TCP, US, 40000, "203.0.113.21", 6881), back;

	test_udp_tracker();
	CHECK(!peers_have(&peers, hash, &k, false, (const uint8_t *)"\x9a\3noise", 7));
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		CHECK(!peers_have(&peers, hash, &k, true, (const uint8_t *)others[i], lens[i]));
	back = key(TCP, "203.0.113.21", 6881, US, 40000);
	CHECK(peers_shown(&peers, hash, &back));
	CHECK(peers_have(&peers, hash, &k, false, (const uint8_t *)others[0], lens[0]));
}

static void test_nonsense_tells_nothing(void)
{
	static const char *const nonsense[] = {
		"GET /announce?info_hash=a&port=70000 HTTP/1.1",
		"GET /announce?info_hash=a&port=",
		"GET /announce?port=7 HTTP/1.1",
		"GET /announce?info_hash=a&port=51",
		"BT-SEARCH * HTTP/1.1\r\nPort:",
		"d1:ad4:porti7ee1:q4:ping1:t2:aa1:y1:qe",
	};

	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
		CHECK_INT(peer_list_own_port((const uint8_t *)nonsense[i], strlen(nonsense[i])), 0);
	begin();
	hear(key(UDP, "203.0.113.9", 6881, US, 51413), WORDS("d1:rd6:valuesl6:\xe0\0\0\1\x1a\xe1"
							     "6:\xcb\0\x71\x16\0\0"
							     "5:\xcb\0\x71\x16\1eee"));
	CHECK(!peers.clients.v);
}

/* clang-format off */
UNIT_MAIN("peers",
	  { "udp_tracker", test_udp_tracker },
	  { "http_tracker", test_http_tracker },
	  { "dht", test_dht },
	  { "local_discovery", test_local_discovery },
	  { "peer_exchange", test_peer_exchange },
	  { "told_is_not_shown", test_told_is_not_shown },
	  { "nonsense_tells_nothing", test_nonsense_tells_nothing })
