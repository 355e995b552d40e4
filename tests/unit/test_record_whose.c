/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a record is, in JSON: the process, for whom it asks, and the scope. */
#include "records.h"
#include "record/record_behalf.h"
#include "record/record_scope.h"
#include "unit.h"

/* What is only known of some processes. */
static void test_whose_process(void)
{
	struct record r = dns_leak();
	const char *json;

	r.leak.process.pid = 0;
	r.leak.process.host_pid = 4711;
	r.leak.process.user = "debian-transmission";
	r.leak.process.command_line = "transmission-daemon -f --log-level=\"error\"";
	r.leak.process.start = (struct timespec){ 1795432151, 5 };
	r.leak.process.parent_pid = 1;
	r.leak.process.parent_name = "systemd";
	json = line(&r);
	CHECK(strstr(json, "\"message\":\"transmission-da[host pid 4711] leaked a dns query "));
	CHECK(strstr(json, "\"process\":{\"name\":\"transmission-da\",\"executable\":"
			   "\"/usr/bin/transmission-daemon\",\"command_line\":"
			   "\"transmission-daemon -f --log-level=\\\"error\\\"\","
			   "\"start\":\"2026-11-23T11:09:11.000000005Z\","
			   "\"parent\":{\"pid\":1,\"name\":\"systemd\"}},"
			   "\"user\":{\"id\":\"1000\",\"name\":\"debian-transmission\"},"));
	CHECK(strstr(json, "\"host_pid\":4711,\"cgroup\":{"));
}

static void test_whose_behalf(void)
{
	static const struct record_asker askers[] = {
		{ .pid = 8, .name = "curl", .cgroup_path = "/a", .cgroup_id = 9 },
		{ .pid = 10, .unit = "b.service" },
	};
	struct record_behalf behalf = { .match = "shared", .v = askers, .n = 2 };
	struct record r = { .action = RECORD_LEAK, .leak.behalf = &behalf };

	CHECK(strstr(line(&r), "\"match\":\"shared\",\"on_behalf_of\":[{\"process\":{\"pid\":8,"
			       "\"name\":\"curl\"},\"cgroup\":{\"path\":\"/a\",\"id\":\"9\"}},"
			       "{\"process\":{\"pid\":10},\"unit\":\"b.service\"}]"));
	CHECK(strstr(message(&r), " on behalf of curl[8], ?[10]"));
	behalf.possible = true;
	r.action = RECORD_POSSIBLE;
	CHECK(strstr(message(&r), " may have leaked "));
	CHECK(strstr(line(&r), "\"action\":\"possible-leak\""));
}

/* A question that was refused says who was not to be asked, as far as that is known. */
static void test_whose_refused_question(void)
{
	static const struct record_asker resolver = { .pid = 7, .name = "dnsmasq" };
	struct record r = { .action = RECORD_LEAK,
			    .leak = { .outcome = RECORD_OUTCOME_DROPPED,
				      .process = { .pid = 8, .name = "curl" },
				      .dns_name = "a.example",
				      .flow = { .cls = LA_CLASS_DNS,
						.detail = LA_DETAIL_DNS_UDP,
						.refusal = LA_REFUSAL_RESOLVER,
						.dropped_packets = 1 } } };

	CHECK_STR(message(&r), "curl[8] was stopped from sending a dns query for a.example: the "
			       "resolver there is not known");
	CHECK(strstr(line(&r), "\"refused_by\":\"resolver\""));
	CHECK(!strstr(line(&r), "\"resolver\":{"));
	r.leak.resolver = &resolver;
	CHECK_STR(message(&r), "curl[8] was stopped from sending a dns query for a.example: "
			       "dnsmasq[7] would ask outside the tunnel");
	CHECK(strstr(line(&r), "\"resolver\":{\"process\":{\"pid\":7,\"name\":\"dnsmasq\"}}"));
}

/* Where there are several, each record says whose it is. */
static void test_whose_several_scopes(void)
{
	static const struct record_scope_row rows[] = {
		{ .path = "/a.service", .id = 7, .named_by = "unit", .name = "a" },
		{ .path = "b.service", .named_by = "unit", .name = "b", .waiting = true },
	};
	static const struct record_scope_sums sums[] = {
		{ .path = "/a.service", .leaks = { .packets = 3, .bytes = 200 }, .flows = 2 },
		{ .possible = { .packets = 1, .bytes = 60 } },
	};
	struct record r = { .action = RECORD_READY, .ready.tc = "tcx" };

	r.ready.scopes = rows;
	r.ready.n_scopes = ARRAY_SIZE(rows);
	CHECK(strstr(line(&r), "\"message\":\"watching /a.service, waiting for b.service"));
	CHECK(strstr(line(&r),
		     "\"scopes\":[{\"scope\":\"/a.service\",\"named_by\":\"unit\",\"name\":"
		     "\"a\",\"id\":\"7\"},{\"scope\":\"b.service\","
		     "\"named_by\":\"unit\",\"name\":\"b\",\"waiting\":true}]"));
	r = dns_leak();
	r.leak.scope = "/a.service";
	CHECK(strstr(line(&r), "\"message\":\"/a.service: transmission-da[812] leaked a dns "));
	CHECK(strstr(line(&r), "\"leakaudit\":{\"scope\":\"/a.service\",\"class\":\"dns\""));
	r = (struct record){ .action = RECORD_BYPASS,
			     .bypass = { .how = "AF_XDP", .scope = "/a.service" } };
	CHECK(strstr(line(&r), "\"leakaudit\":{\"scope\":\"/a.service\",\"verdict\""));
	r = (struct record){ .action = RECORD_SCOPE_GONE,
			     .scope = { .path = "/a.service", .scope = "/a.service" } };
	CHECK(strstr(line(&r), "\"leakaudit\":{\"scope\":\"/a.service\",\"cgroup\""));
	r = (struct record){ .action = RECORD_SUMMARY,
			     .summary = { .scopes = sums, .n_scopes = ARRAY_SIZE(sums) } };
	CHECK(strstr(line(&r), "\"by_scope\":[{\"key\":\"/a.service\",\"leaks\":{\"packets\":3,"
			       "\"bytes\":200},\"dropped\":{\"packets\":0,\"bytes\":0},"));
	CHECK(strstr(line(&r), "{\"key\":\"unknown\",\"leaks\":{\"packets\":0,\"bytes\":0},"));
	CHECK(strstr(line(&r), "\"possible\":{\"packets\":1,\"bytes\":60}"));
}

UNIT_MAIN("record_whose", { "process", test_whose_process }, { "behalf", test_whose_behalf },
	  { "refused_question", test_whose_refused_question },
	  { "several_scopes", test_whose_several_scopes })
