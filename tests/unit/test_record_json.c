/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line of each kind of record, to the byte. */
#include <netinet/in.h>

#include "records.h"
#include "record/record_behalf.h"
#include "unit.h"

#define HEAD(kind, category, type, action, n)                                                 \
	"{\"@timestamp\":\"2026-11-23T11:09:11.123456789Z\",\"ecs\":{\"version\":\"9.4.0\"}," \
	"\"event\":{\"kind\":\"" kind "\",\"category\":[\"" category "\"],\"type\":[" type    \
	"],\"action\":\"" action "\",\"dataset\":\"leakaudit\",\"sequence\":" n

static void test_json_leak(void)
{
	struct record r = dns_leak();

	CHECK_STR(line(&r),
		  HEAD("alert", "network", "\"connection\",\"start\",\"allowed\"", "leak",
		       "12") "},\"message\":\"transmission-da[812] leaked a dns query for "
			     "tracker.example (A) over "
			     "eth0 to 192.0.2.53:53 (the tunnel is down)\","
			     "\"process\":{\"pid\":812,\"name\":\"transmission-da\",\"executable\":"
			     "\"/usr/bin/transmission-daemon\"},\"user\":{\"id\":\"1000\"},"
			     "\"source\":{\"ip\":\"192.0.2.10\",\"port\":40123,\"packets\":1,"
			     "\"bytes\":71},"
			     "\"destination\":{\"ip\":\"192.0.2.53\",\"port\":53},"
			     "\"network\":{\"direction\":\"egress\",\"type\":\"ipv4\","
			     "\"transport\":\"udp\","
			     "\"protocol\":\"dns\","
			     "\"community_id\":\"1:gf5SCZAPEykbgPCSB0PczrnV2t0=\","
			     "\"packets\":1,\"bytes\":71},"
			     "\"observer\":{\"egress\":{\"interface\":{\"name\":\"eth0\",\"id\":"
			     "\"2\"}}},\"related\":{\"ip\":[\"192.0.2.10\",\"192.0.2.53\"]},"
			     "\"dns\":{\"question\":{\"name\":\"tracker.example\",\"type\":\"A\"}},"
			     "\"leakaudit\":{\"class\":\"dns\",\"detail\":\"udp\",\"verdict\":"
			     "\"counted\","
			     "\"outcome\":\"left\","
			     "\"cause\":\"tunnel-down\",\"hook\":\"cgroup\",\"attribution\":"
			     "\"socket\","
			     "\"flow\":\"open\",\"judged\":{\"packets\":1,\"bytes\":71},"
			     "\"cgroup\":{\"path\":"
			     "\"/system.slice/transmission-daemon.service\",\"id\":\"4711\"},"
			     "\"netns\":{\"cookie\":\"1\"},\"socket\":{\"cookie\":\"10423\"}}}\n");
}

/* Nothing is known: no field says so. */
static void test_json_unknown(void)
{
	struct record r = { .action = RECORD_LEAK,
			    .sequence = 1,
			    .time = { 1795432151, 123456789 } };

	r.leak.flow.verdict = LA_VERDICT_DROPPED;
	r.leak.outcome = RECORD_OUTCOME_DROPPED;
	r.leak.state = RECORD_FLOW_CLOSE;
	r.leak.flow.cls = r.leak.flow.detail = r.leak.flow.hook = r.leak.flow.attribution = 255;
	CHECK_STR(line(&r),
		  HEAD("alert", "network", "\"connection\",\"end\",\"denied\"", "leak",
		       "1") "},\"message\":\"an unknown process was stopped from sending an IP "
			    "packet, "
			    "0 packets, 0 B in all\","
			    "\"network\":{\"direction\":\"egress\",\"packets\":0,\"bytes\":0},"
			    "\"leakaudit\":{\"verdict\":\"dropped\",\"outcome\":\"dropped\","
			    "\"flow\":\"close\",\"judged\":{\"packets\":0,\"bytes\":0}}}\n");
}

