/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What monitoring gets: the text of metrics, counters that never shrink, events for those who are
 * slow. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "account/meter.h"
#include "report/http_backlog.h"
#include "delivery/http_listen.h"
#include "report/metrics_text.h"
#include "unit.h"

#define SECOND 1000000000ULL

static bool has(const struct openmetrics *o, const char *line)
{
	char all[strlen(line) + 3];

	snprintf(all, sizeof(all), "\n%s\n", line);
	return memmem(o->buf, o->len, all, strlen(all)) != NULL;
}

static struct metrics some(void)
{
	static struct metrics_row rows[] = {
		{ .cls = LA_CLASS_DNS, .interface = "a\"b\\\n\xff", .left = { 3, 210 } },
		{ .cls = LA_CLASS_IPV6,
		  .v6 = true,
		  .interface = "eth0",
		  .scope = "/x\"y",
		  .dropped = { 5, 400 } },
	};

	return (struct metrics){ .version = "1",
				 .rows = rows,
				 .n_rows = 2,
				 .left = { 3, 210 },
				 .down_ns = 12 * SECOND + 5,
				 .programs = { { "la_tc_egress", 1500, 7 } },
				 .n_programs = 1,
				 .guard = { "g", true } };
}

static void test_text(void)
{
	struct openmetrics o = { 0 };
	struct metrics m = some();

	CHECK_INT(metrics_write(&o, OPENMETRICS_1_0, &m), 0);
	CHECK(has(&o, "# TYPE leakaudit_packets counter"));
	CHECK(has(&o, "# UNIT leakaudit_bytes bytes"));
	CHECK(has(&o, "# TYPE leakaudit_build info"));
	CHECK(has(&o, "leakaudit_leaked_packets_total 3"));
	CHECK(has(&o, "leakaudit_packets_total{outcome=\"left\",verdict=\"counted\",class=\"dns\","
		      "family=\"ipv4\","
		      "interface=\"a\\\"b\\\\\\\\x0a\\\\xff\"} 3"));
	CHECK(has(&o, "leakaudit_bytes_total{outcome=\"dropped\",verdict=\"dropped\",class="
		      "\"ipv6\",family=\"ipv6\","
		      "interface=\"eth0\",scope=\"/x\\\"y\"} 400"));
	CHECK(has(&o, "leakaudit_tunnel_down_seconds_total 12.000000005"));
	CHECK(has(&o, "leakaudit_program_run_seconds_total{program=\"la_tc_egress\"} 0.000001500"));
	CHECK(has(&o, "leakaudit_guard_in_force{guard=\"g\"} 1"));
	CHECK(o.len > 6 && !memcmp(o.buf + o.len - 6, "# EOF\n", 6));
	openmetrics_free(&o);
}

/* No two interfaces or scopes have the same label, whatever their names are: two samples would be
 * one. */
static void test_labels_stay_apart(void)
{
	static const char *const names[][2] = {
		{ "e\033", "e\\\\x1b" },
		{ "e\\x1b", "e\\\\x5cx1b" },
		{ "e\\x5cx1b", "e\\\\x5cx5cx1b" },
		{ "dev\\x2da", "dev\\\\x2da" },
		{ "\xff", "\\\\xff" },
		{ "\\xff", "\\\\x5cxff" },
		{ "\\", "\\\\" },
		{ "\\x", "\\\\x" },
		{ "\\x1", "\\\\x1" },
		{ "\\\033", "\\\\\\\\x1b" },
	};
	struct metrics_row rows[ARRAY_SIZE(names)];
	struct openmetrics o = { 0 };
	struct metrics m = some();

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		rows[i] = (struct metrics_row){ .cls = LA_CLASS_DNS,
						.interface = names[i][0],
						.left = { i + 1, 1 } };
	m.rows = rows;
	m.n_rows = ARRAY_SIZE(rows);
	CHECK_INT(metrics_write(&o, OPENMETRICS_1_0, &m), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char line[256];

		snprintf(line, sizeof(line),
			 "leakaudit_packets_total{outcome=\"left\",verdict=\"counted\",class="
			 "\"dns\","
			 "family=\"ipv4\",interface=\"%s\"} %zu",
			 names[i][1], i + 1);
		CHECK(has(&o, line));
	}
	openmetrics_free(&o);
}

