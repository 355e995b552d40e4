/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets of a namespace, by sock_diag. */
#pragma once

#include <linux/inet_diag.h>

#include "nl_read.h"

struct sock_diag_item {
	struct inet_diag_msg msg; /* numbers of the kernel, none of which is a length */
	uint32_t mark;
};
extern const struct nl_kind sock_diag_kind;

struct sock_diag_wish {
	uint8_t family; /* AF_* */
	uint8_t proto; /* IPPROTO_* */
	uint16_t port; /* their own; network order. 0: any */
	uint32_t states; /* bits 1 << TCP_* */
	uint32_t addr; /* their own, of IPv4; network order. 0: any */
};

/* Calls fn with each such one (struct sock_diag_item). As nl_ask(). */
int sock_diag_each(struct nl *nl, const struct sock_diag_wish *w, nl_item_fn *fn, void *arg);
