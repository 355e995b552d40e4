/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nexthops.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

int nexthops_ask(struct nl *nl)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETNEXTHOP, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
	return nl_send(nl, nlh);
}

int nexthops_add(struct nexthops *to, const struct nexthop *one)
{
	if (!GROW(to->v, to->n))
		return -ENOMEM;
	to->v[to->n++] = *one;
	return 0;
}

void nexthops_read(const struct nlmsghdr *nlh, nexthop_fn *fn, void *arg)
{
	const struct nlattr *tb[NHA_MAX + 1];
	struct nexthop_grp member;
	size_t i, n;
	uint32_t id;

	if (nlh->nlmsg_type != RTM_NEWNEXTHOP ||
	    !nl_msg_attrs(nlh, sizeof(struct nhmsg), tb, ARRAY_SIZE(tb)))
		return;
	id = nl_u32(tb[NHA_ID]);
	if (tb[NHA_OIF]) {
		fn(arg, &(struct nexthop){ .id = id, .oif = nl_u32(tb[NHA_OIF]) });
		return;
	}
	n = tb[NHA_GROUP] ? mnl_attr_get_payload_len(tb[NHA_GROUP]) / sizeof(member) : 0;
	for (i = 0; i < n; i++) {
		memcpy(&member,
		       (const char *)mnl_attr_get_payload(tb[NHA_GROUP]) + i * sizeof(member),
		       sizeof(member));
		fn(arg, &(struct nexthop){ .id = id, .member = member.id });
	}
}

/* A group has no groups in it. */
static int each(const struct nexthops *v, uint32_t id, bool groups,
		int (*fn)(void *arg, uint32_t oif), void *arg)
{
	size_t i;
	int r = 0;

	for (i = 0; i < v->n && r == 0; i++) {
		if (v->v[i].id != id)
			continue;
		if (v->v[i].oif)
			r = fn(arg, v->v[i].oif);
		else if (groups)
			r = each(v, v->v[i].member, false, fn, arg);
	}
	return r;
}

int nexthops_each(const struct nexthops *v, uint32_t id, int (*fn)(void *arg, uint32_t oif),
		  void *arg)
{
	return each(v, id, true, fn, arg);
}
