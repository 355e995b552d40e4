/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No line is longer than 8 KiB, and what has no room in it is not lost: pages, and shortened
 * strings. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>

#include "records.h"
#include "record/record_behalf.h"
#include "record/record_json.h"
#include "record/record_lines.h"
#include "record/record_scope.h"
#include "record/record_tables.h"
#include "record/speaker.h"
#include "unit.h"

#define PROCESSES 3000
#define INTERFACES 300
#define SCOPES 65

static const struct speaker speaker = { .host = "h",
					.boot = "2f7c0d5e-0000-4000-8000-000000000001",
					.agent = "0123456789abcdef0123456789abcdef" };

struct found {
	uint64_t packets, bytes; /* of rows that are no sums of rows */
	uint64_t other_packets, other_rows;
	size_t rows, lines;
	bool too_long;
};

/* Adds the rows of one list of sums in a line. */
static void add_rows(struct found *f, const char *list)
{
	const char *end = list ? strstr(list, "}]") : NULL, *at = list;
	uint64_t packets, bytes, rows;
	char key[128];
	int n;

	while (end && (at = strstr(at, "{\"key\":\"")) && at < end) {
		n = sscanf(at,
			   "{\"key\":\"%127[^\"]\",\"packets\":%" SCNu64 ",\"bytes\":%" SCNu64
			   ",\"rows\":%" SCNu64,
			   key, &packets, &bytes, &rows);
		at++;
		if (n == 4) {
			f->other_packets = packets;
			f->other_rows = rows;
		} else if (n == 3) {
			f->packets += packets;
			f->bytes += bytes;
			f->rows++;
		}
	}
}

static const char *json_of(struct json *j, struct record *r, struct found *f)
{
	const char *line;
	size_t len;

	r->speaker = &speaker;
	if (!CHECK_INT(record_json_line(j, r, &line, &len), 0))
		return "";
	f->too_long |= len > RECORD_LINE_MAX;
	f->lines++;
	j->buf[len - 1] = '\0';
	return line;
}

/* Of the list of that name: what the record's own line has, and what its pages have. */
static void find(struct record *of, const char *table, struct found *own, struct found *all)
{
	struct record page = { .action = RECORD_PAGE };
	struct json j = { 0 };
	struct record_cut cut;
	char list[64];
	const char *line;

	CHECK_INT(record_cut_fill(&cut, of), 0);
	of->cut = &cut;
	*own = *all = (struct found){ 0 };
	snprintf(list, sizeof(list), "\"%s\":[", table);
	add_rows(own, strstr(json_of(&j, of, own), list));
	snprintf(list, sizeof(list), "\"table\":\"%s\",", table);
	*all = *own;
	while (record_page_next(&page.page, of, &cut)) {
		line = json_of(&j, &page, all);
		add_rows(all, strstr(line, list));
	}
	CHECK_INT(all->lines, cut.pages + 1);
	json_free(&j);
	of->cut = NULL;
}

static void test_processes(void)
{
	static struct record_sum v[PROCESSES];
	static char keys[PROCESSES][32];
	struct record r = { .action = RECORD_SUMMARY, .summary.by_process = { v, PROCESSES } };
	struct found own, all;
	uint64_t packets = 0, bytes = 0;

	for (size_t i = 0; i < PROCESSES; i++) {
		snprintf(keys[i], sizeof(keys[i]), "process-%zu[%zu]", i, i);
		v[i] = (struct record_sum){ keys[i], 1000000 - i, UINT32_MAX };
		packets += v[i].packets;
		bytes += v[i].bytes;
	}
	find(&r, "by_process", &own, &all);
	CHECK(!all.too_long);
	CHECK(own.rows >= 5 && own.rows < 30);
	CHECK_INT(own.rows + own.other_rows, PROCESSES);
	CHECK_INT(own.packets + own.other_packets, packets);
	CHECK_INT(all.rows, PROCESSES);
	CHECK_INT(all.packets, packets);
	CHECK_INT(all.bytes, bytes);
	CHECK(all.lines < 50);

	r.summary.by_process.n = 3;
	find(&r, "by_process", &own, &all);
	CHECK_INT(own.rows, 3);
	CHECK_INT(own.other_rows, 0);
	CHECK_INT(all.lines, 1);
}

