/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changes at TC of a namespace's interfaces, so that it need not be asked for. The kernel
 * tells of disciplines and filters; of tcx it does not, but that is quickly asked.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "network/netns.h"
#include "tc_filter.h"

struct tc_news;

int tc_news_open(struct tc_news **ret, const struct netns *ns);
void tc_news_free(struct tc_news *n);

/*
 * Calls fn for each interface where something has changed since the last call; 0: at any. filter:
 * one that has come, which may have gone again; or NULL.
 */
typedef void tc_news_fn(void *arg, uint32_t ifindex, const struct tc_filter *filter);
void tc_news_follow(struct tc_news *n, tc_news_fn *fn, void *arg);

/* An interface, and a sum over the ids of its tcx programs. */
struct tc_programs {
	uint32_t ifindex;
	uint64_t sum;
};

/* Fills in the sums. 0 or -errno. */
int tc_programs_read(const struct netns *ns, struct tc_programs *v, size_t n);