static void test_json_odd_transport(void)
{
	struct record r = plain_leak(4, 253);
	const char *s;

	r.leak.flow.key.sport = r.leak.flow.key.dport = 0;
	s = line(&r);
	CHECK(strstr(s, "\"transport\":\"253\",\"iana_number\":\"253\",\"community_id\""));
	CHECK(strstr(s, "\"destination\":{\"ip\":\"192.0.2.53\"},"));
	r = plain_leak(6, IPPROTO_ICMPV6);
	CHECK(strstr(line(&r), "\"type\":\"ipv6\",\"transport\":\"ipv6-icmp\",\"packets\""));
	r.leak.flow.exempt_packets = 2;
	r.leak.flow.exempt_bytes = 99;
	r.leak.flow.stopped = LA_STOP_NETFILTER; /* two of the three */
	r.leak.flow.mark = 51820;
	r.leak.flow.bound_if = 3;
	r.leak.process.container = "0123abcd";
	r.leak.process.unit = "a.service";
	r.leak.cause = RECORD_CAUSE_ROUTE;
	r.leak.route = (struct record_route){ "0.0.0.0/1", "dhcp" };
	s = line(&r);
	CHECK(strstr(s, "\"container\":{\"id\":\"0123abcd\"}"));
	CHECK(strstr(
		s,
		"\"cause\":\"route\",\"route\":{\"prefix\":\"0.0.0.0/1\",\"protocol\":\"dhcp\"},"));
	CHECK(strstr(s, "\"outcome\":\"left\",\"held_by\":\"netfilter\",\"cause\":\"route\","));
	CHECK(strstr(s, "\"judged\":{\"packets\":1,\"bytes\":71},\"exempt\":{\"packets\":2,"
			"\"bytes\":99},\"held\":{\"packets\":1,\"bytes\":71},\"mark\":51820,"
			"\"bound\":{\"id\":\"3\"},\"unit\":\"a.service\""));
}

/* The names and the direction that only some leaks have. */
static void test_json_names(void)
{
	struct record r = plain_leak(4, IPPROTO_TCP);
	const char *s;

	r.leak.server_name = "dns.google";
	s = line(&r);
	CHECK(strstr(s, "\"tls\":{\"client\":{\"server_name\":\"dns.google\"}},\"leakaudit\""));
	CHECK(strstr(s, "\"direction\":\"egress\"") && !strstr(s, "ingress"));
	r.leak.server_name = NULL;
	r.leak.ingress = true;
	s = line(&r);
	CHECK(strstr(s, "\"network\":{\"direction\":\"ingress\""));
	CHECK(strstr(s, "\"observer\":{\"ingress\":{\"interface\":{\"name\":\"eth0\""));
	CHECK(!strstr(s, "tls") && !strstr(s, "egress") && !strstr(s, "address_inside"));
	r = plain_leak(4, IPPROTO_TCP);
	r.leak.flow.cls = LA_CLASS_TORRENT;
	r.leak.flow.detail = LA_DETAIL_INSIDE;
	r.leak.address_inside = "198.51.100.7";
	s = line(&r);
	CHECK(strstr(s,
		     "\"class\":\"torrent\",\"detail\":\"address-inside\",\"verdict\":\"counted\","
		     "\"outcome\":\"left\",\"address_inside\":\"198.51.100.7\""));
}

static void test_json_ready(void)
{
	static const struct record_interface interfaces[] = {
		{ .name = "lo", .ifindex = 1, .role = LA_ROLE_LOOPBACK },
		{ .name = "eth0", .ifindex = 2, .netns = 1, .role = LA_ROLE_EXPOSED },
		{ .name = "wg0", .ifindex = 3, .kind = "wireguard", .role = LA_ROLE_TUNNEL },
	};
	static const char *const addresses[] = { "127.0.0.1:53", "[::1]:53" };
	static const struct record_resolver resolver = { .process = { .pid = 7, .name = "dnsmasq" },
							 .way = "tunnel",
							 .addresses = addresses,
							 .n = 2 };
	struct record r = {
		.action = RECORD_READY,
		.time = { 1795432151, 123456789 },
		.ready = { .scope = "host",
			   .tc = "tcx",
			   .version = "0.1.0",
			   .interfaces = interfaces,
			   .n_interfaces = 3 },
	};

	CHECK_STR(
		line(&r),
		HEAD("event", "network", "\"start\"", "ready",
		     "0") "},\"message\":\"watching host on eth0 (exposed); wg0 (tunnel)\","
			  "\"leakaudit\":{\"version\":\"0.1.0\",\"scope\":\"host\",\"tc\":\"tcx\","
			  "\"interfaces\":[{\"name\":\"lo\",\"id\":\"1\",\"role\":\"loopback\"},"
			  "{\"name\":\"eth0\",\"id\":\"2\",\"role\":\"exposed\",\"netns\":{"
			  "\"cookie\":\"1\"}},"
			  "{\"name\":\"wg0\",\"id\":\"3\",\"kind\":\"wireguard\",\"role\":"
			  "\"tunnel\"}],\"resolvers\":[]}}\n");
	r.ready.n_interfaces = 0;
	CHECK_STR(message(&r), "watching host: no tunnel");
	r.ready.resolvers = &resolver;
	r.ready.n_resolvers = 1;
	r.ready.resolver_mode = "drop";
	CHECK_STR(message(&r),
		  "watching host: no tunnel; resolver dnsmasq[7] at 127.0.0.1:53 (tunnel)");
	CHECK(strstr(line(&r), "\"resolver_mode\":\"drop\",\"resolvers\":[{\"process\":{\"pid\":7,"
			       "\"name\":\"dnsmasq\"},\"way\":\"tunnel\","
			       "\"addresses\":[\"127.0.0.1:53\",\"[::1]:53\"]}]"));
	r.ready.n_resolvers = 0;
	r.ready.tc = NULL;
	r.ready.scope = "a.pcap b.pcap";
	CHECK_STR(message(&r), "reading a.pcap b.pcap");
	CHECK(strstr(line(&r), "\"scope\":\"a.pcap b.pcap\",\"interfaces\""));
	CHECK(strstr(line(&r), "\"interfaces\":[]"));
}

