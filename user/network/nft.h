/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of nftables, and whether the kernel has it. */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>

#include "nl_read.h"

/* Whether the kernel has nftables: a query would load it. */
bool nft_is_there(void);

/* NFT_MSG_*, by the type of a message; -1: it is not of nftables. */
int nft_message(uint16_t type);

/*
 * Dumps what a request of that type asks for, NFT_MSG_GET*, and passes each item to fn. 0.
 * -EINTR: changes have interrupted it each time. -errno.
 */
int nft_dump(const struct netns *ns, int type, const struct nl_kind *kind, const void *about,
	     nl_item_fn *fn, void *arg);

/* A socket that is told of changes. */
int nft_listen(struct nl **ret, const struct netns *ns);
