/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters that others have at TC. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "network/nl_read.h"

struct tc_filter {
	char kind[32]; /* "": it could not be read */
	uint32_t priority, handle;
	bool filters; /* else it is the message that each priority has, or a table of filters */
	uint32_t program; /* its id; 0: it has none */
	bool drops; /* all that it matches, and does nothing else */
	bool copies; /* what it matches is sent as a copy, too */
	bool sends_on; /* what it matches leaves by another interface, */
	uint32_t to; /* by this one; 0: not known */
	uint32_t parent; /* where it is */
};

/* The part that reads messages of the kernel. False: it is about no filter. */
bool tc_filter_parse(const struct nlmsghdr *nlh, struct tc_filter *ret);
/* For what was read apart (nl_read.h). */
bool tc_filter_check(struct tc_filter *f);
extern const struct nl_kind tc_filters_kind;

/*
 * Calls fn for each filter of an interface of that socket's namespace. 0; -EINTR: they have changed
 * meanwhile; as nl_ask().
 */
typedef void tc_filter_fn(void *arg, const struct tc_filter *f);
int tc_filters(struct nl *nl, uint32_t ifindex, uint32_t parent, tc_filter_fn *fn, void *arg);