/* The older format names a counter with its suffix, has no units, no info and no end. */
static void test_plain_text(void)
{
	struct openmetrics o = { 0 };
	struct metrics m = some();

	CHECK_INT(metrics_write(&o, OPENMETRICS_PLAIN, &m), 0);
	CHECK(has(&o, "# TYPE leakaudit_packets_total counter"));
	CHECK(has(&o, "# TYPE leakaudit_build_info gauge"));
	CHECK(!memmem(o.buf, o.len, "UNIT", 4) && !memmem(o.buf, o.len, "EOF", 3));
	openmetrics_free(&o);
}

/* --- counters --- */

static const char *interface;

static const char *name_interface(void *arg, const struct la_flow *f)
{
	(void)arg;
	(void)f;
	return interface;
}

static struct la_flow leak(uint64_t opened, uint64_t packets)
{
	return (struct la_flow){ .key = { .family = 4 },
				 .opened = opened,
				 .cls = LA_CLASS_IPV4,
				 .packets = packets,
				 .bytes = 100 * packets,
				 .left_packets = packets,
				 .left_bytes = 100 * packets };
}

static struct meter *open_meter(void)
{
	struct meter *m = NULL;

	interface = "eth0";
	CHECK_INT(meter_open(&m, 4, name_interface, NULL), 0);
	return m;
}

static void test_flow_grows_and_turns(void)
{
	struct meter *m = open_meter();
	struct la_flow f = leak(1, 3); /* opened long ago */
	struct metrics got = { 0 };

	meter_flow(m, 1, &f, false);
	f.packets = f.left_packets = 5;
	f.cls = LA_CLASS_TORRENT;
	interface = "renamed";
	meter_flow(m, 1, &f, false);
	meter_flow(m, 1, &f, false);
	f.packets = 7;
	f.left_packets = 6;
	meter_flow(m, 1, &f, true);
	meter_fill(m, &got);
	CHECK_INT(got.left.packets, 6);
	CHECK_INT(got.flows, 1);
	CHECK_INT(got.turned[LA_CLASS_IPV4][LA_CLASS_TORRENT], 3);
	if (CHECK_INT(got.n_rows, 2)) {
		CHECK_INT(got.rows[0].left.packets, 3);
		CHECK_INT(got.rows[1].left.packets, 3);
		CHECK_STR(got.rows[1].interface, "eth0");
	}
	meter_free(m);
}

/* A class that is not certain yet is waited for; in the end there is no more to wait for. */
static void test_young_flow_waits(void)
{
	struct meter *m = open_meter();
	struct la_flow f = leak(ktime_now(), 2);
	struct metrics got = { 0 };

	meter_flow(m, 0, &f, false);
	meter_fill(m, &got);
	CHECK_INT(got.left.packets, 0);
	f.flags = LA_FF_CLASS_FINAL;
	meter_flow(m, 0, &f, false);
	meter_fill(m, &got);
	CHECK_INT(got.left.packets, 2);
	f = leak(ktime_now(), 4);
	meter_flow(m, 2, &f, true);
	meter_fill(m, &got);
	CHECK_INT(got.left.packets, 6);
	meter_free(m);
}

/* What left and was dropped behind the hooks after all: nothing shrinks, and the sum is right. */
static void test_taken_back(void)
{
	struct meter *m = open_meter();
	struct la_flow f = leak(1, 5);
	struct metrics got = { 0 };

	meter_flow(m, 0, &f, false);
	f.left_packets = 2;
	meter_flow(m, 0, &f, false);
	meter_fill(m, &got);
	CHECK_INT(got.left.packets, 5);
	CHECK_INT(got.taken_back, 0);
	meter_flow(m, 0, &f, true);
	meter_fill(m, &got);
	CHECK_INT(got.left.packets - got.taken_back, 2);
	f = leak(2, 1); /* another flow in the same record */
	meter_flow(m, 0, &f, true);
	meter_fill(m, &got);
	CHECK_INT(got.left.packets - got.taken_back, 3);
	meter_free(m);
}

