/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results of the leak test: what is observed of a probe means what, and what helps. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "netlab.h"
#include "policy/policy.h"
#include "leaktest/evaluate.h"
#include "leaktest/plan.h"
#include "leaktest/report.h"
#include "leaktest/verdict.h"
#include "core/verdict.h"
#include "probes.h"

/* --- the result --- */

#define TUNNEL                                                    \
	{                                                         \
		.ifindex = 3, .role = LA_ROLE_TUNNEL, .cookie = 1 \
	}
#define EXPOSED                                                    \
	{                                                          \
		.ifindex = 2, .role = LA_ROLE_EXPOSED, .cookie = 1 \
	}
#define LOOPBACK                                                    \
	{                                                           \
		.ifindex = 1, .role = LA_ROLE_LOOPBACK, .cookie = 1 \
	}

/* It came to TC, and we dropped it there. */
static const struct la_flow stopped = { .dropped_packets = 1, .left_packets = 1, .key.ifindex = 2 };
static const struct la_flow frame = { .dropped_packets = 1, .hook = LA_HOOK_TC, .key.ifindex = 2 };
/* The cgroup hook dropped it, since no hook would have seen it leave. */
static const struct la_flow unseen = { .dropped_packets = 1,
				       .flags = LA_FF_UNSEEN,
				       .key.ifindex = 2 };
static const struct la_flow left = {
	.packets = 1, .left_packets = 1, .dropped_packets = 1, .key.ifindex = 2
};
/* It did not come to TC. */
static const struct la_flow held = { .dropped_packets = 1, .key.ifindex = 2 };
#define HELD(by)                                                              \
	static const struct la_flow held_by_##by = { .dropped_packets = 1,    \
						     .stopped = LA_STOP_##by, \
						     .key.ifindex = 2 }
HELD(CGROUP);
HELD(NETFILTER);
HELD(TC);
HELD(NEIGHBOUR);
HELD(QUEUE);
static const struct la_flow let_out = { .packets = 1,
					.stopped = LA_STOP_TC,
					.key.ifindex = 2 }; /* by --no-drop-probes */

static const struct route_entry half = { .dst = { { .b = { [10] = 0xff, [11] = 0xff } },
						  ADDR_V4_BITS + 1 },
					 .table = 254,
					 .protocol = 16 };

struct result_case {
	const char *kind;
	enum probe_stage stage;
	int error;
	struct probe_sock sock;
	const struct la_flow *flow;
	enum probe_status status;
	const char *why; /* begins so */
	bool hook_is_blind, guarded, refused, server, down, unanswered, to_nobody;
	const char *foreign, *followed;
	unsigned int exempt, cause;
};

