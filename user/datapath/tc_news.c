/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tc_news.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "network/nl_read.h"
#include "programs.h"
#include "tcx.h"

struct tc_news {
	struct nl *nl;
};

int tc_news_open(struct tc_news **ret, const struct netns *ns)
{
	struct tc_news *n = calloc(1, sizeof(*n));
	int r = n ? nl_open(&n->nl, ns, NETLINK_ROUTE, 1U << (RTNLGRP_TC - 1)) : -ENOMEM;

	if (r) {
		free(n);
		return r;
	}
	*ret = n;
	return 0;
}

void tc_news_free(struct tc_news *n)
{
	if (!n)
		return;
	nl_free(n->nl);
	free(n);
}

/* 0: that of an action, or of a block of filters, which several interfaces may have. */
static uint32_t place_of(const struct nlmsghdr *m)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(m);

	if (m->nlmsg_type == RTM_NEWACTION || m->nlmsg_type == RTM_DELACTION ||
	    mnl_nlmsg_get_payload_len(m) < sizeof(*tc) || tc->tcm_ifindex < 0 ||
	    (uint32_t)tc->tcm_ifindex == TCM_IFINDEX_MAGIC_BLOCK)
		return 0;
	return (uint32_t)tc->tcm_ifindex;
}

struct news {
	uint32_t place;
	bool told; /* filter has come */
	struct tc_filter filter;
};

static bool parse_one(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	struct news *n = ret;

	(void)about;
	n->place = place_of(nlh);
	n->told = tc_filter_parse(nlh, &n->filter);
	return true;
}

static bool check(void *item)
{
	struct news *n = item;

	nl_make_bool(&n->told);
	return tc_filter_check(&n->filter);
}

static const struct nl_kind kind = { .size = sizeof(struct news),
				     .parse = parse_one,
				     .check = check };

struct following {
	tc_news_fn *fn;
	void *arg;
};

/* An nl_each_fn. */
static int take(void *arg, const struct nl_head *head, const void *item)
{
	const struct following *f = arg;
	const struct news *n = item;

	(void)head;
	f->fn(f->arg, n ? n->place : 0, n && n->told ? &n->filter : NULL);
	return 0;
}

void tc_news_follow(struct tc_news *n, tc_news_fn *fn, void *arg)
{
	struct following f = { fn, arg };
	int len;

	while ((len = nl_recv(n->nl))) {
		if (len < 0 || nl_each(n->nl, len, &kind, NULL, take, &f))
			fn(arg, 0, NULL);
		if (len < 0 && len != -ENOBUFS)
			return;
	}
}

static uint64_t sum_of(uint32_t ifindex, int where, uint64_t sum)
{
	struct programs there;
	uint32_t i;

	programs_query((int)ifindex, where, 0, &there);
	for (i = 0; i < there.n; i++)
		sum = sum * 0x100000001b3ULL + there.id[i];
	return sum * 0x100000001b3ULL + there.n;
}

struct reading {
	struct tc_programs *v;
	size_t n;
};

static int read_sums(void *arg)
{
	const struct reading *r = arg;
	size_t i;

	for (i = 0; i < r->n; i++)
		r->v[i].sum = sum_of(r->v[i].ifindex, TCX_INGRESS,
				     sum_of(r->v[i].ifindex, TCX_EGRESS, 1));
	return 0;
}

int tc_programs_read(const struct netns *ns, struct tc_programs *v, size_t n)
{
	struct reading r = { v, n };

	return netns_run(ns, read_sums, &r);
}
