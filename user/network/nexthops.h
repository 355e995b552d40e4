/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nexthop objects (Linux 5.3): ways out that routes name by a number. */
#pragma once

#include <stdint.h>

#include "nl.h"

struct nexthops {
	struct nexthop {
		uint32_t id;
		uint32_t oif; /* 0: a group that has the member */
		uint32_t member;
	} * v;
	size_t n;
};

/* Requests all of them. */
int nexthops_ask(struct nl *nl);

/* Calls fn for each that a message (RTM_NEWNEXTHOP) tells; not for other messages. */
typedef void nexthop_fn(void *arg, const struct nexthop *one);
void nexthops_read(const struct nlmsghdr *nlh, nexthop_fn *fn, void *arg);

/* 0 or -ENOMEM. */
int nexthops_add(struct nexthops *to, const struct nexthop *one);

/* Calls fn for each interface that it leads to, a group's as well. A return other than 0 ends it. */
int nexthops_each(const struct nexthops *v, uint32_t id, int (*fn)(void *arg, uint32_t oif),
		  void *arg);
