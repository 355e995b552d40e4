/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What records say to people, whatever is in the names. */
#include <netinet/in.h>

#include "payload/dns_question.h"
#include "records.h"
#include "record/record_sender.h"
#include "base/text.h"
#include "unit.h"

static void test_messages(void)
{
	struct record r = plain_leak(6, IPPROTO_TCP);

	CHECK_STR(message(&r), "curl[7] leaked an IPv6 tcp packet over eth0 to [2001:db8::1]:443");
	r.leak.state = RECORD_FLOW_UPDATE;
	r.leak.flow.packets = r.leak.flow.left_packets = 24;
	r.leak.flow.bytes = r.leak.flow.left_bytes = 3100;
	CHECK_STR(message(&r), "curl[7] leaked IPv6 tcp packets over eth0 to [2001:db8::1]:443, "
			       "24 packets, 3.1 kB so far");
	r.leak.flow.dropped_packets = 2;
	r.leak.flow.packets = 27;
	CHECK(strstr(message(&r), ", 24 packets, 3.1 kB so far, 2 more stopped, 3 more held by "
				  "something else"));
	r.leak.state = RECORD_FLOW_CLOSE;
	r.leak.outcome = RECORD_OUTCOME_DROPPED;
	r.leak.flow.packets = r.leak.flow.left_packets = 0;
	r.leak.flow.dropped_packets = 24;
	r.leak.flow.dropped_bytes = 3100;
	r.leak.cause = RECORD_CAUSE_FAMILY;
	CHECK_STR(message(&r),
		  "curl[7] was stopped from sending IPv6 tcp packets over eth0 to "
		  "[2001:db8::1]:443 (the tunnel carries no IPv6), 24 packets, 3.1 kB in all");

	r = plain_leak(6, IPPROTO_ICMPV6);
	r.leak.flow.key.dport = 0;
	r.leak.flow.attribution = LA_ATTR_KERNEL;
	CHECK_STR(message(&r), "the kernel leaked an IPv6 icmp packet over eth0 to 2001:db8::1");
	r = plain_leak(4, 253);
	r.leak.flow.attribution = LA_ATTR_FORWARDED;
	r.leak.process = (struct record_process){ 0 };
	r.leak.cause = RECORD_CAUSE_ROUTE;
	r.leak.route = (struct record_route){ "0.0.0.0/1", "dhcp" };
	CHECK_STR(message(&r),
		  "192.0.2.10 (forwarded) leaked an IPv4 protocol 253 packet over eth0 to "
		  "192.0.2.53:443 (by the route 0.0.0.0/1 from dhcp)");
	r = plain_leak(4, IPPROTO_UDP);
	r.leak.process = (struct record_process){ 0 };
	r.leak.flow.cls = LA_CLASS_TORRENT;
	CHECK_STR(message(&r),
		  "an unknown process leaked torrent traffic over eth0 to 192.0.2.53:443");
	r.leak.process.pid = 9;
	r.leak.ifname = NULL;
	r.leak.flow.detail = LA_DETAIL_DHT;
	CHECK_STR(message(&r), "process[9] leaked a torrent dht message to 192.0.2.53:443");

	r = plain_leak(4, IPPROTO_TCP);
	r.leak.ingress = true;
	r.leak.flow.key.sport = 6881;
	r.leak.process = (struct record_process){ 0 };
	CHECK_STR(message(&r), "an unknown process received an IPv4 tcp packet over eth0 from "
			       "192.0.2.10:6881");
	r.leak.outcome = RECORD_OUTCOME_DROPPED;
	CHECK(strstr(message(&r), "was kept from receiving an IPv4"));

	r = dns_leak();
	r.leak.state = RECORD_FLOW_UPDATE;
	r.leak.flow.packets = 2;
	CHECK(strstr(message(&r), "leaked a dns query for tracker.example (A) over"));
	r.leak.state = RECORD_FLOW_CLOSE;
	CHECK(strstr(message(&r), "leaked dns queries over"));
	r = dns_leak();
	r.leak.dns_name = "";
	CHECK(strstr(message(&r), "a dns query for . (A) over"));
}

