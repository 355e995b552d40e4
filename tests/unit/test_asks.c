/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which question of the scope a resolver's own one is for. */
#include <stdio.h>

#include "account/asks.h"
#include "unit.h"
#include "base/util.h"

#define RESOLVER 7
#define BEGIN (1000 * NSEC_PER_SEC)

static struct asks *all;
static struct asks_matched found;

/* Seconds after the beginning. pid 0: somebody outside of the scope. */
static void asked_at(double seconds, uint32_t resolver, uint32_t pid, const char *name)
{
	const struct ask ask = { .ktime = BEGIN + (uint64_t)(seconds * NSEC_PER_SEC),
				 .resolver = resolver,
				 .ours = pid,
				 .name = name,
				 .type = name ? "A" : NULL,
				 .port = (uint16_t)(pid + 1000),
				 .who = { .tgid = pid } };

	asks_add(all, &ask);
}

static enum asks_match sent_at(double seconds, const char *name, bool heard)
{
	const struct asks_sent sent = { .ktime = BEGIN + (uint64_t)(seconds * NSEC_PER_SEC),
					.resolver = RESOLVER,
					.heard = heard,
					.name = name,
					.type = name ? "A" : NULL };

	asks_find(all, &sent, &found);
	return found.match;
}

static void begin(void)
{
	asks_free(all);
	CHECK_INT(asks_open(&all), 0);
}

static void test_exact(void)
{
	begin();
	CHECK_INT(sent_at(0, "a.example", true), ASKS_NONE);
	asked_at(1, RESOLVER, 5, "a.example");
	CHECK_INT(sent_at(1.1, "A.exAmple", true), ASKS_EXACT);
	CHECK_INT(found.n, 1);
	CHECK_INT(found.who[0].tgid, 5);
	CHECK_INT(sent_at(3, "a.example", true), ASKS_EXACT); /* it tries once more */
	CHECK_INT(sent_at(20, "a.example", true), ASKS_NONE);
}

/* Who was answered before does not count the next time. */
static void test_rounds(void)
{
	begin();
	asked_at(1, RESOLVER, 5, "a.example");
	CHECK_INT(sent_at(1.1, "a.example", true), ASKS_EXACT);
	asked_at(2, RESOLVER, 6, "a.example");
	CHECK_INT(sent_at(2.1, "a.example", true), ASKS_EXACT);
	CHECK_INT(found.who[0].tgid, 6);
	asked_at(3, RESOLVER, 0, "a.example");
	CHECK_INT(sent_at(3.1, "a.example", true), ASKS_NONE);
}

static void test_shared(void)
{
	begin();
	asked_at(1, RESOLVER, 5, "a.example");
	asked_at(1.1, RESOLVER, 6, "a.example");
	CHECK_INT(sent_at(1.2, "a.example", true), ASKS_SHARED);
	CHECK_INT(found.n, 2);
	asked_at(2, RESOLVER, 5, "b.example");
	asked_at(2, RESOLVER, 0, "b.example");
	CHECK_INT(sent_at(2.1, "b.example", true), ASKS_SHARED);
	CHECK_INT(found.n, 1);
}

static void test_possible(void)
{
	begin();
	asked_at(1, RESOLVER, 5, "www.a.example");
	CHECK_INT(sent_at(1.1, NULL, false), ASKS_POSSIBLE);
	CHECK_INT(sent_at(1.1, "a.example", false), ASKS_POSSIBLE);
	CHECK_INT(sent_at(1.1, ".", false), ASKS_POSSIBLE);
	CHECK_INT(sent_at(1.1, "ba.example", false), ASKS_NONE);
	CHECK_INT(sent_at(1.1, "w.a.example", false), ASKS_NONE);
	/* where all who ask are heard, it is for nobody else */
	CHECK_INT(sent_at(1.1, "alias.example", true), ASKS_POSSIBLE);
	asked_at(1.2, RESOLVER, 0, "others.example");
	CHECK_INT(sent_at(1.3, "others.example", true), ASKS_NONE);
	CHECK_INT(sent_at(9, NULL, true), ASKS_NONE);
}

static void test_another_resolver(void)
{
	struct ask elsewhere = {
		.ktime = BEGIN + 3 * NSEC_PER_SEC, .ours = true, .name = "c.example", .type = "A"
	};

	begin();
	asked_at(1, RESOLVER + 1, 5, "a.example");
	CHECK_INT(sent_at(1.1, "a.example", true), ASKS_NONE);
	CHECK_INT(sent_at(1.1, NULL, true), ASKS_NONE);
	/* which asks this one in turn */
	asked_at(1.2, RESOLVER, 0, "a.example");
	CHECK_INT(sent_at(1.3, "a.example", true), ASKS_EXACT);
	CHECK_INT(found.who[0].tgid, 5);
	asked_at(2, 0, 6, "b.example"); /* nobody was found there */
	CHECK_INT(sent_at(2.1, "b.example", false), ASKS_EXACT);
	elsewhere.netns = 2;
	asks_add(all, &elsewhere);
	CHECK_INT(sent_at(3.1, "c.example", false), ASKS_NONE);
}

/* What the scope has asked arrives at the resolver, too. */
static void test_heard_twice(void)
{
	struct ask ask = { .ktime = BEGIN,
			   .resolver = RESOLVER,
			   .ours = true,
			   .name = "a.example",
			   .type = "A",
			   .port = 9,
			   .who.tgid = 5 };

	begin();
	asks_add(all, &ask);
	ask.ours = false;
	asks_add(all, &ask);
	CHECK_INT(sent_at(0.1, "a.example", true), ASKS_EXACT);
	ask.port = 10;
	asks_add(all, &ask);
	ask.ours = true;
	ask.port = 11;
	asks_add(all, &ask);
	CHECK_INT(sent_at(0.2, "a.example", true), ASKS_SHARED);
}

static void test_many(void)
{
	char name[32];
	int i;

	begin();
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		asked_at(1, RESOLVER, 5, name);
	}
	CHECK_INT(sent_at(1.1, "n4999.example", true), ASKS_EXACT);
	CHECK_INT(sent_at(1.1, "n0.example", false), ASKS_NONE);
	asks_free(all);
	all = NULL;
}

UNIT_MAIN("asks", { "exact", test_exact }, { "rounds", test_rounds }, { "shared", test_shared },
	  { "possible", test_possible }, { "another_resolver", test_another_resolver },
	  { "heard_twice", test_heard_twice }, { "many", test_many })
