/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tc_filter.h"

#include <libmnl/libmnl.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>
#include <string.h>

#include "base/util.h"

#define ATTRS_MAX 128 /* flower has the most */

/* Whether its first action is an unconditional drop: no other one comes after that. */
static bool begins_with_drop(const struct nlattr *actions)
{
	const struct nlattr *list[2], *act[TCA_ACT_OPTIONS + 1], *gact[TCA_GACT_PROB + 1];
	struct tc_gact parms;
	char kind[16] = "";

	if (!actions)
		return false;
	nl_nested(actions, list, ARRAY_SIZE(list));
	if (!list[1])
		return false;
	nl_nested(list[1], act, ARRAY_SIZE(act));
	if (!act[TCA_ACT_KIND] || !act[TCA_ACT_OPTIONS])
		return false;
	nl_str(act[TCA_ACT_KIND], kind, sizeof(kind));
	nl_nested(act[TCA_ACT_OPTIONS], gact, ARRAY_SIZE(gact));
	if (strcmp(kind, "gact") != 0 || !gact[TCA_GACT_PARMS] || gact[TCA_GACT_PROB] ||
	    mnl_attr_get_payload_len(gact[TCA_GACT_PARMS]) < sizeof(parms))
		return false;
	memcpy(&parms, mnl_attr_get_payload(gact[TCA_GACT_PARMS]), sizeof(parms));
	return parms.action == TC_ACT_SHOT;
}

#define ACTIONS_MAX 33 /* TCA_ACT_MAX_PRIO, from 1 on */

/* Whether any of its actions sends a copy, and lets the packet go on; or sends the packet on. */
static void take_mirred(struct tc_filter *f, const struct nlattr *actions)
{
	const struct nlattr *list[ACTIONS_MAX], *act[TCA_ACT_OPTIONS + 1],
		*parms[TCA_MIRRED_MAX + 1];
	struct tc_mirred m;
	char kind[16];
	size_t i;

	nl_nested(actions, list, ARRAY_SIZE(list));
	for (i = 1; i < ACTIONS_MAX; i++) {
		nl_nested(list[i], act, ARRAY_SIZE(act));
		nl_str(act[TCA_ACT_KIND], kind, sizeof(kind));
		nl_nested(act[TCA_ACT_OPTIONS], parms, ARRAY_SIZE(parms));
		if (strcmp(kind, "mirred") != 0 || !parms[TCA_MIRRED_PARMS] ||
		    mnl_attr_get_payload_len(parms[TCA_MIRRED_PARMS]) < sizeof(m))
			continue;
		memcpy(&m, mnl_attr_get_payload(parms[TCA_MIRRED_PARMS]), sizeof(m));
		if (m.eaction == TCA_EGRESS_MIRROR || m.eaction == TCA_INGRESS_MIRROR) {
			f->copies = true;
		} else if (!f->sends_on) {
			f->sends_on = true;
			f->to = m.ifindex;
		}
	}
}

static const struct {
	const char *kind;
	uint16_t actions;
} kinds[] = {
	{ "matchall", TCA_MATCHALL_ACT }, { "flower", TCA_FLOWER_ACT },
	{ "u32", TCA_U32_ACT },		  { "fw", TCA_FW_ACT },
	{ "basic", TCA_BASIC_ACT },
};

static bool only_drops(const char *kind, const struct nlattr *const *options)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kind, kinds[i].kind))
			return begins_with_drop(options[kinds[i].actions]);
	return false;
}

static void take_actions(struct tc_filter *f, const struct nlattr *const *options)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(f->kind, kinds[i].kind))
			take_mirred(f, options[kinds[i].actions]);
}

bool tc_filter_parse(const struct nlmsghdr *nlh, struct tc_filter *ret)
{
	const struct nlattr *tb[TCA_MAX + 1], *options[ATTRS_MAX];
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);

	*ret = (struct tc_filter){ 0 };
	if (nlh->nlmsg_type != RTM_NEWTFILTER)
		return false;
	ret->filters = true;
	if (!nl_msg_attrs(nlh, sizeof(*tc), tb, ARRAY_SIZE(tb)))
		return true;
	nl_str(tb[TCA_KIND], ret->kind, sizeof(ret->kind));
	nl_nested(tb[TCA_OPTIONS], options, ARRAY_SIZE(options));
	ret->filters = (tb[TCA_OPTIONS] || tc->tcm_handle) &&
		       !(!strcmp(ret->kind, "u32") && options[TCA_U32_DIVISOR]);
	ret->priority = TC_H_MAJ(tc->tcm_info) >> 16;
	ret->handle = tc->tcm_handle;
	ret->program = strcmp(ret->kind, "bpf") ? 0 : nl_u32(options[TCA_BPF_ID]);
	ret->drops = only_drops(ret->kind, options);
	ret->parent = tc->tcm_parent;
	take_actions(ret, options);
	return true;
}

static bool parse_one(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	(void)about;
	return tc_filter_parse(nlh, ret);
}

bool tc_filter_check(struct tc_filter *f)
{
	nl_end_text(f->kind);
	nl_make_bool(&f->filters);
	nl_make_bool(&f->drops);
	nl_make_bool(&f->copies);
	nl_make_bool(&f->sends_on);
	return true;
}

static bool check(void *item)
{
	return tc_filter_check(item);
}

const struct nl_kind tc_filters_kind = { .size = sizeof(struct tc_filter),
					 .parse = parse_one,
					 .check = check };

struct each {
	tc_filter_fn *fn;
	void *arg;
};

static int take(void *arg, const void *item)
{
	const struct each *e = arg;

	e->fn(e->arg, item);
	return 0;
}

int tc_filters(struct nl *nl, uint32_t ifindex, uint32_t parent, tc_filter_fn *fn, void *arg)
{
	struct each each = { fn, arg };
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETTFILTER, NLM_F_DUMP);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));

	tc->tcm_ifindex = (int)ifindex;
	tc->tcm_parent = parent;
	return nl_ask(nl, nlh, &tc_filters_kind, NULL, take, &each);
}