static void test_forwarded(void)
{
	struct record_source before = { .port = 4000 };
	struct record r = plain_leak(4, IPPROTO_UDP);

	r.leak.flow.attribution = LA_ATTR_FORWARDED;
	before.addr = r.leak.flow.key.daddr;
	r.leak.before_nat = &before;
	CHECK_STR(message(&r), "curl[7] (forwarded from 192.0.2.53) leaked an IPv4 udp packet "
			       "over eth0 to 192.0.2.53:443");
	r.leak.process = (struct record_process){ .container_name = "box" };
	CHECK_STR(message(&r), "192.0.2.53 (forwarded) leaked an IPv4 udp packet over eth0 to "
			       "192.0.2.53:443");
}

static void test_packets_of_the_kernel(void)
{
	struct record r = plain_leak(6, IPPROTO_ICMPV6);

	r.leak.flow.key.dport = 0;
	r.leak.flow.attribution = LA_ATTR_KERNEL;
	r.leak.flow.first = 1;
	CHECK_STR(message(&r),
		  "the kernel leaked an icmp error (unreachable) over eth0 to 2001:db8::1");
	CHECK_STR(record_kernel_packet(&r.leak.flow), "icmp-unreachable");
	r = plain_leak(4, IPPROTO_TCP);
	r.leak.flow.first = 0x14;
	CHECK(!record_kernel_packet(&r.leak.flow)); /* the process's own */
	r.leak.flow.attribution = LA_ATTR_KERNEL;
	CHECK_STR(message(&r), "the kernel leaked a tcp reset over eth0 to 192.0.2.53:443");
	r.leak.flow.first = 0x12;
	CHECK_STR(record_kernel_packet(&r.leak.flow), "tcp-syn-ack");
	r.leak.flow.first = 0x10;
	CHECK_STR(record_kernel_packet(&r.leak.flow), "tcp-ack");
	r = plain_leak(4, IPPROTO_UDP);
	r.leak.flow.attribution = LA_ATTR_KERNEL;
	CHECK(!record_kernel_packet(&r.leak.flow));
}

static void test_server_names(void)
{
	struct record r = plain_leak(4, IPPROTO_TCP);

	r.leak.server_name = "dns.google";
	CHECK_STR(message(&r),
		  "curl[7] leaked an IPv4 tcp packet to dns.google over eth0 to 192.0.2.53:443");
	r.leak.flow.cls = LA_CLASS_DNS;
	r.leak.flow.detail = LA_DETAIL_DOH;
	r.leak.state = RECORD_FLOW_UPDATE;
	r.leak.flow.packets = r.leak.flow.left_packets = 9;
	CHECK_STR(message(&r), "curl[7] leaked dns queries over https to dns.google over eth0 to "
			       "192.0.2.53:443, 9 packets, 71 B so far");
	r.leak.server_name = "";
	CHECK(strstr(message(&r), "over https over eth0"));
}

/* What became of it that neither we have dropped nor the device has got. */
static void test_held(void)
{
	struct record r = plain_leak(4, IPPROTO_UDP);

	r.leak.outcome = RECORD_OUTCOME_HELD;
	r.leak.flow.left_packets = r.leak.flow.left_bytes = 0;
	CHECK_STR(message(&r), "curl[7] tried to leak an IPv4 udp packet over eth0 to "
			       "192.0.2.53:443, but it has not left");
	r.leak.flow.stopped = LA_STOP_TC;
	r.leak.state = RECORD_FLOW_CLOSE;
	CHECK_STR(
		message(&r),
		"curl[7] tried to leak an IPv4 udp packet over eth0 to 192.0.2.53:443, but it has "
		"not left: stopped by a tc filter or program, 1 packet, 71 B in all");
}

static struct record_ends ends_of(uint64_t judged, uint64_t exempt, uint64_t left, uint64_t added)
{
	struct la_flow f = { .packets = judged,
			     .exempt_packets = exempt,
			     .left_packets = left,
			     .added_packets = added,
			     .dropped_packets = 7 };
	struct record_ends e = record_ends(&f);