static void test_packets_without_a_flow(void)
{
	const struct la_sum_key left = { .cell = la_cell(LA_CLASS_DNS, 6, LA_EXEMPT_NONE,
							 LA_CELL_LEFT) };
	const struct la_sum_key lan = { .cell = la_cell(LA_CLASS_IPV4, 4, LA_EXEMPT_LAN,
							LA_VERDICT_COUNTED) };
	struct meter *m = open_meter();
	struct metrics got = { 0 };

	meter_keep_cell(m, &left, &(struct la_sum){ 10, 1000 }, "eth0");
	for (int i = 1; i <= 3; i++) {
		meter_begin_cells(m);
		meter_cell(m, &left, &(struct la_sum){ (uint64_t)i, (uint64_t)i }, "eth0");
		meter_cell(m, &lan, &(struct la_sum){ 2, 80 }, "eth0");
		meter_fill(m, &got);
	}
	CHECK_INT(got.left.packets, 13);
	meter_begin_cells(m); /* one is taken back */
	meter_cell(m, &left, &(struct la_sum){ 2, 2 }, "eth0");
	meter_cell(m, &lan, &(struct la_sum){ 2, 80 }, "eth0");
	meter_fill(m, &got);
	CHECK_INT(got.left.packets, 13);
	CHECK_INT(got.exempt[LA_EXEMPT_LAN].packets, 2);
	CHECK(got.n_rows == 1 && got.rows[0].v6 && got.rows[0].cls == LA_CLASS_DNS);
	meter_free(m);
}

/* A runtime that makes two interfaces for each container makes no more labels than that. */
static void test_labels_are_bounded(void)
{
	struct meter *m = open_meter();
	struct metrics got = { 0 };
	char name[16];
	size_t others = 0;

	interface = name;
	for (unsigned int i = 0; i < 1000; i++) {
		struct la_flow f = leak(i + 1, 1);

		snprintf(name, sizeof(name), i == 5 ? "other" : "veth%u", i);
		meter_flow(m, i % 4, &f, true);
	}
	meter_fill(m, &got);
	CHECK_INT(got.left.packets, 1000);
	CHECK_INT(got.n_rows, 32);
	for (size_t i = 0; i < got.n_rows; i++)
		others += !strcmp(got.rows[i].interface, "other") &&
			  got.rows[i].left.packets == 969;
	CHECK_INT(others, 1);
	meter_free(m);
}

/* --- events --- */

static struct backlog *open_backlog(void)
{
	struct backlog *b = calloc(1, sizeof(*b));

	if (b)
		b->first = b->next = 1;
	return b;
}

static void close_backlog(struct backlog *b)
{
	backlog_clear(b);
	CHECK_INT(b->bytes, 0);
	free(b);
}

static void test_events_are_read_in_pieces(void)
{
	static const char whole[] = "id: run-1\ndata: {\"a\":1}\n\nid: run-2\ndata: {}\n\n";
	struct backlog *b = open_backlog();
	struct backlog_reader r = { .next = 1 };
	char got[256] = "";
	size_t n, len = 0;

	CHECK_INT(backlog_add(b, "run", "{\"a\":1}\n", 8), 0);
	CHECK_INT(backlog_add(b, "run", "{}\n", 3), 0);
	while ((n = backlog_read(b, &r, got + len, 5)))
		len += n;
	got[len] = '\0';
	CHECK_STR(got, whole);
	CHECK_INT(backlog_after(b, "run", NULL), 1);
	CHECK_INT(backlog_after(b, "run", "run-1"), 2);
	CHECK_INT(backlog_after(b, "run", "run-9"), 1); /* of no event of this run */
	CHECK_INT(backlog_after(b, "run", "other-1"), 1);
	CHECK_INT(backlog_after(b, "run", "nur-1"), 1);
	CHECK_INT(backlog_after(b, "run", "run-x"), 1);
	backlog_reader_clear(&r);
	close_backlog(b);
}

/* What a slow reader has begun comes whole; what he has missed is told, and is all that is missing.
 */
