/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose the packets of a capture are: by directions, MAC addresses, and addresses alone. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "replay/whose.h"
#include "unit.h"

#define OUR_MAC 0x02000000000aULL
#define GATEWAY 0x020000000001ULL
#define OTHER_MAC 0x02000000000bULL

static struct audited_host *host;
static struct whose *whose;

static struct la_addr addr(const char *s)
{
	struct la_addr a;
	uint8_t four[4];

	if (inet_pton(AF_INET, s, four) == 1)
		return addr_from_4(four);
	inet_pton(AF_INET6, s, a.b);
	return a;
}

/* local: what --local names, or NULL */
static void begin(const char *local)
{
	struct fault f;

	if (audited_host_open(&host) || (local && audited_host_add(host, local, &f)) ||
	    audited_host_set_lan(host) || whose_open(&whose, host))
		abort();
}

static void end(void)
{
	whose_free(whose);
	audited_host_free(host);
}

static struct whose_packet packet(const char *from, const char *to)
{
	return (struct whose_packet){
		.interface = 1, .src = addr(from), .dst = addr(to), .hops = 64
	};
}

/* With MAC addresses: the host's packets go to the gateway, the others come from it. */
static struct whose_packet frame(const char *from, const char *to, uint64_t mac)
{
	struct whose_packet p = packet(from, to);

	p.from = mac;
	p.to = mac == OUR_MAC ? GATEWAY : OUR_MAC;
	return p;
}

static struct whose_packet directed(const char *from, const char *to, uint8_t direction)
{
	struct whose_packet p = packet(from, to);

	p.direction = direction;
	return p;
}

static void learn(struct whose_packet p)
{
	CHECK_INT(whose_learn(whose, &p), 0);
}

static void learnt(const char *expected)
{
	char got[256];

	CHECK_INT(whose_learn_end(whose), 0);
	CHECK_INT(audited_host_set_lan(host), 0);
	audited_host_format(host, got, sizeof(got));
	CHECK_STR(got, expected);
}

static int is(struct whose_packet p)
{
	return whose_is(whose, &p);
}

static void test_most_peers(void)
{
	begin(NULL);
	learn(packet("198.51.100.7", "192.0.2.10")); /* the one with the most peers */
	learn(packet("192.0.2.10", "203.0.113.1"));
	learn(packet("192.0.2.10", "203.0.113.1"));
	learn(packet("203.0.113.1", "198.51.100.7"));
	learn(packet("192.0.2.10", "203.0.113.2"));
	learn(packet("2001:db8::1", "2001:db8::2")); /* the one that began */
	learn(packet("fe80::1", "2001:db8::2"));
	learnt("192.0.2.10, 2001:db8::1");
	/* of neither end is anything known: it may be another address of the host */
	CHECK_INT(is(packet("192.0.2.11", "203.0.113.1")), WHOSE_UNDECIDED);
	CHECK_INT(is(packet("203.0.113.1", "192.0.2.10")), WHOSE_OTHERS);
	CHECK_INT(is(packet("192.0.2.11", "224.0.0.251")), WHOSE_OTHERS);
	end();

	begin(NULL); /* of two, the private one, whoever began */
	learn(packet("203.0.113.1", "192.168.1.5"));
	learn(packet("192.168.1.5", "203.0.113.1"));
	learnt("192.168.1.5");
	CHECK_INT(is(packet("2001:db8::1", "2001:db8::2")), WHOSE_NO_FAMILY);
	end();

	begin(NULL); /* broadcast and multicast have peers, but never send */
	learn(packet("192.168.1.5", "192.168.1.255"));
	learn(packet("192.168.1.6", "192.168.1.255"));
	learn(packet("192.168.1.6", "239.255.255.250"));
	learn(packet("192.168.1.5", "239.255.255.250"));
	learnt("192.168.1.5");
	end();

	begin(NULL);
	learnt("");
	end();
}

