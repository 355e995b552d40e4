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

/*
 * Calls fn with each (struct sock_diag_item). family: AF_*, proto: IPPROTO_*; states: bits 1 <<
 * TCP_*. As nl_ask().
 */
int sock_diag_each(struct nl *nl, uint8_t family, uint8_t proto, uint32_t states, nl_item_fn *fn,
		   void *arg);
