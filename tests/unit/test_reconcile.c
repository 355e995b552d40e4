/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interface's counters against the hook's: each reason, and what none explains. */
#include "facts/reconcile.h"
#include "unit.h"

#define LINK 14
#define TCP_HEADER (LINK + 20 + 32)
#define UDP_HEADER (LINK + 20 + 8)

static struct line_growth g;
static struct record_line row;
static bool settled;

/* Packets of so many bytes, with the link header, that the hook has seen. */
static void hook(uint64_t packets, uint64_t bytes)
{
	g.line.passed.skbs += packets;
	g.line.passed.packets += packets;
	g.line.passed.bytes += packets * bytes;
}

/* One of so many segments. */
static void gso(uint64_t segments, uint64_t header, bool udp)
{
	g.line.passed.skbs++;
	g.line.passed.packets += segments;
	g.line.passed.bytes += header + segments * 1000;
	g.line.passed.repeated += (segments - 1) * header;
	if (udp) {
		g.line.passed.udp_more += segments - 1;
		g.line.passed.udp_repeated += (segments - 1) * header;
	}
}

static void begin(void)
{
	g = (struct line_growth){ 0 };
	hook(10, 100);
}

static void look(uint64_t packets, uint64_t bytes)
{
	g.device.packets = packets;
	g.device.bytes = bytes;
	row = (struct record_line){ 0 };
	settled = reconcile(&g, &row);
}

static void is_exact(uint64_t seen)
{
	size_t i;

	CHECK(settled);
	CHECK_INT(row.seen.packets, seen);
	CHECK_INT(row.unexplained.packets, 0);
	CHECK_INT(row.unexplained.bytes, 0);
	for (i = 0; i < RECORD_LINE_REASON_MAX; i++)
		CHECK_INT(row.items[i].packets + row.items[i].bytes, 0);
}

/* Nothing is left but so much by one reason. */
static void is_item(enum record_line_reason reason, uint64_t packets, uint64_t bytes)
{
	size_t i;

	CHECK_INT(row.unexplained.packets, 0);
	CHECK_INT(row.unexplained.bytes, 0);
	CHECK_INT(row.items[reason].packets, packets);
	CHECK_INT(row.items[reason].bytes, bytes);
	for (i = 0; i < RECORD_LINE_REASON_MAX; i++)
		CHECK(i == reason || !(row.items[i].packets + row.items[i].bytes));
}

static void is_unexplained(bool unseen, uint64_t packets, uint64_t bytes)
{
	/* what is missing may still be counted */
	CHECK_INT(settled, unseen && !row.items[RECORD_LINE_BETWEEN].packets);
	CHECK_INT(row.unexplained.packets, packets);
	CHECK_INT(row.unexplained.bytes, bytes);
	CHECK_INT(row.unseen, unseen);
}

static void test_exact(void)
{
	begin();
	look(10, 1000);
	is_exact(10);
	CHECK_INT(row.counted.packets, 10);
	CHECK_INT(row.counted.bytes, 1000);
	g = (struct line_growth){ 0 };
	look(0, 0);
	is_exact(0);
}

static void test_ways_of_counting(void)
{
	begin();
	gso(40, TCP_HEADER, false);
	gso(3, UDP_HEADER, true);
	look(12, 1000 + TCP_HEADER + 40000 + UDP_HEADER + 3000);
	is_exact(12);
	look(53, 1000 + 40 * (TCP_HEADER + 1000) + 3 * (UDP_HEADER + 1000));
	is_exact(53);
	look(14, 1000 + TCP_HEADER + 40000 + 3 * (UDP_HEADER + 1000)); /* TCP by the device */
	is_exact(14);
	look(51, 1000 + 40 * (TCP_HEADER + 1000) + UDP_HEADER + 3000);
	is_exact(51);
}

/* One among segments is no less seen. */
static void test_hidden_among_segments(void)
{
	begin();
	gso(40, TCP_HEADER, false);
	look(12, 1000 + TCP_HEADER + 40000 + 70);
	is_unexplained(true, 1, 70);
	look(51, 1000 + 40 * (TCP_HEADER + 1000) + 70);
	is_unexplained(true, 1, 70);
	look(30, 1000 + 20 * TCP_HEADER + 40000); /* half segmented? */
	CHECK(row.unexplained.packets);
}

