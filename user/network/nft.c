/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nft.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <unistd.h>

/* How often a dump is repeated that changes have interrupted. */
#define DUMP_TRIES 8

/*
 * Where the part that it builds upon is a module, it is one as well; where that is part of the
 * kernel it may be either, and is asked.
 */
bool nft_is_there(void)
{
	if (!nl_has_protocol(NETLINK_NETFILTER))
		return false;
	return access("/sys/module/nfnetlink", F_OK) || !access("/sys/module/nf_tables", F_OK);
}

int nft_message(uint16_t type)
{
	return NFNL_SUBSYS_ID(type) == NFNL_SUBSYS_NFTABLES ? NFNL_MSG_TYPE(type) : -1;
}

int nft_dump(const struct netns *ns, int type, const struct nl_kind *kind, const void *about,
	     nl_item_fn *fn, void *arg)
{
	_cleanup_(nl_freep) struct nl *nl = NULL;
	struct nfgenmsg *head;
	struct nlmsghdr *nlh;
	struct nl_req req;
	int r = nl_open(&nl, ns, NETLINK_NETFILTER, 0), tries;

	if (r < 0)
		return r;
	r = -EINTR;
	for (tries = 0; tries < DUMP_TRIES && r == -EINTR; tries++) {
		nlh = nl_req_init(&req, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_DUMP);
		head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
		head->nfgen_family = NFPROTO_UNSPEC;
		head->version = NFNETLINK_V0;
		r = nl_ask(nl, nlh, kind, about, fn, arg);
	}
	return r;
}

int nft_listen(struct nl **ret, const struct netns *ns)
{
	return nl_open(ret, ns, NETLINK_NETFILTER, 1U << (NFNLGRP_NFTABLES - 1));
}
