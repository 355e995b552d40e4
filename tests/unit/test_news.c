/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When an update of a flow is due. */
#include "account/flows.h"
#include "account/news.h"
#include "base/util.h"
#include "unit.h"

#define INTERVAL (NSEC_PER_SEC / 10)
#define AT(tenths) ((100 + (tenths)) * INTERVAL)

static struct news news;
static struct la_flow flow;

/* A flow with one packet, which was told with its opening. */
static void begin(void)
{
	flow = (struct la_flow){ .packets = 1, .left_packets = 1, .opened = AT(0) };
	news = (struct news){ 0 };
	news_told(&news, &flow, AT(0));
}

static bool due(uint64_t now)
{
	news_look(&news, &flow, now);
	return news_is_due(&news, &flow, INTERVAL, now);
}

static void test_update(void)
{
	begin();
	CHECK(!due(AT(1)));
	CHECK(!due(AT(9)));
	flow.packets = flow.left_packets = 2;
	CHECK(due(AT(9)));
	news_told(&news, &flow, AT(9));
	CHECK(!due(AT(20)));
	flow.packets = flow.left_packets = 3;
	CHECK(!due(AT(9) + 1));
	CHECK(due(AT(10)));
	news_told(&news, &flow, AT(20));
	flow.dropped_packets = 1;
	CHECK(due(AT(21)));
}

/* Who has accepted a connection sends after the kernel has: the event was told as the listener's. */
static void test_owner(void)
{
	begin();
	flow.owner.tgid = 7;
	CHECK(!due(AT(0) + 1));
	CHECK(due(AT(1)));
	news_told(&news, &flow, AT(1));
	CHECK(!due(AT(9)));
	flow.owner.start_ns = 1; /* another one with its pid */
	CHECK(due(AT(9)));
}

/* What an update of another flow would tell is no news, nor is what is exempt. */
static void test_exempt(void)
{
	begin();
	flow.exempt_packets = 5;
	flow.left_packets += 5;
	CHECK(!due(AT(9)));
}

/* A packet on its way is told once, when it has left. */
static void test_on_its_way(void)
{
	begin();
	flow.packets = 2;
	CHECK(!due(AT(5)));
	CHECK(!due(AT(6)));
	flow.left_packets = 2;
	CHECK(due(AT(7)));
	news_told(&news, &flow, AT(7));
	CHECK(!due(AT(8)));
}

/* What waits for a second while nothing leaves is held, and may leave later. */
static void test_held(void)
{
	begin();
	flow.packets = 2;
	CHECK(!due(AT(5)));
	CHECK(!due(AT(14)));
	CHECK(due(AT(15)));
	news_told(&news, &flow, AT(15));
	CHECK(!due(AT(16)));
	flow.packets = 3;
	CHECK(due(AT(17)));
	news_told(&news, &flow, AT(17));
	flow.left_packets = 3;
	CHECK(due(AT(18)));
}

/* An interface that is always busy has always something on its way: it is told all the same. */
static void test_busy(void)
{
	unsigned int i, updates = 0;

	begin();
	for (i = 1; i <= 30; i++) {
		flow.packets += 10;
		flow.left_packets = flow.packets - 1;
		if (!due(AT(i)))
			continue;
		updates++;
		news_told(&news, &flow, AT(i));
	}
	CHECK(updates > 20);
}

static void test_overdue(void)
{
	begin();
	CHECK(!news_is_overdue(&flow, INTERVAL, AT(0) + FLOWS_HELD_AFTER));
	CHECK(news_is_overdue(&flow, INTERVAL, AT(0) + 3 * FLOWS_HELD_AFTER));
	CHECK(!news_is_overdue(&flow, 5 * NSEC_PER_SEC, AT(0) + 3 * FLOWS_HELD_AFTER));
	flow.flags = LA_FF_PENDING;
	CHECK(news_is_overdue(&flow, INTERVAL, AT(0)));
}

/* clang-format off */
UNIT_MAIN("news",
	  { "update", test_update },
	  { "owner", test_owner },
	  { "exempt", test_exempt },
	  { "on_its_way", test_on_its_way },
	  { "held", test_held },
	  { "busy", test_busy },
	  { "overdue", test_overdue })
