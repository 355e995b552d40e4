/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/rtnetlink.h>

#include "base/addr.h"
#include "nl_read.h"

/* The destination of a route message. False: neither IPv4 nor IPv6. */
bool route_take_dst(const struct rtmsg *rtm, const struct nlattr *attr, struct link_prefix *ret);

/* RTA_TABLE, or the header's table if there is none. */
uint32_t route_take_table(const struct rtmsg *rtm, const struct nlattr *attr);

extern const struct nl_kind route_entries_kind;
extern const struct nl_kind route_answers_kind;