static const struct result_case result_cases[] = {
	{ "udp", PROBE_SENT, 0, TUNNEL, NULL, PROBE_PASS, .why = "into the tunnel" },
	{ "udp", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_FAIL, .why = "bound",
	  .cause = RECORD_CAUSE_BOUND },
	{ "tcp", PROBE_SENT, 0, EXPOSED, &stopped, PROBE_FAIL, .why = "the tunnel is down",
	  .cause = RECORD_CAUSE_TUNNEL_DOWN },
	{ "tcp", PROBE_SENT, 0, TUNNEL, &stopped, PROBE_FAIL,
	  .why = "past the tunnel" }, /* a packet of it, once */
	{ "udp", PROBE_SENDING, EPERM, EXPOSED, &held_by_CGROUP, PROBE_PASS,
	  .why = "another leakaudit", .guarded = true },
	{ "udp", PROBE_SENDING, EPERM, EXPOSED, &unseen, PROBE_PASS, .why = "another leakaudit",
	  .guarded = true },
	{ "frame", PROBE_SENDING, ENOBUFS, EXPOSED, &frame, PROBE_PASS, .why = "another leakaudit",
	  .guarded = true },
	{ "udp", PROBE_SENT, 0, EXPOSED, &stopped, PROBE_FAIL, .why = "past", .guarded = true },
	/* what refuses it does so again */
	{ "udp", PROBE_SENDING, EPERM, EXPOSED, &held_by_CGROUP, PROBE_PASS,
	  .why = "stopped by another program on a cgroup" },
	{ "udp", PROBE_SENDING, EPERM, EXPOSED, &held, PROBE_PASS,
	  .why = "stopped by the program sd_fw_egress on a cgroup", .foreign = "sd_fw_egress" },
	{ "tcp", PROBE_SENT, 0, EXPOSED, &held_by_NETFILTER, PROBE_PASS,
	  .why = "stopped by a rule of netfilter at the device", .foreign = "sd_fw_egress" },
	{ "udp", PROBE_SENT, 0, EXPOSED, &held_by_TC, PROBE_PASS, .why = "stopped by a tc filter" },
	{ "udp", PROBE_SENT, 0, EXPOSED, &let_out, PROBE_PASS, .why = "stopped by a tc filter" },
	/* what is broken may work again */
	{ "udp", PROBE_SENT, 0, EXPOSED, &held_by_NEIGHBOUR, PROBE_UNKNOWN,
	  .why = "the gateway does not answer" },
	{ "udp", PROBE_SENT, 0, EXPOSED, &held, PROBE_UNKNOWN, .why = "the gateway does not answer",
	  .unanswered = true },
	{ "udp", PROBE_SENT, 0, EXPOSED, &held, PROBE_UNKNOWN, .why = "has not left, and nothing" },
	{ "udp", PROBE_SENT, 0, EXPOSED, &held_by_QUEUE, PROBE_UNKNOWN,
	  .why = "has not left: stopped by the queueing" },
	{ "udp", PROBE_SENT, 0, EXPOSED, &stopped, PROBE_UNKNOWN, .why = "eth0 has no carrier",
	  .down = true },
	{ "udp", PROBE_SENT, 0, EXPOSED, &stopped, PROBE_UNKNOWN,
	  .why = "was dropped before the tc filter flower", .followed = "the tc filter flower" },
	{ "udp", PROBE_SENT, 0, EXPOSED, &left, PROBE_FAIL, .why = "past",
	  .followed = "the tc filter flower" },
	/* only the address, which we made up, held it */
	{ "udp", PROBE_SENT, 0, EXPOSED, &held_by_NEIGHBOUR, PROBE_FAIL, .why = "past",
	  .unanswered = true, .to_nobody = true },
	{ "udp", PROBE_SENT, 0, EXPOSED, &held_by_TC, PROBE_PASS, .why = "stopped by a tc filter",
	  .unanswered = true, .to_nobody = true },
	{ "udp", PROBE_SENDING, EPERM, EXPOSED, &unseen, PROBE_FAIL,
	  .why = "past the tunnel, unless the program sd_fw_egress stops it",
	  .foreign = "sd_fw_egress" },
	{ "udp", PROBE_SENT, 0, EXPOSED, &stopped, PROBE_FAIL, .why = "past the tunnel",
	  .foreign = "sd_fw_egress" },
	{ "udp", PROBE_SENT, 0, EXPOSED, &left, PROBE_FAIL, .why = "past", .guarded = true },
	{ "lsd", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_EXEMPT, .why = "stays on",
	  .exempt = LA_EXEMPT_LAN },
	{ "udp", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_EXEMPT, .why = "allowed",
	  .exempt = LA_EXEMPT_ALLOWED },
	{ "route", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_FAIL, .cause = RECORD_CAUSE_ROUTE,
	  .why = "route 0.0.0.0/1 (dhcp) goes past the tunnel" },
	{ "route", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_FAIL,
	  .cause = RECORD_CAUSE_NO_TUNNEL, .why = "route 0.0.0.0/1 (dhcp): there is no tunnel" },
	{ "route", PROBE_SENDING, EPERM, EXPOSED, &stopped, PROBE_EXEMPT, .server = true,
	  .why = "route 0.0.0.0/1 (dhcp): the tunnel's own server" },
	{ "route", PROBE_SENDING, EPERM, EXPOSED, &held_by_CGROUP, PROBE_PASS, .server = true,
	  .guarded = true, .why = "route 0.0.0.0/1 (dhcp): another leakaudit" },
	{ "route", PROBE_SENT, 0, TUNNEL, NULL, PROBE_PASS,
	  .why = "route 0.0.0.0/1 (dhcp): into the tunnel" },
	/* nothing is known of where it went */
	{ "udp", PROBE_SENT, 0, EXPOSED, NULL, PROBE_UNKNOWN, .why = "left there" },
	{ "udp", PROBE_SENT, 0, { 0 }, NULL, PROBE_UNKNOWN, .why = "sent, but seen nowhere" },
	{ "udp", PROBE_NOT_RUN, 0, { 0 }, NULL, PROBE_UNKNOWN, .why = "was not sent" },
	{ "udp",
	  PROBE_SENDING,
	  EPERM,
	  { 0 },
	  NULL,
	  PROBE_UNKNOWN,
	  .why = "no proof",
	  .hook_is_blind = true },
	{ "udp", PROBE_SENDING, ENOBUFS, { 0 }, NULL, PROBE_UNKNOWN, .why = "could not be sent" },
	{ "udp", PROBE_OPENING, EMFILE, { 0 }, NULL, PROBE_UNKNOWN, .why = "could not be sent" },
	/* it did not get to an interface */
	{ "udp", PROBE_SENDING, EPERM, { 0 }, NULL, PROBE_PASS, .why = "refused by a firewall" },
	{ "tcp", PROBE_SENT, 0, { 0 }, NULL, PROBE_PASS, .why = "refused by a firewall" },
	{ "tcp", PROBE_SENT, ECONNREFUSED, { 0 }, NULL, PROBE_PASS, .why = "refused by a firewall" },
	{ "udp", PROBE_SENDING, ENETUNREACH, { 0 }, NULL, PROBE_PASS, .why = "no route" },
	{ "udp", PROBE_SENDING, EINVAL, { 0 }, NULL, PROBE_PASS, .why = "no route" }, /* blackhole */
	{ "udp", PROBE_OPENING, EAFNOSUPPORT, { 0 }, NULL, PROBE_PASS, .why = "this machine has no" },
	{ "udp",
	  PROBE_BINDING,
	  EADDRNOTAVAIL,
	  { 0 },
	  NULL,
	  PROBE_UNKNOWN,
	  .why = "no address of eth0 can be used" },
	{ "udp", PROBE_BINDING, ENODEV, { 0 }, NULL, PROBE_PASS, .why = "eth0 does not exist" },
	{ "udp",
	  PROBE_SENDING,
	  EPERM,
	  { 0 },
	  NULL,
	  PROBE_FAIL,
	  .why = "there is no tunnel",
	  .refused = true,
	  .cause = RECORD_CAUSE_NO_TUNNEL },
	/* frames meet no hook but TC's */
	{ "frame", PROBE_SENDING, ENOBUFS, { 0 }, &frame, PROBE_FAIL, .why = "below" },
	{ "frame", PROBE_SENDING, EPERM, { 0 }, NULL, PROBE_PASS, .why = "stopped at the interface" },
	{ "frame", PROBE_SENT, 0, { 0 }, NULL, PROBE_UNKNOWN, .why = "sent, but seen nowhere" },
	/* resolvers */
	{ "lookup",
	  PROBE_LOCAL,
	  0,
	  { 0 },
	  NULL,
	  PROBE_UNKNOWN,
	  .why = "127.0.0.53 is a resolver of this machine" },
	{ "lookup", PROBE_SENT, 0, LOOPBACK, NULL, PROBE_UNKNOWN,
	  .why = "a resolver of this machine" },
	{ "udp", PROBE_SENT, 0, LOOPBACK, NULL, PROBE_PASS, .why = "stays on this machine" },
	{ "lookup", PROBE_SENT, ECONNREFUSED, { 0 }, NULL, PROBE_PASS, .why = "no resolver" },
	{ "lookup",
	  PROBE_SENT,
	  ETIMEDOUT,
	  { 0 },
	  NULL,
	  PROBE_UNKNOWN,
	  .why = "no answer came in time" },
};

