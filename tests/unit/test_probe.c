/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The active test's pure parts: what is sent is what it claims to be, which probes
 * there are, what evidence means. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "netlab.h"
#include "policy/policy.h"
#include "leaktest/judge.h"
#include "leaktest/plan.h"
#include "leaktest/report.h"
#include "core/verdict.h"

/* --- kinds --- */

static const struct probe_kind *kind_of(const char *name)
{
	size_t i;

	for (i = 0; i < probe_n_kinds; i++)
		if (!strcmp(probe_kinds[i].name, name))
			return &probe_kinds[i];
	return NULL;
}

static struct probe probe_of(const char *name, unsigned int family)
{
	struct probe p = { .kind = kind_of(name), .family = (uint8_t)family, .ifindex = 2,
			   .ifname = "eth0", .name = "la-0123456789abcdef.example" };

	addr_parse(family == 6 ? "2001:db8:1::2" : "192.0.2.10", &p.source);
	addr_parse(family == 6 ? "2001:db8::77" : "203.0.113.77", &p.to);
	p.port = p.kind->port;
	return p;
}

/* The payload as a packet of the kind's transport; a frame has its headers already. */
static size_t wrap(const struct probe *p, uint8_t *to)
{
	static const uint8_t v4[20] = { [0] = 0x45, [8] = 64, [12] = 192, 0, 2, 10, 203, 0, 113, 77 };
	bool tcp = p->kind->transport == PROBE_TCP, icmp = p->kind->transport == PROBE_ICMP;
	size_t l4 = tcp ? 20 : icmp ? 0 : 8, n;

	memset(to, 0, 64);
	if (p->kind->transport == PROBE_FRAME)
		return p->kind->payload(p, to);
	memcpy(to, v4, sizeof(v4));
	n = sizeof(v4) + l4 + p->kind->payload(p, to + sizeof(v4) + l4);
	to[2] = (uint8_t)(n >> 8);
	to[3] = (uint8_t)n;
	to[9] = tcp ? IPPROTO_TCP : icmp ? IPPROTO_ICMP : IPPROTO_UDP;
	to[20] = 0xc0;
	to[22] = icmp ? to[22] : (uint8_t)(p->port >> 8);
	to[23] = icmp ? to[23] : (uint8_t)p->port;
	if (tcp)
		to[32] = 0x50;
	else if (!icmp) {
		to[24] = (uint8_t)((n - 20) >> 8);
		to[25] = (uint8_t)(n - 20);
	}
	return n;
}

/* What the classifier takes it for; a hello's name counts as a resolver's. */
static const char *label_of(const struct probe *p)
{
	uint8_t bytes[PROBE_PAYLOAD_MAX + 64];
	uint32_t len = (uint32_t)wrap(p, bytes);
	struct la_src src = { bytes, len };
	struct la_packet packet;
	struct la_label l = { 0 };
	static char words[64];
	uint64_t hello;

	if (!CHECK_INT(la_parse(&src, 0, bytes[0] >> 4 == 6 ? 0x86dd : 0x0800, len, &packet), 0))
		return "";
	la_classify(&src, &packet, &l);
	if (l.flags & LA_CF_HELLO) {
		hello = la_hello(&src, packet.base + packet.payload_off, packet.payload_len, 0);
		CHECK_INT(la_tls_name_len(hello), strlen("dns.google"));
		CHECK(!memcmp(bytes + la_tls_name_off(hello), "dns.google", 10));
		la_label_hello(&l, hello, LA_DETAIL_DOH);
	}
	snprintf(words, sizeof(words), "%s %s", record_class_name(l.cls),
		 record_detail_name(l.detail) ?: "-");
	return words;
}

static void test_payloads(void)
{
	static const struct {
		const char *kind, *label;
	} cases[] = {
		{ "udp", "ipv4 -" },	      { "tcp", "ipv4 -" },	  { "resolver", "dns udp" },
		{ "route", "ipv4 -" },
		{ "dns", "dns udp" },	      { "dns-tcp", "dns tcp" },	  { "dot", "dns dot" },
		{ "doh", "dns doh" },	      { "stun", "stun binding" }, { "torrent", "torrent handshake" },
		{ "dht", "torrent dht" },     { "lsd", "torrent lsd" },	  { "icmp", "ipv4 -" },
		{ "frame", "ipv4 -" },
	};
	size_t i;

	CHECK_INT(ARRAY_SIZE(cases) + 1, probe_n_kinds); /* a lookup's bytes are the C library's */
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct probe p = probe_of(cases[i].kind, 4);

		printf("# %s\n", cases[i].kind);
		CHECK_STR(label_of(&p), cases[i].label);
	}
}

