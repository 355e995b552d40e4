/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log records of OpenTelemetry: each field under its name there, 64-bit integers as strings. */
#include "report/otlp_record.h"

#include <errno.h>
#include <stdlib.h>

#include "record/record_json.h"
#include "records.h"
#include "unit.h"

static const char *otlp(const struct record *r)
{
	static char buf[OTLP_RECORD_MAX];
	static struct json j;
	const char *json;
	struct text t;
	size_t len;

	text_init(&t, buf, sizeof(buf));
	if (record_json_line(&j, r, &json, &len) || otlp_record(&t, r, json, len))
		return "";
	return buf;
}

static void check_has(const char *record, const char *part)
{
	if (!strstr(record, part)) {
		printf("# there is no %s in\n#   %s\n", part, record);
		CHECK(false);
	}
}

static void test_names(void)
{
	struct record r = dns_leak();
	const char *o = otlp(&r);
	static const char *const parts[] = {
		"\"severityNumber\":17,\"severityText\":\"error\",",
		"\"eventName\":\"leakaudit.leak\",",
		"{\"key\":\"network.io.direction\",\"value\":{\"stringValue\":\"transmit\"}}",
		"{\"key\":\"network.interface.name\",\"value\":{\"stringValue\":\"",
		"{\"key\":\"process.executable.path\",\"value\":{\"stringValue\":\"",
		"{\"key\":\"process.pid\",\"value\":{\"intValue\":\"",
		"{\"key\":\"destination.port\",\"value\":{\"intValue\":\"53\"}}",
		"{\"key\":\"process.linux.cgroup\",\"value\":{\"stringValue\":\"0::/",
		"{\"key\":\"dns.question.name\",\"value\":{\"stringValue\":\"",
		"{\"key\":\"leakaudit.network.packets\",\"value\":{\"intValue\":\"",
		"{\"key\":\"leakaudit.judged.packets\",\"value\":{\"intValue\":\"",
		"{\"key\":\"leakaudit.class\",\"value\":{\"stringValue\":\"dns\"}}",
	};
	static const char *const none[] = { "ecs", "@timestamp", "observer", "\"message\"" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		check_has(o, parts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		CHECK(!strstr(o, none[i]));
	CHECK(!strncmp(o, "{\"timeUnixNano\":\"", 17) && strtoull(o + 17, NULL, 10) > 1);
}

/* Lists of objects, numbers with decimals, and values of true and false keep their types. */
static void test_types(void)
{
	struct record_sum processes[] = { { "a\"\n\\[1]", 1, 2 }, { "b", 3, 4 } };
	struct record r = { .action = RECORD_SUMMARY };
	struct record_dropouts dropouts = { .count = 1, .ns = 1500000000 };
	const char *o;

	r.summary.by_process = (struct record_sums){ processes, 2 };
	r.summary.dropouts = &dropouts;
	r.summary.leaks.bytes = UINT64_MAX / 2;
	o = otlp(&r);
	check_has(o, "{\"key\":\"leakaudit.complete\",\"value\":{\"boolValue\":false}}");
	check_has(o, "{\"doubleValue\":1.500}");
	check_has(o, "{\"intValue\":\"9223372036854775807\"}");
	check_has(o,
		  "\"value\":{\"arrayValue\":{\"values\":[{\"kvlistValue\":{\"values\":[{\"key\":");
	check_has(o, "{\"stringValue\":\"a\\\"\\n\\\\[1]\"}");
}

/* What is no event of ours is refused, not misread. */
static void test_damaged(void)
{
	struct record r = dns_leak();
	char buf[4096], json[] = "{\"a\":{\"b\":[1,{\"c\":\"d\\\"e\"}]},\"f\":true}";
	struct text t;

	text_init(&t, buf, sizeof(buf));
	CHECK_INT(otlp_record(&t, &r, json, sizeof(json) - 1), 0);
	check_has(buf, "{\"key\":\"leakaudit.a.b\",\"value\":{\"arrayValue\":{\"values\":[{"
		       "\"intValue\":\"1\"},"
		       "{\"kvlistValue\":{\"values\":[{\"key\":\"c\",\"value\":{\"stringValue\":"
		       "\"d\\\"e\"}}]}}]}}}");
	for (size_t len = 0; len < sizeof(json) - 1; len++) {
		text_init(&t, buf, sizeof(buf));
		CHECK_INT(otlp_record(&t, &r, json, len), -EBADMSG);
	}
	text_init(&t, buf, 100);
	CHECK_INT(otlp_record(&t, &r, json, sizeof(json) - 1), -EMSGSIZE);
}

UNIT_MAIN("otlp", { "names", test_names }, { "types", test_types }, { "damaged", test_damaged })
