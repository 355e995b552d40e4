/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "neighbours.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/grow.h"
#include "network/nl_read.h"

struct neighbour {
	uint32_t ifindex;
	struct la_addr addr;
	bool sought; /* packets may wait for it */
};

struct probe_neighbours {
	struct neighbour *v;
	size_t n;
};

static bool parse_one(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[NDA_MAX + 1];
	struct neighbour *one = ret;

	(void)about;
	if (nlh->nlmsg_type != RTM_NEWNEIGH || !nl_msg_attrs(nlh, sizeof(*nd), tb, ARRAY_SIZE(tb)))
		return false;
	if (!(nd->ndm_state & (NUD_INCOMPLETE | NUD_FAILED)) || !nl_addr(tb[NDA_DST], &one->addr))
		return false;
	one->ifindex = (uint32_t)nd->ndm_ifindex;
	one->sought = nd->ndm_state & NUD_INCOMPLETE;
	return true;
}

static bool check(void *item)
{
	nl_make_bool(&((struct neighbour *)item)->sought);
	return true;
}

static const struct nl_kind neighbours = { .size = sizeof(struct neighbour),
					   .parse = parse_one,
					   .check = check };

static int take(void *arg, const void *item)
{
	struct probe_neighbours *n = arg;

	if (!GROW(n->v, n->n))
		return -ENOMEM;
	n->v[n->n++] = *(const struct neighbour *)item;
	return 0;
}

int probe_neighbours_read(struct probe_neighbours **ret, const struct netns *ns)
{
	_cleanup_(probe_neighbours_freep) struct probe_neighbours *n = calloc(1, sizeof(*n));
	_cleanup_(nl_freep) struct nl *nl = NULL;
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETNEIGH, NLM_F_DUMP);
	int r = n ? nl_open(&nl, ns, NETLINK_ROUTE, 0) : -ENOMEM;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ndmsg));
	if (!r)
		r = nl_ask(nl, nlh, &neighbours, NULL, take, n);
	if (r && r != -EINTR) /* a change meanwhile was one of others */
		return r;
	*ret = take_ptr(n);
	return 0;
}

void probe_neighbours_free(struct probe_neighbours *n)
{
	if (!n)
		return;
	free(n->v);
	free(n);
}

bool probe_neighbours_has(const struct probe_neighbours *n, uint32_t ifindex,
			  const struct la_addr *addr)
{
	size_t i;

	for (i = 0; n && i < n->n; i++)
		if (n->v[i].ifindex == ifindex && addr_equal(&n->v[i].addr, addr))
			return true;
	return false;
}

bool probe_neighbours_has_any(const struct probe_neighbours *n, uint32_t ifindex,
			      unsigned int family)
{
	size_t i;

	for (i = 0; n && i < n->n; i++)
		if (n->v[i].ifindex == ifindex && addr_family(&n->v[i].addr) == family)
			return true;
	return false;
}

static void give_up(struct nl *nl, const struct neighbour *one)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_DELNEIGH, NLM_F_ACK);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(nlh, sizeof(*nd));
	bool four = addr_family(&one->addr) == 4;

	nd->ndm_family = four ? AF_INET : AF_INET6;
	nd->ndm_ifindex = (int)one->ifindex;
	mnl_attr_put(nlh, NDA_DST, four ? 4 : 16, four ? &one->addr.b[12] : one->addr.b);
	nl_ask(nl, nlh, &nl_heads, NULL, NULL, NULL);
}

void probe_neighbours_give_up(struct probe_neighbours *n, const struct netns *ns,
			      const struct la_addr *addr)
{
	_cleanup_(nl_freep) struct nl *nl = NULL;
	size_t i;

	for (i = 0; n && i < n->n; i++) {
		struct neighbour *one = &n->v[i];

		if (!one->sought || (addr && !addr_equal(&one->addr, addr)))
			continue;
		if (!nl && nl_open(&nl, ns, NETLINK_ROUTE, 0))
			return;
		give_up(nl, one);
		one->sought = false;
	}
}