static void test_json_interface(void)
{
	struct record r = {
		.action = RECORD_INTERFACE,
		.time = { 1795432151, 123456789 },
		.interface = { .name = "wan0",
			       .ifindex = 4,
			       .netns = 1,
			       .role = LA_ROLE_EXPOSED,
			       .change = LINK_RENAMED,
			       .old_name = "eth0" },
	};

	CHECK_STR(line(&r),
		  HEAD("event", "configuration", "\"change\"", "interface",
		       "0") "},\"message\":\"interface wan0, formerly eth0, is exposed\","
			    "\"leakaudit\":{\"interface\":{\"name\":\"wan0\",\"id\":\"4\","
			    "\"role\":\"exposed\",\"change\":\"renamed\",\"old_name\":\"eth0\","
			    "\"netns\":{\"cookie\":\"1\"}}}}\n");
	r.interface.old_name = NULL;
	r.interface.change = LINK_NEW;
	CHECK_STR(message(&r), "new interface wan0 is exposed");
	CHECK(strstr(line(&r), "\"type\":[\"creation\"]"));
	r.interface.change = LINK_GONE;
	CHECK_STR(message(&r), "interface wan0 is gone");
	CHECK(strstr(line(&r), "\"type\":[\"deletion\"]"));
	r.interface.change = LINK_ROLE;
	CHECK_STR(message(&r), "interface wan0 is now exposed");
	r.interface.kind = "tun";
	r.action = RECORD_TUNNEL_UP;
	CHECK_STR(message(&r), "tunnel wan0 (tun) is up");
	CHECK(strstr(line(&r),
		     "\"category\":[\"network\"],\"type\":[\"start\"],\"action\":\"tunnel-up\""));
	r.action = RECORD_TUNNEL_DOWN;
	CHECK_STR(message(&r), "tunnel wan0 (tun) is down");
	CHECK(strstr(line(&r), "\"type\":[\"end\"],\"action\":\"tunnel-down\""));
	r.interface.change = LINK_GONE;
	CHECK_STR(message(&r), "tunnel wan0 (tun) is gone");
}

static void test_json_dropout(void)
{
	struct record_dropout d = {
		.since = { 1795432151, 123456789 },
		.until = { 1795432163, 468456789 },
		.ns = 12345999999,
		.tried = { 312, 40000 },
		.dropped = { 311, 39000 },
	};
	struct record r = {
		.action = RECORD_TUNNEL_UP,
		.time = { 1795432151, 123456789 },
		.interface = { .name = "tun0",
			       .ifindex = 4,
			       .role = LA_ROLE_TUNNEL,
			       .change = LINK_UP,
			       .dropout = &d },
	};

	CHECK_STR(line(&r),
		  HEAD("event", "network", "\"start\"", "tunnel-up",
		       "0") "},\"message\":\"tunnel tun0 is back after 12 s: 312 packets (40.0 kB) "
			    "tried to "
			    "leave, 311 of them "
			    "stopped\",\"leakaudit\":{\"interface\":{\"name\":\"tun0\","
			    "\"id\":\"4\",\"role\":\"tunnel\",\"change\":\"up\"},"
			    "\"dropout\":{\"since\":\"2026-11-23T11:09:11.123456789Z\","
			    "\"until\":\"2026-11-23T11:09:23.468456789Z\",\"seconds\":12.345,"
			    "\"packets\":312,\"bytes\":40000,\"dropped\":{\"packets\":311,"
			    "\"bytes\":39000},\"held\":{\"packets\":0,\"bytes\":0},"
			    "\"refused\":0}}}\n");
	d.name = "wg\n0";
	CHECK(strstr(line(&r), "\"dropout\":{\"name\":\"wg\\n0\",\"since\""));
}

