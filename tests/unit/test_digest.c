/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What recorded events add up to, and how that is shown. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "digest/conclusion.h"
#include "digest/rows.h"
#include "digest/show.h"
#include "digests.h"

static enum conclusion end(char words[2048])
{
	struct text t;

	digest_end(d);
	text_init(&t, words, 2048);
	return conclusion_say(d, &t);
}

static char doubts[4096];

static void on_doubt(void *arg, const char *words)
{
	(void)arg;
	snprintf(doubts + strlen(doubts), sizeof(doubts) - strlen(doubts), "%s|", words);
}

static const char *all_doubts(void)
{
	doubts[0] = '\0';
	conclusion_doubts(d, on_doubt, NULL);
	return doubts;
}

static char shown[4096];

static void on_row(void *arg, const struct shown_row *row)
{
	(void)arg;
	snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "%s(%s) %llu/%llu;",
		 row->name, row->detail, (unsigned long long)row->ends.left.packets,
		 (unsigned long long)row->ends.dropped.packets);
}

static const char *rows_of(enum digest_table t)
{
	shown[0] = '\0';
	rows_each(d, t, 10, on_row, NULL);
	return shown;
}

/* The events of a flow have its totals so far; its class is the last one. */
static void test_flow_counts_once(void)
{
	char words[2048];

	begin();
	add(RUN, 1, "ready", "");
	add_flow(RUN, 2, "open", "ipv4", 1, 0);
	add_flow(RUN, 3, "update", "torrent", 5, 1);
	add_flow(RUN, 4, "close", "torrent", 8, 2);
	add_summary(RUN, 5, 8, "true");
	CHECK_INT(end(words), CONCLUSION_LEAKED);
	CHECK_STR(words, "8 packets (800 B) left outside the tunnel, by curl over eth0. 2 packets "
			 "(200 B) were dropped, 3 connections or questions were refused. All runs "
			 "are complete.");
	CHECK_STR(rows_of(DIGEST_CLASSES), "torrent() 8/2;");
	CHECK_STR(rows_of(DIGEST_PROCESSES), "curl(pid 7) 8/2;");
	CHECK_STR(rows_of(DIGEST_LINES), "eth0() 8/2;");
	CHECK_STR(rows_of(DIGEST_DAYS), "2026-01-02() 8/2;");
}

/* A guard's flow goes on in the next follower's run, and both summaries have it. */
static void test_flow_of_two_runs(void)
{
	char words[2048];

	begin();
	add(RUN, 1, "ready", "");
	add_flow(RUN, 2, "open", "ipv4", 1, 0);
	add_flow(RUN, 3, "close", "ipv4", 4, 0);
	add_summary(RUN, 4, 4, "true");
	add(NEXT, 1, "ready", "");
	add_flow(NEXT, 2, "open", "ipv4", 4, 0);
	add_flow(NEXT, 3, "close", "ipv4", 9, 0);
	add_summary(NEXT, 4, 9, "true");
	CHECK_INT(end(words), CONCLUSION_LEAKED);
	CHECK_INT(d->sums.ends.left.packets, 9);
	CHECK_INT(d->sums.untold.left.packets, 0);
	CHECK_INT(d->sums.runs, 2);
}

/* A refused question has its packet, which is no dropped one; that it was asked is told. */
static void test_refusals(void)
{
	static const char question[] =
		",\"process\":{\"name\":\"dig\"},\"dns\":{\"question\":{\"name\":\"a.example\","
		"\"type\":\"A\"}},\"source\":{\"packets\":0,\"bytes\":0},\"leakaudit\":{\"hook\":"
		"\"cgroup\",\"refused_by\":\"resolver\",\"outcome\":\"dropped\",\"dropped\":{"
		"\"packets\":1,\"bytes\":65}}";
	char words[2048];

	begin();
	add(RUN, 1, "ready", "");
	add(RUN, 2, "leak", question);
	add(RUN, 3, "leak",
	    ",\"leakaudit\":{\"hook\":\"connect\",\"dropped\":{\"packets\":1,\"bytes\":0}}");
	add(RUN, 4, "leak",
	    ",\"leakaudit\":{\"hook\":\"ingress\",\"dropped\":{\"packets\":1,\"bytes\":0}}");
	add_summary(RUN, 5, 0, "true");
	CHECK_INT(end(words), CONCLUSION_CLEAN);
	CHECK_INT(d->sums.ends.dropped.packets, 0);
	CHECK_INT(d->sums.refused, 3);
	CHECK_STR(rows_of(DIGEST_QUESTIONS), "a.example(A, by dig) 0/1;");
}

