/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of netlink that name the remote addresses of the kernel's tunnels: functions for
 * nl_talk(). */
#pragma once

#include <linux/netlink.h>

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