static void test_json_dropouts(void)
{
	struct record_dropouts d = {
		.count = 2, .ns = 14050000000, .longest = 14000000000, .down = true
	};
	struct record r = { .action = RECORD_SUMMARY,
			    .summary = { .complete = true, .dropouts = &d } };

	CHECK(strstr(line(&r),
		     "\"cut\":0,\"unread\":0,\"dropouts\":{\"count\":2,\"seconds\":14.050,"
		     "\"longest\":14.000,\"down\":true},\"by_interface\""));
	r.summary.dropouts = NULL; /* of a capture */
	CHECK(!strstr(line(&r), "dropouts"));
}

static void test_json_bypass_and_lost(void)
{
	struct record r = {
		.action = RECORD_BYPASS,
		.time = { 1795432151, 123456789 },
		.bypass = { .how = "PACKET_QDISC_BYPASS",
			    .process = { .pid = 5, .name = "raw" },
			    .netns = 1,
			    .cookie = 9 },
	};

	CHECK_STR(line(&r),
		  HEAD("alert", "network", "\"info\",\"allowed\"", "bypass",
		       "0") "},\"message\":\"raw[5] set PACKET_QDISC_BYPASS: packets sent by this "
			    "socket are not seen\",\"process\":{\"pid\":5,\"name\":\"raw\"},"
			    "\"leakaudit\":{\"verdict\":\"counted\",\"hook\":\"setsockopt\","
			    "\"netns\":{\"cookie\":\"1\"},\"socket\":{\"cookie\":\"9\"}}}\n");
	r.bypass.refused = true;
	CHECK(strstr(line(&r), "\"type\":[\"info\",\"denied\"]"));
	CHECK(strstr(message(&r), "raw[5] was refused PACKET_QDISC_BYPASS"));

	r = (struct record){ .action = RECORD_LOST, .time = { 1795432151, 123456789 } };
	r.lost = (struct record_lost){ 1, 0, 3, 2, "the ring buffer was full" };
	CHECK_STR(line(&r),
		  HEAD("event", "network", "\"info\"", "lost",
		       "0") "},\"message\":\"lost 1 event, 3 lines of output, 2 packets of the "
			    "evidence: the ring buffer was full\","
			    "\"leakaudit\":{\"lost\":{\"events\":1,\"flows\":0,\"output\":3,"
			    "\"evidence\":2,"
			    "\"reason\":\"the ring buffer was full\"}}}\n");
}

static void test_json_heartbeat(void)
{
	struct record r = { .action = RECORD_HEARTBEAT,
			    .time = { 1795432151, 123456789 },
			    .heartbeat = { .ns = 120500000000,
					   .interval = 60000000000,
					   .leaks = { 3, 300 },
					   .dropped = { 2, 20 },
					   .held = { 1, 10 },
					   .judged = { 6, 330 },
					   .inside = { 1, 99 },
					   .refused = 9,
					   .up = 1,
					   .down = 17,
					   .tunnels_down = { "wg\"0" },
					   .lost.output = 5 } };

	CHECK_STR(line(&r),
		  HEAD("metric", "network", "\"info\"", "heartbeat",
		       "0") "},\"message\":\"alive for 2 min 1 s: tunnels up 1, down 17, 3 packets "
			    "(300 B) leaked, 1 message through the tunnel told an exposed "
			    "address, 2 packets (20 B) stopped, 1 packet (10 B) held by "
			    "something else\",\"leakaudit\":{\"complete\":true,\"lost\":{"
			    "\"events\":0,\"flows\":0,\"output\":5,\"evidence\":0},"
			    "\"heartbeat\":{\"interval\":60.000,\"seconds\":120.500,\"leaks\":{"
			    "\"packets\":3,\"bytes\":300},\"dropped\":{\"packets\":2,\"bytes\":20},"
			    "\"held\":{\"packets\":1,\"bytes\":10},\"judged\":{\"packets\":6,"
			    "\"bytes\":330},\"inside\":{\"packets\":1,\"bytes\":99},\"refused\":9,"
			    "\"tunnels\":{\"up\":1,\"down\":17,"
			    "\"names_down\":[\"wg\\\"0\"]}}}}\n");
	r.heartbeat = (struct record_heartbeat){ .incomplete = "why" };
	CHECK_STR(message(&r),
		  "alive for 0.0 s: there is no tunnel, no leak seen; incomplete: why");
	CHECK(strstr(line(&r), "\"complete\":false,\"incomplete\":\"why\",\"lost\""));
}