/* What only goes through the tunnel is no packet that left, and is not clean either. */
static void test_told_address(void)
{
	char words[2048];

	begin();
	add(RUN, 1, "ready", "");
	add(RUN, 2, "leak",
	    ",\"process\":{\"name\":\"curl\",\"pid\":7},\"source\":{\"packets\":1,\"bytes\":90},"
	    "\"leakaudit\":{\"detail\":\"address-inside\",\"address_inside\":\"192.0.2.1\","
	    "\"address_inside_form\":\"sdp\",\"outcome\":\"left\"}");
	add(RUN, 3, "heartbeat",
	    ",\"leakaudit\":{\"complete\":true,\"heartbeat\":{\"inside\":{\"packets\":2,\"bytes\":"
	    "180}}}");
	CHECK_INT(end(words), CONCLUSION_TOLD);
	CHECK(strstr(words, "2 messages through the tunnel told an exposed address. "));
	CHECK_INT(d->sums.ends.left.packets, 0);
	CHECK_STR(rows_of(DIGEST_PROCESSES), "");
	CHECK_STR(rows_of(DIGEST_TOLD), "192.0.2.1(sdp, by curl, pid 7) 1/0;");
}

/* What a summary has, and no event here, is not forgotten. */
static void test_summary_knows_more(void)
{
	char words[2048];

	begin();
	add(RUN, 1, "ready", "");
	add_summary(RUN, 2, 6, "true");
	CHECK_INT(end(words), CONCLUSION_LEAKED);
	CHECK_INT(d->sums.ends.left.packets, 6);
	CHECK_INT(d->sums.untold.left.packets, 6);
}

static void test_twice(void)
{
	char words[2048];

	begin();
	for (int i = 0; i < 2; i++) {
		add(RUN, 1, "ready", "");
		add_flow(RUN, 2, "open", "ipv4", 3, 0);
		add_summary(RUN, 3, 3, "true");
	}
	CHECK_INT(end(words), CONCLUSION_LEAKED);
	CHECK_INT(d->sums.ends.left.packets, 3);
	CHECK_INT(d->twice, 3);
	CHECK_INT(d->events, 3);
}

static void test_clean(void)
{
	char words[2048];

	begin();
	add(RUN, 1, "ready", "");
	d->now = d->last;
	add_line("leakaudit: warning: what is logged beside events");
	CHECK_INT(end(words), CONCLUSION_GOES_ON);
	CHECK(strstr(all_doubts(), "has no summary yet: it goes on"));
	begin();
	add(RUN, 1, "ready", "");
	add_summary(RUN, 2, 0, "true");
	CHECK_INT(end(words), CONCLUSION_CLEAN);
	CHECK_STR(all_doubts(), "");
}

/* Doubt is never clean. */
static void test_doubts(void)
{
	char words[2048];

	begin();
	CHECK_INT(end(words), CONCLUSION_UNSURE);
	CHECK_STR(all_doubts(), "there is no event of leakaudit|");

	begin();
	add(RUN, 1, "ready", "");
	CHECK_INT(end(words), CONCLUSION_UNSURE);
	CHECK(strstr(all_doubts(), "is incomplete: it ended without its summary|"));

	begin();
	add(RUN, 3, "heartbeat", ",\"leakaudit\":{\"complete\":true}");
	add(RUN, 7, "summary",
	    ",\"leakaudit\":{\"complete\":false,\"incomplete\":\"a hook was "
	    "detached\",\"lost\":{\"events\":2}}");
	CHECK_INT(end(words), CONCLUSION_UNSURE);
	CHECK(strstr(all_doubts(), "a hook was detached; 2 events were lost; its first 2 events "
				   "are not here; 3 events are missing|"));

	begin();
	add_line("{\"broken\":");
	add_line("not JSON either");
	add_line("{\"event\":{\"dataset\":\"other\",\"action\":\"leak\"}}");
	add(RUN, 1, "ready", "");
	add_summary(RUN, 2, 0, "true");
	CHECK_INT(end(words), CONCLUSION_UNSURE);
	CHECK_STR(all_doubts(), "2 lines are broken, the first is events.json:1|");
	CHECK_INT(d->foreign.n, 1);

	begin();
	add(RUN, 1, "ready", "");
	add(RUN, 2, "of-tomorrow", "");
	add_summary(RUN, 3, 0, "true");
	CHECK_INT(end(words), CONCLUSION_UNSURE);
	CHECK(strstr(all_doubts(), "1 events are of a kind that this version does not know"));
}

