/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/rtnetlink.h>

#include "base/addr.h"
#include "nl.h"

/* A message's destination; false: it is none of IPv4 or IPv6. */
bool route_take_dst(const struct rtmsg *rtm, const struct nlattr *attr, struct link_prefix *ret);

/* RTA_TABLE, or where there is none the header's. */
uint32_t route_take_table(const struct rtmsg *rtm, const struct nlattr *attr);
