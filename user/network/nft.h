/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of nftables, and whether the kernel has it. */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>

#include "nl.h"

/* Whether the kernel has nftables: a query would load it. */
bool nft_is_there(void);

/* NFT_MSG_*; -1: the message is not of nftables. */
int nft_message(const struct nlmsghdr *nlh);

/*
 * Dumps what a request of that type asks for, NFT_MSG_GET*, and passes each message to fn. 0.
 * -EINTR: changes have interrupted it each time. -errno.
 */
int nft_dump(const struct netns *ns, int type, int (*fn)(void *arg, const struct nlmsghdr *nlh),
	     void *arg);

/* A socket that is told of changes. */
int nft_listen(struct nl **ret, const struct netns *ns);
