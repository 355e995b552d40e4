/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which fall a tunnel's return ends, and what happened in between. */
#include <stdio.h>

#include "account/dropout.h"
#include "unit.h"
#include "base/util.h"

static struct dropouts d;

/* After that many seconds as many packets of 100 bytes had tried, and half was stopped. */
static const struct dropout_moment *at(unsigned int seconds)
{
	static struct dropout_moment m;

	m = (struct dropout_moment){
		.time = { 1795432151 + seconds, 5 },
		.ns = (seconds + 7) * NSEC_PER_SEC,
		.tried = { seconds, seconds * 100 },
		.dropped = { seconds / 2, seconds * 50 },
		.refused = seconds * 3,
	};
	return &m;
}

static void test_return(void)
{
	const struct record_dropout *one;

	d = (struct dropouts){ 0 };
	CHECK(!dropout_end(&d, 1, "tun0", true, at(1)));
	dropout_begin(&d, 1, "tun0", at(10));
	one = dropout_end(&d, 1, "tun0", true, at(22));
	if (!CHECK(one))
		return;
	CHECK_INT(one->since.tv_sec, 1795432161);
	CHECK_INT(one->until.tv_sec, 1795432173);
	CHECK_INT(one->ns, 12 * NSEC_PER_SEC);
	CHECK_INT(one->tried.packets, 12);
	CHECK_INT(one->tried.bytes, 1200);
	CHECK_INT(one->dropped.packets, 6);
	CHECK_INT(one->dropped.bytes, 600);
	CHECK_INT(one->refused, 36);
	CHECK(!one->name);
	CHECK(!dropout_end(&d, 1, "tun0", true, at(30)));
}

static void test_another_tunnel(void)
{
	const struct record_dropout *one;

	d = (struct dropouts){ 0 };
	dropout_begin(&d, 1, "tun0", at(1));
	CHECK(!dropout_end(&d, 1, "tun1", false, at(2))); /* beside others */
	CHECK(!dropout_end(&d, 2, "tun0", true, at(2))); /* in another namespace */
	dropout_begin(&d, 2, "tun0", at(3));
	dropout_begin(&d, 1, "wg0", at(5));
	one = dropout_end(&d, 1, "tun1", true, at(10));
	if (!CHECK(one))
		return;
	CHECK_STR(one->name, "wg0");
	CHECK_INT(one->ns, 5 * NSEC_PER_SEC);
	CHECK(!dropout_end(&d, 1, "tun0", true, at(11))); /* was given up with it */
	one = dropout_end(&d, 2, "tun0", true, at(11));
	CHECK(one && !one->name && one->ns == 8 * NSEC_PER_SEC);
}

/* Its own return ends no other one's dropout. */
static void test_two_fallen(void)
{
	const struct record_dropout *one;

	d = (struct dropouts){ 0 };
	dropout_begin(&d, 1, "tun0", at(1));
	dropout_begin(&d, 1, "wg0", at(2));
	one = dropout_end(&d, 1, "tun0", true, at(4));
	CHECK(one && !one->name && one->ns == 3 * NSEC_PER_SEC);
	one = dropout_end(&d, 1, "wg0", false, at(5));
	CHECK(one && !one->name && one->ns == 3 * NSEC_PER_SEC);
}

static void test_sum(void)
{
	struct record_dropouts sum;

	d = (struct dropouts){ 0 };
	sum = dropouts_sum(&d, at(1)->ns);
	CHECK(!sum.count && !sum.ns && !sum.longest && !sum.down);
	dropout_begin(&d, 1, "tun0", at(1));
	dropout_begin(&d, 1, "tun0", at(2)); /* it is down already */
	dropout_end(&d, 1, "tun0", true, at(5));
	sum = dropouts_sum(&d, at(9)->ns);
	CHECK(sum.count == 1 && sum.ns == 4 * NSEC_PER_SEC && sum.longest == sum.ns && !sum.down);
	dropout_begin(&d, 1, "tun0", at(10));
	sum = dropouts_sum(&d, at(20)->ns);
	CHECK(sum.count == 2 && sum.ns == 14 * NSEC_PER_SEC && sum.longest == 10 * NSEC_PER_SEC &&
	      sum.down);
}

/* Counts that were read while they grew never wrap around. */
static void test_no_underflow(void)
{
	const struct record_dropout *one;

	d = (struct dropouts){ 0 };
	dropout_begin(&d, 1, "tun0", at(9));
	one = dropout_end(&d, 1, "tun0", true, at(8));
	CHECK(one && !one->ns && !one->tried.packets && !one->dropped.bytes && !one->refused);
}

static void test_full(void)
{
	struct record_dropouts sum;
	char name[16];

	d = (struct dropouts){ 0 };
	for (unsigned int i = 0; i < DROPOUTS_MAX + 3; i++) {
		snprintf(name, sizeof(name), "tun%u", i);
		dropout_begin(&d, i, name, at(i));
	}
	CHECK_INT(d.n, DROPOUTS_MAX);
	CHECK(!dropout_end(&d, 2, "tun2", true, at(100)));
	CHECK(dropout_end(&d, 3, "tun3", true, at(100)));
	CHECK(dropout_end(&d, DROPOUTS_MAX + 2, "tun66", true, at(100)));
	sum = dropouts_sum(&d, at(100)->ns);
	CHECK_INT(sum.count, DROPOUTS_MAX + 3);
	CHECK_INT(sum.longest, 97 * NSEC_PER_SEC);
	CHECK(sum.down);
}

UNIT_MAIN("dropout", { "return", test_return }, { "another_tunnel", test_another_tunnel },
	  { "two_fallen", test_two_fallen }, { "sum", test_sum },
	  { "no_underflow", test_no_underflow }, { "full", test_full })
