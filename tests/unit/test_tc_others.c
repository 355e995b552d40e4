/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters of others at TC, from messages as the kernel sends them: what may pass a packet on? */
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/tc_others.h"
#include "unit.h"

#define ACT_MAX 3

struct filter {
	const char *kind;
	uint16_t attr; /* of its actions; 0: it has none */
	const char *action[ACT_MAX]; /* "drop", "pass", "maybe" (a drop at random), "mirred" */
	uint32_t handle, priority;
	bool bare; /* without options */
	bool table; /* of u32 */
};

static void put_action(struct nlmsghdr *m, uint16_t place, const char *word)
{
	const struct tc_gact parms = { .action = strcmp(word, "pass") ? TC_ACT_SHOT : TC_ACT_OK };
	const struct tc_gact_p random = { 0 };
	bool gact = strcmp(word, "mirred") != 0;
	struct nlattr *one = mnl_attr_nest_start(m, place), *options;

	mnl_attr_put_strz(m, TCA_ACT_KIND, gact ? "gact" : word);
	options = mnl_attr_nest_start(m, TCA_ACT_OPTIONS);
	if (gact)
		mnl_attr_put(m, TCA_GACT_PARMS, sizeof(parms), &parms);
	if (!strcmp(word, "maybe"))
		mnl_attr_put(m, TCA_GACT_PROB, sizeof(random), &random);
	mnl_attr_nest_end(m, options);
	mnl_attr_nest_end(m, one);
}

static struct nlmsghdr *make(void *buf, const struct filter *f)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf);
	struct nlattr *options, *actions;
	struct tcmsg *tc;
	uint16_t i;

	m->nlmsg_type = RTM_NEWTFILTER;
	tc = mnl_nlmsg_put_extra_header(m, sizeof(*tc));
	tc->tcm_handle = f->handle;
	tc->tcm_info = (f->priority ?: 9) << 16;
	mnl_attr_put_strz(m, TCA_KIND, f->kind);
	if (f->bare)
		return m;
	options = mnl_attr_nest_start(m, TCA_OPTIONS);
	if (f->table)
		mnl_attr_put_u32(m, TCA_U32_DIVISOR, 1);
	if (f->attr) {
		actions = mnl_attr_nest_start(m, f->attr);
		for (i = 0; i < ACT_MAX && f->action[i]; i++)
			put_action(m, (uint16_t)(i + 1), f->action[i]);
		mnl_attr_nest_end(m, actions);
	}
	mnl_attr_nest_end(m, options);
	return m;
}

static const struct {
	struct filter filter;
	enum tc_others_can can;
} cases[] = {
	{ { "matchall", TCA_MATCHALL_ACT, { "drop" }, .handle = 1 }, TC_OTHERS_DROP },
	{ { "flower", TCA_FLOWER_ACT, { "drop" }, .handle = 1 }, TC_OTHERS_DROP },
	{ { "u32", TCA_U32_ACT, { "drop" }, .handle = 0x80000800 }, TC_OTHERS_DROP },
	{ { "fw", TCA_FW_ACT, { "drop" }, .handle = 7 }, TC_OTHERS_DROP },
	{ { "basic", TCA_BASIC_ACT, { "drop", "pass" }, .handle = 1 }, TC_OTHERS_DROP },
	/* no filters */
	{ { "matchall", .bare = true }, TC_OTHERS_NOTHING },
	{ { "u32", .table = true, .handle = 0x80000000 }, TC_OTHERS_NOTHING },
	/* what they match is not dropped, or not always, or not first */
	{ { "matchall", TCA_MATCHALL_ACT, { "pass" }, .handle = 1 }, TC_OTHERS_PASS },
	{ { "matchall", TCA_MATCHALL_ACT, { "maybe" }, .handle = 1 }, TC_OTHERS_PASS },
	{ { "flower", TCA_FLOWER_ACT, { "mirred", "drop" }, .handle = 1 }, TC_OTHERS_PASS },
	{ { "matchall", .handle = 1 }, TC_OTHERS_PASS },
	{ { "fw", .bare = true, .handle = 7 }, TC_OTHERS_PASS },
	/* not known, or behind ours in any case */
	{ { "bpf", TCA_BPF_ACT, { "drop" }, .handle = 1 }, TC_OTHERS_PASS },
	{ { "route", TCA_ROUTE4_ACT, { "drop" }, .handle = 1 }, TC_OTHERS_PASS },
	{ { "matchall", TCA_MATCHALL_ACT, { "drop" }, .handle = 1, .priority = 0xffff },
	  TC_OTHERS_PASS },
};

static void take(struct tc_others *o, const struct nlmsghdr *nlh)
{
	struct tc_filter f;

	if (tc_filter_parse(nlh, &f))
		tc_others_add(o, &f);
}

static void test_filters(void)
{
	_Alignas(8) char buf[1024];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tc_others o = { 0 };

		take(&o, make(buf, &cases[i].filter));
		if (!CHECK_INT(o.can, cases[i].can))
			printf("# in case %zu: %s\n", i, o.name);
		CHECK_INT(!o.name[0], o.can == TC_OTHERS_NOTHING);
	}
}

/* The worst of all counts, and has the name. */
static void test_several(void)
{
	const struct filter drop = { "matchall", TCA_MATCHALL_ACT, { "drop" }, .handle = 1 };
	const struct filter pass = { "flower", TCA_FLOWER_ACT, { "pass" }, .handle = 1 };
	_Alignas(8) char buf[1024];
	struct tc_others o = { 0 };

	take(&o, make(buf, &drop));
	CHECK_STR(o.name, "the tc filter matchall");
	take(&o, make(buf, &pass));
	take(&o, make(buf, &drop));
	CHECK_INT(o.can, TC_OTHERS_PASS);
	CHECK_STR(o.name, "the tc filter flower");
}

/* A real message with bytes turned over: anything may come out, but in bounds. */
static void test_malformed(void)
{
	const struct filter real = { "flower", TCA_FLOWER_ACT, { "drop", "pass" }, .handle = 1 };
	_Alignas(8) char buf[1024];
	const struct nlmsghdr *m = make(buf, &real);
	uint32_t len = m->nlmsg_len;
	struct tc_others o = { 0 };
	int i;

	srand(1);
	for (i = 0; i < 50000; i++) {
		/* of its exact size, so that ASan sees one byte too far */
		_cleanup_(freep) struct nlmsghdr *c = malloc(len);

		memcpy(c, m, len);
		((uint8_t *)c)[16 + (uint32_t)rand() % (len - 16)] ^= (uint8_t)rand();
		((uint8_t *)c)[16 + (uint32_t)rand() % (len - 16)] = (uint8_t)rand();
		if (!(rand() % 4))
			c->nlmsg_len = 16 + (uint32_t)rand() % (len - 15);
		take(&o, c);
	}
	CHECK_INT(o.can, TC_OTHERS_PASS);
}

UNIT_MAIN("tc_others", { "filters", test_filters }, { "several", test_several },
	  { "malformed", test_malformed })
