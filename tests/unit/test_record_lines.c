/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of an interface's counters: why a run is incomplete, words for people, JSON. */
#include "base/json.h"
#include "record/record_lines.h"
#include "record/record_tables.h"
#include "unit.h"

static struct record_line line(void)
{
	return (struct record_line){
		.name = "eth0",
		.netns = 7,
		.counted = { 10, 1000 },
		.seen = { 10, 1000 },
	};
}

static const char *why(const struct record_line *l)
{
	static char s[192];

	return record_line_why(l, s, sizeof(s)) ? s : NULL;
}

static const char *words(const struct record_line *l)
{
	static char s[512];

	return record_line_words(l, s, sizeof(s)) ? s : NULL;
}

static void test_nothing_to_say(void)
{
	struct record_line l = line();

	CHECK_STR(why(&l), NULL);
	CHECK_STR(words(&l), NULL);
	l.items[RECORD_LINE_FRAMING].bytes = 40; /* of every frame of such a device */
	CHECK_STR(why(&l), NULL);
	CHECK_STR(words(&l), NULL);
}

static void test_why(void)
{
	struct record_line l = line();

	l.unexplained = (struct la_sum){ 3, 180 };
	l.unseen = true;
	CHECK_STR(why(&l), "eth0 has sent 3 packets (180 B) that no hook has seen");
	l.away = true;
	CHECK_STR(why(&l), "eth0 has sent 3 packets (180 B) that no hook has seen: "
			   "its TC hook was away for a while");
	snprintf(l.suspect, sizeof(l.suspect), "send[812]");
	snprintf(l.netns_name, sizeof(l.netns_name), "vpn");
	CHECK_STR(why(&l), "eth0 in namespace vpn has sent 3 packets (180 B) that no hook "
			   "has seen: send[812] may send past the queueing layer");
	l = line();
	l.unexplained = (struct la_sum){ 1, 60 };
	CHECK_STR(why(&l), "eth0: 1 packet (60 B) that passed the hook is missing");
	l.unexplained = (struct la_sum){ 2, 60 };
	CHECK_STR(why(&l), "eth0: 2 packets (60 B) that passed the hook are missing");
	l.unexplained = (struct la_sum){ 0, 60 };
	CHECK_STR(why(&l), "eth0: 60 B fewer than the hook has seen");
	l.unseen = true;
	CHECK_STR(why(&l), "eth0 has sent 60 B more than the hook has seen");
	l = line();
	l.vanished = true;
	CHECK_STR(why(&l), "eth0: its last counters are not known");
}

static void test_words(void)
{
	struct record_line l = line();

	l.items[RECORD_LINE_DROPPED] = (struct la_sum){ 4, 400 };
	l.items[RECORD_LINE_DEVICE] = (struct la_sum){ 1, 100 };
	CHECK_STR(words(&l), "4 packets (400 B) dropped behind the hook, 1 packet (100 B) dropped "
			     "by the device");
	l.unexplained = (struct la_sum){ 3, 180 };
	l.unseen = true;
	CHECK_STR(words(&l), "4 packets (400 B) dropped behind the hook, 1 packet (100 B) dropped "
			     "by the device, unexplained: 3 packets (180 B) that no hook has seen");
}

static const char *json(const struct record_line *v, size_t n)
{
	const struct record r = { .action = RECORD_SUMMARY,
				  .summary = { .lines = v, .n_lines = n } };
	static char copy[1024];
	static struct json j;
	const char *s;
	size_t len;

	json_reset(&j);
	json_obj(&j, NULL);
	if (n)
		record_put_table(&j, &r, RECORD_TABLE_INTERFACES);
	json_end(&j);
	if (json_line(&j, &s, &len) < 0)
		return NULL;
	snprintf(copy, sizeof(copy), "%.*s", (int)len - 1, s);
	json_free(&j);
	return copy;
}

static void test_json(void)
{
	struct record_line v[] = { line(), line() };

	snprintf(v[1].netns_name, sizeof(v[1].netns_name), "vpn");
	v[1].vanished = true;
	v[1].items[RECORD_LINE_DROPPED] = (struct la_sum){ 4, 400 };
	v[1].items[RECORD_LINE_FRAMING] = (struct la_sum){ 0, 40 };
	v[1].unexplained = (struct la_sum){ 3, 180 };
	snprintf(v[1].suspect, sizeof(v[1].suspect), "send[812]");
	CHECK_STR(json(v, 1), "{\"interfaces\":[{\"name\":\"eth0\","
			      "\"counted\":{\"packets\":10,\"bytes\":1000},"
			      "\"seen\":{\"packets\":10,\"bytes\":1000},\"items\":[],"
			      "\"unexplained\":{\"packets\":0,\"bytes\":0}}]}");
	CHECK_STR(
		json(&v[1], 1),
		"{\"interfaces\":[{\"name\":\"eth0\",\"netns\":{\"cookie\":\"7\",\"name\":\"vpn\"},"
		"\"counted\":{\"packets\":10,\"bytes\":1000},"
		"\"seen\":{\"packets\":10,\"bytes\":1000},"
		"\"items\":[{\"reason\":\"dropped\",\"packets\":4,\"bytes\":400},"
		"{\"reason\":\"framing\",\"packets\":0,\"bytes\":40}],"
		"\"unexplained\":{\"packets\":3,\"bytes\":180},\"suspect\":\"send[812]\","
		"\"vanished\":true}]}");
	CHECK_STR(json(NULL, 0), "{}");
}

UNIT_MAIN("record_lines", { "nothing_to_say", test_nothing_to_say }, { "why", test_why },
	  { "words", test_words }, { "json", test_json })
