/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DNS and STUN events that are told together: as many as there are names, and every count. */
#define _GNU_SOURCE
#include <netinet/in.h>

#include "account/aggregate.h"
#include "records.h"
#include "record/record_behalf.h"
#include "unit.h"

#define WINDOW 1000

static struct {
	size_t n;
	uint64_t events, packets, dropped, held;
	char last[4096], names[8192];
	uint16_t sport;
} told;

static void on_told(void *arg, struct record *r)
{
	struct record_ends ends = record_leak_ends(&r->leak);

	(void)arg;
	told.n++;
	told.events += r->leak.aggregate->events;
	told.packets += ends.left.packets;
	told.dropped += ends.dropped.packets;
	told.held += ends.held.packets;
	told.sport = r->leak.flow.key.sport;
	snprintf(told.last, sizeof(told.last), "%s", line(r));
	if (r->leak.dns_name && strlen(told.names) < 8000)
		strcat(strcat(told.names, r->leak.dns_name), " ");
}

/* A query of a flow that has sent so many. */
static bool take(struct aggregate *a, struct flow_note *note, const char *name, uint64_t sent,
		 enum record_flow state, uint16_t sport)
{
	struct record r = dns_leak();
	char copy[64] = "";

	if (name) /* gone when it is told */
		snprintf(copy, sizeof(copy), "%s", name);
	r.leak.dns_name = name ? copy : NULL;
	r.leak.dns_type = name ? "A" : NULL;
	r.leak.state = state;
	r.leak.flow.key.sport = sport;
	r.leak.flow.packets = r.leak.flow.left_packets = sent;
	r.leak.flow.bytes = r.leak.flow.left_bytes = 71 * sent;
	return aggregate_take(a, &r, note, 10);
}

static void test_counts(void)
{
	struct flow_note one = { 0 }, two = { 0 }, over = { .over = true };
	struct aggregate *a;
	struct record r = dns_leak();

	memset(&told, 0, sizeof(told));
	CHECK_INT(aggregate_open(&a, WINDOW, on_told, NULL), 0);
	CHECK(take(a, &one, "a.example", 1, RECORD_FLOW_OPEN, 7));
	CHECK(take(a, &one, "a.example", 2, RECORD_FLOW_UPDATE, 7));
	CHECK(take(a, &two, "a.example", 1, RECORD_FLOW_OPEN, 8));
	CHECK(take(a, &one, "b.example", 5, RECORD_FLOW_UPDATE, 7));
	CHECK(take(a, &two, NULL, 1, RECORD_FLOW_CLOSE, 8)); /* no news */
	CHECK(take(a, &over, "a.example", 9, RECORD_FLOW_UPDATE, 9)); /* its end has counted it */
	aggregate_tell(a, 10 + WINDOW - 1);
	CHECK_INT(told.n, 0);
	aggregate_tell(a, 10 + WINDOW);
	CHECK_INT(told.n, 2);
	CHECK_INT(told.events, 5);
	CHECK_INT(told.packets, 6);
	CHECK_STR(told.names, "a.example b.example ");
	CHECK_INT(told.sport, 7);
	CHECK(strstr(told.last, "\"type\":[\"connection\",\"info\",\"allowed\"]"));
	CHECK(strstr(told.last, "\"aggregate\":{\"events\":1}"));
	CHECK(strstr(told.last, "\"judged\":{\"packets\":3,\"bytes\":213}"));
	CHECK(!strstr(told.last, "community_id") && !strstr(told.last, "\"flow\""));

	/* the end of a flow that has sent since; what never left */
	CHECK(take(a, &one, NULL, 6, RECORD_FLOW_CLOSE, 7));
	r.leak.state = RECORD_FLOW_CLOSE;
	r.leak.outcome = RECORD_OUTCOME_HELD;
	r.leak.flow.left_packets = r.leak.flow.left_bytes = 0;
	CHECK(aggregate_take(a, &r, &(struct flow_note){ 0 }, 20));
	aggregate_tell(a, UINT64_MAX);
	CHECK_INT(told.packets, 7);
	CHECK_INT(told.held, 1);
	aggregate_free(a);
}

static void test_others_are_told_at_once(void)
{
	struct flow_note note = { 0 };
	struct record r = plain_leak(4, IPPROTO_TCP);
	struct aggregate *a;

	CHECK_INT(aggregate_open(&a, WINDOW, on_told, NULL), 0);
	CHECK(!aggregate_take(a, &r, &note, 1));
	r = dns_leak();
	r.leak.state = RECORD_FLOW_NONE; /* refused */
	CHECK(!aggregate_take(a, &r, &note, 1));
	aggregate_free(a);
}

/* More names than there is room for, and what is on behalf of different ones. */
static void test_many(void)
{
	struct record_asker askers[2] = { { .pid = 5, .name = "x" }, { .pid = 6, .name = "y" } };
	struct record_behalf behalf[2] = { { "exact", false, &askers[0], 1 },
					   { "exact", false, &askers[1], 1 } };
	struct record r = dns_leak();
	struct aggregate *a;
	char name[32];

	memset(&told, 0, sizeof(told));
	CHECK_INT(aggregate_open(&a, WINDOW, on_told, NULL), 0);
	for (int i = 0; i < 5000; i++) {
		struct flow_note note = { 0 };

		snprintf(name, sizeof(name), "n%d.example", i % 2500);
		CHECK(take(a, &note, name, 1, RECORD_FLOW_OPEN, (uint16_t)i));
	}
	for (int i = 0; i < 4; i++) {
		r.leak.behalf = &behalf[i % 2];
		CHECK(aggregate_take(a, &r, &(struct flow_note){ 0 }, 1));
	}
	askers[1].name = "z";
	aggregate_tell(a, UINT64_MAX);
	CHECK_INT(told.packets, 5004);
	CHECK_INT(told.events, 5004);
	CHECK(told.n >= 2502 && told.n <= 5002);
	CHECK(strstr(told.last, "\"on_behalf_of\":[{\"process\":{\"pid\":6,\"name\":\"y\"}}]"));
	CHECK(strstr(told.last, "\"aggregate\":{\"events\":2}"));
	aggregate_free(a);
}

UNIT_MAIN("aggregate", { "counts", test_counts },
	  { "others_are_told_at_once", test_others_are_told_at_once }, { "many", test_many })
