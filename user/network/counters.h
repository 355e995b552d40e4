/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interface and its queue have counted themselves, by rtnetlink. */
#pragma once

#include <stdint.h>

#include "link.h"
#include "nl_read.h"

/* Of the queueing discipline at the root; all 0 where there is none. */
struct link_queue {
	uint64_t packets, bytes; /* that wait */
	uint64_t dropped;
};

/* IFLA_STATS64 or IFLA_STATS_LINK_64. False: absent, or too short. */
bool link_counters_parse(const struct nlattr *stats, struct link_counters *ret);

/* Each fn gets its interface's index. The dumps are repeated if changes interrupt them. */
typedef void link_counters_fn(void *arg, uint32_t ifindex, const struct link_counters *c);
int link_counters_dump(struct nl *nl, link_counters_fn *fn, void *arg);
typedef void link_queue_fn(void *arg, uint32_t ifindex, const struct link_queue *q);
int link_queues_dump(struct nl *nl, link_queue_fn *fn, void *arg);
/* Of a message, if it reports the discipline at an interface's root. */
void link_queue_take(const struct nlmsghdr *nlh, link_queue_fn *fn, void *arg);
extern const struct nl_kind link_queues_kind;
extern const struct nl_kind link_counters_kind;

/* Of one interface; -ENODEV: it is gone. */
int link_counters_get(struct nl *nl, uint32_t ifindex, struct link_counters *ret);
int link_queue_get(struct nl *nl, uint32_t ifindex, struct link_queue *ret);