static void test_unseen(void)
{
	begin();
	look(13, 1180);
	is_unexplained(true, 3, 180);
	g = (struct line_growth){ 0 };
	look(1, 60);
	is_unexplained(true, 1, 60);
}

static void test_missing(void)
{
	begin();
	look(7, 700);
	is_unexplained(false, 3, 300);
}

/* As many, but others. */
static void test_other_bytes(void)
{
	begin();
	look(10, 1001);
	is_unexplained(true, 0, 1);
	look(10, 960);
	is_unexplained(false, 0, 40);
}

static void test_dropped_behind_the_hook(void)
{
	begin();
	g.line.lost.skbs = g.line.lost.packets = 4;
	g.line.lost.bytes = 400;
	look(6, 600);
	CHECK(settled);
	is_item(RECORD_LINE_DROPPED, 4, 400);
	look(7, 700); /* one of those that are said to be dropped, or another one */
	is_unexplained(true, 1, 100);
}

/* One of 40 segments, in either way of counting. */
static void test_dropped_segments(void)
{
	begin();
	gso(40, UDP_HEADER, true);
	g.line.lost.skbs = 1;
	g.line.lost.packets = 40;
	g.line.lost.bytes = UDP_HEADER + 40000;
	g.line.lost.repeated = 39 * UDP_HEADER;
	g.line.lost.udp_more = 39;
	g.line.lost.udp_repeated = 39 * UDP_HEADER;
	look(10, 1000);
	CHECK(settled);
	CHECK_INT(row.unexplained.packets + row.unexplained.bytes, 0);
}

static void test_dropped_by_the_device(void)
{
	begin();
	g.device.dropped = 2;
	g.device.errors = 1;
	look(7, 700);
	CHECK(settled);
	is_item(RECORD_LINE_DEVICE, 3, 300);
	look(6, 600);
	CHECK_INT(row.items[RECORD_LINE_DEVICE].packets, 3);
	is_unexplained(false, 1, 0);
}

/* What the kernel has told of already is not dropped twice. */
static void test_dropped_once(void)
{
	begin();
	g.line.lost.skbs = g.line.lost.packets = 2;
	g.line.lost.bytes = 200;
	g.device.dropped = 2;
	look(8, 800);
	CHECK(settled);
	is_item(RECORD_LINE_DROPPED, 2, 200);
	look(6, 600); /* nor are they why two more are missing */
	is_unexplained(false, 2, 200);
}

/* The device has dropped two that the hook has not seen, or two that it has, and sent two others. */
static void test_dropped_in_place_of_others(void)
{
	begin();
	g.device.dropped = 2;
	look(10, 1000);
	is_unexplained(true, 2, 0);
}

static void test_dropped_by_the_queue(void)
{
	begin();
	g.after.dropped = 3;
	look(7, 700);
	CHECK(settled);
	is_item(RECORD_LINE_QUEUE, 3, 300);
	g.line.lost.skbs = g.line.lost.packets = 3; /* these three */
	g.line.lost.bytes = 300;
	look(6, 600);
	is_unexplained(false, 1, 100);
}

static void test_waiting(void)
{
	begin();
	g.after.packets = 2;
	look(8, 800);
	CHECK(!settled); /* they may still leave */
	is_item(RECORD_LINE_WAITING, 2, 200);
	g.after.packets = 0;
	g.before.packets = 2;
	look(12, 1200);
	CHECK(settled);
	is_item(RECORD_LINE_WAITED, 2, 200);
	look(13, 1300);
	is_unexplained(true, 1, 0);
	CHECK_INT(row.items[RECORD_LINE_WAITED].packets, 2);
}

/* A tun counts what is read from it. */
static void test_unread(void)
{
	begin();
	g.unread = 3;
	look(7, 700);
	CHECK(settled);
	is_item(RECORD_LINE_UNREAD, 3, 300);
	look(6, 600);
	is_unexplained(false, 1, 0);
	look(11, 1100);
	is_unexplained(true, 1, 100);
}

