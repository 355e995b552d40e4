/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tc_others.h"

#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <string.h>

#include "clsact.h"
#include "program_does.h"
#include "programs.h"
#include "tc_look.h"
#include "tcx.h"
#include "tcx_placeholders.h"
#include "base/util.h"

#define ATTRS_MAX 128 /* flower has the most */

static void say(char to[64], const char *what, const char *name)
{
	snprintf(to, 64, "%s%s%s", what, name[0] ? " " : ", which has no name", name);
}

static void add(struct tc_others *o, enum tc_others_can can, const char *what, const char *name)
{
	if (can <= o->can)
		return;
	o->can = can;
	say(o->name, what, name);
}

/* Whether the program is a leakaudit's, also ours. If not, *name is its name. look may be NULL. */
static bool is_leakaudit(struct tc_look *look, uint32_t id, char *name, size_t size)
{
	_cleanup_(closep) int fd = -1;
	struct bpf_map_info info;
	struct program p;

	if (look && tc_look_knows(look, id))
		return true;
	if (!program_describe(id, &p))
		return false;
	snprintf(name, size, "%s", p.name);
	fd = program_flows(&p, &info);
	if (fd < 0 && !program_notes(&p) && !program_is_leash(&p) &&
	    strcmp(p.name, TCX_PLACEHOLDER) != 0)
		return false;
	if (look)
		tc_look_learn(look, id);
	return true;
}

static void add_program(struct tc_others *o, uint32_t id, const char *what)
{
	char name[BPF_OBJ_NAME_LEN] = "";
	unsigned int does;

	if (is_leakaudit(o->look, id, name, sizeof(name)))
		return;
	add(o, TC_OTHERS_PASS, what, name);
	does = program_does(id);
	if (!o->copies[0] && does & PROGRAM_COPIES)
		say(o->copies, what, name);
	if (!o->sends_on[0] && does & PROGRAM_SENDS_ON)
		say(o->sends_on, what, name);
}

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
static void take_mirred(struct tc_others *o, const char *filter, const struct nlattr *actions)
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
			if (!o->copies[0])
				say(o->copies, "the tc filter", filter);
		} else if (!o->sends_on[0]) {
			say(o->sends_on, "the tc filter", filter);
			o->to = m.ifindex;
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

static void take_actions(struct tc_others *o, const char *kind, const struct nlattr *const *options)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kind, kinds[i].kind))
			take_mirred(o, kind, options[kinds[i].actions]);
}

int tc_others_take(void *others, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[TCA_MAX + 1], *options[ATTRS_MAX];
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	struct tc_others *o = others;
	char kind[32] = "";

	if (nlh->nlmsg_type != RTM_NEWTFILTER)
		return 0;
	if (!nl_msg_attrs(nlh, sizeof(*tc), tb, ARRAY_SIZE(tb)))
		return -EBADMSG;
	/* each priority has a message of its own, which is no filter */
	if (!tb[TCA_OPTIONS] && !tc->tcm_handle)
		return 0;
	nl_str(tb[TCA_KIND], kind, sizeof(kind));
	nl_nested(tb[TCA_OPTIONS], options, ARRAY_SIZE(options));
	if (!strcmp(kind, "u32") && options[TCA_U32_DIVISOR]) /* a table of filters */
		return 0;
	take_actions(o, kind, options);
	if (o->until && TC_H_MAJ(tc->tcm_info) >> 16 > o->until)
		return 0;
	if (!strcmp(kind, "bpf") && options[TCA_BPF_ID])
		add_program(o, nl_u32(options[TCA_BPF_ID]), "the tc filter");
	else if (only_drops(kind, options) && TC_H_MAJ(tc->tcm_info) >> 16 < CLSACT_LAST)
		add(o, TC_OTHERS_DROP, "the tc filter", kind);
	else
		add(o, TC_OTHERS_PASS, "the tc filter", kind);
	return 0;
}

struct place {
	uint32_t ifindex;
	uint32_t until; /* id of the program behind which others do not count; 0: all do */
	struct tc_others *others;
};

static int read_programs(void *arg)
{
	const struct place *p = arg;
	struct programs there;
	uint32_t i;
	int r = programs_query((int)p->ifindex, TCX_EGRESS, 0, &there);

	for (i = 0; i < there.n && (!p->until || there.id[i] != p->until); i++)
		add_program(p->others, there.id[i], "the tc program");
	return r == -EINVAL ? 0 : r; /* -EINVAL: no tcx before 6.6 */
}

/* The discipline "ingress" has the same place, and would answer with filters of what comes in. */
static int read_filters(const struct place *p)
{
	struct tc_look *l = p->others->look;

	if (l->r || !(tc_look_disciplines(l, p->ifindex) & TC_LOOK_CLSACT))
		return l->r;
	return tc_filters(l->nl, p->ifindex, TC_LOOK_EGRESS, tc_others_take, p->others);
}