static void test_slow_reader(void)
{
	struct backlog *b = open_backlog();
	struct backlog_reader r = { .next = 1 };
	unsigned long long missed = 0;
	static char got[1 << 21];
	uint64_t told = 0;
	size_t len;

	backlog_add(b, "run", "{}\n", 3);
	len = backlog_read(b, &r, got, 4);
	for (int i = 1; i < 10000; i++)
		backlog_add(b, "run", "{}\n", 3);
	CHECK(b->next - b->first == BACKLOG_EVENTS && b->bytes <= BACKLOG_BYTES);
	len += backlog_read(b, &r, got + len, sizeof(got) - len - 1);
	got[len] = '\0';
	CHECK(!strncmp(got, "id: run-1\ndata: {}\n\nevent: dropped\n", 34));
	for (const char *at = got; (at = strstr(at, "id: run-")); at++)
		told++;
	CHECK_INT(sscanf(strstr(got, "{\"dropped\":"), "{\"dropped\":%llu}", &missed), 1);
	CHECK_INT(told + missed, 10000);
	backlog_reader_clear(&r);
	close_backlog(b);
}

static void test_backlog_is_bounded_in_bytes(void)
{
	static char line[8000];
	struct backlog *b = open_backlog();

	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 1000; i++)
		backlog_add(b, "run", line, sizeof(line));
	CHECK(b->bytes <= BACKLOG_BYTES && b->next - b->first > 100);
	close_backlog(b);
}

/* --- who asks --- */

static void test_host_header(void)
{
	static const char *const ours[] = { "localhost",  "LOCALHOST:1", "127.0.0.1:9464", "[::1]",
					    "[::1]:9464", "192.0.2.7",	 "gw.example:80",  "mon" };
	static const char *const others[] = { "",
					      "evil.example",
					      "evil.example:9464",
					      "localhost.evil.example",
					      "[::1",
					      "[::1]x",
					      "127.0.0.1.evil",
					      "gw.example:80x",
					      "a gw.example",
					      "[evil.example]",
					      "mon.",
					      ":9464" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (!CHECK(http_host_ours(ours[i], "mon", "gw.example")))
			printf("# %s\n", ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!CHECK(!http_host_ours(others[i], "mon", "gw.example")))
			printf("# %s\n", others[i]);
	CHECK(!http_host_ours(NULL, NULL, NULL) && !http_host_ours("mon", NULL, NULL));
}

static void test_places(void)
{
	static const char *const wrong[] = { "",	   "0",		"65536",
					     "x",	   "localhost", "gw.example:80",
					     "[::1]",	   "::1:9464x", "1.2.3:80",
					     "127.0.0.1:", ":80",	"unix:" };
	struct http_place p;
	struct fault f;
	int fd;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		fault_clear(&f);
		if (!CHECK_INT(http_listen(wrong[i], &p, &f), -EINVAL) ||
		    !CHECK(f.reason[0] && f.help[0]))
			printf("# %s\n", wrong[i]);
	}
	fault_clear(&f);
	fd = http_listen("[::1]:29464", &p, &f);
	if (fd >= 0) { /* not where there is no IPv6 */
		CHECK_STR(p.host, "::1");
		CHECK(p.alone);
		CHECK_INT(http_listen("[::1]:29464", &p, &f), -EADDRINUSE);
		CHECK(strstr(f.help, "another program") != NULL);
		close(fd);
	}
}

UNIT_MAIN("metrics", { "text", test_text }, { "labels_stay_apart", test_labels_stay_apart },
	  { "plain_text", test_plain_text }, { "flow_grows_and_turns", test_flow_grows_and_turns },
	  { "young_flow_waits", test_young_flow_waits }, { "taken_back", test_taken_back },
	  { "packets_without_a_flow", test_packets_without_a_flow },
	  { "labels_are_bounded", test_labels_are_bounded },
	  { "events_are_read_in_pieces", test_events_are_read_in_pieces },
	  { "slow_reader", test_slow_reader },
	  { "backlog_is_bounded_in_bytes", test_backlog_is_bounded_in_bytes },
	  { "host_header", test_host_header }, { "places", test_places })