/* Each list is longer than its room, and each number as long as it can be. */
static void test_worst_summary(void)
{
	static struct record_sum v[PROCESSES], fixed[LA_CLASS_MAX];
	static struct record_line lines[INTERFACES];
	static struct record_scope_sums scopes[SCOPES];
	static const struct la_sum most = { UINT64_MAX, UINT64_MAX };
	const struct record_sum most_of = { "neighbour", UINT64_MAX, UINT64_MAX };
	struct record_dropouts dropouts = { UINT64_MAX, UINT64_MAX, UINT64_MAX, true };
	struct record r = { .action = RECORD_SUMMARY, .sequence = UINT64_MAX };
	struct record_summary *s = &r.summary;
	static char path[4096], why[192];
	struct found own, all;
	size_t i;

	memset(path, '\1', sizeof(path) - 1);
	memset(why, '\\', sizeof(why) - 1);
	for (i = 0; i < PROCESSES; i++)
		v[i] = (struct record_sum){ "0123456789abcde[4194304]", UINT64_MAX, UINT64_MAX };
	for (i = 0; i < LA_CLASS_MAX; i++)
		fixed[i] = most_of;
	for (i = 0; i < SCOPES; i++)
		scopes[i] = (struct record_scope_sums){ path,	 most_of, most_of,
							most_of, most_of, most_of,
							most_of, most_of, UINT64_MAX };
	for (i = 0; i < INTERFACES; i++) {
		lines[i] = (struct record_line){ .name = "0123456789abcde",
						 .netns = UINT64_MAX,
						 .netns_name = "net:[4026532008]",
						 .counted = most,
						 .seen = most,
						 .unexplained = most };
		for (int k = 0; k < RECORD_LINE_REASON_MAX; k++)
			lines[i].items[k] = most;
	}
	s->leaks = s->dropped = s->held = s->judged = s->inbound = s->inbound_dropped = most_of;
	s->possible = s->inside = most_of;
	s->by_class = (struct record_sums){ fixed, LA_CLASS_MAX };
	s->by_family = (struct record_sums){ fixed, 2 };
	s->exempt = (struct record_sums){ fixed, 4 };
	s->by_interface = s->by_process = (struct record_sums){ v, PROCESSES };
	s->lost = (struct record_lost){ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, NULL };
	s->refused = s->unparsed = s->non_ip = s->cut = s->flows = UINT64_MAX;
	s->dropouts = &dropouts;
	s->scopes = scopes;
	s->n_scopes = SCOPES;
	s->lines = lines;
	s->n_lines = INTERFACES;
	s->seconds = 1e9;
	s->incomplete = why;
	find(&r, "by_process", &own, &all);
	CHECK(!own.too_long);
	CHECK(!all.too_long);
	CHECK_INT(all.rows, PROCESSES);
}

/* Cut where rsyslog, syslog-ng or a person may cut it, the line still says the most important. */
static void test_first_things_first(void)
{
	struct record r = { .action = RECORD_SUMMARY,
			    .summary = { .incomplete = "why", .leaks = { NULL, 77, 88 } } };
	struct found f = { 0 };
	struct json j = { 0 };
	char start[1400];

	snprintf(start, sizeof(start), "%s", json_of(&j, &r, &f));
	CHECK(strstr(start, "\"complete\":false,\"incomplete\":\"why\",\"lost\":{"));
	CHECK(strstr(start, "\"leaks\":{\"packets\":77,\"bytes\":88}"));
	json_free(&j);
}

static void test_ready(void)
{
	static struct record_interface interfaces[2000];
	static struct record_scope_row scopes[SCOPES];
	struct record r = { .action = RECORD_READY,
			    .ready = { .interfaces = interfaces,
				       .n_interfaces = 2000,
				       .scopes = scopes,
				       .n_scopes = SCOPES,
				       .tc = "tcx",
				       .version = "0" } };
	static char path[2048];
	struct record_page page = { 0 };
	struct record_cut cut;
	struct found own, all;
	size_t rows[RECORD_TABLE_MAX] = { 0 };

	memset(path, 'p', sizeof(path) - 1);
	for (size_t i = 0; i < 2000; i++)
		interfaces[i] = (struct record_interface){ .name = "veth0123456789a",
							   .ifindex = i + 1,
							   .netns = UINT64_MAX - i };
	for (size_t i = 0; i < SCOPES; i++)
		scopes[i] = (struct record_scope_row){ path, i + 1, "cgroup", path, false };
	find(&r, "interfaces", &own, &all);
	CHECK(!all.too_long);

	/* each row is in one place */
	CHECK_INT(record_cut_fill(&cut, &r), 0);
	for (int t = 0; t < RECORD_TABLE_MAX; t++)
		rows[t] = cut.rows[t];
	while (record_page_next(&page, &r, &cut)) {
		CHECK_INT(page.first, rows[page.table]);
		rows[page.table] = page.end;
	}
	CHECK_INT(rows[RECORD_TABLE_READY_INTERFACES], 2000);
	CHECK_INT(rows[RECORD_TABLE_READY_SCOPES], SCOPES);
	CHECK_INT(page.number, cut.pages);
}

/* Every string as long and as hostile as it can be. */
static void test_hostile_leak(void)
{
	static char bad[4097], name[1024];
	struct record_asker askers[8];
	struct record_behalf behalf = { "shared", false, askers, 8 };
	struct record r = dns_leak();
	struct record_leak *l = &r.leak;
	struct json j = { 0 };
	struct found f = { 0 };
	const char *s;

	for (size_t i = 0; i < sizeof(bad) - 1; i++)
		bad[i] = "\1\n\"\\\xff</script>\x9b"[i % 14];
	memset(name, '\\', sizeof(name) - 1);
	for (size_t i = 0; i < 8; i++)
		askers[i] = (struct record_asker){ 7, bad, bad, bad, 7, bad };
	l->behalf = &behalf;
	l->process.name = l->process.executable = l->process.command_line = bad;
	l->process.cgroup_path = l->process.unit = l->process.container = bad;
	l->process.container_name = l->process.parent_name = l->process.user = bad;
	l->dns_name = l->server_name = name;
	l->ifname = l->netns = l->scope = l->remedy = bad;
	l->route.prefix = l->route.protocol = l->rule.selector = bad;
	l->tunnel.name = l->tunnel.prefix = bad;
	s = json_of(&j, &r, &f);
	CHECK(!f.too_long);
	CHECK(strstr(s, "\"tags\":[\"shortened\"]"));
	CHECK(strstr(s, "…\""));
	CHECK(strstr(s, "\"judged\":{\"packets\":1,\"bytes\":71}"));

	r = dns_leak();
	CHECK(!strstr(json_of(&j, &r, &f), "tags"));
	json_free(&j);
}

UNIT_MAIN("record_pages", { "processes", test_processes }, { "worst_summary", test_worst_summary },
	  { "first_things_first", test_first_things_first }, { "ready", test_ready },
	  { "hostile_leak", test_hostile_leak })