/* One card with several addresses, of both families; the gateway sends from the world's. */
static void test_all_of_a_mac(void)
{
	struct whose_packet p;

	begin(NULL);
	learn(frame("192.168.1.10", "203.0.113.1", OUR_MAC));
	learn(frame("192.168.1.10", "203.0.113.2", OUR_MAC));
	learn(frame("fd00::10", "2001:db8:2::1", OUR_MAC));
	learn(frame("2001:db8:1::10", "2001:db8:2::1", OUR_MAC));
	learn(frame("2001:db8:1::77", "2001:db8:2::2", OUR_MAC));
	p = frame("10.9.9.9", "203.0.113.1", OUR_MAC); /* forwarded for somebody */
	p.hops = 63;
	learn(p);
	p = frame("203.0.113.1", "192.168.1.10", GATEWAY);
	p.hops = 55;
	learn(p);
	learnt("192.168.1.10, fd00::10, 2001:db8:1::10, 2001:db8:1::77");
	CHECK_INT(is(frame("2001:db8:1::77", "2001:db8:2::9", OUR_MAC)), WHOSE_OURS);
	p = frame("10.9.9.9", "203.0.113.1", OUR_MAC);
	p.hops = 63;
	CHECK_INT(is(p), WHOSE_STRANGER);
	/* what the gateway sends to an address of the host that has not sent yet */
	CHECK_INT(is(frame("203.0.113.1", "198.51.100.1", GATEWAY)), WHOSE_OTHERS);
	/* a new lease, and a temporary address that was renewed */
	CHECK_INT(is(frame("192.168.1.99", "203.0.113.1", OUR_MAC)), WHOSE_OURS);
	CHECK_INT(is(frame("2001:db8:1::abcd", "2001:db8:2::1", OUR_MAC)), WHOSE_OURS);
	CHECK_INT(is(frame("0.0.0.0", "255.255.255.255", OUR_MAC)), WHOSE_OTHERS);
	CHECK_INT(is(frame("fe80::1", "2001:db8:2::1", OUR_MAC)), WHOSE_STRANGER);
	CHECK(whose_may_be_ours(whose, 1, CAPTURE_UNKNOWN, OUR_MAC));
	CHECK(!whose_may_be_ours(whose, 1, CAPTURE_UNKNOWN, GATEWAY));
	end();
}

/* Who has only been sent to is the host where all others have sent to it alone; the run is
 * incomplete. */
static void test_received_only(void)
{
	begin(NULL);
	learn(frame("203.0.113.1", "192.168.1.10", GATEWAY));
	learn(frame("203.0.113.2", "192.168.1.10", GATEWAY));
	learn(frame("2001:db8:2::1", "2001:db8:1::10", GATEWAY));
	learnt("192.168.1.10, 2001:db8:1::10");
	CHECK_INT(is(frame("203.0.113.1", "192.168.1.10", GATEWAY)), WHOSE_OTHERS);
	CHECK_INT(is(frame("2001:db8:2::1", "2001:db8:1::10", GATEWAY)), WHOSE_OTHERS);
	CHECK(whose_heard_only(whose));
	CHECK_INT(is(frame("192.168.1.10", "203.0.113.1", OUR_MAC)), WHOSE_OURS);
	CHECK(!whose_heard_only(whose));
	end();

	begin(NULL); /* a broadcast address of a LAN is none */
	learn(frame("192.168.1.10", "192.168.1.255", OUR_MAC));
	learn(frame("192.168.1.11", "192.168.1.255", OTHER_MAC));
	learnt("192.168.1.10");
	CHECK(!whose_heard_only(whose));
	end();

	begin(NULL); /* nor is a server that two have asked in vain */
	learn(frame("192.168.1.10", "203.0.113.1", OUR_MAC));
	learn(frame("192.168.1.11", "203.0.113.1", OTHER_MAC));
	learnt("192.168.1.10");
	end();
}