/* A heartbeat is the last word of a run that was killed; what its events tell may be more. */
static void test_killed_run(void)
{
	char words[2048];

	begin();
	add(RUN, 1, "ready", "");
	add(RUN, 2, "tunnel-down", ",\"leakaudit\":{\"interface\":{\"name\":\"tun0\"}}");
	add(RUN, 3, "heartbeat",
	    ",\"leakaudit\":{\"complete\":true,\"heartbeat\":{\"leaks\":{\"packets\":5,\"bytes\":"
	    "500},\"held\":{\"packets\":1,\"bytes\":1},\"refused\":1}}");
	add_flow(RUN, 4, "update", "ipv4", 2, 0);
	CHECK_INT(end(words), CONCLUSION_LEAKED);
	CHECK_INT(d->sums.ends.left.packets, 5);
	CHECK_INT(d->outages.open, 1);
	CHECK_INT(d->outages.ms, 2000);
	CHECK(strstr(words, "The tunnel was down once, for 2.0 s, and was still down at the end. "
			    "There may be more, for 1 reason."));
}

#define DOWN ",\"leakaudit\":{\"interface\":{\"name\":\"tun0\"}}"
#define UP                                                                                    \
	",\"leakaudit\":{\"interface\":{\"name\":\"tun0\"},\"dropout\":{\"since\":"           \
	"\"2026-01-02T10:00:02.500000000Z\",\"until\":\"2026-01-02T10:00:09.500000000Z\","    \
	"\"seconds\":7.000,\"packets\":9,\"bytes\":900,\"dropped\":{\"packets\":2,\"bytes\":" \
	"200},\"held\":{\"packets\":1,\"bytes\":100},\"refused\":4}}"

static void test_dropouts(void)
{
	char words[2048];

	begin();
	add(RUN, 1, "ready", "");
	add(RUN, 2, "tunnel-down", DOWN);
	add(RUN, 9, "tunnel-up", UP);
	end(words);
	CHECK_INT(d->outages.count, 1);
	CHECK_INT(d->outages.open, 0);
	CHECK_INT(d->outages.v[0].ms, 7000);
	CHECK_INT(d->outages.v[0].ends.left.packets, 6);
	CHECK_STR(d->outages.v[0].tunnel, "tun0");
}

/* What a pipeline has put out of order adds up to the same. */
static void test_any_order(void)
{
	struct top_row *v;
	char words[2048];
	size_t n;

	begin();
	add_flow(RUN, 8, "close", "dns", 9, 1);
	add(RUN, 12, "tunnel-down", DOWN);
	add(RUN, 9, "tunnel-up", UP);
	add_flow(RUN, 7, "update", "ipv4", 4, 0);
	add(RUN, 2, "tunnel-down", DOWN);
	add_flow(RUN, 3, "open", "ipv4", 1, 0);
	end(words);
	CHECK_INT(d->sums.ends.left.packets, 9);
	v = top_sorted(d->tables[DIGEST_CLASSES], TOP_BY_SIZE, &n);
	CHECK_INT(n, 1);
	CHECK_INT(v[0].ends.left.packets, 9);
	CHECK_INT(d->outages.count, 2);
	CHECK_INT(d->outages.open, 1);
	CHECK_INT(d->outages.ms, 7000);

	/* several events in a line are not taken for one; an editor's mark does no harm */
	begin();
	add_line("\xef\xbb\xbf{\"@timestamp\":\"2026-01-02T10:00:01.5Z\",\"event\":{\"action\":"
		 "\"ready\",\"dataset\":\"leakaudit\"}}");
	CHECK_INT(d->events, 1);
	add_line("[{\"@timestamp\":\"2026-01-02T10:00:01.5Z\",\"event\":{\"action\":"
		 "\"ready\",\"dataset\":\"leakaudit\"}}]");
	CHECK_INT(d->events, 1);
}

/* One row for each name, up to a limit; the sums of all are exact. */
static void test_many_names(void)
{
	enum { NAMES = 3 * TOP_ROWS_MAX };
	struct la_sum sum = { 0 };
	char members[512];
	struct top_row *v;
	size_t n;

	begin();
	for (unsigned int i = 0; i < NAMES; i++) {
		snprintf(members, sizeof(members),
			 ",\"process\":{\"name\":\"p%u\"},\"source\":{\"packets\":2,\"bytes\":%u},"
			 "\"leakaudit\":{\"class\":\"ipv4\",\"flow\":\"close\",\"flow_id\":\"%"
			 "032x\"}",
			 i, i == 5 ? 9999 : 10, i);
		add(RUN, i + 1, "leak", members);
	}
	digest_end(d);
	v = top_sorted(d->tables[DIGEST_PROCESSES], TOP_BY_SIZE, &n);
	CHECK(n <= TOP_ROWS_MAX && n > TOP_ROWS_MAX / 4);
	CHECK_INT(v[0].ends.left.bytes, 9999);
	for (size_t i = 0; i < n; i++)
		sum_add(&sum, &v[i].ends.left);
	sum_add(&sum, &top_other(d->tables[DIGEST_PROCESSES])->ends.left);
	CHECK_INT(sum.packets, 2 * NAMES);
	CHECK_INT(sum.bytes, 10 * NAMES + 9989);
	CHECK(!top_other(d->tables[DIGEST_CLASSES]));
}

