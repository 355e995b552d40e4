/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of which most is copied from one before. */
#include <stddef.h>

#include "records.h"
#include "record/record_behalf.h"
#include "record/record_json.h"
#include "unit.h"

static struct record usual_leak(void)
{
	struct record r = dns_leak();

	r.leak.process.version = 1; /* its strings are the same */
	r.leak.process.start.tv_sec = 1;
	return r;
}

static const char *line_of(struct json *j, const struct record *r, size_t *len)
{
	const char *s = NULL;

	json_reset(j);
	record_json(j, r);
	CHECK_INT(json_line(j, &s, len), 0);
	return s;
}

/* As it is written after lines of which most is kept, and as it is written first. */
static void check_after(const struct record *usual, bool other_flows, const struct record *r)
{
	struct json j = { 0 }, fresh = { 0 };
	const char *s, *expected;
	size_t len, expected_len;
	struct record before;
	int i;

	for (i = 0; i < 3; i++) {
		before = *usual;
		if (other_flows)
			before.leak.flow.opened += 10U + (unsigned int)i;
		line_of(&j, &before, &len);
	}
	s = line_of(&j, r, &len);
	expected = line_of(&fresh, r, &expected_len);
	CHECK(len == expected_len && !memcmp(s, expected, len));
	json_free(&j);
	json_free(&fresh);
}

static void check_form(const struct record *usual, const struct record *r)
{
	check_after(usual, false, r);
	check_after(usual, true, r);
}

/* Whatever differs from the line before is told: nothing is taken from it that is not the same. */
static void check_members(const struct record *usual)
{
	struct record r;
	size_t at, i;

#define STRING(member) offsetof(struct record, leak.member)
	static const size_t strings[] = {
		STRING(route.prefix),
		STRING(route.protocol),
		STRING(rule.selector),
		STRING(tunnel.name),
		STRING(tunnel.prefix),
		STRING(remedy),
		STRING(ifname),
		STRING(netns),
		STRING(dns_name),
		STRING(dns_type),
		STRING(server_name),
		STRING(address_inside),
		STRING(address_inside_form),
		STRING(scope),
	};
	static const char *const other = "another one";

	for (at = 0; at < sizeof(r.leak.flow); at++) {
		r = *usual;
		((uint8_t *)&r.leak.flow)[at] ^= 1;
		check_form(usual, &r);
	}
	for (i = 0; i < ARRAY_SIZE(strings); i++) {
		r = *usual;
		memcpy((char *)&r + strings[i], &other, sizeof(other));
		check_form(usual, &r);
		check_form(&r, usual);
	}
}

static void test_each_member_is_told(void)
{
	struct record r = usual_leak();

	check_members(&r);
	r.leak.outcome = RECORD_OUTCOME_HELD;
	r.leak.flow.left_packets = r.leak.flow.left_bytes = 0;
	check_members(&r);
	r.leak.flow.cls = LA_CLASS_IPV4; /* its words tell the protocol */
	r.leak.flow.detail = LA_DETAIL_NONE;
	check_members(&r);
}

static void test_each_fact_is_told(void)
{
	static const struct record_source nat = { .port = 4 };
	static const struct record_asker asker = { .name = "one" };
	static const struct record_behalf behalf = { .match = "exact", .v = &asker, .n = 1 };
	static const struct record_aggregate aggregate = { .events = 3 };
	const struct record usual = usual_leak();
	struct record v[16], *r = v;

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = usual;
	(r++)->action = RECORD_POSSIBLE;
	(r++)->time.tv_sec++;
	(r++)->sequence++;
	(r++)->leak.state = RECORD_FLOW_UPDATE;
	(r++)->leak.start.tv_sec = 1;
	(r++)->leak.end.tv_sec = 1;
	(r++)->leak.outcome = RECORD_OUTCOME_HELD;
	(r++)->leak.cause = RECORD_CAUSE_BOUND;
	(r++)->leak.rule.priority = 3;
	(r++)->leak.ingress = true;
	(r++)->leak.before_nat = &nat;
	(r++)->leak.behalf = &behalf;
	(r++)->leak.resolver = &asker;
	(r++)->leak.aggregate = &aggregate;
	(r++)->leak.process.uid++;
	(r++)->leak.process = (struct record_process){ .version = 2, .name = "one" };
	CHECK(r == v + ARRAY_SIZE(v));
	while (r-- > v) {
		check_form(&usual, r);
		check_form(r, &usual);
	}
}

UNIT_MAIN("record_form", { "each_member_is_told", test_each_member_is_told },
	  { "each_fact_is_told", test_each_fact_is_told })