static void test_results(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(result_cases); i++) {
		const struct result_case *c = &result_cases[i];
		struct probe p = probe_of(c->kind, 4);
		const struct probe_attempt r = { .stage = c->stage,
						 .error = c->error,
						 .n_socks = !!c->sock.cookie,
						 .socks = { c->sock } };
		const struct probe_observation e = {
			.flow = c->flow,
			.exempt = c->exempt,
			.refused = c->refused,
			.server = c->server,
			.guarded = c->guarded,
			.down = c->down,
			.unanswered = c->unanswered,
			.to_nobody = c->to_nobody,
			.foreign = c->foreign,
			.followed = c->followed,
			.hooks_work = !c->hook_is_blind,
			.path = c->flow || c->refused ? "eth0"
				: c->sock.cookie      ? "tun0"
						      : NULL,
			.resolver = "127.0.0.53",
			.cause.cause = c->cause,
		};
		struct probe_result f;

		p.route = half;
		probe_evaluate(&f, &p, &r, &e);
		if (!CHECK_INT(f.status, c->status) ||
		    !CHECK(!strncmp(f.why, c->why, strlen(c->why))))
			printf("# in case %zu: %s: %s\n", i, c->kind, f.why);
		CHECK(!*f.remedy == (f.status < PROBE_UNKNOWN));
		CHECK_INT(f.stopped, f.status == PROBE_FAIL && c->flow != &left);
		CHECK_STR(f.path, e.path ?: "");
	}
}