#define TRIES 3 /* of a dump that changes meanwhile */

void tc_others_read(struct tc_look *look, uint32_t ifindex, struct tc_others *ret)
{
	struct place p = { .ifindex = ifindex, .others = ret };
	int r = -EINTR, tries;

	for (tries = 0; r == -EINTR && tries < TRIES; tries++) {
		*ret = (struct tc_others){ .look = look };
		r = netns_run(look->ns, read_programs, &p) ?: read_filters(&p);
	}
	if (r)
		add(ret, TC_OTHERS_PASS, "a tc filter", "that cannot be read");
}

bool tc_others_only_drop(struct tc_look *look, uint32_t ifindex)
{
	struct tc_others others;

	tc_others_read(look, ifindex, &others);
	return others.can == TC_OTHERS_DROP;
}

bool tc_others_follow(struct tc_look *look, uint32_t ifindex, bool last, char *name, size_t size)
{
	struct tc_others others;

	tc_others_read(look, ifindex, &others);
	snprintf(name, size, "%s", others.name);
	return others.can == TC_OTHERS_PASS || (others.can == TC_OTHERS_DROP && !last);
}

bool tc_others_precede(struct tc_look *look, uint32_t ifindex, uint32_t prog_id, uint32_t priority,
		       char *name, size_t size)
{
	struct tc_others others = { .until = priority, .look = look };
	struct place p = { ifindex, prog_id, &others };

	netns_run(look->ns, read_programs, &p);
	if (!prog_id)
		read_filters(&p); /* one that changes meanwhile is read again later */
	snprintf(name, size, "%s", others.name);
	return others.can != TC_OTHERS_NOTHING;
}

static int read_marking_programs(void *arg)
{
	const struct place *p = arg;
	char name[BPF_OBJ_NAME_LEN] = "";
	struct programs there;
	uint32_t i;

	programs_query((int)p->ifindex, TCX_INGRESS, 0, &there);
	for (i = 0; i < there.n && !p->others->name[0]; i++)
		if (!is_leakaudit(p->others->look, there.id[i], name, sizeof(name)) &&
		    program_does(there.id[i]) & PROGRAM_MARKS)
			say(p->others->name, "the tc program", name);
	return 0;
}

static int take_marking(void *arg, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[TCA_MAX + 1], *options[ATTRS_MAX];
	char kind[32], name[BPF_OBJ_NAME_LEN] = "";
	struct tc_others *o = arg;
	uint32_t id;

	if (nlh->nlmsg_type != RTM_NEWTFILTER ||
	    !nl_msg_attrs(nlh, sizeof(struct tcmsg), tb, ARRAY_SIZE(tb)))
		return 0;
	nl_str(tb[TCA_KIND], kind, sizeof(kind));
	nl_nested(tb[TCA_OPTIONS], options, ARRAY_SIZE(options));
	id = strcmp(kind, "bpf") ? 0 : nl_u32(options[TCA_BPF_ID]);
	if (id && !is_leakaudit(o->look, id, name, sizeof(name)) &&
	    program_does(id) & PROGRAM_MARKS)
		say(o->name, "the tc filter", name);
	return 0;
}

/* What changes meanwhile is read again later. */
void tc_others_send(struct tc_look *look, uint32_t ifindex, bool loopback, struct tc_others *ret)
{
	tc_others_read(look, ifindex, ret);
	if (tc_look_disciplines(look, ifindex) & TC_LOOK_QUEUE)
		tc_filters(look->nl, ifindex, 0, tc_others_take, ret);
	if (loopback)
		tc_filters(look->nl, ifindex, TC_LOOK_ARRIVALS, tc_others_take, ret);
}

void tc_others_hear(const struct nlmsghdr *filter, bool loopback, struct tc_others *ret)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(filter);

	*ret = (struct tc_others){ 0 };
	if (mnl_nlmsg_get_payload_len(filter) >= sizeof(*tc) &&
	    (loopback || tc->tcm_parent != TC_LOOK_ARRIVALS))
		tc_others_take(ret, filter);
}

bool tc_others_unmark(struct tc_look *look, uint32_t ifindex, char *name, size_t size)
{
	struct tc_others others = { .look = look };
	struct place p = { .ifindex = ifindex, .others = &others };

	netns_run(look->ns, read_marking_programs, &p);
	if (!others.name[0] &&
	    tc_look_disciplines(look, ifindex) & (TC_LOOK_CLSACT | TC_LOOK_INGRESS))
		tc_filters(look->nl, ifindex, TC_LOOK_ARRIVALS, take_marking, &others);
	snprintf(name, size, "%s", others.name);
	return others.name[0];
}