	CHECK_INT(e.judged.packets, e.left.packets + e.held.packets + 7);
	CHECK_INT(e.dropped.packets, 7);
	return e;
}

static void test_ends(void)
{
	struct record_ends e = ends_of(10, 0, 4, 0);

	CHECK(e.left.packets == 4 && e.held.packets == 6);
	e = ends_of(0, 9, 9, 0); /* exempt ones are no leak */
	CHECK(e.left.packets == 0 && e.held.packets == 0);
	e = ends_of(10, 5, 15, 0); /* a flow that has turned from exempt to leak */
	CHECK(e.left.packets == 10 && e.held.packets == 0);
	e = ends_of(10, 5, 8, 0);
	CHECK(e.left.packets == 3 && e.held.packets == 7);
	e = ends_of(2, 0, 6, 4); /* two datagrams in six fragments */
	CHECK(e.left.packets == 6 && e.held.packets == 0);
	e = ends_of(2, 0, 3, 2); /* one of them was stopped */
	CHECK(e.left.packets == 3 && e.held.packets == 1);
	e = ends_of(1, 0, 3, 0); /* a bridge has sent copies to three ports */
	CHECK(e.left.packets == 3 && e.held.packets == 0);
}

/* A name as TLS has it is anything that a sender likes. */
static void test_server_escaped(void)
{
	char name[DNS_QUESTION_NAME_MAX], longest[400];

	dns_question_server("dns.google", 10, name);
	CHECK_STR(name, "dns.google");
	dns_question_server("a b\\\0\xff.x", 8, name);
	CHECK_STR(name, "a\\032b\\\\\\000\\255.x");
	dns_question_server("", 0, name);
	CHECK_STR(name, "");
	memset(longest, '\x01', sizeof(longest));
	dns_question_server(longest, sizeof(longest), name);
	CHECK_INT(strlen(name), 255 * 4);
}

static void test_inside(void)
{
	struct record r = dns_leak();

	r.leak.dns_name = NULL;
	r.leak.flow.cls = LA_CLASS_TORRENT;
	r.leak.flow.detail = LA_DETAIL_INSIDE;
	r.leak.flow.key.dport = 6969;
	r.leak.address_inside = "198.51.100.7";
	r.leak.ifname = "tun0";
	CHECK_STR(message(&r),
		  "transmission-da[812] revealed 198.51.100.7 to a tracker through tun0 "
		  "(192.0.2.53:6969)");
	r.leak.flow.verdict = LA_VERDICT_DROPPED;
	r.leak.flow.cls = LA_CLASS_STUN;
	r.leak.address_inside = r.leak.ifname = NULL;
	CHECK_STR(message(&r),
		  "transmission-da[812] was stopped from revealing the exposed address to a "
		  "stun server through the tunnel (192.0.2.53:6969)");
}

static void test_dropout(void)
{
	struct record_dropout d = { .ns = 400000000 };
	struct record_dropouts all = { .count = 1, .ns = 12400000000 };
	struct record r = { .action = RECORD_TUNNEL_UP,
			    .interface = { .name = "tun0", .dropout = &d } };

	CHECK_STR(message(&r), "tunnel tun0 is back after 0.4 s: nothing tried to leave");
	d.tried = (struct la_sum){ 1, 71 };
	CHECK_STR(message(&r), "tunnel tun0 is back after 0.4 s: 1 packet (71 B) leaked");
	d.refused = 3;
	CHECK_STR(message(&r), "tunnel tun0 is back after 0.4 s: 1 packet (71 B) leaked, 3 "
			       "connections, questions or frames refused");
	d.dropped = d.tried;
	d.tried.packets = 2;
	CHECK_STR(message(&r), "tunnel tun0 is back after 0.4 s: 2 packets (71 B) tried to leave, "
			       "1 of them stopped, 3 connections, questions or frames refused");
	d = (struct record_dropout){ .ns = 200000000000, .refused = 1, .name = "tun\x1b" };
	CHECK_STR(message(&r), "tunnel tun0 is up, 3 min 20 s after the loss of tun\\x1b: 1 "
			       "connection, question or frame refused");
	r = (struct record){ .action = RECORD_SUMMARY,
			     .summary = { .complete = true, .seconds = 20, .dropouts = &all } };
	CHECK_STR(message(&r), "no leak, 1 dropout of the tunnel (12 s) in 20.0 s");
	all.down = true;
	CHECK_STR(message(&r), "no leak, 1 dropout of the tunnel (12 s, still down) in 20.0 s");
	all.count = 0;
	CHECK_STR(message(&r), "no leak in 20.0 s");
}