/* A question to a resolver on the link is passed on, and so is none of the LAN's. */
static void test_exempt(void)
{
	struct policy policy = { 0 };
	struct la_flow flow = { .cls = LA_CLASS_TORRENT,
				.key = { .family = 4, .dport = 6771, .proto = 17 } };
	struct fault f;

	addr_parse("192.168.7.1", &flow.key.daddr);
	CHECK_INT(probe_exempt(&flow, &policy, true), LA_EXEMPT_LAN);
	CHECK_INT(probe_exempt(&flow, &policy, false), LA_EXEMPT_NONE);
	policy.lan = POLICY_LAN_LEAK;
	CHECK_INT(probe_exempt(&flow, &policy, true), LA_EXEMPT_NONE);
	policy.lan = POLICY_LAN_EXEMPT;
	flow.cls = LA_CLASS_DNS;
	flow.key.dport = 53;
	CHECK_INT(probe_exempt(&flow, &policy, true), LA_EXEMPT_NONE);
	CHECK_INT(policy_add_allow(&policy, "192.168.7.1:53/udp", &f), 0);
	CHECK_INT(probe_exempt(&flow, &policy, false), LA_EXEMPT_ALLOWED);
	policy_clear(&policy);
}

static void test_remedies(void)
{
	struct probe p = probe_of("dns", 6);
	struct probe_result f = { .status = PROBE_FAIL,
				  .path = "eth0",
				  .cause = RECORD_CAUSE_FAMILY };

	probe_remedy(&p, &f);
	CHECK(strstr(f.remedy, "net.ipv6.conf.eth0.disable_ipv6=1"));
	f = (struct probe_result){ .status = PROBE_FAIL,
				   .path = "eth0",
				   .prefix = "8000::/1",
				   .cause = RECORD_CAUSE_ROUTE };
	probe_remedy(&p, &f);
	CHECK(strstr(f.remedy, "ip -6 route del 8000::/1 dev eth0"));
	p = probe_of("route", 4);
	p.route = half;
	f = (struct probe_result){ .status = PROBE_FAIL,
				   .path = "eth0",
				   .prefix = "192.0.2.1/32",
				   .protocol = "dhcp",
				   .cause = RECORD_CAUSE_ROUTE };
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
	row.result.status = PROBE_FAIL;
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	row.result.status = PROBE_UNKNOWN;
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	row.probe.ifindex = 7; /* an interface that came back is the same to people */
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	row.probe.how = PROBE_DEVICE;
	CHECK_INT(probe_sheet_take(&s, &row), 0);
	CHECK_INT(s.n, 2);
	CHECK_INT(s.v[0].result.status, PROBE_FAIL);
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

static struct probe_row row_of(const char *kind, unsigned int family, enum probe_how how,
			       enum probe_status status, const char *path, const char *why)
{
	struct probe_row row = { probe_of(kind, family), { .status = status } };

	row.probe.how = how;
	snprintf(row.result.path, sizeof(row.result.path), "%s", path);
	snprintf(row.result.why, sizeof(row.result.why), "%s", why);
	return row;
}

static void test_verdict(void)
{
	struct probe_row rows[] = {
		row_of("udp", 4, PROBE_FREE, PROBE_PASS, "tun0", "into the tunnel"),
		row_of("lsd", 4, PROBE_FREE, PROBE_EXEMPT, "eth0", "stays on the local link"),
		row_of("udp", 6, PROBE_FREE, PROBE_PASS, "", "no route for IPv6"),
		row_of("lookup", 0, PROBE_FREE, PROBE_PASS, "tun0", "into the tunnel"),
		row_of("udp", 4, PROBE_DEVICE, PROBE_PASS, "", "refused by a firewall"),
		row_of("frame", 4, PROBE_DEVICE, PROBE_PASS, "", "stopped"),
	};
	struct probe_sheet s = { .v = rows, .n = ARRAY_SIZE(rows) };
	char words[512];
	struct text t;

	text_init(&t, words, sizeof(words));
	CHECK_INT(verdict_say(&t, &s), VERDICT_SAFE);
	CHECK_STR(words, "By default IPv4 is safe (into the tunnel), IPv6 is safe (no route for "
			 "IPv6), DNS is safe (into the tunnel). A program that binds past the "
			 "tunnel is safe (refused by a firewall).");
	rows[5].result.status = PROBE_FAIL;
	text_init(&t, words, sizeof(words));
	CHECK_INT(verdict_say(&t, &s), VERDICT_BY_DEFAULT);
	/* nothing says what holds by default */
	s = (struct probe_sheet){ .v = rows + 4, .n = 2 };
	CHECK_INT(verdict_say(&t, &s), VERDICT_NOT_SAFE);
	rows[5].result.status = PROBE_UNKNOWN;
	CHECK_INT(verdict_say(&t, &s), VERDICT_NOT_PROVEN);
	s = (struct probe_sheet){ .v = rows, .n = ARRAY_SIZE(rows) };
	rows[3].result.status = PROBE_UNKNOWN;
	CHECK_INT(verdict_say(&t, &s), VERDICT_NOT_PROVEN);
	rows[2].result.status = PROBE_FAIL;
	CHECK_INT(verdict_say(&t, &s), VERDICT_NOT_SAFE);
	rows[2].result.status = rows[3].result.status = PROBE_PASS;
	s.routes_left = 1;
	CHECK_INT(verdict_say(&t, &s), VERDICT_NOT_SAFE);
}

UNIT_MAIN("probe_result", { "results", test_results }, { "exempt", test_exempt },
	  { "remedies", test_remedies }, { "worst", test_worst }, { "verdict", test_verdict })