static void test_late(void)
{
	begin();
	g.late = 2;
	look(12, 1200);
	CHECK(settled);
	is_item(RECORD_LINE_LATE, 2, 200);
	look(13, 1300);
	is_unexplained(true, 1, 0);
}

static void test_between(void)
{
	begin();
	g.unsure = 2;
	look(12, 1200);
	is_item(RECORD_LINE_BETWEEN, 2, 200);
	CHECK(!settled);
	look(8, 800);
	is_item(RECORD_LINE_BETWEEN, 2, 200);
	look(10, 1050); /* one in, another one out */
	is_item(RECORD_LINE_BETWEEN, 0, 50);
	look(13, 1300);
	is_unexplained(true, 1, 0);
}

static void test_framing(void)
{
	begin();
	look(10, 1040);
	is_unexplained(true, 0, 40);
	g.plain = true;
	look(10, 1040); /* check sequences */
	CHECK(settled);
	is_item(RECORD_LINE_FRAMING, 0, 40);
	look(10, 860); /* without link headers */
	is_item(RECORD_LINE_FRAMING, 0, 140);
	look(10, 1641);
	is_unexplained(true, 0, 641);
	look(11, 1060); /* no frame more */
	is_unexplained(true, 1, 60);
	g = (struct line_growth){ .plain = true };
	hook(10, 42);
	look(10, 600); /* padded to 60 */
	is_item(RECORD_LINE_FRAMING, 0, 180);
}

static void test_unwatched(void)
{
	begin();
	g.unwatched = (struct la_sum){ 2, 120 };
	look(12, 1120);
	is_unexplained(true, 2, 120);
	CHECK_INT(row.items[RECORD_LINE_UNWATCHED].packets, 2);
}

/* The growth is right over a wrap; what was set back explains nothing. */
static void test_set_back(void)
{
	begin();
	look(-(uint64_t)5, -(uint64_t)500);
	is_unexplained(false, 15, 1500);
	begin();
	g.device.dropped = -(uint64_t)1000;
	g.device.errors = -(uint64_t)1000;
	g.after.dropped = -(uint64_t)1000;
	look(8, 800);
	is_unexplained(false, 2, 200);
}

static void test_many_reasons(void)
{
	begin();
	hook(90, 100);
	g.line.lost.skbs = g.line.lost.packets = 5;
	g.line.lost.bytes = 500;
	g.device.dropped = 7;
	g.after = (struct link_queue){ 3, 300, 9 };
	look(80, 8000); /* 15 more are missing: 7 by the device, 4 by the queue, 3 wait */
	CHECK_INT(row.items[RECORD_LINE_DROPPED].packets, 5);
	CHECK_INT(row.items[RECORD_LINE_DEVICE].packets, 7);
	CHECK_INT(row.items[RECORD_LINE_QUEUE].packets, 4);
	CHECK_INT(row.items[RECORD_LINE_WAITING].packets, 3);
	is_unexplained(false, 1, 0);
}

UNIT_MAIN("reconcile", { "exact", test_exact }, { "ways_of_counting", test_ways_of_counting },
	  { "hidden_among_segments", test_hidden_among_segments }, { "unseen", test_unseen },
	  { "missing", test_missing }, { "other_bytes", test_other_bytes },
	  { "dropped_behind_the_hook", test_dropped_behind_the_hook },
	  { "dropped_segments", test_dropped_segments },
	  { "dropped_by_the_device", test_dropped_by_the_device },
	  { "dropped_once", test_dropped_once },
	  { "dropped_in_place_of_others", test_dropped_in_place_of_others },
	  { "dropped_by_the_queue", test_dropped_by_the_queue }, { "waiting", test_waiting },
	  { "unread", test_unread }, { "late", test_late }, { "between", test_between },
	  { "framing", test_framing }, { "unwatched", test_unwatched },
	  { "set_back", test_set_back }, { "many_reasons", test_many_reasons })