static void test_json_summary(void)
{
	static struct record_sum class[] = { { "dns", 1, 71 } }, family[] = { { "ipv4", 1, 71 } },
				 interface[] = { { "eth0", 1, 71 } },
				 process[] = { { "a[1]", 1, 71 } },
				 exempt[] = { { "lan", 2, 80 }, { "allowed", 0, 0 } };
	struct record r = {
		.action = RECORD_SUMMARY,
		.sequence = UINT64_MAX,
		.time = { 1795432151, 123456789 },
		.summary = {
			.leaks = { NULL, 1, 71 },
			.held = { NULL, 2, 142 },
			.judged = { NULL, 3, 213 },
			.by_class = { class, 1 }, .by_family = { family, 1 },
			.by_interface = { interface, 1 }, .by_process = { process, 1 },
			.exempt = { exempt, 2 },
			.lost = { .events = 3 },
			.possible = { NULL, 4, 400 },
			.inside = { NULL, 3, 300 }, .cut = 6, .unread = 7,
			.inbound = { NULL, 7, 700 }, .inbound_dropped = { NULL, 8, 800 }, .refused = 9,
			.unparsed = 4, .non_ip = 5, .flows = 1, .seconds = 1.5,
			.incomplete = "a hook was detached",
		},
	};

	CHECK_STR(
		line(&r),
		HEAD("metric", "network", "\"end\"", "summary",
		     "18446744073709551615") ",\"duration\":1500000000},\"message\":\"1 packet (71 "
					     "B) leaked, 3 messages through the tunnel told "
					     "an exposed address, 2 packets (142 B) "
					     "held by something else, 2 packets (80 B) exempt, 9 "
					     "connections, questions or frames refused, 15 packets "
					     "(1.5 kB) came in from outside, "
					     "4 packets (400 B) of resolvers that may be for it, "
					     "6 packets cut off "
					     "within the headers, 7 packets not read in 1.5 s; "
					     "incomplete: a hook was "
					     "detached\","
					     "\"leakaudit\":{\"complete\":false,"
					     "\"incomplete\":\"a hook was detached\","
					     "\"lost\":{\"events\":3,\"flows\":0,\"output\":0,"
					     "\"evidence\":0},"
					     "\"summary\":{\"leaks\":{\"packets\":1,"
					     "\"bytes\":71},"
					     "\"dropped\":{\"packets\":0,\"bytes\":0},"
					     "\"held\":{\"packets\":2,\"bytes\":142},"
					     "\"judged\":{\"packets\":3,\"bytes\":213},"
					     "\"possible\":{\"packets\":4,\"bytes\":400},"
					     "\"inside\":{\"packets\":3,\"bytes\":300},"
					     "\"inbound\":{\"counted\":{\"packets\":7,\"bytes\":"
					     "700},"
					     "\"dropped\":{\"packets\":8,\"bytes\":800}},"
					     "\"refused\":9,"
					     "\"flows\":1,\"unparsed\":4,\"non_ip\":5,\"cut\":6,"
					     "\"unread\":7,"
					     "\"exempt\":{\"lan\":{\"packets\":2,\"bytes\":80},"
					     "\"allowed\":{\"packets\":0,\"bytes\":0}},"
					     "\"by_class\":{\"dns\":{\"packets\":1,\"bytes\":71}},"
					     "\"by_family\":{\"ipv4\":{\"packets\":1,\"bytes\":71}}"
					     ","
					     "\"by_interface\":[{\"key\":\"eth0\",\"packets\":1,"
					     "\"bytes\":71}],"
					     "\"by_process\":[{\"key\":\"a[1]\",\"packets\":1,"
					     "\"bytes\":71}]}}}\n");
	r.summary = (struct record_summary){ .complete = true, .seconds = 2 };
	CHECK_STR(message(&r), "no leak in 2.0 s");
	CHECK(strstr(line(&r), "\"leakaudit\":{\"complete\":true,\"lost\""));
	r.summary.complete = false;
	CHECK_STR(message(&r), "no leak seen in 2.0 s; incomplete");
}

UNIT_MAIN("record_json", { "leak", test_json_leak }, { "unknown", test_json_unknown },
	  { "odd_transport", test_json_odd_transport }, { "names", test_json_names },
	  { "ready", test_json_ready }, { "interface", test_json_interface },
	  { "dropout", test_json_dropout }, { "dropouts", test_json_dropouts },
	  { "bypass_and_lost", test_json_bypass_and_lost }, { "heartbeat", test_json_heartbeat },
	  { "summary", test_json_summary })