static uint32_t sum_of(const uint8_t *b, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? b[i] : (uint32_t)b[i] << 8;
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Made here and not by the kernel: every checksum has to be right. */
static void test_frames(void)
{
	struct probe p4 = probe_of("frame", 4), p6 = probe_of("frame", 6), echo = probe_of("icmp", 4);
	uint8_t b[PROBE_PAYLOAD_MAX];
	size_t n;

	n = p4.kind->payload(&p4, b);
	CHECK_INT(folded(sum_of(b, 20)), 0xffff);
	CHECK_INT(folded(sum_of(b + 12, n - 12) + IPPROTO_UDP + (uint32_t)n - 20), 0xffff);
	n = p6.kind->payload(&p6, b);
	CHECK_INT(folded(sum_of(b + 8, n - 8) + IPPROTO_UDP + (uint32_t)n - 40), 0xffff);
	CHECK_STR(label_of(&p6), "ipv6 -");
	n = echo.kind->payload(&echo, b);
	CHECK_INT(folded(sum_of(b, n)), 0xffff);
}

/* --- the plan --- */

static size_t count(const struct probe_plan *plan, const char *kind, enum probe_how how, unsigned int family)
{
	size_t i, n = 0;

	for (i = 0; i < plan->n; i++)
		n += (!kind || plan->v[i].kind == kind_of(kind)) && plan->v[i].how == how &&
		     plan->v[i].family == family;
	return n;
}

static void body_plan(void)
{
	static struct policy policy;
	struct probe_plan_config cfg;
	struct resolv_conf res = { 0 };
	struct probe_plan plan;
	struct netns *ns;
	struct links *links;
	pid_t far = netlab_sleeper();
	int tun = netlab_tun("tun0", false);

	ip("link add eth0 type veth peer name far netns %d", (int)far);
	ip("link add eth1 type veth peer name eth2");
	netlab_inside(far, "ip link set far up");
	ip("link set eth0 up");
	ip("link set tun0 up");
	ip("addr add 192.0.2.10/24 dev eth0");
	ip("addr add 10.8.0.2/24 dev tun0");
	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(links_open(&links, ns, policy_roles(&policy), NULL, NULL), 0);
	probe_plan_defaults(&cfg);
	res.files[0].n = 2;
	addr_parse("127.0.0.53", &res.files[0].v[0]);
	addr_parse("203.0.113.53", &res.files[0].v[1]);
	res.files[1].n = 2;
	addr_parse("203.0.113.53", &res.files[1].v[0]);
	addr_parse("fe80::1", &res.files[1].v[1]);
	CHECK_INT(probe_plan_make(&plan, &cfg, links, &res), 0);
	CHECK(plan.local_resolver);
	CHECK_STR(plan.resolver, "127.0.0.53");
	/* eth1 and eth2 are down, tun0 is the tunnel: eth0 alone leads out */
	CHECK_INT(count(&plan, "dns", PROBE_FREE, 4), 1);
	CHECK_INT(count(&plan, "dns", PROBE_DEVICE, 4), 1);
	CHECK_INT(count(&plan, "dns", PROBE_SOURCE, 4), 1);
	CHECK_INT(count(&plan, "dns", PROBE_DEVICE, 6), 1);
	CHECK_INT(count(&plan, "dns", PROBE_SOURCE, 6), 0); /* it has a link-local one only */
	CHECK_INT(count(&plan, "frame", PROBE_DEVICE, 4), 1);
	CHECK_INT(count(&plan, "frame", PROBE_FREE, 4), 0);
	CHECK_INT(count(&plan, "lookup", PROBE_FREE, 0), 1);
	CHECK_INT(count(&plan, "resolver", PROBE_FREE, 4), 1); /* in both files */
	CHECK_INT(count(&plan, "resolver", PROBE_FREE, 6), 1);
	probe_plan_free(&plan);

	cfg.kinds = 1;
	res.files[0] = res.files[1];
	CHECK_INT(probe_plan_make(&plan, &cfg, links, &res), 0);
	CHECK(!plan.local_resolver);
	CHECK_INT(plan.n, 5); /* IPv4 by three ways, IPv6 by two */
	probe_plan_free(&plan);
	res.files[0].n = 0; /* the C library asks 127.0.0.1 then */
	CHECK_INT(probe_plan_make(&plan, &cfg, links, &res), 0);
	CHECK(plan.local_resolver);
	probe_plan_free(&plan);
	links_free(links);
	netns_free(ns);
	close(tun);
	netlab_end(far);
}

static void test_plan(void)
{
	NETLAB_TEST(body_plan);
}

/* --- the verdict --- */

#define TUNNEL { .ifindex = 3, .role = LA_ROLE_TUNNEL, .cookie = 1 }
#define EXPOSED { .ifindex = 2, .role = LA_ROLE_EXPOSED, .cookie = 1 }
#define LOOPBACK { .ifindex = 1, .role = LA_ROLE_LOOPBACK, .cookie = 1 }

static const struct la_flow stopped = { .dropped_packets = 1, .key.ifindex = 2 };
static const struct la_flow left = { .packets = 1, .dropped_packets = 1, .key.ifindex = 2 };

static const struct route_entry half = { .dst = { { .b = { [10] = 0xff, [11] = 0xff } }, ADDR_V4_BITS + 1 },
					 .table = 254, .protocol = 16 };

struct verdict_case {
	const char *kind;
	enum probe_stage stage;
	int error;
	struct probe_sock sock;
	const struct la_flow *flow;
	enum probe_verdict verdict;
	const char *why; /* begins so */
	bool hook_is_blind, guarded, refused, server;
	unsigned int exempt, cause;
};

static const struct verdict_case verdict_cases[] = {
	{ "udp", PROBE_SENT, 0, TUNNEL, NULL, PROBE_PASS, .why = "into the tunnel" },
	{ "udp", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_FAIL, .why = "bound", .cause = RECORD_CAUSE_BOUND },
	{ "tcp", PROBE_SENT, 0, EXPOSED, &stopped, PROBE_FAIL, .why = "the tunnel is down", .cause = RECORD_CAUSE_TUNNEL_DOWN },
	{ "tcp", PROBE_SENT, 0, TUNNEL, &stopped, PROBE_FAIL, .why = "past the tunnel" }, /* a packet of it, once */
	{ "udp", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_PASS, .why = "another leakaudit", .guarded = true },
	{ "udp", PROBE_SENT, 0, EXPOSED, &left, PROBE_FAIL, .why = "past", .guarded = true },
	{ "lsd", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_EXEMPT, .why = "stays on", .exempt = LA_EXEMPT_LAN },
	{ "udp", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_EXEMPT, .why = "allowed", .exempt = LA_EXEMPT_ALLOWED },
	{ "route", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_FAIL, .cause = RECORD_CAUSE_ROUTE,
	  .why = "route 0.0.0.0/1 (dhcp) goes past the tunnel" },
	{ "route", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_FAIL, .cause = RECORD_CAUSE_NO_TUNNEL,
	  .why = "route 0.0.0.0/1 (dhcp): there is no tunnel" },
	{ "route", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_EXEMPT, .server = true,
	  .why = "route 0.0.0.0/1 (dhcp): the tunnel's own server" },
	{ "route", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_PASS, .server = true, .guarded = true,
	  .why = "route 0.0.0.0/1 (dhcp): another leakaudit" },
	{ "route", PROBE_SENT, 0, TUNNEL, NULL, PROBE_PASS, .why = "route 0.0.0.0/1 (dhcp): into the tunnel" },
	/* nothing is known of where it went */
	{ "udp", PROBE_SENT, 0, EXPOSED, NULL, PROBE_UNKNOWN, .why = "left there" },
	{ "udp", PROBE_SENT, 0, { 0 }, NULL, PROBE_UNKNOWN, .why = "sent, and seen nowhere" },
	{ "udp", PROBE_NOT_RUN, 0, { 0 }, NULL, PROBE_UNKNOWN, .why = "was not sent" },
	{ "udp", PROBE_SENDING, EPERM, { 0 }, NULL, PROBE_UNKNOWN, .why = "no proof", .hook_is_blind = true },
	{ "udp", PROBE_SENDING, ENOBUFS, { 0 }, NULL, PROBE_UNKNOWN, .why = "could not be sent" },
	{ "udp", PROBE_OPENING, EMFILE, { 0 }, NULL, PROBE_UNKNOWN, .why = "could not be sent" },
	/* it did not get to an interface */
	{ "udp", PROBE_SENDING, EPERM, { 0 }, NULL, PROBE_PASS, .why = "refused by a firewall" },
	{ "tcp", PROBE_SENT, 0, { 0 }, NULL, PROBE_PASS, .why = "refused by a firewall" },
	{ "tcp", PROBE_SENT, ECONNREFUSED, { 0 }, NULL, PROBE_PASS, .why = "refused by a firewall" },
	{ "udp", PROBE_SENDING, ENETUNREACH, { 0 }, NULL, PROBE_PASS, .why = "no route" },
	{ "udp", PROBE_SENDING, EINVAL, { 0 }, NULL, PROBE_PASS, .why = "no route" }, /* blackhole */
	{ "udp", PROBE_OPENING, EAFNOSUPPORT, { 0 }, NULL, PROBE_PASS, .why = "this machine has no" },
	{ "udp", PROBE_BINDING, ENODEV, { 0 }, NULL, PROBE_PASS, .why = "eth0 is not there" },
	{ "udp", PROBE_SENDING, EPERM, { 0 }, NULL, PROBE_FAIL, .why = "there is no tunnel", .refused = true, .cause = RECORD_CAUSE_NO_TUNNEL },
	/* frames meet no hook but TC's */
	{ "frame", PROBE_SENDING, ENOBUFS, { 0 }, &stopped, PROBE_FAIL, .why = "below" },
	{ "frame", PROBE_SENDING, EPERM, { 0 }, NULL, PROBE_PASS, .why = "stopped at the interface" },
	{ "frame", PROBE_SENT, 0, { 0 }, NULL, PROBE_UNKNOWN, .why = "sent, and seen nowhere" },
	/* resolvers */
	{ "lookup", PROBE_LOCAL, 0, { 0 }, NULL, PROBE_UNKNOWN, .why = "127.0.0.53 is of this machine" },
	{ "lookup", PROBE_SENT, 0, LOOPBACK, NULL, PROBE_UNKNOWN, .why = "a resolver of this machine" },
	{ "udp", PROBE_SENT, 0, LOOPBACK, NULL, PROBE_PASS, .why = "stays on this machine" },
	{ "lookup", PROBE_SENT, ECONNREFUSED, { 0 }, NULL, PROBE_PASS, .why = "no resolver" },
	{ "lookup", PROBE_SENT, ETIMEDOUT, { 0 }, NULL, PROBE_UNKNOWN, .why = "could not be sent" },
};

static void test_verdicts(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verdict_cases); i++) {
		const struct verdict_case *c = &verdict_cases[i];
		struct probe p = probe_of(c->kind, 4);
		const struct probe_result r = { .stage = c->stage, .error = c->error,
						.n_socks = !!c->sock.cookie, .socks = { c->sock } };
		const struct probe_evidence e = {
			.flow = c->flow, .exempt = c->exempt, .refused = c->refused, .server = c->server,
			.guarded = c->guarded, .hooks_work = !c->hook_is_blind,
			.path = c->flow || c->refused ? "eth0" : c->sock.cookie ? "tun0" : NULL,
			.resolver = "127.0.0.53", .cause.cause = c->cause,
		};
		struct probe_finding f;

		p.route = half;
		probe_judge(&f, &p, &r, &e);
		if (!CHECK_INT(f.verdict, c->verdict) ||
		    !CHECK(!strncmp(f.why, c->why, strlen(c->why))))
			printf("# in case %zu: %s: %s\n", i, c->kind, f.why);
		CHECK(!*f.remedy == (f.verdict < PROBE_UNKNOWN));
		CHECK_INT(f.stopped, f.verdict == PROBE_FAIL && c->flow != &left);
		CHECK_STR(f.path, e.path ?: "");
	}
}

