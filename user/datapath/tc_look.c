/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tc_look.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "tc_filter.h"
#include "tc_leash.h"
#include "tcx.h"
#include "base/util.h"

struct tc_look_at {
	uint32_t ifindex;
	unsigned int disciplines;
};

static unsigned int discipline_of(const struct tcmsg *tc, const struct nlattr *name)
{
	char kind[32];

	nl_str(name, kind, sizeof(kind));
	if (tc->tcm_parent != TC_H_CLSACT)
		return strcmp(kind, "noqueue") ? TC_LOOK_QUEUE : 0;
	return strcmp(kind, "clsact") ? TC_LOOK_INGRESS : TC_LOOK_CLSACT;
}

static bool parse_one(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	const struct nlattr *tb[TCA_MAX + 1];
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	struct tc_look_at *at = ret;

	(void)about;
	if (nlh->nlmsg_type != RTM_NEWQDISC || !nl_msg_attrs(nlh, sizeof(*tc), tb, ARRAY_SIZE(tb)))
		return false;
	*at = (struct tc_look_at){ (uint32_t)tc->tcm_ifindex, discipline_of(tc, tb[TCA_KIND]) };
	return true;
}

const struct nl_kind tc_disciplines_kind = { .size = sizeof(struct tc_look_at),
					     .parse = parse_one };

static int take(void *arg, const void *item)
{
	struct tc_look *l = arg;

	if (!GROW(l->v, l->n))
		return -ENOMEM;
	l->v[l->n++] = *(const struct tc_look_at *)item;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct tc_look_at *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

#define TRIES 3 /* of a dump that changes meanwhile */

void tc_look_begin(struct tc_look *ret, const struct netns *ns)
{
	struct nl_req req;
	struct nlmsghdr *nlh;
	int tries;

	*ret = (struct tc_look){ .ns = ns };
	ret->r = nl_open(&ret->nl, ns, NETLINK_ROUTE, 0) ?: -EINTR;
	for (tries = 0; ret->r == -EINTR && tries < TRIES; tries++) {
		ret->n = 0;
		nlh = nl_req_init(&req, RTM_GETQDISC, NLM_F_DUMP);
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct tcmsg));
		ret->r = nl_ask(ret->nl, nlh, &tc_disciplines_kind, NULL, take, ret);
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare);
}

void tc_look_end(struct tc_look *l)
{
	nl_free(l->nl);
	free(l->v);
}

unsigned int tc_look_disciplines(const struct tc_look *l, uint32_t ifindex)
{
	size_t lo = 0, hi = l->n, mid;
	unsigned int all = 0;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->v[mid].ifindex < ifindex)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < l->n && l->v[lo].ifindex == ifindex; lo++)
		all |= l->v[lo].disciplines;
	return all;
}

struct met {
	uint32_t ifindex;
	struct programs *programs;
};

static int read_tcx(void *arg)
{
	const struct met *m = arg;
	int r = programs_query((int)m->ifindex, TCX_EGRESS, 0, m->programs);

	return r == -EINVAL ? 0 : r; /* -EINVAL: no tcx before 6.6 */
}

/* A tc_filter_fn. */
static void take_filter(void *arg, const struct tc_filter *f)
{
	const struct met *m = arg;

	if (f->program)
		programs_add(m->programs, f->program);
}

int tc_look_programs(const struct tc_look *l, uint32_t ifindex, struct programs *ret)
{
	struct met m = { ifindex, ret };
	struct program p;
	uint32_t i, n;
	int r = netns_run(l->ns, read_tcx, &m) ?: l->r;

	/* the discipline "ingress" has the same place, and would answer with filters of its own */
	if (!r && tc_look_disciplines(l, ifindex) & TC_LOOK_CLSACT)
		r = tc_filters(l->nl, ifindex, TC_LOOK_EGRESS, take_filter, &m);
	for (i = 0, n = ret->n; i < n; i++)
		if (program_describe(ret->id[i], &p) && tc_leash_is(&p))
			program_add_leashed(&p, ret);
	return r;
}

bool tc_look_knows(const struct tc_look *l, uint32_t program)
{
	size_t i;

	for (i = 0; i < MIN(l->n_known, (size_t)TC_LOOK_KNOWN); i++)
		if (l->known[i] == program)
			return true;
	return false;
}

void tc_look_learn(struct tc_look *l, uint32_t program)
{
	l->known[l->n_known++ % TC_LOOK_KNOWN] = program;
}