/* Of two machines one is audited, in both families. That the other is not is told. */
static void test_two_machines(void)
{
	struct whose_packet p;

	begin(NULL);
	for (int i = 1; i < 9; i++) {
		char peer[64];

		snprintf(peer, sizeof(peer), "203.0.113.%d", i);
		learn(frame("192.168.1.10", peer, OUR_MAC));
		if (i > 4)
			continue;
		snprintf(peer, sizeof(peer), "2001:db8:2::%d", i);
		learn(frame("2001:db8:1::b", peer, OTHER_MAC));
	}
	learn(frame("192.168.1.11", "203.0.113.1", OTHER_MAC));
	learn(frame("2001:db8:1::a", "2001:db8:2::1", OUR_MAC));
	learnt("192.168.1.10, 2001:db8:1::a");
	p = frame("2001:db8:1::b", "2001:db8:2::1", OTHER_MAC);
	p.to = GATEWAY;
	CHECK_INT(is(p), WHOSE_UNDECIDED);
	p.dst = addr("ff02::fb");
	p.to = 0x3333000000fbULL;
	CHECK_INT(is(p), WHOSE_OTHERS);
	end();

	begin("192.168.1.10"); /* who is named is all that was asked for */
	learn(frame("192.168.1.10", "203.0.113.1", OUR_MAC));
	learn(frame("192.168.1.11", "203.0.113.1", OTHER_MAC));
	learnt("192.168.1.10");
	p = frame("192.168.1.11", "203.0.113.1", OTHER_MAC);
	p.to = GATEWAY;
	CHECK_INT(is(p), WHOSE_OTHERS);
	CHECK_INT(is(frame("192.168.1.12", "203.0.113.1", OUR_MAC)), WHOSE_STRANGER);
	end();
}

/* Each interface has a host, and an address that one tells is known on the others. */
static void test_interfaces(void)
{
	struct whose_packet p;

	begin(NULL);
	learn(frame("192.168.1.10", "203.0.113.1", OUR_MAC));
	learn(frame("192.168.1.10", "203.0.113.2", OUR_MAC));
	p = frame("192.168.2.20", "203.0.113.1", OTHER_MAC);
	p.interface = 2;
	learn(p);
	learnt("192.168.1.10, 192.168.2.20");
	CHECK_INT(is(p), WHOSE_OURS);
	end();
}

/* What the machine has sent is the host's; what it has got never is. */
static void test_directions(void)
{
	begin(NULL);
	learn(directed("203.0.113.1", "192.168.1.10", CAPTURE_IN));
	learn(directed("203.0.113.2", "192.168.1.10", CAPTURE_IN));
	learn(directed("192.168.1.77", "203.0.113.1", CAPTURE_IN)); /* on a bridge */
	learn(directed("192.168.1.10", "203.0.113.1", CAPTURE_OUT));
	learn(directed("2001:db8::5", "2001:db8:2::1", CAPTURE_OUT));
	learnt("192.168.1.10, 2001:db8::5");
	CHECK_INT(is(directed("192.168.1.10", "203.0.113.1", CAPTURE_OUT)), WHOSE_OURS);
	CHECK_INT(is(directed("10.0.0.7", "203.0.113.1", CAPTURE_OUT)), WHOSE_OURS);
	CHECK_INT(is(directed("192.168.1.10", "203.0.113.1", CAPTURE_IN)), WHOSE_OTHERS);
	CHECK_INT(is(directed("192.168.1.77", "203.0.113.1", CAPTURE_IN)), WHOSE_OTHERS);
	CHECK(!whose_heard_only(whose));
	CHECK(whose_may_be_ours(whose, 1, CAPTURE_OUT, 0));
	CHECK(!whose_may_be_ours(whose, 1, CAPTURE_IN, OUR_MAC));
	end();

	begin(NULL); /* nothing of what was sent is there */
	learn(directed("203.0.113.1", "192.168.1.10", CAPTURE_IN));
	learnt("203.0.113.1");
	CHECK_INT(is(directed("203.0.113.1", "192.168.1.10", CAPTURE_IN)), WHOSE_OTHERS);
	CHECK(whose_heard_only(whose));
	end();

	begin("192.168.1.77"); /* a machine behind the router that has captured */
	learn(directed("192.168.1.77", "203.0.113.1", CAPTURE_IN));
	learnt("192.168.1.77");
	CHECK_INT(is(directed("192.168.1.77", "203.0.113.1", CAPTURE_IN)), WHOSE_OURS);
	CHECK_INT(is(directed("198.51.100.1", "203.0.113.1", CAPTURE_OUT)), WHOSE_OTHERS);
	CHECK(!whose_heard_only(whose));
	end();

	begin("192.168.1.10"); /* the machine itself: an address that was not named is no other's */
	learn(directed("192.168.1.10", "203.0.113.1", CAPTURE_OUT));
	learnt("192.168.1.10");
	CHECK_INT(is(directed("192.168.1.10", "203.0.113.1", CAPTURE_IN)), WHOSE_OTHERS);
	CHECK_INT(is(directed("192.168.2.20", "203.0.113.1", CAPTURE_OUT)), WHOSE_STRANGER);
	end();
}