/* A question to a resolver on the link is passed on, and so is none of the LAN's. */
static void test_exempt(void)
{
	struct policy policy = { 0 };
	struct la_flow flow = { .cls = LA_CLASS_TORRENT, .key = { .family = 4, .dport = 6771, .proto = 17 } };
	char msg[POLICY_MSG_MAX];

	addr_parse("192.168.7.1", &flow.key.daddr);
	CHECK_INT(probe_exempt(&flow, &policy, true), LA_EXEMPT_LAN);
	CHECK_INT(probe_exempt(&flow, &policy, false), LA_EXEMPT_NONE);
	policy.lan_leaks = true;
	CHECK_INT(probe_exempt(&flow, &policy, true), LA_EXEMPT_NONE);
	policy.lan_leaks = false;
	flow.cls = LA_CLASS_DNS;
	flow.key.dport = 53;
	CHECK_INT(probe_exempt(&flow, &policy, true), LA_EXEMPT_NONE);
	CHECK_INT(policy_add_allow(&policy, "192.168.7.1:53/udp", msg, sizeof(msg)), 0);
	CHECK_INT(probe_exempt(&flow, &policy, false), LA_EXEMPT_ALLOWED);
	policy_clear(&policy);
}

static void test_remedies(void)
{
	struct probe p = probe_of("dns", 6);
	struct probe_finding f = { .verdict = PROBE_FAIL, .path = "eth0", .cause = RECORD_CAUSE_FAMILY };

	probe_remedy(&p, &f);
	CHECK(strstr(f.remedy, "net.ipv6.conf.eth0.disable_ipv6=1"));
	f = (struct probe_finding){ .verdict = PROBE_FAIL, .path = "eth0", .prefix = "8000::/1",
				    .cause = RECORD_CAUSE_ROUTE };
	probe_remedy(&p, &f);
	CHECK(strstr(f.remedy, "ip -6 route del 8000::/1 dev eth0"));
	p = probe_of("route", 4);
	p.route = half;
	f = (struct probe_finding){ .verdict = PROBE_FAIL, .path = "eth0", .prefix = "192.0.2.1/32",
				    .protocol = "dhcp", .cause = RECORD_CAUSE_ROUTE };
	probe_remedy(&p, &f);
	CHECK(strstr(f.remedy, "ip route del 192.0.2.1/32 dev eth0, and keep the DHCP client") &&
	      !strstr(f.remedy, "--allow"));
	p.route.dst.len = 128;
	p.route.table = 77;
	probe_remedy(&p, &f);
	CHECK(strstr(f.remedy, "dev eth0 table 77") && strstr(f.remedy, "--allow 192.0.2.1 if"));
	p = probe_of("frame", 4);
	probe_remedy(&p, &f);
	CHECK(strstr(f.remedy, "CAP_NET_RAW"));
}

/* --- several rounds --- */

static void test_worst(void)
{
	struct probe_sheet s = { 0 };
	struct probe_row row = { .probe = probe_of("dns", 4) };

	CHECK_INT(probe_sheet_take(&s, &row), 0);
	row.finding.verdict = PROBE_FAIL;
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	row.finding.verdict = PROBE_UNKNOWN;
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	row.probe.ifindex = 7; /* an interface that came back is the same to people */
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	row.probe.how = PROBE_DEVICE;
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	CHECK_INT(s.n, 2);
	CHECK_INT(s.v[0].finding.verdict, PROBE_FAIL);
	CHECK_INT(probe_sheet_count(&s, PROBE_UNKNOWN), 1);
	row.probe = probe_of("route", 4);
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	row.probe.to.b[15]++; /* where it goes to is no matter, */
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	CHECK_INT(s.n, 3);
	row.probe.route.dst.len = 97; /* but by which route */
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	CHECK_INT(s.n, 4);
	free(s.v);
}

UNIT_MAIN("probe", { "payloads", test_payloads }, { "frames", test_frames }, { "plan", test_plan },
	  { "verdicts", test_verdicts }, { "exempt", test_exempt }, { "remedies", test_remedies },
	  { "worst", test_worst })
