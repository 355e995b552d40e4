/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "neighbours.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "network/nl.h"
#include "base/util.h"

#define MANY 64 /* searches at the same time; more are left to the kernel */

struct searches {
	struct {
		struct ndmsg nd;
		struct la_addr to;
		size_t len;
	} v[MANY];
	size_t n;
};

static int take(void *arg, const struct nlmsghdr *nlh)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[NDA_MAX + 1];
	struct searches *s = arg;
	size_t len;

	if (nlh->nlmsg_type != RTM_NEWNEIGH ||
	    !nl_msg_attrs(nlh, sizeof(*nd), tb, ARRAY_SIZE(tb)) || !tb[NDA_DST])
		return 0;
	len = mnl_attr_get_payload_len(tb[NDA_DST]);
	if (!(nd->ndm_state & NUD_INCOMPLETE) || len > sizeof(s->v[0].to) || s->n == MANY)
		return 0;
	s->v[s->n].nd = *nd;
	s->v[s->n].len = len;
	memcpy(&s->v[s->n].to, mnl_attr_get_payload(tb[NDA_DST]), len);
	s->n++;
	return 0;
}

static int nothing(void *arg, const struct nlmsghdr *nlh)
{
	(void)arg;
	(void)nlh;
	return 0;
}

static void give_up(struct nl *nl, const struct searches *s, size_t i)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_DELNEIGH, NLM_F_ACK);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(nlh, sizeof(*nd));

	nd->ndm_family = s->v[i].nd.ndm_family;
	nd->ndm_ifindex = s->v[i].nd.ndm_ifindex;
	mnl_attr_put(nlh, NDA_DST, s->v[i].len, &s->v[i].to);
	nl_talk(nl, nlh, nothing, NULL);
}

int probe_neighbours_give_up(const struct netns *ns)
{
	_cleanup_(nl_freep) struct nl *nl = NULL;
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETNEIGH, NLM_F_DUMP);
	struct searches s = { .n = 0 };
	size_t i;
	int r = nl_open(&nl, ns, NETLINK_ROUTE, 0);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ndmsg));
	if (!r)
		r = nl_talk(nl, nlh, take, &s);
	for (i = 0; i < s.n; i++)
		give_up(nl, &s, i);
	return r;
}