/* It comes in with so many hops, and goes out with these. */
static int is_passed_on(const char *from, const char *to, uint8_t hops, uint8_t out_hops)
{
	struct whose_packet in = directed(from, to, CAPTURE_IN), out = in;

	in.hops = hops;
	CHECK_INT(is(in), WHOSE_OTHERS);
	out.direction = CAPTURE_OUT;
	out.interface = 2;
	out.hops = out_hops;
	return is(out);
}

static int is_forwarded(const char *from, const char *to, uint8_t hops)
{
	return is_passed_on(from, to, hops, hops - 1);
}

static int is_bridged(const char *from, const char *to, uint8_t hops)
{
	return is_passed_on(from, to, hops, hops);
}

/* What a router forwards for its own hosts leaves. What comes back for them does not. */
static void test_router(void)
{
	struct whose_packet p;

	begin(NULL);
	learn(directed("2001:db8::1", "2001:db8:2::1", CAPTURE_OUT));
	learnt("2001:db8::1");
	CHECK_INT(is_forwarded("2001:db8:1::10", "2001:db8:2::9", 64), WHOSE_OURS);
	CHECK_INT(is_forwarded("2001:db8:2::9", "2001:db8:1::10", 55), WHOSE_STRANGER);
	CHECK_INT(is_forwarded("203.0.113.1", "198.51.100.7", 119), WHOSE_STRANGER);
	/* by a bridge, for a machine behind it */
	CHECK_INT(is_bridged("2001:db8:1::50", "2001:db8:2::9", 64), WHOSE_OURS);
	CHECK_INT(is_bridged("2001:db8:2::9", "2001:db8:1::50", 55), WHOSE_STRANGER);
	/* by a router for its own host, and heard again on its way out */
	CHECK_INT(is_forwarded("2001:db8:1::11", "2001:db8:2::9", 64), WHOSE_OURS);
	CHECK_INT(is_bridged("2001:db8:1::11", "2001:db8:2::9", 63), WHOSE_OURS);
	p = directed("2001:db8:1::77", "2001:db8:2::9", CAPTURE_OUT);
	p.hops = 5; /* sent so, and not forwarded */
	CHECK_INT(is(p), WHOSE_OURS);
	end();
}

/* A machine behind a bridge and a server of the LAN: neither address is the host's. */
static void test_bridge(void)
{
	struct whose_packet in = directed("192.168.1.1", "192.168.1.50", CAPTURE_IN), out = in;

	out.direction = CAPTURE_OUT;
	out.interface = 2;
	begin(NULL);
	learn(directed("192.168.1.10", "203.0.113.1", CAPTURE_OUT));
	learn(in);
	learn(out);
	learnt("192.168.1.10");
	CHECK_INT(is_bridged("192.168.1.50", "203.0.113.1", 64), WHOSE_OURS);
	CHECK(!audited_host_has(host, &in.src) && !audited_host_has(host, &in.dst));
	end();
}

