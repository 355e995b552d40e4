/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of netlink that name the remote addresses of the kernel's tunnels. */
#pragma once

#include <linux/netlink.h>

#include "network/nl_read.h"
#include "transport.h"

struct transport_peers {
	const struct link *link; /* whose they are, where the answer has others' as well */
	transport_endpoint_fn *fn;
	void *arg;
	uint32_t mark; /* of WireGuard: in the first message, before the peers */
	int found;
};

int transport_take_wireguard(void *peers, const struct nlmsghdr *nlh);
/* A row of the table that says which of a vxlan's other ends has an address of the link layer. */
int transport_take_vxlan(void *peers, const struct nlmsghdr *nlh);
int transport_take_ipsec(void *peers, const struct nlmsghdr *nlh);

/* What is read of them apart: a remote address, or a mark that later ones have. */
struct transport_item {
	struct la_endpoint ep; /* proto 0: it is a mark */
	uint32_t mark;
};
/* A transport_endpoint_fn, of the items that arg gathers. */
int transport_put(void *items, const struct la_endpoint *ep, uint32_t mark, uint16_t sport);
bool transport_check(void *item);
/* An nl_item_fn. */
int transport_take(void *peers, const void *item);
extern const struct nl_kind transport_wireguard_kind;
extern const struct nl_kind transport_vxlan_kind;
extern const struct nl_kind transport_ipsec_kind;
