/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/apart/apart.h, and what netlink reads there: the same as here; what becomes of a reader that
 * ends, hangs or lies. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apart/apart.h"
#include "network/links_nl.h"
#include "unit.h"

/* --- functions that are run apart */

static size_t add_one(const void *in, size_t len, void *ret, size_t room)
{
	if (len != sizeof(int) || room < sizeof(int))
		return 0;
	*(int *)ret = *(const int *)in + 1;
	return sizeof(int);
}

static size_t end(const void *in, size_t len, void *ret, size_t room)
{
	(void)in;
	(void)len;
	(void)ret;
	(void)room;
	_exit(0);
}

static size_t hang(const void *in, size_t len, void *ret, size_t room)
{
	(void)in;
	(void)len;
	(void)ret;
	(void)room;
	while (getpid())
		;
	return 0;
}

static size_t say_too_much(const void *in, size_t len, void *ret, size_t room)
{
	(void)in;
	(void)len;
	memset(ret, 0, room);
	return room + 1;
}

static void test_run(void)
{
	static apart_fn *const bad[] = { end, hang, say_too_much };
	int in = 41, out = 0;
	struct apart *a;
	uint64_t i;

	if (!CHECK_INT(apart_open(&a, "read-test", NULL), 0))
		return;
	CHECK_INT(apart_run(a, add_one, &in, sizeof(in), &out, sizeof(out)), sizeof(out));
	CHECK_INT(out, 42);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_INT(apart_run(a, bad[i], &in, sizeof(in), &out, sizeof(out)), -EPROTO);
		CHECK_INT(apart_lost(a), i + 1);
		CHECK_INT(apart_run(a, add_one, &in, sizeof(in), &out, sizeof(out)), sizeof(out));
	}
	apart_free(a);
}

/* --- netlink */

static struct nlmsghdr *put_group(char *at, size_t members)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);
	struct nexthop_grp *group = calloc(members, sizeof(*group));
	size_t i;

	nlh->nlmsg_type = RTM_NEWNEXTHOP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
	mnl_attr_put_u32(nlh, NHA_ID, 7);
	for (i = 0; group && i < members; i++)
		group[i].id = (uint32_t)i + 1;
	mnl_attr_put(nlh, NHA_GROUP, members * sizeof(*group), group);
	free(group);
	return nlh;
}

#define MEMBERS 3000 /* more than have room in an answer */

struct seen {
	uint32_t n, bare, last;
};

static int see(void *arg, const struct nl_head *head, const void *item)
{
	const struct links_item *i = item;
	struct seen *s = arg;

	s->bare += !item;
	if (!item)
		return 0;
	CHECK_INT(i->msg, LINKS_MSG_NEXTHOP);
	CHECK_INT(head->items, ++s->n);
	s->last = i->nexthop.member;
	return 0;
}

static void read_group(bool foreign)
{
	struct nl nl = { .fd = -1, .buf = calloc(1, NL_BUF), .foreign = foreign };
	struct nlmsghdr *nlh = put_group(nl.buf, MEMBERS);
	uint32_t len = nlh->nlmsg_len;
	struct seen s = { 0 };

	mnl_nlmsg_put_header(nl.buf + len)->nlmsg_type = NLMSG_DONE;
	CHECK_INT(nl_each(&nl, (int)len + NLMSG_HDRLEN, &links_kind, NULL, see, &s), 0);
	CHECK_INT(s.n, MEMBERS);
	CHECK_INT(s.last, MEMBERS);
	CHECK_INT(s.bare, 1);
	free(nl.buf);
}

static void put_lie(struct nl_items *to, const struct nlmsghdr *nlh, const void *about)
{
	struct links_item item;

	(void)nlh;
	(void)about;
	memset(&item, 0xff, sizeof(item));
	item.msg = LINKS_MSG_ROUTE; /* with a prefix of 255 bits */
	nl_put(to, &item);
}

static bool check_lie(void *item)
{
	return links_kind.check(item);
}

static const struct nl_kind lie = { .size = sizeof(struct links_item),
				    .read = put_lie,
				    .check = check_lie };

static int never(void *arg, const struct nl_head *head, const void *item)
{
	(void)head;
	(void)item;
	*(bool *)arg = true;
	return 0;
}

static void test_netlink(void)
{
	struct nl nl = { .fd = -1, .buf = calloc(1, NL_BUF), .foreign = true };
	struct nlmsghdr *nlh = put_group(nl.buf, 1);
	bool called = false;

	read_group(false);
	CHECK_INT(apart_begin(), 0);
	read_group(true);
	CHECK_INT(apart_read_lost(), 0);
	CHECK_INT(nl_each(&nl, (int)nlh->nlmsg_len, &lie, NULL, never, &called), -EPROTO);
	CHECK(!called);
	CHECK_INT(apart_read_lost(), 1);
	read_group(true);
	apart_end();
	free(nl.buf);
}

UNIT_MAIN("apart", { "run", test_run }, { "netlink", test_netlink })