/* What NAT leads back to a container, or to another host beside this one, does not leave. */
static void test_answers(void)
{
	struct whose_packet p = directed("203.0.113.1", "172.17.0.2", CAPTURE_OUT),
			    asked = directed("172.17.0.2", "203.0.113.1", CAPTURE_IN);

	p.hops = 56;
	for (int named = 0; named < 2; named++) {
		begin(named ? "192.168.1.10" : NULL);
		learn(directed("192.168.1.10", "203.0.113.1", CAPTURE_OUT));
		learnt("192.168.1.10");
		CHECK(is(p) != WHOSE_OTHERS); /* nobody is known to be there */
		CHECK_INT(is(asked), WHOSE_OTHERS);
		CHECK_INT(is(p), WHOSE_OTHERS);
		p.interface = 2; /* and not there */
		CHECK(named || is(p) != WHOSE_OTHERS);
		p.interface = 1;
		/* a question of one that is not behind NAT */
		CHECK(is(directed("192.168.7.7", "172.17.0.2", CAPTURE_OUT)) != WHOSE_OTHERS);
		end();
	}
}

/* Frames whose addresses somebody has made up say nothing. */
static void test_made_up(void)
{
	begin(NULL);
	learn(frame("192.168.1.10", "203.0.113.1", OUR_MAC));
	learn(frame("192.168.1.10", "203.0.113.2", OUR_MAC));
	learn(frame("203.0.113.1", "192.168.1.10", OUR_MAC));
	learn(frame("2001:db8::1", "2001:db8::2", OUR_MAC));
	learnt("192.168.1.10, 2001:db8::1");
	CHECK_INT(is(frame("203.0.113.1", "192.168.1.10", OUR_MAC)), WHOSE_OTHERS);
	CHECK_INT(is(frame("192.168.1.11", "203.0.113.1", OUR_MAC)), WHOSE_UNDECIDED);
	end();
}

/* Two addresses of one card, which both know one resolver alone: that one has more peers than
 * either. */
static void test_one_server(void)
{
	static const char *const ours[] = { "2001:db8::a", "2001:db8::b" };
	struct whose_packet answer;

	begin(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		learn(frame(ours[i], "2001:4860:4860::8888", OUR_MAC));
		answer = frame("2001:4860:4860::8888", ours[i], GATEWAY);
		answer.hops = 57;
		learn(answer);
	}
	learnt("2001:db8::a, 2001:db8::b");
	CHECK_INT(is(frame(ours[1], "2001:4860:4860::8888", OUR_MAC)), WHOSE_OURS);
	CHECK_INT(is(answer), WHOSE_OTHERS);
	end();
}

/* A router's port has more addresses than a host: none of them is taken over, and that is told. */
static void test_crowded(void)
{
	char from[64];

	begin(NULL);
	for (int i = 0; i < 100; i++) {
		snprintf(from, sizeof(from), "203.0.113.%d", i);
		learn(frame("192.168.1.10", from, GATEWAY));
		learn(frame(from, "198.51.100.1", GATEWAY));
	}
	learnt("192.168.1.10");
	CHECK(is(frame("198.51.100.9", "198.51.100.1", GATEWAY)) != WHOSE_OURS);
	end();
}

/* clang-format off */
UNIT_MAIN("whose",
	  { "most_peers", test_most_peers },
	  { "all_of_a_mac", test_all_of_a_mac },
	  { "received_only", test_received_only },
	  { "two_machines", test_two_machines },
	  { "one_server", test_one_server },
	  { "interfaces", test_interfaces },
	  { "directions", test_directions },
	  { "router", test_router },
	  { "answers", test_answers },
	  { "bridge", test_bridge },
	  { "made_up", test_made_up },
	  { "crowded", test_crowded })