static void test_comments(void)
{
	struct record r = dns_leak();
	char s[128];

	record_comment(&r.leak, s, sizeof(s));
	CHECK_STR(s, "transmission-da[812] dns/udp leaked over eth0");
	r.leak.process = (struct record_process){ 0 };
	r.leak.flow.attribution = LA_ATTR_FORWARDED;
	r.leak.flow.verdict = LA_VERDICT_DROPPED;
	r.leak.flow.detail = LA_DETAIL_NONE;
	r.leak.ifname = NULL;
	record_comment(&r.leak, s, sizeof(s));
	CHECK_STR(s, "192.0.2.10 (forwarded) dns stopped");
}

static void test_remedy(void)
{
	struct record r = plain_leak(4, IPPROTO_UDP);

	r.leak.cause = RECORD_CAUSE_LOGIN;
	r.leak.remedy = "--transport-cgroup /vpn.service";
	CHECK(strstr(message(&r), " (the VPN's client talks to its server, as it must before the "
				  "tunnel is up): if this is your VPN's own traffic, start with "
				  "--transport-cgroup /vpn.service"));
	r.leak.state = RECORD_FLOW_CLOSE;
	CHECK(!strstr(message(&r), "start with"));

	r = plain_leak(4, IPPROTO_TCP);
	r.leak.cause = RECORD_CAUSE_BOUND;
	r.leak.setting = "in Transmission, set bind-address-ipv4 to the tunnel's address";
	CHECK(strstr(message(&r), " (its socket is bound past the tunnel): in Transmission, set "
				  "bind-address-ipv4 to the tunnel's address"));
	CHECK(strstr(line(&r), "\"remedy\":\"in Transmission, set bind-address-ipv4"));
	r.leak.helped = true; /* it is said once, and always there for programs */
	CHECK(strstr(message(&r), " (its socket is bound past the tunnel)"));
	CHECK(!strstr(message(&r), "Transmission"));
	CHECK(strstr(line(&r), "\"remedy\":\"in Transmission, set bind-address-ipv4"));
}

/* Every detail has its words, and none of them is longer than what is kept. */
static void test_every_detail(void)
{
	struct record r = dns_leak();

	for (unsigned int d = 1; d < LA_DETAIL_MAX; d++) {
		r.leak.flow.detail = d;
		r.leak.flow.cls = LA_CLASS_IPV4; /* the words of the detail, not the class's */
		CHECK(!strstr(message(&r), "IPv4"));
		CHECK(record_detail_name(d));
	}
	for (unsigned int c = 1; c < RECORD_CAUSE_MAX; c++) {
		r.leak.cause = c;
		CHECK(strstr(message(&r), " ("));
		CHECK(record_cause_name(c));
	}
	CHECK(!record_cause_name(RECORD_CAUSE_NONE) && !record_cause_name(99));
	CHECK(!record_detail_name(LA_DETAIL_NONE) && !record_class_name(LA_CLASS_MAX));
	CHECK_STR(record_action_name(RECORD_TUNNEL_DOWN), "tunnel-down");
	CHECK_STR(record_transport_name(6), "tcp");
	CHECK(!record_transport_name(255));
}

static bool fit_for_terminal(const char *s)
{
	size_t n;

	for (; *s; s += n)
		if (!text_printable(text_rune(s, &n)))
			return false;
	return true;
}

static void test_printable(void)
{
	static const int32_t no[] = { -1,     0,      0x1b,   0x7f,   0x9b,
				      0x202e, 0x2066, 0x200b, 0xfeff, 0xe0001 };
	static const int32_t yes[] = { ' ', '~', 0xa0, 0xfc, 0x4e2d, 0x1f600 };

	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		CHECK(!text_printable(no[i]));
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		CHECK(text_printable(yes[i]));
}

