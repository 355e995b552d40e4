/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One look at what the interfaces of a namespace have at TC. What is the same for all of them is
 * read once: their disciplines, and which programs are a leakaudit's.
 */
#pragma once

#include <linux/pkt_sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "network/nl_read.h"
#include "programs.h"

#define TC_LOOK_KNOWN 16

struct tc_look {
	const struct netns *ns;
	struct nl *nl;
	int r; /* -errno: the disciplines could not be read */
	struct tc_look_at *v; /* by ifindex */
	size_t n;
	uint32_t known[TC_LOOK_KNOWN]; /* ids of programs that are a leakaudit's, */
	size_t n_known; /* so many in all: the last ones are kept */
};

/* Disciplines that take filters. */
#define TC_LOOK_CLSACT 1 /* of what leaves and of what comes in */
#define TC_LOOK_INGRESS 2 /* in the same place, of what comes in alone */
#define TC_LOOK_QUEUE 4 /* one that packets wait in, or are sorted by */

/* ns must live as long. What could not be read is in ret->r. */
void tc_look_begin(struct tc_look *ret, const struct netns *ns);
void tc_look_end(struct tc_look *l);

unsigned int tc_look_disciplines(const struct tc_look *l, uint32_t ifindex);

/*
 * The programs that what leaves there meets: tcx's, those of filters, and those that a leash leads
 * to. 0 or -errno: ret has those that could be read.
 */
int tc_look_programs(const struct tc_look *l, uint32_t ifindex, struct programs *ret);

bool tc_look_knows(const struct tc_look *l, uint32_t program);
void tc_look_learn(struct tc_look *l, uint32_t program);
extern const struct nl_kind tc_disciplines_kind;

/* Where filters of what leaves and of what comes in are: a parent of tc_filters(). */
#define TC_LOOK_EGRESS TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)
#define TC_LOOK_ARRIVALS TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)