#define EVIL "<script>alert('x')</script>&\\\"\\u001b[31m\\u202e\xff\xc3\\u009b"

static char *show_with(void show(FILE *to))
{
	char *all = NULL;
	size_t len;
	FILE *to = open_memstream(&all, &len);

	show(to);
	fclose(to);
	return all;
}

static void as_page(FILE *to)
{
	show_page(d, to);
}

static void as_text(FILE *to)
{
	show_text(d, 80, false, to);
}

static void as_json(FILE *to)
{
	struct json j = { 0 };
	const char *line;
	size_t len;

	show_json(d, &j);
	CHECK_INT(json_line(&j, &line, &len), 0);
	fwrite(line, 1, len, to);
	json_free(&j);
}

/* Whether all of it prints, and stays within so many columns. */
static bool prints(const char *s, size_t width)
{
	size_t n, column = 0;

	for (; *s; s += n) {
		int32_t rune = text_rune(s, &n);

		column = *s == '\n' ? 0 : column + 1;
		if ((*s != '\n' && !text_printable(rune)) || (width && column > width)) {
			printf("# at: %.60s\n", s);
			return false;
		}
	}
	return true;
}

static void test_hostile_names(void)
{
	char *page, *text, *json;

	begin();
	add(RUN, 1, "ready", ",\"leakaudit\":{\"scope\":\"" EVIL "\"}");
	add(RUN, 2, "leak",
	    ",\"process\":{\"pid\":1,\"name\":\"" EVIL "\",\"executable\":\"" EVIL "\"},\"user\":{"
	    "\"name\":\"" EVIL "\"},\"container\":{\"name\":\"" EVIL
	    "\"},\"source\":{\"packets\":1,"
	    "\"bytes\":9},\"destination\":{\"ip\":\"" EVIL "\"},\"dns\":{\"question\":{\"name\":"
	    "\"" EVIL "\",\"type\":\"" EVIL "\"}},\"tls\":{\"client\":{\"server_name\":\"" EVIL
	    "\"}},\"observer\":{\"egress\":{\"interface\":{\"name\":\"" EVIL "\"}}},\"leakaudit\":{"
	    "\"scope\":\"" EVIL "\",\"class\":\"" EVIL "\",\"cause\":\"" EVIL "\",\"unit\":\"" EVIL
	    "\",\"flow\":\"close\",\"flow_id\":\"" EVIL "\",\"outcome\":\"left\"}");
	add(RUN, 3, "tunnel-down", ",\"leakaudit\":{\"interface\":{\"name\":\"" EVIL "\"}}");
	add(RUN, 4, "summary", ",\"leakaudit\":{\"complete\":false,\"incomplete\":\"" EVIL "\"}");
	digest_end(d);
	page = show_with(as_page);
	text = show_with(as_text);
	json = show_with(as_json);
	CHECK(!strstr(page, "<script") && !strstr(page, "alert('"));
	CHECK(strstr(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;\\x1b[31m"));
	CHECK(prints(page, 0));
	CHECK(prints(text, 80));
	CHECK(strstr(text, "<script>"));
	for (const char *c = json; *c; c++)
		CHECK((unsigned char)*c >= ' ' || (*c == '\n' && !c[1]));
	free(page);
	free(text);
	free(json);
}

static void test_end(void)
{
	digest_free(d);
	d = NULL;
}

UNIT_MAIN("digest", { "flow_counts_once", test_flow_counts_once },
	  { "flow_of_two_runs", test_flow_of_two_runs }, { "refusals", test_refusals },
	  { "told_address", test_told_address }, { "summary_knows_more", test_summary_knows_more },
	  { "twice", test_twice }, { "clean", test_clean }, { "doubts", test_doubts },
	  { "killed_run", test_killed_run }, { "dropouts", test_dropouts },
	  { "any_order", test_any_order }, { "many_names", test_many_names },
	  { "hostile_names", test_hostile_names }, { "end", test_end })