static void test_hostile_names(void)
{
	static const char *const names[] = {
		"\033[2J",
		"a\nb",
		"a\rroot",
		"\xff\xfe",
		"\xc2\x9b"
		"31m",
		"\xe2\x80\xae"
		"gpj",
		"\xed\xa0\x80",
		"\xf3\xa0\x80\x81",
		"\x07\x08\x7f",
		"\"quoted\\\"",
	};
	struct record r = dns_leak();

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		r.leak.process.name = r.leak.process.executable = names[i];
		r.leak.process.cgroup_path = r.leak.dns_name = r.leak.ifname = names[i];
		r.leak.cause = RECORD_CAUSE_ROUTE;
		r.leak.route = (struct record_route){ names[i], names[i] };
		if (!CHECK(fit_for_terminal(message(&r))))
			printf("# by name %zu\n", i);
		CHECK(strchr(line(&r), '\n')[1] == '\0');
	}
	r = dns_leak();
	r.leak.process.name = "a\033[1m\xff";
	CHECK(strstr(message(&r), "a\\x1b[1m\\xff[812] leaked"));
	CHECK(strstr(line(&r), "\"name\":\"a\\u001b[1m\\ufffd\""));
	r.leak.process.name = "gr\xc3\xbc\xc3\x9f";
	CHECK(strstr(message(&r), "gr\xc3\xbc\xc3\x9f[812] leaked"));
}

/* Cut anywhere, a message is terminated and has no half of a code point. */
static void test_cut(void)
{
	struct record r = dns_leak();
	char buf[128];

	r.leak.process.name = "\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xbc\xff";
	for (size_t size = 1; size < sizeof(buf); size++) {
		memset(buf, 'x', sizeof(buf));
		record_message(&r, buf, size);
		CHECK(memchr(buf, '\0', size) && fit_for_terminal(buf));
		CHECK(buf[size] == 'x');
	}
}

static void test_bytes(void)
{
	static const struct {
		uint64_t n;
		const char *words;
	} rows[] = {
		{ 0, "0 B" },	      { 999, "999 B" },	     { 1000, "1.0 kB" },
		{ 1049, "1.0 kB" },   { 1050, "1.1 kB" },    { 999949, "999.9 kB" },
		{ 999950, "1.0 MB" }, { 3145728, "3.1 MB" }, { UINT64_MAX, "18.4 EB" },
	};
	char s[32];
	struct text t;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		text_init(&t, s, sizeof(s));
		text_bytes(&t, rows[i].n);
		CHECK_STR(s, rows[i].words);
	}
}

static void test_duration(void)
{
	static const struct {
		uint64_t ms;
		const char *words;
	} rows[] = {
		{ 0, "0.0 s" },	     { 49, "0.0 s" },	       { 50, "0.1 s" },
		{ 9949, "9.9 s" },   { 9950, "10 s" },	       { 59499, "59 s" },
		{ 59500, "1 min" },  { 200000, "3 min 20 s" }, { 3599000, "59 min 59 s" },
		{ 3600000, "1 h" },  { 7500000, "2 h 5 min" }, { 86399000, "23 h 59 min" },
		{ 86400000, "1 d" }, { 90061000, "1 d 1 h" },  { 8640000000, "100 d" },
	};
	char s[32];
	struct text t;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		text_init(&t, s, sizeof(s));
		text_duration(&t, rows[i].ms * 1000000);
		CHECK_STR(s, rows[i].words);
	}
}

UNIT_MAIN("record", { "messages", test_messages }, { "kernel", test_packets_of_the_kernel },
	  { "forwarded", test_forwarded }, { "server_names", test_server_names },
	  { "held", test_held }, { "ends", test_ends }, { "server_escaped", test_server_escaped },
	  { "inside", test_inside }, { "dropout", test_dropout }, { "duration", test_duration },
	  { "comments", test_comments }, { "remedy", test_remedy },
	  { "every_detail", test_every_detail }, { "printable", test_printable },
	  { "hostile_names", test_hostile_names }, { "cut", test_cut }, { "bytes", test_bytes })
